"""What is said of values that can't be used, and how secrets are filled into texts."""

from __future__ import annotations

import json

import pytest

import streamflow
from streamflow import nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.decode import BadInput, decode
from streamflow_runtime.event_time import event_time
from streamflow_runtime.secrets import fill, read_secrets


def test_a_timestamp_that_is_no_number_is_told_from_one_out_of_range() -> None:
    with pytest.raises(ValueError, match="is not a number"):
        event_time(float("nan"))
    with pytest.raises(ValueError, match="is out of range"):
        event_time(float("-inf"))


def test_a_bad_line_is_named_once() -> None:
    with pytest.raises(BadInput) as caught:
        decode(b'{"a": 1}\n{"a" 2}\n')
    assert str(caught.value) == "line 2: Expecting ':' delimiter at column 6"


@pytest.mark.parametrize("value", ["plain", 'a "b" \\ c', "two\nlines"])
def test_secrets_in_json_messages_are_escaped(value: str) -> None:
    token = streamflow.secret("TOKEN")
    subscribe = ({"token": token, "all": [f"Bearer {token}"]}, f"token={token}", {"no": "secret"})
    graph = GraphDefinition(
        "Case",
        [
            nodes.source("in", type="websocket", url="wss://example.com", subscribe=subscribe),
            nodes.sink("out", type="log"),
        ],
    )
    service = streamflow.compile_graph(graph).service
    secrets = read_secrets(service, {"TOKEN": value, "STREAMFLOW_TOKEN": "x"}.get)
    as_json, as_text, without = [fill(text, secrets) for text in service["sources"]["in"]["subscribe"]]
    assert json.loads(as_json) == {"token": value, "all": [f"Bearer {value}"]}
    assert as_text == f"token={value}"
    assert json.loads(without) == {"no": "secret"}
