"""The library of user functions that generated graphs are made of, each with its source in this file.

An entry says which shape of data a function takes and gives. On data of its shape a function raises only if the entry
says so. Amounts stay multiples of a power of two, so that sums are exact in any order.

Shapes: `record` (see `streams.py`), `number`, `summary` (`{"total": number, "count": int}`), `any`.
"""

from __future__ import annotations

import json
import math
import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean, mean
from typing import Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel

from streamflow import agg, d1, kv, table


@dataclass(frozen=True)
class Entry:
    """A function, or a name or tuple of names where a value is picked; `text` is how a program writes it."""

    text: str
    function: Any
    takes: str = "any"
    gives: str = "any"
    raises: bool = False
    flaky: bool = False  # raises by chance: what failed may succeed when it is tried again


FEE = 2
RATES = {"a": 2, "b": 4}
TAGS = ["x", "y"]


# Functions that fail now and then, and do it all the same every time that the random numbers start anew


def luck() -> None:
    """A helper of what follows."""
    if random.random() < 0.4:
        raise RuntimeError("bad luck")


def lucky(data: Any) -> Any:
    luck()
    data["lucky"] = True
    return data


def lucky_number(data: Any) -> Any:
    luck()
    return data + 1


def lucky_spoiled(data: Any) -> Any:
    data["tags"].clear()
    luck()
    return data


def lucky_twice(data: Any) -> Any:
    luck()
    return [data, {**data, "second": True}]


def lucky_port(data: Any) -> Any:
    luck()
    return "high" if data["amount"] > 10 else "a-b"


def lucky_state(state: Any, data: Any) -> Any:
    state["n"] = state.get("n", 0) + 1
    luck()
    return state, {**data, "n": state["n"]}


async def lucky_call(data: Any) -> Any:
    luck()
    data["called"] = True
    return data


def lucky_tick(tick: int) -> Any:
    luck()
    return tick


def lucky_account(data: Any) -> Any:
    luck()
    return data["account"]


def lucky_choice(data: Any) -> Any:
    luck()
    return data["amount"] > 4


# Transforms


def spend(data: Any) -> Any:
    data["amount"] -= FEE
    return data


def scored(data: Any) -> Any:
    data["score"] = data["amount"] * 2
    data["level"] = data["nested"]["level"]
    data["amount"] = data["amount"] + 1
    return data


def tag(data: Any) -> Any:
    data["tags"].append(f"t{len(data['tags'])}")
    return data


def deepen(data: Any) -> Any:
    data["nested"]["list"].append(data["nested"]["level"])
    data["nested"]["level"] += 1
    return {**data, "deep": True}


def share(data: Any) -> Any:
    copy = dict(data)
    copy["again"] = data["nested"]
    copy["nested"]["level"] += 1
    return copy


def update(data: Any) -> Any:
    data.update(amount=data["amount"] * 2, updated=True)
    return data


def graded(data: Any) -> Any:
    amount = data["amount"]
    if amount > 50:
        grade = "high"
    elif amount > 10:
        grade = "middle"
    else:
        return None
    data["grade"] = grade
    return data


def taxed(data: Any) -> Any:
    rate = rate_of(data["account"])
    return {**data, "amount": data["amount"] + rate, "rate": rate}


def rate_of(account: Any) -> int:
    """A helper of `taxed`."""
    return RATES.get(account, FEE) if isinstance(account, str) else 1


def summed(data: Any) -> Any:
    total = 0
    for number in data["nested"]["list"]:
        if number < 0:
            continue
        total += number
    else:
        total += len(data["tags"])
    return {"total": total, "count": len(data["nested"]["list"])}


def counted_down(data: Any) -> Any:
    steps, rest = 0, abs(data["amount"])
    while rest >= 16:
        rest /= 2
        steps += 1
    return {**data, "steps": steps, "rest": rest}


def matched(data: Any) -> Any:
    match data:
        case {"account": str(account), "amount": amount} if amount > 4:
            return {**data, "matched": account}
        case {"tags": [first, *_]}:
            return {**data, "matched": first}
    return data


def parsed(data: Any) -> Any:
    try:
        number = int(data["account"])
    except (TypeError, ValueError):
        number = -1
    finally:
        data["tried"] = True
    return {**data, "number": number}


def stamped(data: Any, packet: Any) -> Any:
    return {**data, "stamp": packet.timestamp, "origin": packet.source, "known": packet.key}


def framed(data: Any, packet: Any) -> Any:
    window = packet.window
    bounds = None if window is None else [window.start, window.end]
    return {"data": data, "id": packet.id, "bounds": bounds, "revision": packet.revision}


def marked(data: Any, packet: Any) -> Any:
    packet.metadata["marked"] = True
    return {**data, "ip": packet.metadata.get("ip")}


def wrapped(data: Any) -> Any:
    return [data, data]


def emptied(data: Any) -> Any:
    if isinstance(data, (dict, list)):
        data.clear()
    return data


def counted(number: Any) -> Any:
    timestamp, error = len(number["tags"]), None
    for batch, metadata in enumerate(number["nested"]["list"]):
        if batch > 1:
            break
        timestamp += metadata
    else:
        error = "none"
    return {**number, "counted": timestamp, "error": error}


def nested_functions(data: Any) -> Any:
    total = 0

    def add(amount: Any) -> None:
        nonlocal total
        total += amount

    for amount in (data["amount"], *data["nested"]["list"]):
        add(amount)
    return {**data, "total": total}


def imported(data: Any) -> Any:
    import math

    return {**data, "ceiling": math.ceil(data["amount"] / 3)}


def generated(data: Any) -> Any:
    return {**data, "doubled": [*doubled(data["nested"]["list"])], "depth": depth_of(data)}


