"""A redeploy with a graph whose stored packets it can't take over is refused, and says why."""

from pathlib import Path
from typing import Any

import aiohttp

from streamflow import compile_graph, nodes
from streamflow.dsl.graph import GraphDefinition
from streamflow.host.live_graph import LiveGraph

TOKEN = {"authorization": "Bearer t"}


def live(size: int, folder: Path) -> LiveGraph:
    window = nodes.aggregate("few", window="count", size=size, function=lambda packets: len(packets))
    chain = [nodes.source("in", type="manual"), window, nodes.sink("out", type="log")]
    program = compile_graph(GraphDefinition("Case", chain))
    return LiveGraph(
        program.kernel_class, program.service, state=folder / "state.sqlite", secrets={"STREAMFLOW_TOKEN": "t"}
    )


async def post(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession(headers=TOKEN) as client, client.post(f"{url}/inject/in", json={"n": 1}) as answer:
        return answer.status, await answer.json()


async def test_a_changed_window_is_refused(tmp_path: Path) -> None:
    first = live(3, tmp_path)
    await first.start(serve=True, port=0)
    assert first.url is not None
    assert (await post(first.url))[0] == 202
    await first.stop()
    first.close()
    second = live(4, tmp_path)
    try:
        await second.start(serve=True, port=0)
    except ValueError as mismatch:
        assert "waiting at `few`" in str(mismatch)
    else:
        raise AssertionError("the start takes over what it can't")
    finally:
        await second.stop()
        second.close()
    again = live(3, tmp_path)
    await again.start(serve=True, port=0)
    assert again.url is not None
    assert (await post(again.url))[0] == 202
    assert again.get_metrics().packets_processed == 2
    await again.stop()
    again.close()
