"""The text form of the IR: what is printed can be read back."""

import pytest

from streamflow.ir.parser import parse
from streamflow.ir.printer import text_of
from streamflow.ir.verifier import InvalidGraph, verify

WHOLE = """\
graph "Orders"
source.webhook orders(timestamp='at', out_of_orderness=5000)
inline transform total(function=lambda data: data['price'] * data['pieces'])
transform parsed(function=json.loads)
aggregate.time hourly(key=('shop', 'city'), function=lambda packets: len(packets), duration=3600000)
aggregate.rolling top(aggregates={'most': agg.top_k('city', k=3), 'own': agg.custom(create=dict, add=lambda a, b: a)})
sink.log out()
orders => total
total => parsed
parsed -> hourly when lambda data: data > 3
hourly -> out
total.error -> out
tap total
"""


def test_text_is_read_back():
    assert text_of(parse(WHOLE)) == WHOLE
    verify(parse(WHOLE))


def test_unreadable_line():
    with pytest.raises(ValueError, match="not a line of the IR"):
        parse("filter")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sink.log a()\nb -> a", "unknown node b"),
        ("source.manual s()\nsink.log a()\ns.late -> a", "has no port late"),
        ("source.manual s()\nsource.manual t()\ns -> t", "leads into a source"),
        ("transform a(function=str)\ntransform b(function=str)\na -> b\nb -> a", "cycle"),
        ("source.manual s()\nsource.manual t()\nsink.log a()\ns => a\nt -> a", "is fused"),
        ("sink.log a()\nsink.log a()", "stands twice"),
    ],
)
def test_verifier_names_the_pass(text, problem):
    with pytest.raises(InvalidGraph, match=f"after fuse_chains: .*{problem}"):
        verify(parse(text), "fuse_chains")
