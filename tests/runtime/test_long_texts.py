"""Reading formats of text takes memory in proportion to the text: WebAssembly never gives memory back."""

from __future__ import annotations

import subprocess
import sys

import pytest

LENGTH = 3_000_000
READ = """
import resource
from streamflow_runtime.influx_lines import from_influx
from streamflow_runtime.prometheus_samples import from_prometheus
text = {text}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
records = {read}(text)
assert len(records) == 1
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("from_prometheus", f"'a{{b=\"' + 'x' * {LENGTH} + '\"}} 1'"),
        ("from_influx", f"'a b=\"' + 'x' * {LENGTH} + '\"'"),
        ("from_influx", f"'a,b=' + 'x' * {LENGTH} + ' c=1'"),
    ],
)
def test_a_long_text_takes_few_times_its_own_length(read: str, text: str) -> None:
    code = READ.format(text=text, read=read)
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 60  # MB
