"""`python -m mutants.hunt CASES`: fuzzes until something is wrong; says after how many cases, or "-" if nothing was."""

from __future__ import annotations

import sys

from fuzz import test_levels


def main() -> None:
    """The cases are those of the long run."""
    most = int(sys.argv[1])
    run = test_levels.Run()
    try:
        first = 0
        while run.cases < most:
            test_levels._fuzz(first, first + test_levels.ROUND, run, shrink=False)
            first += test_levels.ROUND
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        print(run.cases + 1)
    else:
        print("-")


if __name__ == "__main__":
    main()