def doubled(numbers: Any) -> Any:
    """A helper of `generated`, a generator."""
    for number in numbers:
        yield number * 2


def depth_of(value: Any) -> int:
    """A helper of `generated`, calls itself."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def trimmed(data: Any) -> Any:
    del data["tags"][1:]
    data["nested"]["list"] += [data.pop("extra", 0)]
    data.setdefault("seen", []).append(data["account"])
    return data


def borrowed(data: Any) -> Any:
    tags = data["tags"]
    data = {"account": "-", "amount": len(tags), "at": 0, "tags": tags, "nested": {"level": 0, "list": tags[:1]}}
    tags.append("borrowed")
    return data


def exploded(data: Any) -> Any:
    data["tags"].append("lit")
    if data["amount"] > 20:
        raise ValueError(f"too much: {data['amount']}")
    return data


def helped(data: Any) -> Any:
    return {**data, "amount": checked(data["amount"])}


def checked(amount: Any) -> Any:
    """A helper of `helped`, raises."""
    if amount < 0:
        raise ArithmeticError("below zero", amount)
    return amount


def scale(factor: Any) -> Callable[..., Any]:
    return lambda data: {**data, "amount": data["amount"] * factor}


def with_field(name: str, value: Any) -> Callable[..., Any]:
    return lambda data: {**data, name: value}


def labelled(prefix: str, tags: list[str]) -> Callable[..., Any]:
    def label(data: Any) -> Any:
        return {**data, "tags": [prefix + tag for tag in data["tags"]] + tags}

    return label


def nested_helper(limit: int) -> Callable[..., Any]:
    def clip(amount: Any) -> Any:
        return min(amount, limit)

    def clipped(data: Any) -> Any:
        data["amount"] = clip(data["amount"])
        return data

    return clipped


halved = lambda data: {**data, "amount": data["amount"] / 2}
lifted = lambda data: data["amount"]
constant = lambda data: {**data, "tags": TAGS, "nested": {"level": 0, "list": []}}
defaulted = lambda data, factor=4: {**data, "amount": data["amount"] * factor}
short = lambda data: data if data["amount"] > 8 else None
renamed = lambda data: {"total": data["amount"], "count": len(data["tags"])}
plus_one = lambda data: data + 1
as_text = lambda data: f"{data:.2f}" if data > 4 else str(data)
recorded = lambda data: {
    "account": "n",
    "amount": data,
    "tags": [],
    "nested": {"level": 1, "list": [2]},
}
averaged = lambda data: {**data, "mean": data["total"] / data["count"] if data["count"] else None}
total_of = lambda data: data["total"]
boxed = lambda data: {"value": data}
kind_of = lambda data: type(data).__name__
emptier = lambda data: None if isinstance(data, list) else data
exotic = lambda data: (data, {1, 2}, b"\x00\xff", datetime(2024, 1, 2, tzinfo=UTC), math.inf)
rebound = lambda batch: {**batch, "tags": [data for data in batch["tags"] if data]}
bound = lambda data: {**data, "amount": (amount := data["amount"]) + 1, "was": amount}
applied = lambda data: (lambda packet: {**packet, "amount": -packet["amount"]})(data)
sorted_tags = lambda data: {**data, "tags": sorted(data["tags"], key=lambda tag: (len(tag), tag), reverse=True)}
joined = lambda data: {**data, "joined": "-".join(map(str.upper, data["tags"])), "n": len(data["tags"])}
quoted = lambda data: {**data, "quoted": f"{data['amount']!r:>5}|{{}}|\\|'\"\n\x00é", "raw": r"\d+"}
floored = lambda data: {**data, "floor": math.floor(data["amount"]), "inf": math.inf > data["amount"]}
cast = lambda data, *, kind=float: {**data, "amount": kind(data["amount"])}
picked = lambda data: {name: data[name] for name in ("account", "amount", "at", "tags", "nested")}
merged = lambda data: data | {"merged": data["nested"] | {"level": -1}}
inverted = lambda data: {**data, "amount": 1 / data["amount"]}
missing = lambda data: data["nowhere"]
dotted = lambda data: data.account
upper = lambda data: {**data, "account": data["account"].upper()}

doubled_twice = lambda data: {**data, "amount": data["amount"] * 2.0, "more": data["amount"] * 2.0 + data["at"]}
doubled_lists = lambda data: [
    data["tags"] + data["tags"],
    data["tags"] + data["tags"],
    len(data["tags"] + data["tags"]),
]
popped = lambda data: {**data, "n": [len(data["tags"]) * 2, data["tags"].append("p"), len(data["tags"]) * 2]}
ranked = lambda data: [sorted(data["tags"])[:1], len(sorted(data["tags"])), max(sorted(data["tags"]), default=None)]
levelled = lambda data: data["nested"]["level"] * 2.0 if data["nested"]["level"] * 2.0 > 1 else data["nested"]["level"]
divided = lambda data: {"total": 8 / data["amount"], "count": 8 / data["amount"] + data["nowhere"]}


def worked_out(data: Any) -> Any:
    amount = data["amount"] * 0.5
    if data["amount"] * 0.5 > 8:
        data["amount"] = data["amount"] * 0.5 + data["nested"]["level"]
    found = 0
    for number in data["nested"]["list"]:
        found = found + number * 2.0 - (number * 2.0) / 4 + data["amount"] * 0.5
        data["amount"] += number
    return {**data, "half": amount, "found": found, "left": data["amount"] * 0.5}


VERBOSE = False
PREFIX = "eu"
UNIT = 4
priced = lambda data: {**data, "amount": data["amount"] * (UNIT * FEE // 2), "id": f"{PREFIX}-{UNIT}-{data['at'] != 0}"}
settled = lambda data: {**data, "verbose": data["nowhere"] if VERBOSE else None, "large": data["amount"] > UNIT * -1}
decided = lambda data: data["tags"] and (VERBOSE or data["nested"]) and VERBOSE and data["nowhere"]
never = lambda data: data["amount"] if data["amount"] > UNIT - 8 else UNIT / (FEE - 2)

TRANSFORMS = [
    Entry("doubled_twice", doubled_twice, "record", "record"),
    Entry("doubled_lists", doubled_lists, "record", "any"),
    Entry("popped", popped, "record", "record"),
    Entry("ranked", ranked, "record", "any"),
    Entry("levelled", levelled, "record", "number"),
    Entry("divided", divided, "record", "summary", raises=True),
    Entry("worked_out", worked_out, "record", "record"),
    Entry("priced", priced, "record", "record"),
    Entry("settled", settled, "record", "record"),
    Entry("decided", decided, "record", "any"),
    Entry("never", never, "record", "number", raises=True),
    Entry("lucky", lucky, "record", "record", True, flaky=True),
    Entry("lucky_spoiled", lucky_spoiled, "record", "record", True, flaky=True),
    Entry("lucky_number", lucky_number, "number", "number", True, flaky=True),
    Entry("halved", halved, "record", "record"),
    Entry("spend", spend, "record", "record"),
    Entry("scored", scored, "record", "record"),
    Entry("tag", tag, "record", "record"),
    Entry("deepen", deepen, "record", "record"),
    Entry("share", share, "record", "record"),
    Entry("update", update, "record", "record"),
    Entry("graded", graded, "record", "record"),
    Entry("taxed", taxed, "record", "record"),
    Entry("summed", summed, "record", "summary"),
    Entry("counted_down", counted_down, "record", "record"),
    Entry("matched", matched, "record", "record"),
    Entry("parsed", parsed, "record", "record"),
    Entry("stamped", stamped, "record", "record"),
    Entry("marked", marked, "record", "record"),
    Entry("scale(2)", scale(2), "record", "record"),
    Entry("scale(0.5)", scale(0.5), "record", "record"),
    Entry('with_field("extra", 7)', with_field("extra", 7), "record", "record"),
    Entry('with_field("extra", [1, {"b": None}])', with_field("extra", [1, {"b": None}]), "record", "record"),
    Entry('labelled("p-", ["q"])', labelled("p-", ["q"]), "record", "record"),
    Entry("nested_helper(30)", nested_helper(30), "record", "record"),
    Entry("counted", counted, "record", "record"),
    Entry("nested_functions", nested_functions, "record", "record"),
    Entry("imported", imported, "record", "record"),
    Entry("generated", generated, "record", "record"),
    Entry("trimmed", trimmed, "record", "record"),
    Entry("borrowed", borrowed, "record", "record"),
    Entry("rebound", rebound, "record", "record"),
    Entry("bound", bound, "record", "record"),
    Entry("applied", applied, "record", "record"),
    Entry("sorted_tags", sorted_tags, "record", "record"),
    Entry("joined", joined, "record", "record"),
    Entry("quoted", quoted, "record", "record"),
    Entry("floored", floored, "record", "record"),
    Entry("cast", cast, "record", "record"),
    Entry("picked", picked, "record", "record"),
    Entry("merged", merged, "record", "record"),
    Entry("lifted", lifted, "record", "number"),
    Entry("constant", constant, "record", "record"),
    Entry("defaulted", defaulted, "record", "record"),
    Entry("short", short, "record", "record"),
    Entry("renamed", renamed, "record", "summary"),
    Entry("json.dumps", json.dumps, "record", "any", raises=True),
    Entry('operator.itemgetter("amount")', operator.itemgetter("amount"), "record", "number"),
    Entry("plus_one", plus_one, "number", "number"),
    Entry("as_text", as_text, "number", "any"),
    Entry("recorded", recorded, "number", "record"),
    Entry("abs", abs, "number", "number"),
    Entry("float", float, "number", "number"),
    Entry("averaged", averaged, "summary", "summary"),
    Entry("total_of", total_of, "summary", "number"),
    Entry("boxed", boxed),
    Entry("kind_of", kind_of),
    Entry("emptier", emptier),
    Entry("framed", framed),
    Entry("wrapped", wrapped),
    Entry("emptied", emptied),
    Entry("exotic", exotic),
    Entry("inverted", inverted, "record", "record", raises=True),
    Entry("missing", missing, "record", "any", raises=True),
    Entry("dotted", dotted, "record", "any", raises=True),
    Entry("upper", upper, "record", "record", raises=True),
    Entry("exploded", exploded, "record", "record", raises=True),
    Entry("helped", helped, "record", "record", raises=True),
]


# Asynchronous transforms


async def fetched(data: Any) -> Any:
    return {**data, "fetched": len(data["tags"])}


async def fetched_in_place(data: Any, packet: Any) -> Any:
    data["tags"].append(packet.id)
    return data


async def fetched_some(data: Any) -> Any:
    return None if data["amount"] < 8 else {**data, "found": True}


async def refused(data: Any) -> Any:
    data["nested"]["list"].clear()
    if data["amount"] > 30:
        raise ConnectionError("refused")
    return data


async def passed_on(data: Any) -> Any:
    return await echoed(data)


async def echoed(data: Any) -> Any:
    """A helper of `passed_on`."""
    return data


def tags_of(data: Any) -> Any:
    for tag in data["tags"]:
        yield {**data, "tags": [tag], "all": data["tags"]}
    data["tags"].append("drawn")


def until_large(data: Any) -> Any:
    for number in data["nested"]["list"]:
        yield number
        if data["amount"] > 10:
            raise ValueError(f"large: {data['amount']}")


def same_twice(data: Any, packet: Any) -> Any:
    data["nested"]["level"] += 1
    return (data, None, data["nested"], packet.id, data)


per_tag = lambda data: [{**data, "amount": data["amount"] + len(tag)} for tag in data["tags"]]
lazily = lambda data: (number for number in data["nested"]["list"] if number)
some = lambda data: [data, data] if data["amount"] > 5 else None
captured = lambda data: [TAGS, TAGS, data]
halves = lambda data: [data / 2, data / 4]
one_of_a_kind = lambda data: {type(data).__name__}
itself_again = lambda data: [data]
its_items = lambda data: data
stretched = lambda data: map(boxed, [data, None])

FLAT_MAPS = [
    Entry("lucky_twice", lucky_twice, "record", "record", True, flaky=True),
    Entry("tags_of", tags_of, "record", "record"),
    Entry("until_large", until_large, "record", "number", raises=True),
    Entry("same_twice", same_twice, "record"),
    Entry("per_tag", per_tag, "record", "record"),
    Entry("per_tag", per_tag, "record", "record"),
    Entry("lazily", lazily, "record", "number"),
    Entry("some", some, "record", "record"),
    Entry("captured", captured),
    Entry("halves", halves, "number", "number"),
    Entry("one_of_a_kind", one_of_a_kind),
    Entry("itself_again", itself_again, "any"),
    Entry("its_items", its_items, "any", raises=True),
    Entry("stretched", stretched, "any"),
]


def by_amount(data: Any, packet: Any) -> Any:
    packet.metadata["seen"] = True
    if data["amount"] > 20:
        return "high"
    return "a-b" if data["amount"] > 5 else None


by_tag = lambda data: data["tags"][0] if data["tags"] else "invalid"
by_number = lambda data: "high" if data > 10 else "error"
by_type = lambda data: {"dict": "high", "int": "a-b", "list": data}.get(type(data).__name__)

ROUTES = [
    Entry("lucky_port", lucky_port, "record", "any", True, flaky=True),
    Entry("by_amount", by_amount, "record"),
    Entry("by_tag", by_tag, "record"),
    Entry("by_number", by_number, "number"),
    Entry("by_type", by_type, "any"),
]


class Nested(TypedDict):
    level: int
    list: list[int]


class Record(TypedDict):
    account: str | float | None
    amount: float
    at: NotRequired[Any]
    tags: list[str]
    nested: Nested


@dataclass
class Summary:
    total: float
    count: int = 0
    grade: Literal["high", "middle"] | None = None


class Ids(BaseModel):
    account: str
    amount: int
    nested: dict[str, Any] | None = None


FEW_TAGS = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": "number", "minimum": 1},
        "account": {"type": ["string", "integer"], "minLength": 1},
        "tags": {"maxItems": 2, "items": {"enum": ["x", "k", 1]}},
        "nested": {"additionalProperties": {"not": {"type": "null"}}, "properties": {"level": {"type": "integer"}}},
    },
}
PLAIN = {"type": ["number", "string"]}
SOME = {
    "anyOf": [{"required": ["total"], "type": "object"}, {"type": "array"}, {"properties": {"amount": {"minimum": 5}}}]
}
ONE = {"oneOf": [{"type": "object", "required": ["account"]}, {"minimum": 2}], "not": {"pattern": "e"}}

SCHEMAS = [
    Entry("Record", Record, "record"),
    Entry("Ids", Ids, "record"),
    Entry("FEW_TAGS", FEW_TAGS, "record"),
    Entry("PLAIN", PLAIN, "number"),
    Entry("Summary", Summary, "summary"),
    Entry("SOME", SOME),
    Entry("ONE", ONE),
]

ASYNC_TRANSFORMS = [
    Entry("lucky_call", lucky_call, "record", "record", True, flaky=True),
    Entry("fetched", fetched, "record", "record"),
    Entry("fetched_in_place", fetched_in_place, "record", "record"),
    Entry("fetched_some", fetched_some, "record", "record"),
    Entry("passed_on", passed_on),
    Entry("refused", refused, "record", "record", raises=True),
]


# Stateful maps


def running(state: Any, data: Any) -> Any:
    total = state + data["amount"]
    return total, {**data, "total": total, "count": len(data["tags"])}


def remembered(state: Any, data: Any) -> Any:
    state["seen"].append(data["amount"])
    return state, {**data, "seen": state["seen"], "last": state.get("last")}


def shared_with_output(state: Any, data: Any) -> Any:
    return data, {**data, "before": state}


def forgetful(state: Any, data: Any) -> Any:
    count = (state or 0) + 1
    return (None, {**data, "full": count}) if count == 3 else (count, None)


def stamped_state(state: Any, data: Any, packet: Any) -> Any:
    state.append(packet.id)
    packet.metadata["stateful"] = len(state)
    return state[-2:], [packet.key, state, data]


def strict_state(state: Any, data: Any) -> Any:
    state["amount"] = data["amount"]
    data["tags"].append("tried")
    if data["amount"] > 20:
        raise ValueError("too much for the state")
    return state, {**data, "state": dict(state)}


def odd_state(state: Any, data: Any) -> Any:
    return {"of": {1, 2}, "at": (state, [len(data)]), 3: math.inf}, {**data, "was": len(str(state)) > 9}


STATEFUL_MAPS = [
    (Entry("lucky_state", lucky_state, "record", "record", True, flaky=True), Entry("{}", {})),
    (Entry("running", running, "record", "record"), Entry("0", 0)),
    (Entry("remembered", remembered, "record", "record"), Entry('{"seen": []}', {"seen": []})),
    (Entry("shared_with_output", shared_with_output, "record", "record"), Entry("None", None)),
    (Entry("forgetful", forgetful, "record", "record"), Entry("None", None)),
    (Entry("stamped_state", stamped_state, "any", "any"), Entry("list", list)),
    (
        Entry("lambda state, data: (state + 1, state)", lambda state, data: (state + 1, state), "any", "number"),
        Entry("lambda: -1", lambda: -1),
    ),
    (
        Entry("lambda state, data: (state, data)", lambda state, data: (state, data), "any", "any"),
        Entry("(1, [2])", (1, [2])),
    ),
    (Entry("strict_state", strict_state, "record", "record", raises=True), Entry("dict", dict)),
    (Entry("odd_state", odd_state, "record", "record", raises=True), Entry('"none"', "none")),
    (
        Entry("lambda state, data: [state, data]", lambda state, data: [state, data], "any", "any", raises=True),
        Entry("0", 0),
    ),
]
EXPIRIES = [
    Entry("lambda state, key: (None, [state, str(key)])", lambda state, key: (None, [state, str(key)])),
    Entry("lambda state, key: (state, {'expired': state})", lambda state, key: (state, {"expired": state})),
    Entry("lambda state, key: (None, None)", lambda state, key: (None, None)),
    Entry(
        "lambda state, key: (state.clear(), key)", lambda state, key: (state.clear(), key), "any", "any", raises=True
    ),
]


# Predicates of filters and conditions


def has_tags(data: Any) -> Any:
    tags = data["tags"]
    while tags:
        if tags.pop() != "x":
            return True
    return False


def above(limit: Any) -> Callable[..., Any]:
    return lambda data: data["amount"] > limit


def among(names: list[Any]) -> Callable[..., Any]:
    def known(data: Any) -> Any:
        return data["account"] in names

    return known


def strict(data: Any) -> Any:
    if data["amount"] == 25:
        raise RuntimeError("unlucky")
    return data["amount"] > 4


PREDICATES = [
    Entry("lucky_choice", lucky_choice, "record", "any", True, flaky=True),
    Entry("above(10)", above(10), "record"),
    Entry("above(-5)", above(-5), "record"),
    Entry('among(["a", 1, None])', among(["a", 1, None]), "record"),
    Entry("has_tags", has_tags, "record"),
    Entry(
        'lambda data: (amount := data["amount"]) > 2 and amount < 50',
        lambda data: (amount := data["amount"]) > 2 and amount < 50,
        "record",
    ),
    Entry(
        'lambda row: any(tag == "x" for tag in row["tags"])',
        lambda row: any(tag == "x" for tag in row["tags"]),
        "record",
    ),
    Entry('lambda data: data["nested"].pop("level")', lambda data: data["nested"].pop("level"), "record"),
    Entry('lambda data: data["tags"]', lambda data: data["tags"], "record"),
    Entry(
        'lambda data: 0 <= data["amount"] < 40 or not data["nested"]["list"]',
        lambda data: 0 <= data["amount"] < 40 or not data["nested"]["list"],
        "record",
    ),
    Entry('lambda data: data.get("grade") != "high"', lambda data: data.get("grade") != "high", "record"),
    Entry("lambda data: data > 3", lambda data: data > 3, "number"),
    Entry("lambda data: data % 2 == 0", lambda data: data % 2 == 0, "number"),
    Entry('lambda data: data["count"] > 1', lambda data: data["count"] > 1, "summary"),
    Entry("lambda data: data is not None", lambda data: data is not None),
    Entry("lambda data: isinstance(data, dict)", lambda data: isinstance(data, dict)),
    Entry("lambda data, packet: packet.timestamp % 2 < 1", lambda data, packet: packet.timestamp % 2 < 1),
    Entry("lambda data, packet: packet.key is None", lambda data, packet: packet.key is None),
    Entry("lambda data: True", lambda data: True),
    Entry("lambda data: []", lambda data: []),
    Entry("bool", bool),
    Entry("strict", strict, "record", raises=True),
    Entry('lambda data: data["account"] > "a"', lambda data: data["account"] > "a", "record", raises=True),
    Entry('lambda data: data["grade"] == "high"', lambda data: data["grade"] == "high", "record", raises=True),
]


# Aggregates


def statistics(packets: Any) -> Any:
    amounts = [p.data["amount"] for p in packets]
    return {
        "total": sum(amounts),
        "count": len(amounts),
        "least": min(amounts),
        "most": max(amounts),
        "mean": sum(amounts) / len(amounts),
        "median": sorted(amounts)[len(amounts) // 2],
    }


def described(packets: Any, window: Any) -> Any:
    return {
        "total": sum(p.data["amount"] for p in packets if p.data["amount"] > 0),
        "count": len(packets),
        "key": window.key,
        "span": [window.start, window.end],
    }


def large_only(packets: Any) -> Any:
    total = sum(p.data["amount"] for p in packets)
    if total < 20:
        return None
    return {"total": total, "count": len(packets)}


def spoiling(packets: Any) -> Any:
    for p in packets:
        p.data["tags"].append("spoilt")
    packets.reverse()
    return {"total": 0, "count": len(packets), "tags": [tag for p in packets for tag in p.data["tags"]]}


def changes(packets: Any) -> Any:
    previous, found = None, []
    for p in packets:
        if previous is not None:
            found.append(p.data["amount"] - previous)
        previous = p.data["amount"]
    return found


def looped(packets: Any) -> Any:
    total = count = 0
    first = last = None
    for packet in packets:
        amount = packet.data["amount"]
        total += amount
        count += 1
        first = amount if first is None else first
        last = amount
    return {"total": total, "count": count, "first": first, "last": last}


def grouped(packets: Any) -> Any:
    groups: dict[str, list[Any]] = {}
    for packet in packets:
        groups.setdefault(str(packet.data["account"]), []).append(packet.data["amount"])
    return {name: [len(amounts), sum(amounts)] for name, amounts in sorted(groups.items())}


def weighted(weight: Any) -> Callable[..., Any]:
    return lambda packets: {"total": sum(p.data["amount"] * weight for p in packets), "count": len(packets)}


def averages(packets: Any) -> Any:
    amounts = [p.data["amount"] for p in packets]
    least = 4
    return {
        "amounts": [sum(amounts), len(amounts)],
        "mean": mean(p.data["amount"] for p in packets),
        "fmean": fmean(p.data["amount"] for p in packets),
        "accounts": len({str(p.data["account"]) for p in packets}),
        "levels": len(set(p.data["nested"]["level"] for p in packets if p.data["amount"] > least)),
    }


def doubled_amount(data: Any) -> Any:
    """A helper of `by_helpers`."""
    return data["amount"] * FEE


def is_above(data: Any, limit: Any) -> Any:
    """A helper of `by_helpers`."""
    return doubled_amount(data) > limit


def by_helpers(packets: Any) -> Any:
    limit = 6
    return {"double": sum(doubled_amount(p.data) for p in packets if is_above(p.data, limit)), "limit": limit}


def mean_grade(packets: Any) -> Any:
    """Fails where grades are missing, or where there is none of those that count, or by what a mean can't take."""
    return [mean(p.data["grade"] for p in packets) if len(packets) > 2 else fmean(p.data["tags"] for p in packets)]


