"""Functions written at random: branches, loops, effects and lists that several hold, in few expressions that recur."""

from __future__ import annotations

from random import Random

HELPERS = """
def touch(data):
    data["x"] = data["x"] + 1
    data["l"].append(data["x"])
    return data["x"]

def lazy(data):
    for _ in range(2):
        data["x"] += 1
        data["l"].append(9)
        yield data["x"]

def twice(value):
    return len(value) * 2

def steps(number):
    for step in range(number):
        yield step
"""
"""What the functions call: with effects, with effects while it is read, pure, and to be read once."""

_NUMBERS = ("a", "b")
_LISTS = ("c", "d")
_READ_ONCE = ("lazy(data)", "lazy(data)", "steps(3)", "iter(data['l'])", "(v for v in data['l'])")
_CALLS = ("touch(", "lazy(", "steps(")
_ODD = 0.01  # of the parts are of the wrong kind: such functions mostly raise


def function(seed: int) -> str:
    """The text of a function `f(data)`, the same for the same seed."""
    random = Random(seed)
    while True:
        text = _Writer(random).function()
        try:
            compile(text, "written", "exec")
        except SyntaxError:  # `:=` in what a comprehension reads
            continue
        return text


def record(random: Random) -> dict[str, object]:
    """Its data: numbers, lists of which two may be one, and a record inside."""
    numbers = [random.randint(-2, 3) for _ in range(random.randint(1, 3))]
    other = numbers if random.random() < 0.5 else [random.randint(0, 3)]
    x = random.choice((0, 1, 2, 3, 4, "t"))
    return {"x": x, "y": random.randint(-1, 3), "l": numbers, "m": other, "n": {"x": random.randint(0, 2)}}


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.calm = random.random() < 0.5
        self.recurring: dict[str, list[str]] = {"number": [], "list": []}
        for kind in ("number", "list", "number", "list"):
            self.recurring[kind].append(self.made(2, kind))
        self.recurring["number"].append(random.choice(("sum(c)", "(2 in c)", "sum(data['l'])", "(data['x'] * 2)")))

    def function(self) -> str:
        names = [f"    {name} = {self.number(1)}" for name in _NUMBERS]
        names += [f"    {name} = {self.list(1)}" for name in _LISTS]
        if self.random.random() < 0.2:
            names.append(f"    c = {self.picked(_READ_ONCE)}")
        body = self.block(2, self.random.randint(2, 5), "    ")
        results = ", ".join((self.number(2), self.list(2), self.number(2), self.list(2), *_NUMBERS, *_LISTS))
        return "\n".join(["def f(data):", *names, body, f"    return [{results}]\n"])

    def block(self, depth: int, statements: int, indent: str) -> str:
        return "\n".join(self.statement(depth, indent) for _ in range(statements))

    def statement(self, depth: int, indent: str) -> str:
        kind = self.random.choice(("number", "list"))
        name, value = self.name(kind), self.expression(2, kind)
        plain = (
            *(f"{name} = {value}", f"{name} = {value}", f"{name} = {value}", f"{name} += {value}", value),
            *(f"{self.name('number')} += 1", f"{self.name('number')} *= 2", f"{self.name('list')} *= 2"),
            *(f"data['x'] = {self.number(2)}", f"data['n']['x'] += {self.number(1)}", f"data['y'] = {self.number(1)}"),
            *(f"data['l'][0] = {self.number(1)}", f"data['m'] = {self.list(1)}", f"{self.name('list')}[0] = 7"),
            *(f"data['l'].append({self.number(1)})", "touch(data)", f"{self.name('list')}.append(1)"),
            *(f"{self.name('list')} = {text}" for text in _READ_ONCE),
            *(f"c = {held}" for held in ("data['l']", "data['l']", "d")),
            *(f"a, b = {self.number(1)}, {self.number(1)}", f"a, *c = {self.list(1)}", f"del {name}"),
        )
        if not depth or self.random.random() < 0.6:
            return indent + self.picked(plain[:-1] if self.random.random() < 0.9 else plain)
        return indent + self.random.choice((self.branch, self.branch, self.loop, self.turns, self.attempt, self.match))(
            depth - 1, indent
        )

    def branch(self, depth: int, indent: str) -> str:
        inner = indent + "    "
        body = self.block(depth, self.random.randint(1, 2), inner)
        leave = f"\n{inner}return [{self.number(1)}]" if self.random.random() < 0.2 else ""
        other = f"\n{indent}else:\n{self.block(depth, 1, inner)}" if self.random.random() < 0.5 else ""
        return f"if {self.number(1)}:\n{body}{leave}{other}"

    def loop(self, depth: int, indent: str) -> str:
        inner = indent + "    "
        body = self.block(depth, self.random.randint(1, 3), inner)
        leave = self.random.choice(("", "", f"\n{inner}break", f"\n{inner}if {self.number(1)}:\n{inner}    continue"))
        other = f"\n{indent}else:\n{self.block(depth, 1, inner)}" if self.random.random() < 0.2 else ""
        last = f"\n{inner}{self.name('list')} = {self.list(2)}"
        return f"for {self.name('number')} in {self.list(1)}[:3]:\n{body}{leave}{last}{other}"

    def turns(self, depth: int, indent: str) -> str:
        inner, turn = indent + "    ", f"turn_{depth}"
        body = self.block(depth, self.random.randint(1, 2), inner)
        test = f"while ({turn} := turns_{depth}.pop()) and {self.number(2)}:"
        return f"turns_{depth} = [0, 1, 2]\n{indent}{test}\n{body}"

    def attempt(self, depth: int, indent: str) -> str:
        inner = indent + "    "
        body = self.block(depth, 2, inner)
        odd = f"\n{inner}{self.number(1)} + {self.list(1)}" if self.random.random() < 0.3 else ""
        last = f"\n{indent}finally:\n{self.block(0, 1, inner)}" if self.random.random() < 0.3 else ""
        return f"try:\n{body}{odd}\n{indent}except (TypeError, IndexError):\n{self.block(depth, 1, inner)}{last}"

    def match(self, depth: int, indent: str) -> str:
        inner = indent + "    "
        body = self.block(depth, 1, inner + "    ")
        return f"match {self.list(1)}:\n{inner}case [a, *c]:\n{body}\n{inner}case _:\n{inner}    pass"

    def name(self, kind: str) -> str:
        return self.random.choice(_NUMBERS if kind == "number" else _LISTS)

    def number(self, depth: int) -> str:
        return self.expression(depth, "number")

    def list(self, depth: int) -> str:
        return self.expression(depth, "list")

    def expression(self, depth: int, kind: str) -> str:
        if self.random.random() < _ODD:
            kind = "list" if kind == "number" else "number"
        if self.recurring[kind] and self.random.random() < 0.6:
            return self.random.choice(self.recurring[kind])
        return self.made(depth, kind)

    def made(self, depth: int, kind: str) -> str:
        if not depth:
            numbers = (*_NUMBERS, "data['x']", "data['y']", "data['n']['x']", "1", "2")
            return self.random.choice(numbers if kind == "number" else (*_LISTS, "data['l']", "data['m']", "[1, 2]"))
        return self.picked(self.numbers(depth - 1) if kind == "number" else self.lists(depth - 1))

    def picked(self, texts: tuple[str, ...]) -> str:
        """One of them; in a calm function none that calls what has effects by itself."""
        return self.random.choice([text for text in texts if not self.calm or not any(map(text.__contains__, _CALLS))])

    def numbers(self, depth: int) -> tuple[str, ...]:
        one, other, third = self.number(depth), self.number(depth), self.number(depth)
        items, others = self.list(depth), self.list(depth)
        return (
            *(f"({one} {op} {other})" for op in ("+", "+", "-", "<", "==", "and", "or")),
            *(f"({one} * 2)", f"({one} < {other} <= {third})", f"({one} if {other} else {third})", f"(not {one})"),
            *(f"({self.name('number')} := {one})", f"-{one}", f"({one} in {items})", f"({items} == {others})"),
            *(f"sum({self.name('list')})", f"(2 in {self.name('list')})", f"len({items})", f"sum({items})"),
            *(f"max([{one}, *{items}])", f"twice({items})", f"max({one}, {other})", f"sum(v * 2 for v in {items}[:9])"),
            *(f"len(str({items}))", f"f'{{{self.name('number')}:>3}}'.count('1')", f"any({items})"),
            *(f"min({items}, default={one})", "data.get('x', 3)", "touch(data)", "data['l'].pop()"),
            *("next(lazy(data), 0)", "min(steps(2))", "data['n']['x']", "data['x']", "(data['x'] * 2)"),
            *("data['x'] + data['y']", f"{items}[0]", f"len({items} + {others})"),
        )

    def lists(self, depth: int) -> tuple[str, ...]:
        one, other = self.number(depth), self.number(depth)
        items, others = self.list(depth), self.list(depth)
        return (
            *(f"({items} + {others})", f"({items} + {others})", f"({items} or {others})", f"({items} * 2)[:9]"),
            *(f"sorted({items})", f"sorted({items}, key=lambda v: -v)", f"list({items})", f"[{one}, *{items}]"),
            *(f"[v for v in sorted({items})]", f"[{one} for v in {items}[:2]]", f"[v + {one} for v in {items}[:9]]"),
            *(f"{items}[:2]", f"[{one}, {other}]", f"({items} if {one} else {others})", "data.get('z', data['l'])"),
            *(f"max({items}, {others})", f"[[{one}], [{other}]][0]", "data['l'] + data['m']", "list(lazy(data))"),
        )
