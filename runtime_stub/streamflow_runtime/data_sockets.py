"""Sources of type websocket without a url: clients connect to `GET /inject/{source}` and send.

A message is an event, an array or NDJSON. After each commit the client hears how many events of this connection are
accepted and how many of its messages are durable. With `?client=ID&from=N` it goes on after a lost connection: N is the
number of the first message it will send, and those below the durable offset are skipped.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.access import bearer_protocol
from streamflow_runtime.admission import unknown
from streamflow_runtime.http import Request, Response, problem
from streamflow_runtime.messages import note_malformed, push_messages
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.request_metadata import metadata_of

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint
    from streamflow_runtime.platform import Socket

MOST_METADATA = 1000
"""Characters of a connection's metadata: it survives hibernation, where a connection has room for 2 KB."""


class DataSockets(Part):
    """Clients that send."""

    socket_kind = "inject"

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        return {"/inject/": {"GET": self._connect}}

    def stop(self) -> None:
        for socket in self.shell.platform.sockets():
            if socket.attachment.get("kind") == "inject":
                socket.close(1001, "stopped")

    def socket_messages(self, socket: Socket, texts: list[str | bytes]) -> None:
        shell, state = self.shell, socket.attachment
        source: str = state["source"]
        if shell.full(source):
            socket.close(1013, "not taken now: connect again and resume")
            return
        entry = f"client/{source}/{state['client']}" if state["client"] else None
        first: int = state["next"]
        durable: int = shell.meta.get(entry, 0) if entry else first
        fresh = texts[max(0, durable - first) :]

        def prepare(commit: Commit, result: tuple[int, Any]) -> None:
            note_malformed(commit, shell.meta, source, fresh, result[1])
            if entry and fresh:
                commit.meta[entry] = first + len(texts)

        try:
            events, malformed = shell.run(
                lambda kernel, now: push_messages(
                    kernel, source, fresh, now, shell.service["limits"], state.get("metadata")
                ),
                prepare,
                source,
                shell.platform.now(),
            )
        except Exception as error:
            shell.log(f"{source}: {error!r}")
            socket.close(1011, "not committed: connect again and resume")
            return
        state["next"] += len(texts)
        state["accepted"] += events
        socket.attachment = state
        answer = {"accepted": state["accepted"], "offset": max(durable, state["next"])}
        if malformed:
            answer["malformed"] = [
                {"message": first + len(texts) - len(fresh) + position, "error": error} for position, error in malformed
            ]
        socket.send(dumps(answer))

    async def _connect(self, request: Request, source: str) -> Response:
        options = self.shell.service["sources"].get(source)
        if options is None:
            return unknown("source", source, self.shell.service["sources"])
        if options["type"] != "websocket" or "url" in options:
            return problem(405, "This source has no data socket", allow="POST")
        if request.headers.get("upgrade", "").lower() != "websocket":
            return problem(426, "A WebSocket is expected", upgrade="websocket")
        client, start = request.query.get("client", ""), request.query.get("from")
        if len(client) > 256 or not (start or "0").isdigit():
            return problem(400, "Malformed query", "client: at most 256 characters; from: a number of a message")
        offset = self.shell.meta.get(f"client/{source}/{client}", 0) if client else 0
        number = offset if start is None else int(start)
        if client and number > offset:
            return problem(409, "Messages are missing", f"{offset} messages of this client are durable.")
        protocol = bearer_protocol(request)
        headers = {"sec-websocket-protocol": protocol} if protocol else {}
        attachment = {"kind": "inject", "source": source, "client": client, "next": number, "accepted": 0}
        asked = options.get("metadata")
        if asked:
            kept = metadata_of(request, asked)
            most = MOST_METADATA // len(asked)
            attachment["metadata"] = {name: value and value[:most] for name, value in kept.items()}
        return Response(101, headers=headers, socket=attachment)
