"""What converting between formats gives, by the plainest means there are; raises what it likes where it can't."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import re
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import msgpack
from prometheus_client.parser import text_string_to_metric_families

from reference.packet import Packet, milliseconds
from streamflow.dsl.transform_convert import ConvertOptions

Record = dict[str, Any]
_SPELLED = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}  # as Prometheus has them


def convert(options: ConvertOptions, name: str, packet: Packet) -> Any:
    """The packet's data in the target format. Raises where it is not of the source format, or can't be converted."""
    value = packet.data
    if options.source_format != "value":
        value = _decoded(options, _text_or_bytes(value))
    return value if options.target_format == "value" else _encoded(options, name, packet, value)


def _decoded(options: ConvertOptions, data: bytes) -> Any:
    form = options.source_format
    if form == "msgpack":
        return _plain(msgpack.unpackb(data, strict_map_key=True))
    if form == "base64":
        text = data.decode().replace("-", "+").replace("_", "/").replace(" ", "").replace("\n", "").rstrip("=")
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    text = data.decode("utf-8-sig") if form != "json" else data.decode()
    if form == "json":
        return _plain(json.loads(text))
    if form == "ndjson":
        return [_plain(json.loads(line)) for line in text.split("\n") if line.strip()]
    if form == "csv":
        return _rows(options, text)
    if form == "prometheus":
        return [_sample(one) for family in text_string_to_metric_families(text) for one in family.samples]
    if form == "influx":
        return [_read(line) for line in text.split("\n") if line.strip()]
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text[1:] if form == "query" and text[:1] == "?" else text, True, errors="strict"):
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _sample(sample: Any) -> Record:
    value = float(sample.value) if math.isfinite(sample.value) else None
    record = {"name": sample.name, "labels": sample.labels, "value": value}
    return record if sample.timestamp is None else {**record, "timestamp": sample.timestamp}


def _read(line: str) -> Record:
    """A line without line breaks in it, letter by letter."""
    parts, quoted, place = [["", ""]], False, 0  # what stands before a separator, and the separator
    while place < len(line):
        letter, following = line[place], line[place + 1 : place + 2]
        if letter == "\\" and following and following in ('"\\' if quoted else ",= "):
            parts[-1][0] += following
            place += 1
        elif letter == '"' and (quoted or (len(parts) > 1 and parts[-2][1] == "=" and not parts[-1][0])):
            quoted = not quoted
            parts[-1][0] += "" if not quoted else "\0"  # a text
        elif letter in ",= " and not quoted:
            parts[-1][1] = letter
            parts.append(["", ""])
        else:
            parts[-1][0] += letter
        place += 1
    assert not quoted
    first = next(place for place, (_, separator) in enumerate(parts) if separator == " ")
    last = next(place for place, (_, separator) in enumerate(parts) if separator == " " and place > first)
    texts = [text for text, _ in parts]
    tags, fields = texts[1 : first + 1], texts[first + 1 : last + 1]
    return {
        "measurement": texts[0],
        "tags": dict(zip(tags[::2], tags[1::2], strict=True)),
        "fields": {name: _typed(value) for name, value in zip(fields[::2], fields[1::2], strict=True)},
        "timestamp": int(texts[last + 1]) / 1e9,
    }


def _typed(text: str) -> Any:
    if text.startswith("\0"):
        return text[1:]
    return {"true": True, "false": False}[text] if text in ("true", "false") else float(text)


def _rows(options: ConvertOptions, text: str) -> list[Record]:
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=options.delimiter, strict=True) if row]
    names = list(options.columns) if not options.header else rows.pop(0) if rows else []
    assert len(set(names)) == len(names) and all(len(row) == len(names) for row in rows)
    wanted = names if options.columns is None else options.columns
    return [{name: row[names.index(name)] for name in wanted} for row in rows]


def _encoded(options: ConvertOptions, name: str, packet: Packet, value: Any) -> Any:
    form, prefix = options.target_format, options.measurement or name
    if form == "msgpack":
        return msgpack.packb(_plain(value), strict_types=False)
    if form == "base64":
        return base64.b64encode(_text_or_bytes(value)).decode()
    if form == "json":
        return _json(value)
    if form == "ndjson":
        assert value != []
        return "\n".join(_json(item) for item in (value if isinstance(value, list) else [value]))
    if form in ("form", "query"):
        return _pairs(value, quote_plus if form == "form" else lambda text: quote(text, safe=""))
    records = value if isinstance(value, list) else [value]
    assert records and all(isinstance(record, dict) and record for record in records)
    if form == "csv":
        return _csv(options, records)
    if form == "prometheus":
        return _metrics(prefix, options.labels, records)
    moment = milliseconds(packet.timestamp) * 1_000_000
    return "\n".join(f"{_series(prefix, options.tags, record)} {moment}" for record in records)


def _csv(options: ConvertOptions, records: list[Record]) -> str:
    columns = list(options.columns or dict.fromkeys(name for record in records for name in record))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=options.delimiter, lineterminator="\r\n")
    for row in [*([columns] if options.header else []), *[[r.get(name) for name in columns] for r in records]]:
        writer.writerow([_cell(value) for value in row])
    lines = out.getvalue().split("\r\n")[:-1]
    return "\n".join(lines)


def _metrics(prefix: str, key: tuple[str, ...], records: list[Record]) -> str:
    samples: dict[str, dict[str, str]] = {}
    for record in records:
        values = {name: v for name, v in record.items() if isinstance(v, (bool, int, float)) and name not in key}
        assert values
        names = [re.sub("^__+", "_", _name(name)) for name in key]
        labels = [f'{label}="{_label(record[name])}"' for label, name in zip(names, key, strict=True)]
        for name, value in values.items():
            series = samples.setdefault(_name(f"{prefix}_{name}"), {})
            place = "{" + ",".join(labels) + "}" if labels else ""
            series[place] = str(int(value)) if isinstance(value, bool) else _SPELLED.get(str(value), str(value))
    lines = []
    for name, series in samples.items():
        lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}\n")
        lines += [f"{name}{labels} {value}\n" for labels, value in series.items()]
    return "".join(lines)


def _series(measurement: str, tags: tuple[str, ...], record: Record) -> str:
    head = _escaped(measurement, ", ")
    for tag in tags:
        text = _cell(record[tag])
        head += f",{_escaped(tag, ',= ')}={_escaped(text, ',= ')}" if text else ""
    fields = []
    for name, value in record.items():
        if name in tags:
            continue
        if isinstance(value, bool):
            fields.append(f"{_escaped(name, ',= ')}={str(value).lower()}")
        elif isinstance(value, str):
            slashed = value.replace("\\", "\\\\").replace('"', '\\"')
            fields.append(f'{_escaped(name, ",= ")}="{slashed}"')
        elif isinstance(value, (int, float)) and math.isfinite(value):
            fields.append(f"{_escaped(name, ',= ')}={value!r}")
    assert fields
    return f"{head} {','.join(fields)}"


def _pairs(record: Any, escape: Any) -> str:
    assert isinstance(record, dict)
    pairs = []
    for name, value in record.items():
        for each in value if isinstance(value, list) else [value]:
            assert not isinstance(each, (dict, list))
            if each is not None:
                pairs.append(f"{escape(name)}={escape(_cell(each))}")
    assert pairs
    return "&".join(pairs)


def _text_or_bytes(value: Any) -> bytes:
    assert isinstance(value, (str, bytes))
    return value.encode() if isinstance(value, str) else value


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    """Raises where a number is none of JSON's."""
    json.dumps(value, allow_nan=False, default=lambda other: len(other) if isinstance(other, bytes) else 1 / 0)
    return value


def _name(text: str) -> str:
    name = re.sub("[^a-zA-Z0-9_]", "_", text)
    return name if re.match("[a-zA-Z_]", name) else "_" + name


def _label(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _escaped(text: str, special: str) -> str:
    assert text and not text.endswith("\\") and not {"\n", "\r"} & set(text)
    return "".join("\\" + character if character in special else character for character in text)
