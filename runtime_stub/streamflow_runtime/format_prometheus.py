"""The text format of Prometheus: `# TYPE` lines and samples."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from json import dumps
from typing import Any

from streamflow_runtime.fields import field
from streamflow_runtime.formats import records_of


def to_prometheus(value: Any, prefix: str, key: Sequence[str] = ()) -> str:
    """Samples of a record or a list of them. Raises ValueError for a record without a number or without its key."""
    records = records_of(value)
    for record in records:
        if not any(isinstance(item, (int, float)) for name, item in record.items() if name not in key):
            raise ValueError("the record has no field that is a number or a boolean")
    try:
        return exposition(prefix, key, records)
    except KeyError as missing:
        raise ValueError(f"the record has no {missing.args[0]!r}, which is a label") from None


def exposition(prefix: str, key: Sequence[str], records: Iterable[Any]) -> str:
    """`{prefix}_{field}` for every number and boolean, with the key's fields as labels.

    Of equal labels the last counts. A name that ends in `_total` is a counter, any other a gauge.
    """
    metrics: dict[str, dict[str, str]] = {}
    for record in records:
        if isinstance(record, dict):
            labels = ",".join(f'{_label(name)}="{_escaped(field(record, name))}"' for name in key)
            values = {f"{prefix}_{name}": value for name, value in record.items() if name not in key}
        else:
            labels, values = "", {prefix: record}
        for name, value in values.items():
            if isinstance(value, (int, float)):
                metrics.setdefault(_name(name), {})[f"{{{labels}}}" if labels else ""] = _number(value)
    return "".join(
        f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}\n"
        + "".join(f"{name}{labels} {value}\n" for labels, value in samples.items())
        for name, samples in metrics.items()
    )


def _label(text: str) -> str:
    """Text as the name of a label: two underscores before it are Prometheus' own."""
    return re.sub(r"^__+", "_", _name(text))


def _name(text: str) -> str:
    """Text as the name of a metric."""
    name = re.sub(r"[^a-zA-Z0-9_]", "_", text)
    return "_" + name if name[:1].isdigit() or not name else name


def _number(value: float) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if math.isfinite(value) else "NaN" if value != value else "+Inf" if value > 0 else "-Inf"


def _escaped(value: Any) -> str:
    text = value if isinstance(value, str) else dumps(value)
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