def guarded(packets: Any) -> Any:
    count = len(packets)
    return {"total": sum(p.data["amount"] for p in packets) if count > 1 else 0, "count": count}


def some_of(packets: Any) -> Any:
    """Fails where no packet has tags, and before that where there is only one."""
    share = 1 / (len(packets) - 1)
    return [share, min(p.data["amount"] for p in packets if p.data["tags"]), max(p.data["amount"] for p in packets)]


def until_high(packets: Any) -> Any:
    """Grades are there behind `graded` alone: a packet without one fails unless a large one comes before it."""
    large = any(p.data["amount"] > 12 or p.data["grade"] == "high" for p in packets)
    return {"large": large, "small": all(p.data["amount"] < 30 for p in packets if p.data["grade"] != "low")}


def listed_first(packets: Any) -> Any:
    grades = [p.data["grade"] for p in packets]
    return {"n": len(packets), "grade": min(grades) if len(packets) > 1 else "?"}


def strict_total(packets: Any) -> Any:
    if len(packets) > 2:
        raise OverflowError(f"{len(packets)} packets")
    return {"total": sum(p.data["amount"] for p in packets), "count": len(packets)}


def grown(held: Any, data: Any) -> Any:
    held.append(str(data))
    return held


def size(data: Any) -> int:
    return len(str(_without_wording(data)))


