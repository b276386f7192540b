"""`POST /tickets`: a browser's `EventSource` can't send headers and comes in by `?ticket=`, once and within a minute.

A ticket is `expiry.nonce.signature`: Unix milliseconds, a random number, and the HMAC-SHA256 of both under the token
that it stands for. So the Worker tells by itself who may come in; the object sees to it that each comes once.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from os import urandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

SECONDS = 60
TABLE = "CREATE TABLE IF NOT EXISTS _streamflow_tickets (ticket TEXT PRIMARY KEY, expiry INTEGER) WITHOUT ROWID"


def issue(graph: str, token: str, now: float) -> str:
    """A fresh ticket that stands for a token of a graph."""
    text = f"{int((now + SECONDS) * 1000)}.{urandom(16).hex()}"
    return f"{text}.{_signature(graph, token, text)}"


def is_valid(ticket: str, graph: str, token: str, now: float) -> bool:
    """Whether it is one, and has not expired."""
    text, _, signature = ticket.rpartition(".")
    signed = compare_digest(signature.encode(), _signature(graph, token, text).encode())
    return signed and now * 1000 < int(text.partition(".")[0])


def use(shell: Shell, ticket: str) -> bool:
    """Note that a valid ticket is used up; False if it was before."""
    sql = shell.platform.sql
    sql(TABLE)
    sql("DELETE FROM _streamflow_tickets WHERE expiry < ?", int(shell.platform.now() * 1000))
    expiry, nonce, _ = ticket.split(".")
    return bool(sql("INSERT OR IGNORE INTO _streamflow_tickets VALUES (?, ?) RETURNING 1", nonce, int(expiry)))


def _signature(graph: str, token: str, text: str) -> str:
    return hmac(token.encode(), f"ticket {graph} {text}".encode(), sha256).hexdigest()
