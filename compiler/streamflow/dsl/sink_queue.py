"""Queue sink: messages of a Cloudflare Queue."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.node import PositiveMilliseconds
from streamflow.dsl.sink import SendingSinkOptions


def _at_most_twelve_hours(delay: int) -> int:
    if not 1000 <= delay <= 43_200_000:
        raise ValueError("must be between a second and twelve hours: queues hold nothing back for longer")
    return delay


class QueueSinkOptions(SendingSinkOptions):
    """`delay` holds messages back; with `batch` up to 100 go in one call."""

    kind: ClassVar[str] = "sink.queue"
    most_in_a_batch: ClassVar[int] = 100

    binding: BindingName = Field(examples=['binding="ORDERS"'])
    delay: Annotated[PositiveMilliseconds, AfterValidator(_at_most_twelve_hours)] | None = Field(
        None, examples=['delay="1m"']
    )
