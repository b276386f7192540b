"""Makes captured functions out of texts, with helpers and constants to call, and watches what a call really does."""

import copy
import linecache

from streamflow.diagnostics import Span
from streamflow.frontend.capture import Namespace

PREAMBLE = """
import copy, datetime, functools, itertools, json, math, operator, re, statistics, time
from collections import Counter, defaultdict

names = ["a", [1]]
table = {"k": [1]}
fixed = ("a", 1)
rx = re.compile("a")
limit = 3

def total(packets): return sum(p.data["amount"] for p in packets)
def put(d): d["x"] = 1; return d
def same(d): return d
def fresh(d): return {"x": 1.5}
def shallow(d, extra=()): return {**d, "extra": extra}
def clock(): return time.time()
def pick(d, key="a"): return d[key]
def keep(xs, d): xs.append(d); return len(xs)
def words(text): yield from text.split()
def loop(d, n): return d if n == 0 else loop(d, n - 1)
"""


def scope_of(text):
    """A module that holds the preamble and the text."""
    name = f"<facts {hash(text)}>"
    source = PREAMBLE + text
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    scope = {"__name__": "facts_program"}
    exec(compile(source, name, "exec"), scope)
    return scope


def function_of(text):
    """A lambda, or the definition of `f`: the Python function and the captured one."""
    scope = scope_of(f"f = {text}\n" if text.startswith(("lambda", "operator", "functools", "float", "json")) else text)
    names = Namespace()
    captured = names.function(scope["f"], "node", 1, "node", Span("<facts>", 1))
    assert not names.problems, "\n".join(problem.render() for problem in names.problems)
    return scope["f"], captured


def observed(call, data):
    """Whether a call changes `data`, and whether its result shares a list or dict with what `data` held or holds."""
    before = copy.deepcopy(data)
    inside = _containers(data)  # kept alive, so that their ids stay theirs
    try:
        result = call(data)
    except Exception:
        result = None
    return data != before, bool({**inside, **_containers(data)}.keys() & _containers(result).keys())


def _containers(value):
    """The lists and dicts reachable from a value, by id."""
    seen, pending = {}, [value]
    while pending:
        item = pending.pop()
        if isinstance(item, (dict, list, tuple, set)) and id(item) not in seen:
            seen[id(item)] = item
            pending += [*item, *item.values()] if isinstance(item, dict) else list(item)
    return {key: item for key, item in seen.items() if isinstance(item, (dict, list))}
