"""Streamflow: a dataflow compiler for the edge.

load        a program's file is run once and gives its graph               frontend/load.py
build       functions are captured, the graph becomes IR                   frontend/build.py
check       every problem at once                                          frontend/check_graph.py
optimise    passes rewrite the IR                                          passes/
emit        IR becomes the kernel and the files around it                  target/
run         in process, or as a bundle on workerd                          host/
"""

from streamflow import templates
from streamflow.diagnostics import CompileError
from streamflow.dsl import agg, nodes
from streamflow.dsl.auth import bearer, signed
from streamflow.dsl.edge import edge
from streamflow.dsl.example import example
from streamflow.dsl.lookups import d1, kv, table
from streamflow.dsl.secrets import secret
from streamflow.host.graph import Graph
from streamflow.pipeline import compile_graph
from streamflow_runtime.environment import env
from streamflow_runtime.fetching import fetch
from streamflow_runtime.packet import Packet, Window

__version__ = "0.1.0"
__all__ = [
    "CompileError",
    "Graph",
    "Packet",
    "Window",
    "agg",
    "bearer",
    "compile_graph",
    "d1",
    "edge",
    "env",
    "example",
    "fetch",
    "kv",
    "nodes",
    "secret",
    "signed",
    "table",
    "templates",
]
