"""What sinks share that put outputs into one of the platform's own stores."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.outbox import Delivery, Outbox, Undelivered


class StoreSinks(Outbox):
    """A ValueError of a store speaks of one output: it is final, or splits the batch that the output came in."""

    async def deliver(self, delivery: Delivery, options: dict[str, Any]) -> None:
        try:
            await self.put(delivery, options)
        except ValueError as error:
            if delivery.others:
                raise
            raise Undelivered(str(error), final=True) from None

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        """Store an output, and those that are in a batch with it. Raises ValueError for one that never can be."""
        raise NotImplementedError
