"""`make mutants`: plants each listed fault into a copy of the project, and shows that the fuzz finds it.

    python -m mutants [TEXT]      those with TEXT in their name, else all

A fault that is not found within CASES cases fails the run. It is no part of `make test`: it takes long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from mutants.planting import Mutant, copy_of_the_project, mutants

CASES = 2000
SIDE_BY_SIDE = int(os.environ.get("JOBS", "2"))


def main() -> int:
    """How many were not found."""
    wanted = " ".join(sys.argv[1:])
    chosen = [mutant for mutant in mutants() if wanted in mutant.name]
    missed = 0
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for mutant, (found, seconds) in zip(chosen, pool.map(_hunted, chosen), strict=True):
            missed += found == "-"
            after = f"NOT FOUND in {CASES:,} cases" if found == "-" else f"found after {int(found):,} cases"
            print(f"{mutant.name:<60} {after} ({seconds:.0f} s)", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} found within {CASES:,} cases")
    return min(missed, 1)


def _hunted(mutant: Mutant) -> tuple[str, float]:
    """After how many cases a fault is found; "-" if it is not."""
    started = time.monotonic()
    with copy_of_the_project() as root:
        mutant.plant(root)
        path = [str(root / source) for source in ("compiler", "runtime_stub", "codegen_templates", "tests")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "mutants.hunt", str(CASES), *mutant.around.split()]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    found = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
    if found != "-" and not found.isdecimal():
        raise RuntimeError(f"{mutant.name}: {done.stderr[-2000:]}")
    return found, time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
