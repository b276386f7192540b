"""Captured functions do what the originals do: printed, executed without the module that they came from, compared."""

import ast
import asyncio
import datetime
import decimal
import enum
import functools
import inspect
import itertools
import json
import math
import operator
import os.path
import re
import statistics
import xml.etree.ElementTree
from collections import Counter, OrderedDict, defaultdict, deque
from math import sqrt as root

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend import neighbour
from frontend.captured import SPAN, capture, compiled, module_text
from frontend.neighbour import convert
from streamflow.dsl.secrets import secret
from streamflow.frontend.capture import Namespace

limit = 100
names = ["a", "b"]
table = {"a": {"x": [1, 2]}, "b": {"x": []}}
pattern = re.compile(r"(\d+)-(\w+)", re.IGNORECASE | re.ASCII)
moment = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
price = decimal.Decimal("1.10")
to_float = float
get_x = operator.itemgetter("x")
sum_of = lambda values: sum(values)
sum = sum  # a global that has a builtin's name and is it


class Color(enum.Enum):
    RED = "red"


class Settings:
    limit = 5

    @staticmethod
    def double(value):
        return value * 2


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


def is_even(n):
    return n == 0 or is_odd(n - 1)


def is_odd(n):
    return n != 0 and is_even(n - 1)


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return {"result": function(*args, **kwargs), "name": "logged"}

    return wrapper


@logged
def decorated(data):
    return data["x"] + 1


@functools.lru_cache(maxsize=16)
def cached(n):
    return n * 3


def annotated(data: "dict[str, Nowhere]", factor: int = 3) -> "Nowhere":  # noqa: F821
    total: int = data["x"]
    empty: list[Nowhere]  # noqa: F821
    empty = [total]
    return {"x": total * factor, "n": len(empty)}


def scoped(data):
    """Local names that hide global ones, in every kind of scope."""
    limit = 1
    values = [limit for limit in (5, 6)]
    inner = (lambda names: [*names, limit])([3])

    def nested(table, *rest, price=limit, **more):
        moment = table
        return [moment, rest, price, more]

    if (get_x := data["x"]) > 1:
        values.append(get_x)
    try:
        raise ValueError("x")
    except ValueError as pattern:
        caught = str(pattern)
    with open_nothing() as to_float:
        pass
    match data:
        case {"x": factorial, **neighbour}:
            matched = (factorial, neighbour)
        case _:
            matched = None
    return [limit, values, inner, nested(1, 2, z=3), caught, to_float, matched, {math: math for math in range(2)}]


class open_nothing_type:
    pass


def open_nothing():
    import contextlib

    return contextlib.nullcontext(4)


def imports_inside(data):
    import statistics as stats
    from math import floor

    from frontend.neighbour import rounded

    return [stats.mean(data["xs"]), floor(data["x"]), rounded(1.239)]


def rebinds_default(data, total=10):
    total += data["x"]
    return total


def generator(n):
    yield from range(n)


def make(limit, factor=2):
    offset = [limit]
    return lambda data: data["x"] > limit and factor + offset[0]


