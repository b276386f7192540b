"""`GET /subscribe/{node}`: what a sink or tap puts out, live, by WebSocket or Server-Sent Events; `POST /tickets`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime import tickets
from streamflow_runtime.access import bearer_protocol
from streamflow_runtime.admission import unknown
from streamflow_runtime.encode import decode_stored, encode, show
from streamflow_runtime.http import Request, Response, json_response, problem
from streamflow_runtime.part import Commit, Part

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint
    from streamflow_runtime.platform import Socket

Message = tuple[str, str]  # the packet's id, and its data as text


class Subscriptions(Part):
    """Clients that listen. Each gets the data of every packet from its connection on, after the commit."""

    socket_kind = "subscribe"

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        return {"/subscribe/": {"GET": self._subscribe}, "/tickets": {"POST": self._ticket}}

    def start(self) -> None:
        self._sockets: dict[str, dict[Socket, None]] = {}
        for socket in self.shell.platform.sockets():
            if socket.attachment.get("kind") == "subscribe":
                self._add(socket)

    def socket_opened(self, socket: Socket) -> None:
        """Sinks that keep outputs send these first."""
        node = self._add(socket)
        rows = self.shell.newest.rows(node) if self.shell.newest else []
        kept = [(id, show(decode_stored(data)) if data[0] == "b" else data) for id, data in rows]
        if kept and "batch" in self.shell.service["sinks"].get(node, ()):
            kept = [array(kept)]
        _send([socket], kept)

    def socket_closed(self, socket: Socket) -> None:
        for sockets in self._sockets.values():
            sockets.pop(socket, None)

    def stop(self) -> None:
        for sockets in self._sockets.values():
            for socket in list(sockets):
                socket.close(1001, "stopped")

    def write(self, commit: Commit) -> None:
        """What a sink can't broadcast goes to the dead letters, as what other sinks can't send."""
        for sink, options in self.shell.service["sinks"].items():
            if options["type"] == "websocket" and not {"url", "key", "keep"} & options.keys():
                for packet in commit.due(sink):
                    try:
                        encode(packet.data)
                    except (TypeError, ValueError, RecursionError) as error:
                        commit.refuse(sink, packet, f"can't be sent: {error}")

    def committed(self, commit: Commit) -> None:
        for node, sockets in self._sockets.items():
            if sockets:
                sent = commit.arrays.get(node)
                _send(list(sockets), messages(commit.outputs.get(node, ())) if sent is None else sent)

    def _add(self, socket: Socket) -> str:
        node: str = socket.attachment["node"]
        self._sockets.setdefault(node, {})[socket] = None
        return node

    async def _ticket(self, request: Request, rest: str) -> Response:
        token = self.shell.platform.secret("STREAMFLOW_TOKEN")
        assert token, "without it nobody gets here"
        ticket = tickets.issue(self.shell.service["graph"], token, self.shell.platform.now())
        answer = json_response(200, {"ticket": ticket, "expires_in": tickets.SECONDS})
        answer.headers["cache-control"] = "no-store"
        return answer

    async def _subscribe(self, request: Request, node: str) -> Response:
        kernel = self.shell.open()
        if node not in kernel.outputs:
            return unknown("node", node, kernel.outputs, kernel.kinds)
        if request.ticket and not tickets.use(self.shell, request.ticket):
            return problem(401, "The ticket is used up", "POST /tickets gives another.")
        if request.headers.get("upgrade", "").lower() == "websocket":
            protocol = bearer_protocol(request)
            headers = {"sec-websocket-protocol": protocol} if protocol else {}
            return Response(101, headers=headers, socket={"kind": "subscribe", "node": node, "events": False})
        headers = {"content-type": "text/event-stream", "cache-control": "no-cache"}
        return Response(200, headers=headers, socket={"kind": "subscribe", "node": node, "events": True})


def messages(packets: Iterable[Any]) -> list[Message]:
    """What subscribers get of packets; those that JSON can't hold are left out."""
    return [(packet.id, text) for packet in packets if (text := _text(packet.data)) is not None]


def array(messages: Sequence[Message]) -> Message:
    """Several as one."""
    return messages[-1][0], f"[{','.join(text for _, text in messages)}]"


def _send(sockets: Sequence[Socket], messages: Iterable[Message]) -> None:
    for id, text in messages:
        for socket in sockets:
            socket.send(f"id: {id}\ndata: {text}\n\n" if socket.attachment["events"] else text)


def _text(data: Any) -> str | None:
    try:
        return show(data) if isinstance(data, bytes) else dumps(data, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
