"""Benchmarks: the compiled kernel against hand-written and existing engines, side by side in one run."""