def _without_wording(data: Any) -> Any:
    """A failure's data in its place: its message and line are said in another way by the reference."""
    if isinstance(data, dict):
        if "line" in data:
            return _without_wording(data["data"])
        return {key: _without_wording(value) for key, value in data.items()}
    return [_without_wording(value) for value in data] if isinstance(data, list) else data


def even_size(data: Any) -> int:
    if size(data) % 2:
        raise ValueError("odd")
    return size(data)


AGGREGATIONS = [
    Entry(
        '{"total": agg.sum("amount"), "count": agg.count()}',
        {"total": agg.sum("amount"), "count": agg.count()},
        "record",
        "summary",
    ),
    Entry(
        '{"least": agg.min("amount"), "most": agg.max("amount"), "mean": agg.mean("amount"), "known": agg.count("at")}',
        {
            "least": agg.min("amount"),
            "most": agg.max("amount"),
            "mean": agg.mean("amount"),
            "known": agg.count("at"),
        },
        "record",
        "any",
    ),
    Entry(
        '{"first": agg.first(lambda data: data), "last": agg.last(size), "all": agg.collect(size)}',
        {"first": agg.first(lambda data: data), "last": agg.last(size), "all": agg.collect(size)},
    ),
    Entry(
        '{"distinct": agg.distinct("account"), "top": agg.top_k("account", 2, weight="amount"), "p": ...}',
        {
            "distinct": agg.distinct("account"),
            "top": agg.top_k("account", 2, weight="amount"),
            "p": agg.quantile(size, 0.3),
        },
        "record",
        "any",
    ),
    Entry(
        '{"own": agg.custom(list, grown, merge=operator.add, result=len), "start": agg.window_start(), "end": ...}',
        {
            "own": agg.custom(list, grown, merge=operator.add, result=len),
            "start": agg.window_start(),
            "end": agg.window_end(),
        },
    ),
    Entry('{"odd": agg.sum(even_size)}', {"odd": agg.sum(even_size)}, raises=True),
]


