"""`make refusals`: takes each listed refusal away, in a copy of the project, and shows that its case fails then.

    python -m refusals [TEXT]      those with TEXT in their file or case, else all

First all cases must pass as the project is. A case that passes without its refusal fails the run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants.planting import ROOT, copy_of_the_project
from refusals.listed import Refusal, refusals

SIDE_BY_SIDE = int(os.environ.get("JOBS", "2"))


def main() -> int:
    """Whether some refusal could go without a case noticing."""
    wanted = " ".join(sys.argv[1:])
    chosen = [refusal for refusal in refusals() if wanted in f"{refusal.file} {refusal.case}"]
    copies: SimpleQueue[Path] = SimpleQueue()

    def needed(refusal: Refusal) -> bool:
        root = copies.get()
        whole = (root / refusal.file).read_text()
        refusal.mutant.plant(root)
        try:
            return not _pass(root, [refusal])
        finally:
            (root / refusal.file).write_text(whole)
            copies.put(root)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        made = [copy_of_the_project() for _ in range(SIDE_BY_SIDE)]
        try:
            for copy in made:
                root = copy.__enter__()
                shutil.copy(ROOT / "pyproject.toml", root)
                copies.put(root)
            if not _pass(root, chosen):
                raise SystemExit("not all of the cases pass as the project is")
            results = list(zip(chosen, pool.map(needed, chosen), strict=True))
        finally:
            for copy in made:
                copy.__exit__(None, None, None)
    for refusal, found in results:
        print(f"{Path(refusal.file).stem:<20} {'fails, as it must' if found else 'NOT NOTICED'}: {refusal.case}")
    print(f"{sum(found for _, found in results)} of {len(results)} refusals are needed by their case")
    return int(not all(found for _, found in results))


def _pass(root: Path, chosen: list[Refusal]) -> bool:
    """Whether the cases of these refusals pass in a copy of the project. Raises RuntimeError where one can't be run."""
    path = [str(root / source) for source in ("compiler", "runtime_stub", "codegen_templates", "tests")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
    tests = list(dict.fromkeys(f"tests/{refusal.test}" for refusal in chosen))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
