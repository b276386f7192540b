"""`streamflow compile FILE`: the bundle of a program, or its parts for a Worker project of the user's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from streamflow.cli.explain import explanation_of
from streamflow.cli.explanation_text import parts_of
from streamflow.cli.interrupts import interruptible
from streamflow.cli.loading import Level, ProgramFile, compiled
from streamflow.cli.printing import print_parts
from streamflow.cli.reporting import refuse, say, show
from streamflow.cli.watching import Watch
from streamflow.diagnostics import CompileError, display_path
from streamflow.target.bound import wrangler_sections
from streamflow.target.program import Program
from streamflow.target.write import MANIFEST, NotOurs, write_bundle

_OF_THE_PROJECT = "src/entry.py"
_MANIFEST_OF_PARTS = "src/streamflow_runtime/streamflow.json"


def compile(
    file: ProgramFile,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="DIR", help="Write a whole bundle.")] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Add kernel, processor and runtime to a Worker project.")
    ] = None,
    level: Level = 2,
    watch: Annotated[bool, typer.Option("--watch", help="Compile again at every change.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say what each pass did, and why not.")] = False,
) -> None:
    """Compile to a Worker that deploys as it is."""
    if (output is None) == (into is None):
        raise typer.BadParameter("give one of -o DIR (a whole bundle) and --into DIR (parts for a project of yours)")
    if not watch:
        _compile(file, output, into, level, explain)
        return
    watching = Watch(file)
    interruptible()
    try:
        while True:
            try:
                _compile(file, output, into, level, explain)
            except CompileError as error:
                show(error.diagnostics)
            say("watching for changes; Ctrl-C ends")
            watching.wait()
    except KeyboardInterrupt:
        pass


def _compile(file: str, output: Path | None, into: Path | None, level: int, explain: bool) -> None:
    program = compiled(file, level)
    if into is not None:
        _write(_parts(program), into, _MANIFEST_OF_PARTS)
        for line in _instructions(program):
            say(line)
    elif output is not None:
        _write(dict(program.files), output, MANIFEST)
    if explain:
        print_parts(parts_of(explanation_of(program, level), code=False))


def _write(files: dict[str, str], folder: Path, manifest: str) -> None:
    try:
        written = write_bundle(files, folder, manifest)
    except NotOurs as error:
        raise refuse("SF303", str(error)) from None
    except OSError as error:
        raise refuse("SF303", f"can't write {error.filename or folder}: {error.strerror}") from None
    size = sum(len(text.encode()) for text in files.values()) / 1024
    say(f"{display_path(str(folder))}: {len(files)} files, {size:,.0f} KiB; {len(written)} written")


def _parts(program: Program) -> dict[str, str]:
    """What a project needs of the bundle; its manifest lies beside the runtime."""
    source = {path: text for path, text in program.files.items() if path.startswith("src/")}
    parts = {path: text for path, text in source.items() if path != _OF_THE_PROJECT}
    manifest = json.loads(program.files[MANIFEST])
    manifest["files"] = {path: digest for path, digest in manifest["files"].items() if path in parts}
    return {**parts, _MANIFEST_OF_PARTS: json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"}


def _instructions(program: Program) -> Iterator[str]:
    """What the user adds by hand."""
    yield "add to wrangler.jsonc:"
    yield '  "durable_objects": { "bindings": [{ "name": "PROCESSOR", "class_name": "StreamProcessor" }] },'
    yield '  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["StreamProcessor"] }],'
    for section, value in wrangler_sections(program.service).items():
        yield f'  "{section}": {value},'
    if _runs_by_itself(program):
        yield '  "triggers": { "crons": ["* * * * *"] }'
    yield "add to src/entry.py, and send it the requests that are the graph's:"
    yield "  from processor import SERVICE, StreamProcessor"
    yield "  from streamflow_runtime.cloudflare_worker import gate, instance"
    yield ""
    yield "  # in fetch(self, request) of your WorkerEntrypoint"
    yield "  env, raw = self.env._env, request.js_object"
    yield "  return gate(SERVICE, raw, env) or await instance(env.PROCESSOR, SERVICE).fetch(raw)"
    if _runs_by_itself(program):
        yield ""
        yield "  # in scheduled(self, controller, env, ctx): connections and timers run without a request"
        yield "  await instance(self.env._env.PROCESSOR, SERVICE).wake()"
    yield "set its token: uv run pywrangler secret put STREAMFLOW_TOKEN"


def _runs_by_itself(program: Program) -> bool:
    sources = program.service["sources"].values()
    return any(source["type"] == "timer" or "url" in source for source in sources)