def around(packet: Any) -> Any:
    start = packet.timestamp // 6 * 6
    return [(start - 3, start + 9), (start, start + 6)]


def by_tags(packet: Any) -> Any:
    packet.data["tags"].append("seen")
    return [(packet.timestamp - length, packet.timestamp + length) for length in range(1, len(packet.data["tags"]))]


def badly(packet: Any) -> Any:
    """Mostly what is none."""
    choices = [[(1, 1)], None, [3], [(0, "x")], [(True, 4)], [(0, 2e11)], [(0, 40.0), (0, 40)], ((10, 30),), [[5, 25]]]
    return choices[int(packet.timestamp) % len(choices)]


ASSIGNERS = [
    Entry("around", around),
    Entry("by_tags", by_tags, "record"),
    Entry("badly", badly, raises=True),
    Entry(
        "lambda packet: [(packet.timestamp, packet.timestamp + 7.5)]",
        lambda packet: [(packet.timestamp, packet.timestamp + 7.5)],
    ),
    Entry("lambda packet: [(0, 20), (0, 40)]", lambda packet: [(0, 20), (0, 40)]),
    Entry(
        "lambda packet, again: [(again.timestamp // 8 * 8, packet.timestamp // 8 * 8 + 8)]",
        lambda packet, again: [(again.timestamp // 8 * 8, packet.timestamp // 8 * 8 + 8)],
    ),
    Entry("lambda packet: []", lambda packet: []),
]
AGGREGATES = [
    Entry("statistics", statistics, "record", "summary"),
    Entry("described", described, "record", "summary"),
    Entry("large_only", large_only, "record", "summary"),
    Entry("spoiling", spoiling, "record", "summary"),
    Entry("looped", looped, "record", "summary"),
    Entry("grouped", grouped, "record", "any"),
    Entry("changes", changes, "record", "any"),
    Entry("weighted(4)", weighted(4), "record", "summary"),
    Entry(
        'lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)}',
        lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)},
        "record",
        "summary",
    ),
    Entry(
        'lambda packets: sum([p.data["amount"] for p in packets], 5)',
        lambda packets: sum([p.data["amount"] for p in packets], 5),
        "record",
        "number",
    ),
    Entry(
        'lambda packets: max(packets, key=lambda p: p.data["amount"]).data',
        lambda packets: max(packets, key=lambda p: p.data["amount"]).data,
        "record",
        "record",
    ),
    Entry(
        "lambda packets: {**packets[-1].data, 'first': packets[0].data['amount']}",
        lambda packets: {**packets[-1].data, "first": packets[0].data["amount"]},
        "record",
        "record",
    ),
    Entry(
        "lambda packets: {'any': any(p.data['amount'] > 20 for p in packets), 'all': all(p.data['tags'] for p in ...)}",
        lambda packets: {
            "any": any(p.data["amount"] > 20 for p in packets),
            "all": all(p.data["tags"] for p in packets),
        },
        "record",
    ),
    Entry(
        "lambda packets: {str(p.data['account']): p.data['amount'] for p in packets}",
        lambda packets: {str(p.data["account"]): p.data["amount"] for p in packets},
        "record",
    ),
    Entry(
        'lambda packets: sum(p.data["total"] for p in packets) if packets else 0',
        lambda packets: sum(p.data["total"] for p in packets) if packets else 0,
        "summary",
        "number",
    ),
    Entry(
        'lambda packets: {"total": max(p.data["total"] for p in ...), "count": sum(p.data["count"] for p in packets)}',
        lambda packets: {
            "total": max(p.data["total"] for p in packets),
            "count": sum(p.data["count"] for p in packets),
        },
        "summary",
        "summary",
    ),
    Entry(
        "lambda packets: min(p.data for p in packets)", lambda packets: min(p.data for p in packets), "number", "number"
    ),
    Entry(
        'lambda packets: {"total": sum(p.data for p in packets), "count": len(packets)}',
        lambda packets: {"total": sum(p.data for p in packets), "count": len(packets)},
        "number",
        "summary",
    ),
    Entry("lambda packets: [p.data for p in packets]", lambda packets: [p.data for p in packets]),
    Entry("lambda packets: {'n': len(packets)}", lambda packets: {"n": len(packets)}),
    Entry("len", len, "any", "number"),
    Entry(
        "lambda packets: [[p.id, p.timestamp, p.source, p.revision] for p in packets]",
        lambda packets: [[p.id, p.timestamp, p.source, p.revision] for p in packets],
    ),
    Entry(
        "lambda packets: [None if p.key is None else str(p.key) for p in packets]",
        lambda packets: [None if p.key is None else str(p.key) for p in packets],
    ),
    Entry(
        "lambda packets, window: [window.start, window.end, len(packets)]",
        lambda packets, window: [window.start, window.end, len(packets)],
    ),
    Entry(
        "lambda packets: None if len(packets) < 3 else len(packets)",
        lambda packets: None if len(packets) < 3 else len(packets),
        "any",
        "number",
    ),
    Entry(
        'lambda packets: {"total": max(p.data["amount"] for p in ...) - min(...), "count": 1}',
        lambda packets: {
            "total": max(p.data["amount"] for p in packets) - min(p.data["amount"] for p in packets),
            "count": 1,
        },
        "record",
        "summary",
    ),
    Entry(
        "lambda packets: sum(1 for p in packets if p.data['tags'])",
        lambda packets: sum(1 for p in packets if p.data["tags"]),
        "record",
        "number",
    ),
    Entry(
        "lambda packets: sorted({str(p.data['account']) for p in packets})",
        lambda packets: sorted({str(p.data["account"]) for p in packets}),
        "record",
    ),
    Entry(
        "lambda packets: [packets[0].data, packets[-1].data, packets[0].timestamp]",
        lambda packets: [packets[0].data, packets[-1].data, packets[0].timestamp],
    ),
    Entry(
        "lambda packets: max(p.timestamp for p in packets) - packets[0].timestamp",
        lambda packets: max(p.timestamp for p in packets) - packets[0].timestamp,
        "any",
        "number",
    ),
    Entry("guarded", guarded, "record", "summary"),
    Entry("averages", averages, "record", "any"),
    Entry("by_helpers", by_helpers, "record", "any"),
    Entry("mean_grade", mean_grade, "record", "any", raises=True),
    Entry("some_of", some_of, "record", "any", raises=True),
    Entry("until_high", until_high, "record", "any", raises=True),
    Entry("listed_first", listed_first, "record", "any", raises=True),
    Entry(
        "lambda packets: {'low': min(p.data for p in packets), 'any': any(p.data > 3 for p in ...), 'n': len(packets)}",
        lambda packets: {
            "low": min(p.data for p in packets),
            "any": any(p.data > 3 for p in packets),
            "n": len(packets),
        },
        "number",
        "any",
    ),
    Entry("strict_total", strict_total, "record", "summary", raises=True),
    Entry(
        "lambda packets: 1 / sum(p.data['amount'] for p in packets)",
        lambda packets: 1 / sum(p.data["amount"] for p in packets),
        "record",
        "number",
        raises=True,
    ),
    Entry(
        "lambda packets: sum(p.data['grade'] == 'high' for p in packets)",
        lambda packets: sum(p.data["grade"] == "high" for p in packets),
        "record",
        "number",
        raises=True,
    ),
]