CASES = {
    "global": lambda data: data["x"] > limit,
    "container": lambda data: [data["x"], *names, table["a"]["x"]],
    "closure": make(3),
    "default": lambda data, factor=4, *, more=(1, 2): [data["x"] * factor, more],
    "rebound default": rebinds_default,
    "builtin by another name": lambda data: to_float(data["x"]),
    "builtin as a global": lambda data: sum([data["x"]]),
    "imported name": lambda data: root(abs(data["x"])),
    "module": lambda data: math.floor(data["x"] / 2) + math.pi,
    "submodule": lambda data: xml.etree.ElementTree.fromstring("<a>1</a>").text,
    "path": lambda data: os.path.join("a", os.path.basename("b/c")),  # noqa: PTH118, PTH119
    "class of the library": lambda data: [Counter("aab")["a"], datetime.timedelta(days=1).days],
    "regular expression": lambda data: pattern.match("12-ab").groups(),
    "datetime": lambda data: (moment + datetime.timedelta(hours=data["x"])).isoformat(),
    "decimal": lambda data: str(price * data["x"]),
    "recursion": lambda data: factorial(data["x"] % 7),
    "mutual recursion": lambda data: is_even(data["x"] % 9),
    "lambda as helper": lambda data: sum_of([data["x"], 1]),
    "decorated helper": lambda data: decorated(data),
    "decorated": decorated,
    "cached helper": lambda data: cached(data["x"]),
    "getter as helper": lambda data: [get_x(item) for item in [data]],
    "neighbour": lambda data: convert(data["x"], "USD"),
    "neighbour by module": lambda data: neighbour.convert(data["x"], "EUR") + neighbour.limit,
    "annotations": annotated,
    "scopes": scoped,
    "imports inside": imports_inside,
    "generator helper": lambda data: list(generator(data["x"] % 4)),
    "member of an enum": lambda data: [Color.RED.value, Color.RED.name],
    "constant of a class": lambda data: Settings.limit + Settings.double(data["x"]),
    "partial": functools.partial(lambda factor, data, *, plus: data["x"] * factor + plus, 3, plus=4),
    "partial as helper": lambda data: functools.reduce(operator.add, map(functools.partial(max, 2), data["xs"])),
    "itemgetter": operator.itemgetter("x"),
    "itemgetter of several": operator.itemgetter("x", "xs"),
    "methodcaller": operator.methodcaller("get", "y", 5),
    "json": lambda data: json.loads(json.dumps(data)),
    "nested lambdas": lambda data: sorted(data["xs"], key=lambda x: (lambda y: -y + limit)(x)),
    "comprehension": lambda data: {x: [y for y in range(x % 3) if y != limit] for x in data["xs"]},
    "default of a nested function": lambda data: (lambda x, names=names: [x, names])(data["x"]),
    "walrus": lambda data: [y for x in data["xs"] if (y := x + limit)],
    "f-string": lambda data: f"{data['x']:>{limit}} {names!r}",
    "groups": lambda data: {k: len(list(v)) for k, v in itertools.groupby(data["xs"])},
    "statistics": lambda data: statistics.mean(data["xs"]),
    "text": lambda data: {True: "yes", False: "no"}[data["x"] > 0],
}
two = (lambda data: "first", lambda data: "second")  # on one line
# fmt: off
spread = [
    lambda data: (
        data["x"],
        "spread"), lambda data: [
            limit]]
chain = (lambda data: (lambda data: (lambda data: data["x"])(data))(data))
# fmt: on


@pytest.mark.parametrize("name", CASES)
@given(x=st.integers(-50, 50), xs=st.lists(st.integers(-9, 9), min_size=1, max_size=4))
def test_the_captured_function_agrees(name, x, xs):
    fn = CASES[name]
    assert _compiled_once(name)({"x": x, "xs": xs}) == fn({"x": x, "xs": xs})


@functools.cache
def _compiled_once(name):
    return compiled(CASES[name])


@pytest.mark.parametrize("fn", [*two, *spread, chain], ids=range(5))
def test_the_exact_lambda_is_found(fn):
    assert compiled(fn)({"x": 3}) == fn({"x": 3})


def test_lambdas_of_one_line_that_look_alike():
    fns = [lambda d: d["a"], lambda d: d["b"], lambda d: d["a"] if True else d["b"], lambda d: None]
    data = {"a": 1, "b": 2}
    assert [compiled(fn)(data) for fn in fns] == [1, 2, 1, None]


def test_lambdas_are_found_without_columns(tmp_path):
    import subprocess
    import sys

    file = tmp_path / "program.py"
    file.write_text(
        "import ast\n"
        "from streamflow.diagnostics import Span\n"
        "from streamflow.frontend.capture import Namespace\n"
        "fns = [lambda d: d['a'], lambda d: d['b'], lambda d: len(d)]\n"
        "names = Namespace()\n"
        "print([ast.unparse(names.function(fn, 'n', 1, 'n', Span('x', 1)).tree) for fn in fns], names.problems)\n"
    )
    ran = subprocess.run([sys.executable, "-X", "no_debug_ranges", file], capture_output=True, text=True)
    assert ran.stdout == "[\"lambda d: d['a']\", \"lambda d: d['b']\", 'lambda d: len(d)'] []\n", ran.stderr


