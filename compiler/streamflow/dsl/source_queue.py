"""Queue source: the consumer of a Cloudflare Queue."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.source import ReadingSourceOptions


class QueueSourceOptions(ReadingSourceOptions):
    """A message is a packet, acknowledged after its commit; one that comes again counts once.

    With a `format` other than json, texts and bytes hold packets of that format.
    """

    kind: ClassVar[str] = "source.queue"

    binding: BindingName = Field(examples=['binding="ORDERS"'])