# Keys

KEYS = [
    Entry("lucky_account", lucky_account, "record", "any", True, flaky=True),
    Entry('"account"', "account", "record"),
    Entry('"nested.level"', "nested.level", "record"),
    Entry('("account",)', ("account",), "record"),
    Entry('("account", "nested.level")', ("account", "nested.level"), "record"),
    Entry('lambda data: data["amount"] % 2', lambda data: data["amount"] % 2, "record"),
    Entry('lambda data: len(data["tags"]) > 1', lambda data: len(data["tags"]) > 1, "record"),
    Entry('lambda data: data["tags"].append("k")', lambda data: data["tags"].append("k"), "record"),
    Entry(
        'lambda data: (data["account"], len(data["tags"]))', lambda data: (data["account"], len(data["tags"])), "record"
    ),
    Entry("lambda data: data % 3", lambda data: data % 3, "number"),
    Entry('"count"', "count", "summary"),
    Entry("lambda data, packet: packet.source", lambda data, packet: packet.source),
    Entry("lambda data, packet: packet.timestamp // 4", lambda data, packet: packet.timestamp // 4),
    Entry("lambda data: isinstance(data, dict)", lambda data: isinstance(data, dict)),
    Entry('"tags"', "tags", "record", raises=True),
    Entry('"nowhere"', "nowhere", "record", raises=True),
    Entry('"nested.nowhere"', "nested.nowhere", "record", raises=True),
    Entry('lambda data: data["nested"]', lambda data: data["nested"], "record", raises=True),
    Entry('lambda data: data["account"] + "!"', lambda data: data["account"] + "!", "record", raises=True),
]


# Lookups; the first takes keys that are tuples

LOOKUPS = [
    Entry('kv("NAMES")', kv("NAMES")),
    Entry('"https://example.com/{key}"', "https://example.com/{key}"),
    Entry('d1("DB", "SELECT * FROM names WHERE id = ?")', d1("DB", "SELECT * FROM names WHERE id = ?")),
    Entry('table("names", column="id")', table("names", column="id")),
]
_ROWS: dict[Any, Any] = {"a": {"tags": ["x"]}, 1: None, ("a", 1): [1], "b": 4, None: "none"}
TABLE = Entry(repr(_ROWS), _ROWS)


# Joins


def paired(left: Any, right: Any, packet: Any) -> Any:
    packet.metadata["paired"] = True
    for side in (left, right):
        if isinstance(side, dict):
            side["paired"] = packet.id
    return {"left": left, "both": [left, right]}


def emptied_left(left: Any, right: Any) -> Any:
    if isinstance(left, list):
        left.append(right)
    elif isinstance(left, dict):
        left.clear()
    return [left, right]


def difference(left: Any, right: Any) -> Any:
    return left["amount"] - right["amount"]


JOINERS = [
    Entry("paired", paired),
    Entry("emptied_left", emptied_left),
    Entry("lambda left, right: [left, right]", lambda left, right: [left, right]),
    Entry("lambda left, right: right", lambda left, right: right),
    Entry(
        "lambda left, right, packet: [left is None, right is None, packet.id, packet.timestamp, str(packet.key)]",
        lambda left, right, packet: [left is None, right is None, packet.id, packet.timestamp, str(packet.key)],
    ),
    Entry("lambda left, right: {**left, 'other': right}", lambda left, right: {**left, "other": right}, "record"),
    Entry("lambda left, right: left", lambda left, right: left, "record", "record"),
    Entry("difference", difference, "record", "number"),
    Entry("lambda left, right: left['nowhere']", lambda left, right: left["nowhere"], raises=True),
]


# Timestamps, by where the source's values hold them


def later(data: Any) -> Any:
    return data["at"] + 1


TIMESTAMPS = [
    Entry('"at"', "at", "record"),
    Entry('"nested.at"', "nested.at", "record"),
    Entry('lambda data: data["at"]', lambda data: data["at"], "record"),
    Entry('lambda data: data.pop("at")', lambda data: data.pop("at"), "record"),
    Entry("later", later, "record", raises=True),
    Entry(
        'lambda data, packet: data["at"] if packet.source else None',
        lambda data, packet: data["at"] if packet.source else None,
        "record",
    ),
    Entry(
        'lambda data: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=data["at"])',
        lambda data: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=data["at"]),
        "record",
        raises=True,
    ),
    Entry("lambda data: data", lambda data: data, "number"),
]


# Timers


def ticked(tick: Any) -> Any:
    return {"account": "t", "amount": tick, "at": tick * 2, "tags": ["tick"], "nested": {"level": tick, "list": []}}


TICKS = [
    Entry("lucky_tick", lucky_tick, "number", "number", True, flaky=True),
    Entry("ticked", ticked, "number", "record"),
    Entry("lambda tick: tick * 2", lambda tick: tick * 2, "number", "number"),
    Entry("lambda tick: None if tick % 2 else tick", lambda tick: None if tick % 2 else tick, "number", "number"),
    Entry("lambda tick: 8 / (tick - 1)", lambda tick: 8 / (tick - 1), "number", "number", raises=True),
]


# Custom sinks

SINK_FUNCTIONS = [
    Entry("lambda data: None", lambda data: None),
    Entry("lambda data, packet: data.clear()", lambda data, packet: data.clear()),
]
