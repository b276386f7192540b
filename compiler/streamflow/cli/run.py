"""`streamflow run FILE`: recorded events through the compiled kernel, in virtual time. No sink is called."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from streamflow.cli.loading import Level, ProgramFile, compiled, secrets_of
from streamflow.cli.outputs import Outputs
from streamflow.cli.progress import Progress
from streamflow.cli.records import records
from streamflow.cli.reporting import refuse, say
from streamflow.diagnostics import did_you_mean, display_path
from streamflow.host.replay import Replay
from streamflow.target.program import Program
from streamflow_runtime.failure import Failure
from streamflow_runtime.stopping import Stopped

_KINDS_SHOWN = 10
_TAKEN_AFTER = 1000  # events: batches may be of one each


def run(
    file: ProgramFile,
    input: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[SOURCE=]EVENTS", help="Events to replay: NDJSON, - for standard input. May be repeated."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="OUTDIR", help="Where {sink}.ndjson are written; without it, to standard output."),
    ] = None,
    arrival: Annotated[
        str | None,
        typer.Option(metavar="FIELD", help="When records arrived whose source has no timestamp=; else their position."),
    ] = None,
    packets: Annotated[bool, typer.Option("--packets", help="Write whole packets instead of their data.")] = False,
    level: Level = 2,
) -> None:
    """Replay recorded events; no sink is called."""
    program = compiled(file, level)
    inputs = _inputs(input or ["-"], list(program.service["sources"]))
    if arrival is None:
        _check_clocks(inputs, program)
    with ExitStack() as stack:
        streams = {source: stack.enter_context(_opened(path)) for source, path in inputs.items()}
        outputs = stack.enter_context(Outputs(program.service["sinks"], output, packets))
        progress = stack.enter_context(Progress(_total(inputs.values())))
        nesting = program.service["limits"]["nesting"]
        values = {
            source: records(stream, _named(inputs[source]), nesting, progress.read)
            for source, stream in streams.items()
        }
        failures: Counter[str] = Counter()
        started = time.perf_counter()
        metrics, stopped = asyncio.run(_replay(program, values, outputs, progress, failures, arrival))
        seconds = time.perf_counter() - started
    for line in _summary(metrics, outputs, output, failures, seconds):
        say(line)
    if stopped is not None:
        say(f"{stopped}; the outputs end there")
        raise typer.Exit(1)


async def _replay(
    program: Program,
    values: dict[str, Iterator[Any]],
    outputs: Outputs,
    progress: Progress,
    failures: Counter[str],
    arrival: str | None,
) -> tuple[dict[str, Any], Stopped | None]:
    """Everything to the end of input, or to an error that stops the graph. Gives the kernel's metrics, and that."""
    replay = Replay(program, secrets_of(program), arrival)
    kernel = replay.kernel

    def taken() -> None:
        outputs.take(kernel)
        failures.update(_described(failure) for failure in kernel.failures())

    untaken = 0
    stopped = None
    try:
        for source, batch, now in replay.batches(values):
            await replay.push(source, batch, now)
            untaken += len(batch)
            if untaken >= _TAKEN_AFTER:
                taken()
                progress.events(untaken)
                untaken = 0
        await replay.finish()
    except Stopped as error:
        stopped = error
    taken()
    return kernel.metrics(), stopped


def _inputs(given: list[str], sources: list[str]) -> dict[str, str]:
    """The file of each source that has one."""
    found: dict[str, str] = {}
    for text in given:
        source, equals, path = text.partition("=")
        if not equals or ("/" in source and source not in sources) or (source not in sources and Path(text).exists()):
            source, path = _only(sources, text), text
        elif source not in sources:
            help = did_you_mean(source, sources) or f"sources are {', '.join(sources)}"
            raise refuse("SF301", f"--input {text}: there is no source `{source}`", help)
        if source in found:
            raise refuse("SF301", f"source `{source}` has two inputs, {found[source]} and {path}", "join them into one")
        found[source] = path
    if list(found.values()).count("-") > 1:
        raise refuse("SF301", "only one source can read standard input")
    return found


def _check_clocks(inputs: Iterable[str], program: Program) -> None:
    """Positions and event times can't be merged."""
    timed = [source for source in inputs if source in program.timestamps]
    others = [source for source in inputs if source not in program.timestamps]
    if timed and others:
        help = f"name the field of `{others[0]}` that does: --arrival time"
        raise refuse("SF310", f"`{timed[0]}` has event time, and nothing says when records of `{others[0]}` came", help)


def _only(sources: list[str], path: str) -> str:
    if len(sources) == 1:
        return sources[0]
    if path == "-":
        help = " ".join(f"--input {source}={source}.ndjson" for source in sources)
        raise refuse("SF301", "the program has several sources: say which input is whose", help)
    help = f"write --input {sources[0]}={path}; sources are {', '.join(sources)}"
    raise refuse("SF301", f"--input {path}: the program has several sources", help)


def _named(path: str) -> str:
    return "standard input" if path == "-" else path


def _opened(path: str) -> IO[bytes]:
    if path == "-":
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise refuse("SF301", f"can't read {path}: {error.strerror}") from None


def _total(paths: Iterable[str]) -> int | None:
    """Bytes of all inputs; None where that can't be known."""
    files = [Path(path) for path in paths]
    return sum(file.stat().st_size for file in files) if all(file.is_file() for file in files) else None


def _described(failure: Failure) -> str:
    place = f" ({display_path(failure.file)}:{failure.line})" if failure.file and failure.line else ""
    return f"`{failure.node}` failed{place}: {failure.type}: {failure.error}"


def _summary(
    metrics: dict[str, Any], outputs: Outputs, folder: Path | None, failures: Counter[str], seconds: float
) -> Iterator[str]:
    events = metrics["packets_processed"]
    yield f"{events:,} events in {seconds:.2f} s ({events / seconds if seconds else 0:,.0f} a second)"
    for sink, count in outputs.counts.items():
        where = f"  {display_path(str(folder / f'{sink}.ndjson'))}" if folder else ""
        yield f"  {sink}: {count:,} outputs{where}"
    for node, figures in metrics["nodes"].items():
        for reason, count in figures["packets_dropped"].items():
            yield f"  {node}: {count:,} dropped ({reason})"
    for described, count in failures.most_common(_KINDS_SHOWN):
        yield f"  {count:,} x {described}"
    if len(failures) > _KINDS_SHOWN:
        yield f"  and {len(failures) - _KINDS_SHOWN:,} other kinds of failure"
