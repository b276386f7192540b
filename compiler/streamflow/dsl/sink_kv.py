"""KV sink: the newest output of each key in a Workers KV namespace."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.node import Key, PositiveMilliseconds
from streamflow.dsl.sink import SendingSinkOptions


def _at_least_a_minute(ttl: int) -> int:
    if ttl < 60_000:
        raise ValueError("must be at least a minute: KV forgets no faster")
    return ttl


class KvSinkOptions(SendingSinkOptions):
    """Without `key` the packet's own key is the entry's name; `ttl` is how long an entry stays."""

    kind: ClassVar[str] = "sink.kv"
    most_in_a_batch: ClassVar[int] = 100

    binding: BindingName = Field(examples=['binding="PRICES"'])
    key: Key | None = Field(None, examples=['key="symbol"'])
    ttl: Annotated[PositiveMilliseconds, AfterValidator(_at_least_a_minute)] | None = Field(None, examples=['ttl="1h"'])