PLAIN = [
    *(None, True, 0, -3, 10**20, 1.5, -0.0, float("inf"), -float("inf"), "a\n'\"\\\u2028", b"\x00a", bytearray(b"x")),
    *((), (1,), [1, [2]], {}, {"a": {1: None}}, set(), {3, 1, 2}, frozenset(), frozenset({("a", 1)}), range(1, 9, 2)),
    *(1 + 2j, datetime.date(2024, 2, 29), datetime.time(1, 2, 3), datetime.timedelta(days=-1, microseconds=5)),
    *(decimal.Decimal("NaN"), decimal.Decimal("-1E+5"), OrderedDict(a=1), Counter("aab"), deque([1, 2], maxlen=2)),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_values_are_copied_exactly(value):
    copy = compiled(lambda data: value)({})
    assert repr(copy) == repr(value) and type(copy) is type(value)


def test_nan_is_copied():
    value = [float("nan")]
    assert math.isnan(compiled(lambda data: value[0])({}))


def test_a_copy_is_independent_of_the_original():
    values = [1]
    fn = compiled(lambda data: values)
    values.append(2)
    assert fn({}) == [1]


def test_functions_in_containers():
    formulas = {"double": lambda x: x * 2, "root": math.sqrt, "text": str, "cached": cached}
    fn = compiled(lambda data: formulas[data["f"]](data["x"]))
    assert [fn({"f": name, "x": 4}) for name in formulas] == [8, 2.0, "4", 12]


def test_getters_and_patterns_in_containers():
    by = [operator.itemgetter("a"), operator.attrgetter("real"), operator.methodcaller("upper")]
    fn = compiled(lambda data: [by[0](data), by[1](3), by[2]("x"), functools.partial(pow, 2)(3)])
    assert fn({"a": 1}) == [1, 3, "X", 8]


@pytest.mark.parametrize(
    ("fn", "reference"),
    [
        (json.loads, "json.loads"),
        (float, "float"),
        (str.lower, "str.lower"),
        (dict, "dict"),
        (datetime.datetime.fromisoformat, "datetime.datetime.fromisoformat"),
        (math.sqrt, "math.sqrt"),
        (itertools.chain.from_iterable, "itertools.chain.from_iterable"),
        (statistics.mean, "statistics.mean"),
        (Counter, "collections.Counter"),
    ],
)
def test_importable_functions_are_emitted_by_name(fn, reference):
    function, names = capture(fn)
    assert (function.reference, function.tree, function.wants_packet) == (reference, None, False)
    top = reference.partition(".")[0]
    assert module_text(names) == ("" if top in dir(__builtins__) or top in __builtins__ else f"import {top}")


def test_methods_of_captured_values():
    rates = {"EUR": 1}
    assert compiled(rates.get)("EUR") == 1
    assert compiled(pattern.sub)  # its parameters don't fit a callback of one value, yet Python can't tell
    words = re.compile("[a-z]+")
    assert compiled(words.findall)("ab cd") == ["ab", "cd"]


def test_secrets_are_named_and_not_contained():
    token = secret("API_TOKEN")
    fn = lambda data: f"{data['x']} {token}"
    _, names = capture(fn)
    assert names.secrets == {"token": "API_TOKEN"}
    assert "API_TOKEN" not in module_text(names)
    assert compiled(fn, secrets={"API_TOKEN": "abc"})({"x": 1}) == "1 abc"


def test_a_secret_has_one_name_wherever_it_is_used():
    token, other = secret("A"), secret("A")
    names = Namespace()
    for fn in (lambda data: token, lambda data: other, lambda data: [token for other in data]):
        capture(fn, namespace=names)
    assert names.secrets == {"token": "A"}


def test_different_values_of_one_name_get_different_names():
    names = Namespace()
    trees = [ast.unparse(capture(make(value), namespace=names)[0].tree) for value in (1, 2, 1)]
    assert trees[0] == "lambda data: data['x'] > limit and factor + offset[0]"
    assert trees[1] == "lambda data: data['x'] > limit_2 and factor + offset_2[0]"
    assert trees[2] == "lambda data: data['x'] > limit and factor + offset_3[0]"
    assert list(names.constants) == ["limit", "factor", "offset", "limit_2", "offset_2", "offset_3"]


def test_reserved_names_and_builtins_are_not_given_away():
    max = 3
    names = Namespace(["limit", "node", "node_2"])
    function, _ = capture(lambda data: limit + max, namespace=names)
    assert ast.unparse(function.tree) == "lambda data: limit_2 + max_2"
    assert function.name == "node_3"


@pytest.mark.parametrize(
    ("node", "name"),
    [("large-only", "large_only"), ("import", "import_"), ("a1", "a1"), ("None", "None_"), ("max", "max_2")],
)
def test_lambdas_are_named_after_their_nodes(node, name):
    assert capture(lambda data: data, name=node)[0].name == name


def test_functions_keep_their_names():
    assert capture(annotated, name="other")[0].name == "annotated"


def test_a_local_name_never_hides_a_captured_one():
    first = lambda data: limit
    clash = make_clash()
    names = Namespace()
    capture(first, namespace=names)
    function, _ = capture(clash, namespace=names)
    scope: dict = {}
    exec(module_text(names), scope)
    exec(f"result = ({ast.unparse(function.tree)})({{}})", scope)
    assert scope["result"] == clash({})


def make_clash():
    limit = "inner"
    return lambda data: [limit, [limit_2 for limit_2 in (1,)], limit]


def test_defaults_are_not_parameters():
    function, _ = capture(lambda data, packet, factor=2, *, key="k": [data, packet, factor, key])
    assert function.parameters == ("data", "packet") and function.wants_packet
    assert ast.unparse(function.tree) == "lambda data, packet: [data, packet, factor, key]"


def test_listed_parameters_lose_their_defaults():
    function, _ = capture(lambda left=None, right=None, packet=None: [left, right, packet], listed=2)
    assert function.parameters == ("left", "right") and not function.wants_packet
    assert ast.unparse(function.tree.args) == "left, right"


def test_any_number_of_parameters():
    assert compiled(lambda *values: list(values))(1) == [1]
    assert capture(lambda *values: values)[0].expression is None


def test_lines_are_the_users():
    function, _ = capture(annotated)
    assert function.file == __file__ and function.line == inspect.getsourcelines(annotated)[1]
    assert function.tree.body[0].lineno == function.line + 1


def test_trees_compile():
    for fn in CASES.values():
        function, names = capture(fn)
        body = [*names.imports, *names.definitions]
        if isinstance(function.tree, ast.Lambda):
            body.append(ast.copy_location(ast.Expr(function.tree), function.tree))
        elif function.tree is not None:
            body.append(function.tree)
        compile(ast.Module(body, []), "<module>", "exec")


def test_the_users_tree_is_never_changed():
    first, _ = capture(annotated)
    again, _ = capture(annotated)
    assert ast.dump(first.tree) == ast.dump(again.tree) and first.tree is not again.tree


def test_the_same_function_is_captured_once():
    names = Namespace()
    first, second = (names.function(annotated, "a", 1, node, SPAN) for node in ("a", "b"))
    assert first is second


async def price_of(data, plus=1):
    await asyncio.sleep(0)
    return await neighbour.later(data["x"]) + plus


@pytest.mark.parametrize(
    "fn", [price_of, lambda data: price_of(data), functools.partial(price_of, plus=5), lambda data: price_of(data, 3)]
)
def test_asynchronous_functions(fn):
    function, _ = capture(fn, awaited=True)
    assert function.is_async and isinstance(function.tree, ast.AsyncFunctionDef)
    assert asyncio.run(compiled(fn, awaited=True)({"x": 1})) == asyncio.run(fn({"x": 1}))


def test_the_pieces_stand_in_an_order_that_works():
    formulas = {"f": factorial}

    def apply(name, n, by=formulas):
        return by[name](n)

    assert compiled(lambda data: apply("f", 4))({}) == 24


def test_output_does_not_depend_on_hash_order():
    values = {"b", "a", "c", 1, None}
    _, names = capture(lambda data: values)
    assert module_text(names) == "values = {None, 1, 'a', 'b', 'c'}"


def test_groups_by_a_default_dict():
    def grouped(data):
        found = defaultdict(list)
        for x in data["xs"]:
            found[x % 2].append(x)
        return dict(found)

    assert compiled(grouped)({"xs": [1, 2, 3]}) == {1: [1, 3], 0: [2]}


def test_a_file_is_parsed_once(monkeypatch):
    capture(annotated)
    monkeypatch.setattr(ast, "parse", None)
    capture(annotated)


def test_a_file_that_changed_is_parsed_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "changing_program.py"
    printed = []
    for text in ("f = lambda data: 1\n", "f = lambda data: 1 + data\n"):
        file.write_text(text)
        scope: dict = {"__name__": "changing_program"}
        exec(compile(text, str(file), "exec"), scope)
        printed.append(ast.unparse(capture(scope["f"])[0].tree))
    assert printed == ["lambda data: 1", "lambda data: 1 + data"]
