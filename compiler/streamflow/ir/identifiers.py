"""Identifiers of generated code, made from the user's names."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamflow.ir.graph import Declared

LOCALS = frozenset(
    """
    batch counts data entering error extreme given held index key left looked_up metadata number packet packets reason
    right seen self timestamp value whole window Kernel msgspec
    """.split()
)
RUNTIME = frozenset(
    """
    Accumulating AccumulatingTrails AllOf AnyOf AssignedWindows BaseKernel Buckets Collect Contents Count
    CountWindows Cron Custom D1Lookup Delaying Distinct DistinctValues EarlyCounts ExactMean Enriching First
    GlobalWindows Highest Ids Inlet IntervalJoin Figures FloatMean KeyedTumbling KvLookup Last LatestJoin Lifted
    LocalCounting LocalTumbling Lowest Max Mean MergedFigures Min NOTHING Packet PanedWindows PaneFigures Parked
    Projecting Projection Quantile RecoveringCron RecoveringKernel RecoveringTimer RetriedCalls RetriedEnriching
    Retries RollingCounts RollingTimes RunningSum Sample SessionJoin SessionWindows Silence SlidingCounts
    SlidingJoin SlidingWindows Source Span States StdDev StoppingCalls StoppingEnriching StoppingKernel Sum
    TableLookup Timer TopK TumblingJoin TumblingWindows UrlLookup all_of checked_key checked_number copy_of
    csv_records distinct entrance event_time field form_records from_base64 from_csv from_form from_influx from_json
    from_msgpack from_ndjson from_prometheus from_query has_format highest influx_records is_multiple lowest matches
    msgpack_records ndjson_records observe one_of prometheus_records storable to_base64 to_csv to_form to_influx
    to_json to_msgpack to_ndjson to_prometheus to_query
    """.split()
)
_ATTRIBUTES = frozenset(
    """
    admitted advance call_failed changes check_place clock counted counts decoders edges entries expect fail failed
    failures file finish fire frozen functions give_up go_on graph idleness invalid keepers kinds lapsed leave left
    line lines load made makers metrics most_keys nesting next_deadline nowhere out outputs passed paths pending places
    ports projections push push_json refuse refuse_entry resolve restore resume rise runners secret secrets settle
    shape sink_failed snapshot sources stages stopped stops take typed waits wants_packet
    """.split()
)
"""The public attributes of the kernel's base class."""
_METHODS = ("accumulators_of_", "after_", "on_", "pair_of_", "result_of_", "run_", "typed_", "windows_of_")
"""What the names of the kernel's generated methods begin with."""


def identifier(text: str) -> str:
    """The text as an identifier: `large-only` is `large_only`, `a -> b` is `a_to_b`."""
    text = text.replace(" -> ", " to ")
    made = "".join(character if character.isalnum() and character.isascii() else "_" for character in text)
    if not made or made[0].isdigit():
        made = f"_{made}"
    return f"{made}_" if keyword.iskeyword(made) or keyword.issoftkeyword(made) else made


def imported_names(operators: Iterable[Declared]) -> dict[tuple[str, str], str]:
    """The identifier in the kernel of each name that plugins' operators import from a module."""
    found: dict[tuple[str, str], str] = {}
    for module, name in sorted({pair for operator in operators for pair in operator.imported}):
        found[module, name] = free_identifier(name, {*RESERVED, *found.values()})
    return found


def free_identifier(text: str, taken: Collection[str]) -> str:
    """The text as an identifier, numbered where that is taken."""
    made = wanted = identifier(text)
    number = 2
    while made in taken:
        made, number = f"{wanted}_{number}", number + 1
    return made


def node_identifiers(names: Iterable[str], taken: Mapping[str, Collection[str]]) -> dict[str, str]:
    """A distinct identifier for each node or edge, as attribute and as local variable of the kernel.

    `taken` are the module-level names that the code around each node may use.
    """
    given = set(_ATTRIBUTES | LOCALS | RUNTIME | set(dir(builtins)))
    found: dict[str, str] = {}
    for name in names:
        made = wanted = identifier(name)
        if wanted.startswith(_METHODS):
            made = wanted = f"node_{wanted}"
        if _clashes(made, given, taken[name]):
            made = wanted = f"{wanted}_node"
        number = 2
        while _clashes(made, given, taken[name]):
            made, number = f"{wanted}_{number}", number + 1
        given |= variables_of(made)
        found[name] = made
    return found


def _clashes(made: str, given: Collection[str], taken: Collection[str]) -> bool:
    """Whether the identifier, or a local variable that is named after it, is in use."""
    return any(name in given or name in taken for name in variables_of(made))


def variables_of(made: str) -> set[str]:
    """A node's identifier, and the local variables and functions that are named after it."""
    suffixes = ["", *"_count _data _ids _inlet _lookup _packet _port _retries _retries_behind _silence _span".split()]
    return {*(f"{made}{suffix}" for suffix in suffixes), f"check_{made}"}


RESERVED = LOCALS | RUNTIME
"""Identifiers that captured functions, constants and imports must keep away from."""
