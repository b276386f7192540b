"""A WebSocket client that costs next to nothing, so that what is measured is the server.

All messages are made into frames beforehand; a client may choose its mask, and a mask of zeros leaves a text as it is.
"""

import json
import socket
from collections.abc import Iterable
from struct import pack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
)


def frames(texts: Iterable[str]) -> bytes:
    """One message a text, as bytes to send."""
    return b"".join(_frame(text.encode()) for text in texts)


class WebSocket:
    """A connection; made when entered."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._handshake = _HANDSHAKE.format(path=parts.path, host=parts.netloc, token=token).encode()
        self._unread = b""

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(self._address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(self._handshake)
        while b"\r\n\r\n" not in self._unread:
            self._receive()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.decode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """What `frames` made."""
        self._socket.sendall(data)

    def message(self) -> Any:
        """The server's next message, JSON of less than 64 kB. Raises ConnectionError where it closes."""
        while True:
            if len(self._unread) >= 2:
                length, start = self._unread[1], 2
                if length == 126 and len(self._unread) >= 4:
                    length, start = int.from_bytes(self._unread[2:4]), 4
                if length != 126 and len(self._unread) >= start + length:
                    kind, payload = self._unread[0] & 15, self._unread[start : start + length]
                    self._unread = self._unread[start + length :]
                    if kind == 8:
                        raise ConnectionError(payload[2:].decode())
                    return json.loads(payload)
            self._receive()

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self._unread += data


def _frame(payload: bytes) -> bytes:
    length = len(payload)
    size = pack(">B", 0x80 | length) if length < 126 else pack(">BH", 0x80 | 126, length)
    return b"\x81" + size + bytes(4) + payload
