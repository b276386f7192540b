"""Sources of type webhook: their own path, token and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime.admission import admit
from streamflow_runtime.http import Request, Response
from streamflow_runtime.part import Part
from streamflow_runtime.request_metadata import metadata_of

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint


class Webhooks(Part):
    """One object, array or NDJSON per request, whatever the content type says."""

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        found: dict[str, dict[str, Endpoint]] = {}
        for name, options in self.shell.service["sources"].items():
            if "path" in options:
                found[options["path"]] = self._endpoint(name, options)
        return found

    def _endpoint(self, source: str, options: dict[str, Any]) -> dict[str, Endpoint]:
        async def post(request: Request, rest: str) -> Response:
            refused = await self._unsigned(request, options)
            if refused is not None:
                return refused
            metadata = metadata_of(request, options.get("metadata") or ())
            decoder = self.shell.kernel_class.decoders.get(source)
            return await admit(self.shell, request, source, metadata, decoder)

        return {"POST": post}

    async def _unsigned(self, request: Request, options: dict[str, Any]) -> Response | None:
        """The refusal of a request whose body is not signed as it has to be."""
        auth, signing = options.get("auth"), self.shell.signing
        if signing is None or not isinstance(auth, dict) or "signed" not in auth:
            return None
        return signing.refusal(auth, request, await request.body(self.shell.service["limits"]["body"]))
