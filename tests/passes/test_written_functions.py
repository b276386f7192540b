"""Functions written at random do the same, to the last effect, when what they work out again is shared.

`STREAMFLOW_FUZZ_CASES` is the number of functions of the long run.
"""

import ast
import os
from random import Random

import pytest

from passes.written import HELPERS, function, record
from streamflow.diagnostics import Span
from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.remarks import Remarks
from streamflow.passes.share_subexpressions import share_subexpressions

QUICK = 1500
LONG = int(os.environ.get("STREAMFLOW_FUZZ_CASES", "0")) or 20_000
DATA = 4  # records a function


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_written_functions_do_the_same():
    check(range(QUICK))


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_written_functions_do_the_same():
    check(range(QUICK, QUICK + LONG))


def check(seeds):
    helpers = {tree.name: captured(tree, {}) for tree in ast.parse(HELPERS).body}
    fired = reached = 0
    reasons = set()
    for seed in seeds:
        text = function(seed)
        (tree,) = ast.parse(text).body
        remarks = Remarks()
        node = Node("t", "transform", {"function": captured(tree, helpers)})
        after = share_subexpressions(Graph("g", (node,), ()), remarks).nodes[0].function
        applied = [remark for remark in remarks.made if remark.applied]
        reasons |= {remark.reason.split("`")[-1] for remark in remarks.made if not remark.applied}
        if not applied:
            assert after is node.function, text
            continue
        fired += 1
        for number in range(DATA):
            expected = outcome(tree, seed * DATA + number)
            seen = outcome(after.tree, seed * DATA + number)
            assert seen == expected, f"seed {seed}\n{text}\n{ast.unparse(after.tree)}"
            reached += "raised" not in expected
    assert fired > len(seeds) / 5, f"{fired} of {len(seeds)} functions had something to share"
    assert reached > fired / 2, f"{reached} calls of {fired} functions came to their end"
    assert {part.strip() for part in reasons} >= REASONS, reasons


REASONS = {
    "may change it in between",
    "is bound in between",
    "may be there to be read once",
    "each time it may be a new list or the like",
    "what worked it out before is not always evaluated",
}


def captured(tree, helpers):
    parameters = tuple(argument.arg for argument in tree.args.args)
    return Function(tree.name, tree, None, parameters, False, False, "", 0, Span("", 0), helpers=helpers)


def outcome(tree, seed):
    """What a call gives or raises, what it leaves of its data, and which mutable values are one."""
    namespace = {}
    exec(HELPERS, namespace)
    module = ast.fix_missing_locations(ast.Module([tree], []))
    exec(compile(module, "written", "exec"), namespace)
    data = record(Random(seed))
    try:
        return described([namespace["f"](data), data], {})
    except Exception as error:
        return ["raised", type(error).__name__, str(error), described(data, {})]


def described(value, known):
    """A value as texts, in which one that was met before is its number."""
    if isinstance(value, (list, dict, set)):
        if id(value) in known:
            return f"that {known[id(value)]}"
        known[id(value)] = len(known)
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(described(part, known) for part in value)]
    if isinstance(value, dict):
        return {key: described(part, known) for key, part in value.items()}
    return repr(value) if not hasattr(value, "__next__") else [type(value).__name__, *map(repr, value)]
