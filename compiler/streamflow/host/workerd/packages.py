"""The packages that a bundle names: what the platform's tool would vendor.

Those of pure Python are copied from what is installed here, others fetched as they are compiled for the platform.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from streamflow.host.tools import WHEELS, ensure

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def vendor(bundle: Path, folder: Path) -> Path | None:
    """Fill a folder with the packages of a bundle and all that they require; None where it names none."""
    pending = list(tomllib.loads((bundle / "pyproject.toml").read_text())["project"].get("dependencies", ()))
    if not pending:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copied: set[str] = set()
    while pending:
        match = _NAME.match(pending.pop())
        if match is not None and match[0].lower() not in copied:
            copied.add(match[0].lower())
            pending += _copy(match[0], folder)
    return folder


def _copy(name: str, folder: Path) -> list[str]:
    """Copy one package; gives what it requires in turn, but for its extras.

    Raises FileNotFoundError where it is not here, ToolsMissing where it can't be fetched.
    """
    if name in WHEELS:
        shutil.copytree(ensure(name).wheel(name), folder, dirs_exist_ok=True)
        return []
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        raise FileNotFoundError(f"the bundle needs the package {name}, which is not installed here") from None
    for file in installed.files or ():
        if file.suffix == ".py" and ".." not in file.parts:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(Path(str(installed.locate_file(file))).read_bytes())
    return [requirement for requirement in installed.requires or () if "extra ==" not in requirement]
