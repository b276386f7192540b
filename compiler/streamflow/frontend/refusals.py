"""What can't run on the platform, by dotted name: the code, why, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why a name of the standard library or a builtin is refused."""

    code: str
    why: str
    help: str


_FILES = Refusal(
    "SF101",
    "there are no files where the graph runs",
    "read the file when the program is built and capture what was in it, or write by a database or http sink",
)
_THREADS = Refusal(
    "SF102",
    "there are no threads and no processes where the graph runs",
    "an async transform waits for several packets at once: write `async def` and give the node `concurrency=`",
)
_NETWORK = Refusal(
    "SF103",
    "there are no sockets where the graph runs",
    "let an http or websocket source bring the data in, or an http sink send it",
)
_TERMINAL = Refusal("SF104", "there is nobody to answer where the graph runs", "inject the value through a source")
_EXIT = Refusal(
    "SF124",
    "it would end the whole service, not fail one packet",
    "raise an ordinary exception, such as ValueError: the packet leaves by `error`",
)
_ENVIRONMENT = Refusal(
    "SF105",
    "the environment of this machine isn't there where the graph runs",
    'use streamflow.secret: token = secret("TOKEN"), and `token` in the function',
)
_BLOCKING = Refusal(
    "SF119",
    "it would stop every packet of the graph, and the platform's clock stands still meanwhile",
    "an async function may `await asyncio.sleep(seconds)`",
)
_NAMES = Refusal(
    "SF118",
    "the compiler can't see which names the text uses",
    "write the code itself, or choose from a dict of functions",
)
_ABSENT = Refusal(
    "SF120",
    "this module of the standard library doesn't exist where the graph runs",
    "compute the value when the program is built and capture it, or do without",
)

_BUILTINS = {
    "open": _FILES,
    "input": _TERMINAL,
    "breakpoint": _TERMINAL,
    "help": _TERMINAL,
    "exit": _EXIT,
    "quit": _EXIT,
    "SystemExit": _EXIT,
    "KeyboardInterrupt": _EXIT,
    "GeneratorExit": _EXIT,
    "eval": _NAMES,
    "exec": _NAMES,
    "compile": _NAMES,
    "globals": _NAMES,
    "locals": _NAMES,
    "__import__": _NAMES,
}

_MODULES: dict[str, Refusal] = {
    **dict.fromkeys(
        ("tempfile", "shutil", "glob", "fileinput", "sqlite3", "dbm", "shelve", "mmap", "linecache", "filecmp"), _FILES
    ),
    **dict.fromkeys(
        ("threading", "_thread", "multiprocessing", "subprocess", "concurrent", "signal", "sched", "pty", "queue"),
        _THREADS,
    ),
    **dict.fromkeys(
        ("socket", "ssl", "socketserver", "select", "selectors", "smtplib", "ftplib", "poplib", "imaplib", "nntplib"),
        _NETWORK,
    ),
    **dict.fromkeys(("telnetlib", "xmlrpc", "http.client", "http.server", "urllib.request"), _NETWORK),
    **dict.fromkeys(("getpass", "readline", "cmd", "pdb", "code"), _TERMINAL),
    **dict.fromkeys(
        ("tkinter", "turtle", "curses", "fcntl", "termios", "resource", "grp", "pwd", "syslog", "ctypes", "idlelib"),
        _ABSENT,
    ),
    **dict.fromkeys(("ensurepip", "venv", "distutils", "lib2to3", "winreg", "winsound", "msvcrt"), _ABSENT),
    **dict.fromkeys(("importlib", "runpy", "inspect", "gc", "imp"), _NAMES),
}

_NAMES_IN_MODULES: dict[str, Refusal] = {
    "os.environ": _ENVIRONMENT,
    "os.environb": _ENVIRONMENT,
    "os.getenv": _ENVIRONMENT,
    "os.putenv": _ENVIRONMENT,
    "os.system": _THREADS,
    "os.popen": _THREADS,
    "os.fork": _THREADS,
    "pathlib.Path": _FILES,
    "pathlib.PosixPath": _FILES,
    "pathlib.WindowsPath": _FILES,
    "io.open": _FILES,
    "io.FileIO": _FILES,
    "codecs.open": _FILES,
    "gzip.open": _FILES,
    "bz2.open": _FILES,
    "lzma.open": _FILES,
    "time.sleep": _BLOCKING,
    "asyncio.run": _BLOCKING,
    "asyncio.to_thread": _THREADS,
    "asyncio.open_connection": _NETWORK,
    "asyncio.start_server": _NETWORK,
    "asyncio.create_subprocess_exec": _THREADS,
    "asyncio.create_subprocess_shell": _THREADS,
    "sys.stdin": _TERMINAL,
    "sys.argv": _ENVIRONMENT,
    "sys.exit": _EXIT,
    "os._exit": _EXIT,
    "os.abort": _EXIT,
    "builtins.SystemExit": _EXIT,
    "builtins.KeyboardInterrupt": _EXIT,
    "sys.path": _FILES,
    "sys.modules": _NAMES,
}

_OS_ALLOWED = ("os.urandom", "os.fspath", "os.sep", "os.linesep", "os.extsep", "os.pathsep", "os.PathLike")
_PATH_ALLOWED = ("join", "basename", "dirname", "splitext", "split", "normpath", "isabs", "commonprefix", "commonpath")


def refused_builtin(name: str) -> Refusal | None:
    """Why a builtin is refused, if it is."""
    return _BUILTINS.get(name)


def refused(dotted: str) -> Refusal | None:
    """Why a name of the standard library, `module` or `module.name`, is refused, if it is."""
    parts = dotted.split(".")
    prefixes = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    for prefix in prefixes:
        found = _MODULES.get(prefix) or _NAMES_IN_MODULES.get(prefix)
        if found is not None:
            return found
    module = {"posixpath": "os.path", "ntpath": "os.path", "posix": "os", "nt": "os"}.get(parts[0])
    if module is not None:
        return refused(".".join([module, *parts[1:]]))
    if prefixes[:2] == ["os", "os.path"]:
        return _FILES if len(parts) > 2 and parts[2] not in _PATH_ALLOWED else None
    if parts[0] == "os" and len(parts) > 1 and prefixes[1] not in _OS_ALLOWED:
        return _FILES
    return None
