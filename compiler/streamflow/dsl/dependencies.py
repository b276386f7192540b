"""Packages that a graph's functions import beside the standard library, as its bundle's `pyproject.toml` names them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from streamflow.diagnostics import Diagnostic, Span
from streamflow.dsl.problems import report

_REQUIREMENT = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*((?:[<>=!~]=?=?\s*[A-Za-z0-9.*+!]+\s*,?\s*)*)"
)


def modules_of(requirements: Iterable[str], span: Span) -> frozenset[str]:
    """The top-level modules of packages such as `"ua-parser>=1.0"`.

    They have to be installed where the graph is compiled, and of pure Python: compiled parts would be for this machine.
    """
    found: set[str] = set()
    for requirement in requirements:
        match = _REQUIREMENT.fullmatch(requirement) if isinstance(requirement, str) else None
        if match is None:
            help = 'write dependencies=["ua-parser>=1.0"]'
            report(Diagnostic("SF004", span, f"{requirement!r} is not the requirement of a package", help))
            continue
        try:
            installed = distribution(match[1])
        except PackageNotFoundError:
            report(Diagnostic("SF004", span, f"`{match[1]}` is not installed here", f"pip install '{requirement}'"))
            continue
        if "Root-Is-Purelib: true" not in (installed.read_text("WHEEL") or ""):
            help = "the platform runs WebAssembly: only packages of pure Python can go along"
            report(Diagnostic("SF004", span, f"`{match[1]}` has parts that are compiled for this machine", help))
            continue
        found |= _modules(installed)
    return frozenset(found)


def _modules(installed: Distribution) -> set[str]:
    """The names that its files can be imported by."""
    return {
        file.parts[0].removesuffix(".py")
        for file in installed.files or ()
        if file.suffix == ".py" and file.parts[0].removesuffix(".py").isidentifier()
    }
