"""`python -m bench.keys`: memory of the real workerd with so many open keys; the table goes to docs/performance.md.

The graph is the quick start by key: a window a key, of two figures. Keys are texts of ten characters.
"""

import json
import os
import tempfile
from pathlib import Path

from bench.document import write_table
from bench.requests import request, send_all
from streamflow import Graph, compile_graph, nodes
from streamflow.host.workerd import WorkerdServer
from streamflow.target.write import write_bundle

TOKEN = "bench"
STEPS = (1000, 50_000, 100_000, 200_000)
BATCH = 10_000


graph = Graph(
    name="Totals by Account",
    nodes=[
        nodes.source("payments", type="websocket"),
        nodes.aggregate(
            "hourly",
            window="time",
            duration=3600,
            key="account",
            function=lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)},
        ),
        nodes.sink("out", type="log"),
    ],
    limits={"keys": 1_000_000},
)


def main() -> None:
    """Open keys step by step, and see what the process holds."""
    rows, first, held = [], 0, []
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle")
        write_bundle(compile_graph(graph).files, bundle)
        with WorkerdServer(bundle, Path(folder, "state"), variables={"STREAMFLOW_TOKEN": TOKEN}) as server:
            for keys in STEPS:
                for at in range(first, keys, BATCH):
                    events = [{"account": f"acct-{n:05}", "amount": 1.5} for n in range(at, min(at + BATCH, keys))]
                    body = json.dumps(events).encode()
                    send_all(server.port, [request("/inject/payments", "127.0.0.1", TOKEN, body)], 1)
                first = keys
                held.append(_resident(server.pid))
                more = (held[-1] - held[0]) / (keys - STEPS[0]) if keys > STEPS[0] else 0
                rows.append([f"{keys:,}", f"{held[-1] / 1e6:.0f} MB", f"{more:.0f}" if more else ""])
                print(*rows[-1], flush=True)
    print(write_table("keys", ["open keys", "memory of workerd", "bytes a key"], rows))


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
