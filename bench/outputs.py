"""What a run sent to its sinks, in a form in which engines can be compared."""

from collections.abc import Iterable
from math import isclose
from typing import Any

from bench.workloads import Workload

Outputs = dict[str, list[tuple[Any, Any, Any, dict[str, Any]]]]  # by sink: key, start, end, data


def differences(workload: Workload, expected: Outputs, found: Outputs) -> list[str]:
    """Where two runs of a workload disagree; floats agree within 1e-9."""
    texts = []
    for sink in workload.sinks:
        pairs = list(zip(_comparable(workload, expected[sink]), _comparable(workload, found[sink]), strict=False))
        if len(expected[sink]) != len(found[sink]):
            texts.append(f"{sink}: {len(found[sink])} outputs instead of {len(expected[sink])}")
        texts += [f"{sink}: {b} instead of {a}" for a, b in pairs if not _same(a, b)]
    return texts


def _comparable(workload: Workload, outputs: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Windows by key and bounds, for engines differ in the order of keys; the rest in order, data alone.

    The key's field in the data repeats the key, and not every rival adds it.
    """
    if not workload.windowed:
        return [(data,) for *_, data in outputs]
    rows = [
        (key, start, end, {name: value for name, value in data.items() if name != workload.key})
        for key, start, end, data in outputs
    ]
    return sorted(rows, key=lambda row: (str(row[0]), row[1]))


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    *where_a, data_a = a
    *where_b, data_b = b
    return (
        where_a == where_b
        and data_a.keys() == data_b.keys()
        and all(isclose(data_a[name], data_b[name], rel_tol=1e-9) for name in data_a)
    )
