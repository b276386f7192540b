"""Loads a program: runs its file once and takes the graph that it defines."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import linecache
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from streamflow.diagnostics import CompileError, Diagnostic, Span, did_you_mean
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.problems import collecting
from streamflow.frontend.build import build
from streamflow.frontend.modules import forget_neighbours, importing_beside

_PACKAGE = str(Path(__file__).parent.parent)


def load(program: str | Path) -> GraphDefinition:
    """The graph of a file, or of `FILE:NAME`. Raises CompileError with everything that is wrong with the file."""
    path, name = _split(program)
    source = _read(path)
    _parse(path, source)
    with collecting() as problems:
        module, failures = _run(path)
    problems += failures
    if any(problem.severity == "error" for problem in problems):
        raise CompileError(problems if failures else [*problems, *_further(module, path, name)])
    return _graph(module, path, name)


def _split(program: str | Path) -> tuple[Path, str | None]:
    text = str(program)
    file, colon, name = text.rpartition(":")
    if colon and name.isidentifier() and not Path(text).exists():
        return Path(file).resolve(), name
    return Path(text).resolve(), None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        beside = {other.stem: other.name for other in sorted(path.parent.glob("*.py"))}
        near = did_you_mean(path.name, beside.values()) if did_you_mean(path.stem, beside) else None
        raise CompileError([Diagnostic("SF030", None, f"there is no file {_shown(path)}", near)]) from None
    except OSError as error:
        message = f"{_shown(path)} can't be read: {(error.strerror or str(error)).lower()}"
        raise CompileError(
            [Diagnostic("SF030", None, message, "give the Python file that defines the graph")]
        ) from None


def _parse(path: Path, source: bytes) -> None:
    linecache.checkcache(str(path))
    try:
        compile(source, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CompileError([_syntax_error(path, error)]) from None
    except ValueError as error:  # a null byte
        raise CompileError([Diagnostic("SF031", Span(str(path), 1), str(error))]) from None


def _syntax_error(path: Path, error: SyntaxError) -> Diagnostic:
    column = max(0, (error.offset or 1) - 1)
    end = error.end_offset - 1 if error.end_offset and error.end_offset > column + 1 else None
    span = Span(error.filename or str(path), error.lineno or 1, column, error.end_lineno or error.lineno, end)
    return Diagnostic("SF031", span, f"this is not Python: {error.msg}")


def _run(path: Path) -> tuple[ModuleType, list[Diagnostic]]:
    """Execute the file as the module of its stem, its folder first among those that imports look in."""
    name = _module_name(path)
    spec = importlib.util.spec_from_file_location(name, path, loader=_FreshLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    forget_neighbours()
    try:
        with importing_beside(path.parent):
            sys.modules[name] = module
            spec.loader.exec_module(module)
    except CompileError as error:
        return module, list(error.diagnostics)
    except SyntaxError as error:  # of a module beside the program
        return module, [_syntax_error(path, error)]
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return module, [_failure(path, error)]
    return module, []


def _module_name(path: Path) -> str:
    """The file's stem, unless a module of that name is part of Python or of this compiler."""
    taken = path.stem in sys.stdlib_module_names or path.stem in ("streamflow", "streamflow_runtime")
    return f"{path.stem}_program" if taken else path.stem


class _FreshLoader(importlib.machinery.SourceFileLoader):
    """Compiles from the source each time: a file may change twice within its timestamp's resolution."""

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, without a cached bytecode file."""
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _failure(path: Path, error: BaseException) -> Diagnostic:
    """The user's exception at the user's own line, the innermost one that is not of the compiler or a library."""
    own = [place for place in _places(error.__traceback__) if path.parent in Path(place.file).parents]
    span = own[-1] if own else Span(str(path), 1)
    if isinstance(error, SystemExit):
        message = "the program ends before it has defined a graph"
        return Diagnostic("SF032", span, message, "start the graph below `if __name__ == '__main__':`")
    text = "".join(traceback.format_exception_only(error)).strip()
    return Diagnostic("SF032", span, f"the program fails when it is run: {text}")


def _places(tb: TracebackType | None) -> Iterator[Span]:
    while tb is not None:
        code = tb.tb_frame.f_code
        _, end_line, column, end_column = list(code.co_positions())[tb.tb_lasti // 2]
        if not code.co_filename.startswith((_PACKAGE, "<frozen")):
            yield Span(code.co_filename, tb.tb_lineno, column or 0, end_line or tb.tb_lineno, end_column)
        tb = tb.tb_next


def _further(module: ModuleType, path: Path, name: str | None) -> tuple[Diagnostic, ...]:
    """What else is wrong with a graph of which some nodes were refused: edges, functions."""
    try:
        build(_graph(module, path, name))
    except CompileError as error:
        return error.diagnostics
    return ()


def _graph(module: ModuleType, path: Path, name: str | None) -> GraphDefinition:
    found = {key: value for key, value in vars(module).items() if isinstance(value, GraphDefinition)}
    if name is not None:
        if name in found:
            return found[name]
        help = did_you_mean(name, found) or (f"it defines {', '.join(found)}" if found else None)
        raise CompileError(
            [Diagnostic("SF033", Span(str(path), 1), f"{_shown(path)} has no graph called `{name}`", help)]
        )
    different = {id(graph): key for key, graph in reversed(found.items())}
    if len(different) == 1:
        return next(iter(found.values()))
    if not found:
        help = 'define one at the top level: graph = Graph(name="...", nodes=[...])'
        raise CompileError([Diagnostic("SF033", Span(str(path), 1), f"{_shown(path)} defines no graph", help)])
    names = list(reversed(different.values()))
    message = f"{_shown(path)} defines {len(names)} graphs: {', '.join(names)}"
    second = found[names[1]].span
    raise CompileError([Diagnostic("SF034", second, message, f"say which one: {_shown(path)}:{names[0]}")])


def _shown(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)
