"""Testing graphs: whole streams through the compiled kernel, in virtual time, step by step or to the end."""

from streamflow.testing.every_way import run_every_way
from streamflow.testing.fakes import Answer, Request
from streamflow.testing.outputs import Outputs
from streamflow.testing.run import run
from streamflow.testing.stream import TestStream

__all__ = ["Answer", "Outputs", "Request", "TestStream", "run", "run_every_way"]
