"""Every node at which packets wait, with a buffer of two that drops the oldest."""

from streamflow import Graph, fetch, nodes, secret

OUTSIDE = secret("OUTSIDE")


async def told(data):
    await fetch(f"{OUTSIDE}/told", method="POST", json=data)
    return data


def refused(data):
    raise ValueError(f"{data['n']} is refused")


graph = Graph(
    name="Overflowing",
    nodes=[
        nodes.source("questions", type="manual"),
        nodes.transform("told", function=told, concurrency=1),
        nodes.sink("answers", type="database", table="answers", columns=["n"]),
        nodes.source("jobs", type="manual"),
        nodes.rate_limit("slow", limit=1, per="1h", overflow="delay"),
        nodes.sink("done", type="database", table="done", columns=["n"]),
        nodes.source("orders", type="manual"),
        nodes.transform(
            "refused",
            function=refused,
            error_strategy="retry",
            retry_policy={"max_retries": 1, "initial_delay": "500ms"},
        ),
        nodes.sink("accepted", type="database", table="accepted", columns=["n"]),
    ],
    edges=[("questions", "told", "answers"), ("jobs", "slow", "done"), ("orders", "refused", "accepted")],
    buffer={"packets": 2, "overflow": "drop_oldest"},
)
