"""Lets wrangler judge a bundle, without deploying it and without a network."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from streamflow.host.tools import ensure

TIMEOUT_S = 120
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # some of wrangler's messages have it whatever they are told
OFFLINE: Mapping[str, str] = {
    "CI": "1",
    "FORCE_COLOR": "0",
    "WRANGLER_SEND_METRICS": "false",
    "WRANGLER_SEND_ERROR_REPORTS": "false",
    "WRANGLER_WRITE_LOGS": "false",
    "WRANGLER_NO_SKILLS_UPDATE_PROMPTS": "true",
    "WRANGLER_HIDE_BANNER": "true",  # the banner looks for updates
}


class BundleRefused(ValueError):
    """wrangler does not accept the bundle; holds what it said."""


def dry_run(bundle_dir: Path | str) -> str:
    """The output of ``wrangler deploy --dry-run``. Raises ``BundleRefused`` if it does not accept the bundle."""
    bundle = Path(bundle_dir).resolve()
    tools = ensure("wrangler")
    with tempfile.TemporaryDirectory(prefix="streamflow-dry-run-") as scratch:
        home = {"HOME": scratch, "XDG_CONFIG_HOME": scratch}
        command = [str(tools.node), str(tools.wrangler), "deploy", "--dry-run", "--outdir", f"{scratch}/out"]
        try:
            done = subprocess.run(
                command,
                cwd=bundle,
                env={**os.environ, **OFFLINE, **home},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BundleRefused(f"wrangler did not finish within {TIMEOUT_S} s on {bundle}\n{error.output}") from error
    output = COLOUR.sub("", done.stdout)
    if done.returncode:
        raise BundleRefused(f"wrangler refuses {bundle}:\n{output}")
    return output
