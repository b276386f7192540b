"""Signed requests: HMAC-SHA256 of the raw body, in the forms that the well-known services send and expect."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from streamflow_runtime.http import Request, Response, problem
from streamflow_runtime.part import Part
from streamflow_runtime.secrets import MissingSecret, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamflow_runtime.shell import Shell

# Header and prefix of each scheme's signature.
FORMS = {
    "github": ("x-hub-signature-256", "sha256="),
    "stripe": ("stripe-signature", "v1="),
    "slack": ("x-slack-signature", "v0="),
    "shopify": ("x-shopify-hmac-sha256", ""),
    "standard": ("webhook-signature", "v1,"),
}
IN_BASE64 = ("shopify", "standard")
# How far a signature's time may be from the clock, where a scheme signs it.
WINDOW_SECONDS = 300.0


class Signing(Part):
    """Signs what http sinks send and checks what comes to webhooks; their parts find it as `shell.signing`."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        shell.signing = self

    def start(self) -> None:
        nodes = {**self.shell.service["sources"], **self.shell.service["sinks"]}
        for name, options in nodes.items():
            auth = options.get("auth")
            if isinstance(auth, dict) and "signed" in auth:
                try:
                    _key(auth["signed"], self.shell.secrets)
                except ValueError:
                    raise MissingSecret(f"{name}: the secret of the scheme standard is not base64") from None

    def headers(self, auth: dict[str, Any], body: str | bytes, id: str) -> dict[str, str]:
        """The headers that sign a request with this body; `id` identifies it where the scheme has ids."""
        signed = auth["signed"]
        header, prefix = _form(signed)
        time = str(int(self.shell.platform.now()))
        names = {"id": id, "time": time}
        data = body.encode() if isinstance(body, str) else body
        signature = prefix + _digest(signed, names, data, self.shell.secrets)
        if signed["scheme"] == "stripe":
            signature = f"t={time},{signature}"
        return {header: signature, **{name: names[part] for part, name in _companions(signed).items()}}

    def refusal(self, auth: dict[str, Any], request: Request, body: bytes) -> Response | None:
        """None if one of the request's signatures is right and of now, else the answer."""
        signed = auth["signed"]
        header, prefix = _form(signed)
        given = request.headers.get(header, "").strip()
        names = {part: request.headers.get(name, "") for part, name in _companions(signed).items()}
        signatures = [given]
        if signed["scheme"] == "stripe":
            signatures = [piece.strip() for piece in given.split(",")]
            names["time"] = next((piece[2:] for piece in signatures if piece.startswith("t=")), "")
        elif signed["scheme"] == "standard":
            signatures = given.split()
        time = names.get("time")
        if time is not None and not (time.isascii() and time.isdigit()):
            return problem(401, "A valid signature is needed", f"In {header}, with its time.")
        expected = (prefix + _digest(signed, names, body, self.shell.secrets)).encode()
        if not any([hmac.compare_digest(signature.encode(), expected) for signature in signatures]):
            return problem(401, "A valid signature is needed", f"In {header}, of the body as it is sent.")
        if time is not None and abs(self.shell.platform.now() - int(time)) > WINDOW_SECONDS:
            return problem(401, "The signature is too old", f"Its time may differ by {WINDOW_SECONDS:g} s.")
        return None


def _form(signed: dict[str, Any]) -> tuple[str, str]:
    header, prefix = FORMS[signed["scheme"]]
    return signed.get("header", header).lower(), signed.get("prefix", prefix)


def _companions(signed: dict[str, Any]) -> dict[str, str]:
    """The headers beside the signature that are signed, too."""
    if signed["scheme"] == "slack":
        return {"time": "x-slack-request-timestamp"}
    if signed["scheme"] == "standard":
        stem = _form(signed)[0].removesuffix("-signature")
        return {"id": f"{stem}-id", "time": f"{stem}-timestamp"}
    return {}


def _digest(signed: dict[str, Any], names: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> str:
    before = {
        "stripe": f"{names.get('time')}.",
        "slack": f"v0:{names.get('time')}:",
        "standard": f"{names.get('id')}.{names.get('time')}.",
    }.get(signed["scheme"], "")
    digest = hmac.digest(_key(signed, secrets), before.encode() + body, "sha256")
    return b64encode(digest).decode() if signed["scheme"] in IN_BASE64 else digest.hex()


def _key(signed: dict[str, Any], secrets: Mapping[str, str]) -> bytes:
    text = fill(signed["key"], secrets)
    if signed["scheme"] == "standard":
        return b64decode(text.removeprefix("whsec_"), validate=True)
    return text.encode()
