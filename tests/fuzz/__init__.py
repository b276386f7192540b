"""Whole graphs and streams of steps, generated: the compiled kernel must do what the reference interpreter does."""
