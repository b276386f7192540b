"""Sinks of type endpoint: `GET /outputs/{sink}` answers with their newest outputs."""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime.admission import unknown
from streamflow_runtime.http import Request, Response
from streamflow_runtime.part import Part

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint


class EndpointSinks(Part):
    """`NewestOutputs` keeps what they serve."""

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        return {"/outputs/": {"GET": self._serve}}

    def answer(self, sink: str, options: dict[str, Any], records: list[str]) -> tuple[str, str]:
        """Media type and body for records in JSON, the oldest first. Texts of a format of lines stay as they are."""
        if "media_type" in options:
            texts = [str(loads(record)).removesuffix("\n") + "\n" for record in records]
            return options["media_type"], "".join(texts)
        if options.get("format") == "ndjson":
            return "application/x-ndjson", "".join(record + "\n" for record in records)
        return "application/json", f"[{','.join(records)}]"

    async def _serve(self, request: Request, sink: str) -> Response:
        sinks = {name: sink for name, sink in self.shell.service["sinks"].items() if sink["type"] == "endpoint"}
        if sink not in sinks:
            return unknown("endpoint sink", sink, sinks)
        assert self.shell.newest is not None
        records = [dumps(data[1:]) if data[0] == "b" else data for _, data in self.shell.newest.rows(sink)]
        media_type, body = self.answer(sink, sinks[sink], records)
        return Response(200, body, {"content-type": media_type, "cache-control": "no-store"})
