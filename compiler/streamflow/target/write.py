"""Writes a bundle into a folder, and never over a file that is somebody else's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from streamflow.target.manifest import MAKER

MANIFEST = "streamflow.json"


class NotOurs(ValueError):
    """A file is in the way that the compiler did not write, or that has been changed since. Nothing was written."""


def write_bundle(files: Mapping[str, str], directory: Path | str, manifest: str = MANIFEST) -> list[str]:
    """Write the files that differ, and remove those of the last compilation that are none any more.

    `manifest` is the path of the file that says which ones those are. Returns the paths written. Raises NotOurs before
    anything is touched. The manifest comes last, so that a run that was interrupted can simply be repeated.
    """
    folder = Path(directory)
    written = _written_before(folder, manifest)
    changed = [path for path, text in files.items() if _bytes(folder / path) != text.encode()]
    for path in changed:
        _check(folder / path, written.get(path))
    stale = [path for path, digest in written.items() if path not in files and _digest(folder / path) == digest]
    for path in sorted(changed, key=lambda path: path == manifest):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path].encode())
    for path in stale:
        (folder / path).unlink()
    return changed


def _written_before(folder: Path, manifest: str) -> dict[str, str]:
    """Path to SHA-256 of what the last compilation wrote, its manifest included; {} where there was none."""
    content = _bytes(folder / manifest)
    try:
        saved = json.loads(content or b"{}")
    except ValueError:
        return {}
    if content is None or not isinstance(saved, dict) or saved.get("made_by") != MAKER:
        return {}
    inside = {path: digest for path, digest in saved.get("files", {}).items() if _is_inside(path)}
    return {**inside, manifest: sha256(content).hexdigest()}


def _is_inside(path: str) -> bool:
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _check(path: Path, digest: str | None) -> None:
    if not path.exists() and not path.is_symlink():
        return
    if digest is None:
        raise NotOurs(f"{path} was not written by the compiler: move it away, or compile into another folder")
    if _digest(path) != digest:
        raise NotOurs(
            f"{path} has been changed since the compiler wrote it: move it away, or delete it to have it anew"
        )


def _digest(path: Path) -> str | None:
    content = _bytes(path)
    return None if content is None else sha256(content).hexdigest()


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
