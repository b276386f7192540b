"""Names of the platform's bindings."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN = ("PROCESSOR", "STREAMFLOW_TOKEN")


def checked_binding(name: str) -> str:
    """The name as given. Raises ValueError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _OWN:
        raise ValueError(f"can't be {name!r}: a binding is a name such as PRICES, and {' and '.join(_OWN)} are taken")
    return name


BindingName = Annotated[str, AfterValidator(checked_binding)]
