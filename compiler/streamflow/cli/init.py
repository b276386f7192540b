"""`streamflow init DIR`: a commented starter project with a test."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from streamflow.cli.reporting import refuse, say
from streamflow.diagnostics import display_path

_FILES = {
    "program.py": "program.py",
    "test_program.py": "test_program.py",
    "events.ndjson": "events.ndjson",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "dev.vars.example": ".dev.vars.example",
}


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")]) -> None:
    """Write a commented starter project with a test."""
    starter = files("streamflow_templates") / "starter"
    try:
        if folder.exists() and any(folder.iterdir()):
            raise refuse("SF303", f"{folder} is not empty", "give the name of a new folder")
        folder.mkdir(parents=True, exist_ok=True)
        for name, target in _FILES.items():
            (folder / target).write_bytes((starter / name).read_bytes())
    except OSError as error:
        raise refuse("SF303", f"can't write {error.filename or folder}: {error.strerror}") from None
    shown = display_path(str(folder))
    say(f"{shown}: {', '.join(_FILES.values())}")
    say("next:")
    say(f"  cd {shown}")
    say("  streamflow run program.py --input events.ndjson")
    say("  streamflow test program.py")
    say("  pytest")
