"""Queue source: the consumer of a Cloudflare Queue."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.source import SourceOptions


class QueueSourceOptions(SourceOptions):
    """A message is a packet, acknowledged after its commit; one that comes again counts once."""

    kind: ClassVar[str] = "source.queue"

    binding: BindingName = Field(examples=['binding="ORDERS"'])
