"""`python -m bench [W1 W2 ...] [--rounds N]`: the kernel against its rivals; the table goes to docs/performance.md.

With `--without [PASS ...]` the kernel against itself without each of these passes; no names stand for all of them.
"""

import argparse
import platform

from bench.document import write_table
from bench.kernels import BASELINE, STREAMFLOW, Measured, measure
from bench.passes import contributions
from bench.workloads import WORKLOADS
from streamflow.passes import LEVELS


def main() -> None:
    """Measure, print as it comes, and write the table if all workloads were measured."""
    arguments = _arguments()
    if arguments.without is not None:
        _measure_passes(arguments)
        return
    print(f"CPython {platform.python_version()}; kernels run from the text of their bundle's src/kernel.py")
    measured: list[Measured] = []
    for result in measure(arguments.workloads, arguments.rounds):
        measured.append(result)
        print(f"{result.workload.name} {result.engine:18} {_rate(result)} {result.ratio:.2f}x", flush=True)
    header, rows = _table(measured)
    if len(arguments.workloads) == len(WORKLOADS):
        print(write_table("kernel", header, rows))
    else:
        print("\n".join("  ".join(row) for row in (header, *rows)))


def _measure_passes(arguments: argparse.Namespace) -> None:
    """What each pass contributes; the table is written if all of them were measured on all workloads."""
    known = [run.__name__ for run in LEVELS[2]]
    passes: list[str] = arguments.without or known
    rows = []
    for found in contributions(arguments.workloads, passes, arguments.rounds):
        rows.append([f"{found.workload.name}: {found.workload.title}", f"`{found.left_out}`", found.gain])
        print("  ".join(rows[-1]), flush=True)
    if len(arguments.workloads) == len(WORKLOADS) and passes == known:
        write_table("passes", ["workload", "pass", "level 2 is faster for it by"], rows)


def _arguments() -> argparse.Namespace:
    names = [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="W1")
    parser.add_argument("--rounds", type=int, default=12)
    known = [run.__name__ for run in LEVELS[2]]
    parser.add_argument("--without", nargs="*", metavar="PASS", choices=known, help=f"of {', '.join(known)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.workloads) - set(names):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    arguments.workloads = arguments.workloads or names
    return arguments


def _table(measured: list[Measured]) -> tuple[list[str], list[list[str]]]:
    """An engine a line: its rate, and how many times faster the kernel at level 2 is."""
    header = ["workload", "engine", "events/s", f"{STREAMFLOW} is faster by"]
    rows = [
        [
            f"{result.workload.name}: {result.workload.title}",
            f"{result.engine} (the roofline)" if result.engine == BASELINE else result.engine,
            _rate(result),
            f"{result.ratio:.2f}x",
        ]
        for result in measured
    ]
    return header, rows


def _rate(result: Measured) -> str:
    rate = result.events / result.seconds
    return f"{rate / 1e6:.2f}M" if rate >= 1e6 else f"{rate / 1e3:.0f}k"


if __name__ == "__main__":
    main()
