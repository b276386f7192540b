"""Serves a bundle through Miniflare, the engine of `wrangler dev`: workerd with every binding, offline.

It takes longer to start than ``WorkerdServer`` and needs Node while it runs; what it stores survives ``kill``, too.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from streamflow.host.tools import Tools, ensure
from streamflow.host.workerd.config import compatibility_date, read_jsonc
from streamflow.host.workerd.serve import WorkerdServer

SCRIPT = Path(__file__).with_suffix(".mjs")


class MiniflareServer(WorkerdServer):
    """One bundle served on one port of this machine, with the bindings that its wrangler.jsonc names."""

    def _tools(self) -> Tools:
        return ensure("workerd", "miniflare")

    def _spawn(self, tools: Tools, config: Path, listener: socket.socket, log: int) -> subprocess.Popen[bytes]:
        listener.close()  # Miniflare opens the port itself
        settings = config.with_name("miniflare.json")
        wrangler = read_jsonc(self._bundle / "wrangler.jsonc")
        content = {
            "npmRoot": str(tools.npm_root),
            "host": str(config.parent),
            "storage": str(self._state / "storage"),
            "port": self._port,
            "compatibilityDate": compatibility_date(),
            "bindings": {
                **_bindings(wrangler),
                "bindings": {**wrangler.get("vars", {}), **self._variables},
            },
        }
        settings.write_text(json.dumps(content))
        command = [str(tools.node), str(SCRIPT), str(settings)]
        # A group of its own: it is ended with the workerd that it starts.
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._state, start_new_session=True
        )

    def kill(self) -> None:
        """End Miniflare and workerd at once (SIGKILL), as a crash would."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        super().kill()


def _bindings(wrangler: dict[str, Any]) -> dict[str, Any]:
    """Miniflare's options for what wrangler.jsonc binds. What has no name yet gets that of its binding."""
    classes = {name for migration in wrangler.get("migrations", []) for name in migration.get("new_sqlite_classes", [])}
    objects = wrangler.get("durable_objects", {}).get("bindings", [])
    queues = wrangler.get("queues", {})
    return {
        "durableObjects": {
            each["name"]: {"className": each["class_name"], "useSQLite": each["class_name"] in classes}
            for each in objects
        },
        "kvNamespaces": _named(wrangler.get("kv_namespaces", []), "id"),
        "d1Databases": _named(wrangler.get("d1_databases", []), "database_id"),
        "r2Buckets": _named(wrangler.get("r2_buckets", []), "bucket_name"),
        "queueProducers": _named(queues.get("producers", []), "queue"),
        "queueConsumers": {
            each["queue"]: {
                "maxBatchSize": each.get("max_batch_size", 10),
                "maxBatchTimeout": each.get("max_batch_timeout", 1),
                "maxRetries": each.get("max_retries", 3),
            }
            for each in queues.get("consumers", [])
        },
        "analyticsEngineDatasets": {
            each["binding"]: {"dataset": each.get("dataset", each["binding"])}
            for each in wrangler.get("analytics_engine_datasets", [])
        },
    }


def _named(bindings: list[dict[str, Any]], name: str) -> dict[str, str]:
    return {each["binding"]: each.get(name) or each["binding"].lower() for each in bindings}
