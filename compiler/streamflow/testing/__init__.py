"""Testing graphs: run a whole stream through the compiled kernel."""

from streamflow.testing.run import run

__all__ = ["run"]
