"""`python -m mutants.hunt CASES [KIND]`: fuzzes until something is wrong; says after how many cases, or "-"."""

from __future__ import annotations

import sys

from fuzz import test_levels


def main() -> None:
    """With a kind of node, half of the graphs prefer it; else the cases are those of the long run."""
    most, kinds = int(sys.argv[1]), sys.argv[2:] or test_levels.AROUND
    run = test_levels.Run()
    try:
        first = 0
        while run.cases < most:
            test_levels._fuzz(first, first + test_levels.ROUND, run, kinds, shrink=False)
            first += test_levels.ROUND
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        print(run.cases + 1)
    else:
        print("-")


if __name__ == "__main__":
    main()
