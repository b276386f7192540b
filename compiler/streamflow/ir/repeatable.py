"""Which expressions give the same each time they are worked out, as long as nothing that they read changes.

Each has a number; expressions with one number say the same. Of what is known to be pure, `SAME` gives one and the same
object each time, or one that nothing can change; `FRESH` a new container, whose elements are the same. What could give
new values inside others, or what can be read once only, is neither.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from streamflow.ir.function import Function
from streamflow.ir.known_calls import EFFECTS, MERGING, REMOVING, STORING, dotted
from streamflow.ir.purity import impurity, is_impure_call

SAME, FRESH = 0, 1

_SCALAR_CALLS = frozenset("abs all any bool float int isinstance len pow repr round str".split())
_CONTAINERS = frozenset("dict frozenset list set sorted tuple".split())
_EXTREMES = frozenset(("max", "min"))
_READING_ALL = _CONTAINERS | _EXTREMES | {"all", "any", "sum"}
"""What reads its argument to the end, so that a second time finds nothing of an iterator."""
_TEXT_METHODS = frozenset(
    "count endswith find index join lower lstrip replace rstrip startswith strip title upper".split()
)
_NUMBERS = (int, float)


class Repeatable:
    """The expressions of one function."""

    def __init__(self, function: Function) -> None:
        assert function.tree is not None
        self._function = function
        arguments = {part.arg for part in ast.walk(function.tree.args) if isinstance(part, ast.arg)}
        bound = names_bound([function.tree])
        self.names = bound | arguments
        """What the function binds itself."""
        self._read_again = arguments - bound
        self._calls_unknown: bool | None = None
        self._numbers: dict[object, int] = {}
        self._number_of: dict[ast.AST, int] = {}

    def number(self, tree: ast.AST) -> int:
        """The number of a tree, the same for trees that say the same."""
        if tree not in self._number_of:
            said = (type(tree), *(self._said(value) for name, value in ast.iter_fields(tree) if name != "ctx"))
            self._number_of[tree] = self._numbers.setdefault(said, len(self._numbers))
        return self._number_of[tree]

    def _said(self, value: object) -> object:
        if isinstance(value, ast.AST):
            return ("tree", self.number(value))
        if isinstance(value, list):
            return tuple(map(self._said, value))
        return (type(value), repr(value))

    def is_candidate(self, tree: ast.expr) -> bool:
        """Whether it is worth a variable: more than a name, an attribute or a display, and of something that varies."""
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.operand, (ast.Name, ast.Constant)):
            return False
        if isinstance(tree, ast.Compare) and isinstance(tree.ops[0], (ast.Is, ast.IsNot)):
            return False
        worth = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Subscript, ast.JoinedStr, ast.BoolOp, ast.IfExp)
        if not isinstance(tree, (*worth, ast.ListComp, ast.SetComp, ast.DictComp)):
            return False
        return any(isinstance(part, ast.Name) and part.id in self.names for part in ast.walk(tree))

    def kind(self, tree: ast.expr) -> int | None:
        """`SAME`, `FRESH`, or None for neither."""
        return self._kind(tree) if all(map(self._is_pure, ast.walk(tree))) else None

    def read_once(self, tree: ast.expr) -> str | None:
        """A variable of the function's own that an expression reads to the end, and that may be an iterator."""
        assigned = self.names - self._read_again - _bound_inside(tree)
        read = (each for part in ast.walk(tree) for each in _read_to_the_end(part))
        return next((each.id for each in read if isinstance(each, ast.Name) and each.id in assigned), None)

    def changes_nothing(self, call: ast.Call) -> bool:
        """Whether a call leaves everything as it is."""
        called = call.func
        key = [part.value for part in call.keywords if part.arg == "key"]
        if isinstance(called, ast.Name):
            if called.id in self.names or (self._lazy and called.id in _READING_ALL):
                return False
            known = called.id in EFFECTS and called.id not in self._function.helpers
            return all(map(self._is_harmless, key)) and (known or not is_impure_call(call, self._function))
        handed = [*call.args, *(part.value for part in call.keywords)]
        known = dotted(called, self._imports) in EFFECTS and all(map(self._is_harmless, handed))
        return known or not is_impure_call(call, self._function)

    def runs_others(self, part: ast.AST) -> bool:
        """Whether this part reads something to the end that may be a generator, which goes on with its work then."""
        if not self._lazy:
            return False
        unpacks = isinstance(part, (ast.Tuple, ast.List)) and not isinstance(part.ctx, ast.Load)
        return unpacks or isinstance(part, (ast.For, ast.Starred)) or bool(_read_to_the_end(part))

    def _is_harmless(self, argument: ast.expr) -> bool:
        """Whether a call that calls this argument, as `sorted` does its `key`, does nothing more for it.

        What `has_effects` is not asked about: whoever hands that on is refused as a whole.
        """
        if isinstance(argument, ast.Attribute):
            return dotted(argument, self._imports) is None
        if not isinstance(argument, ast.Name):
            return True
        bound = argument.id in self.names - self._read_again
        return not bound and argument.id not in self._imports

    def has_effects(self, named: ast.expr) -> bool:
        """Whether it names something to call that may have effects: a captured function, or a method that changes."""
        if isinstance(named, ast.Attribute):
            return named.attr in STORING | MERGING | REMOVING
        if not isinstance(named, ast.Name) or named.id in self.names:
            return False
        helper = self._function.helpers.get(named.id)
        return helper is not None and impurity(helper) is not None

    @property
    def _lazy(self) -> bool:
        """Whether a call may give a generator that has effects while it is read."""
        if self._calls_unknown is None:
            calls = (part for part in ast.walk(self._function.tree or ast.Pass()) if isinstance(part, ast.Call))
            self._calls_unknown = any(map(self._is_unknown, calls))
        return self._calls_unknown

    def _is_unknown(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute) and call.func.attr in STORING | MERGING | REMOVING:
            return False
        known = isinstance(call.func, ast.Name) and call.func.id in EFFECTS and call.func.id not in self.names
        return not known and is_impure_call(call, self._function) and dotted(call.func, self._imports) not in EFFECTS

    @property
    def _imports(self) -> Mapping[str, str]:
        return {name: path for name, path in self._function.imports.items() if name not in self.names}

    def _is_pure(self, part: ast.AST) -> bool:
        """Whether this part, apart from those inside it, does nothing but give a value, and always the same."""
        if isinstance(part, ast.comprehension):
            return not part.is_async
        if not isinstance(part, ast.Call):
            return not isinstance(part, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr))
        if any(keyword.arg == "key" and not isinstance(keyword.value, ast.Lambda) for keyword in part.keywords):
            return False
        path = dotted(part.func, self._imports)
        if path is not None:
            return path in EFFECTS and path.startswith("math.")
        return self.changes_nothing(part) and not is_impure_call(part, self._function)

    def _kind(self, tree: ast.expr) -> int | None:
        """The kind of what is pure, by what its value holds."""
        if isinstance(tree, (ast.Name, ast.Constant, ast.Compare, ast.JoinedStr)):
            return SAME
        if isinstance(tree, ast.Attribute):
            return None if self._kind(tree.value) is None else SAME
        if isinstance(tree, ast.Subscript):
            base = self._kind(tree.value)
            return None if base is None else FRESH if isinstance(tree.slice, ast.Slice) else SAME
        if isinstance(tree, ast.BinOp):
            operands = self._worst([tree.left, tree.right])
            return None if operands is None else SAME if is_number(tree) or _is_text(tree) else FRESH
        if isinstance(tree, ast.UnaryOp):
            return SAME if isinstance(tree.op, ast.Not) or is_number(tree.operand) else FRESH
        if isinstance(tree, ast.BoolOp):
            return self._worst(tree.values)
        if isinstance(tree, ast.IfExp):
            return self._worst([tree.body, tree.orelse])
        return self._of_call(tree) if isinstance(tree, ast.Call) else self._of_container(tree)

    def _of_container(self, tree: ast.expr) -> int | None:
        """A display or a comprehension: new, and good where what is inside is the same each time."""
        if isinstance(tree, ast.Dict):
            inside = [part for part in (*tree.keys, *tree.values) if part is not None]
        elif isinstance(tree, (ast.List, ast.Tuple, ast.Set)):
            inside = tree.elts
        elif isinstance(tree, ast.DictComp):
            inside = [tree.key, tree.value]
        elif isinstance(tree, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            inside = [tree.elt]
        else:
            return None
        if any(self._kind(part) != SAME for part in inside):
            return None
        return SAME if isinstance(tree, ast.Tuple) else FRESH

    def _of_call(self, tree: ast.Call) -> int | None:
        if isinstance(tree.func, ast.Name):
            return self._of_function(tree, tree.func.id)
        if dotted(tree.func, self._imports) is not None:
            return SAME
        assert isinstance(tree.func, ast.Attribute)
        method = tree.func.attr
        if method == "get":
            return None if self._kind(tree.func.value) is None else self._worst(tree.args[1:])
        return SAME if method in _TEXT_METHODS else FRESH if method == "split" else None

    def _of_function(self, tree: ast.Call, name: str) -> int | None:
        helper = self._function.helpers.get(name)
        if helper is not None:
            made = helper.expression
            return SAME if made is not None and (is_number(made) or _is_text(made)) else None
        keywords = {keyword.arg: keyword.value for keyword in tree.keywords}
        if name in _SCALAR_CALLS or (name == "sum" and len(tree.args) == 1 and not keywords):
            return SAME
        if name in _EXTREMES:
            default = [keywords["default"]] if "default" in keywords else []
            kind = self._worst([*tree.args, *default])
            return kind if kind is None or len(tree.args) > 1 or default else SAME
        if name in _CONTAINERS and (name != "dict" or not keywords):
            return None if self._worst(tree.args) is None else FRESH
        return None

    def _worst(self, trees: Iterable[ast.expr]) -> int | None:
        kinds = [self._kind(tree) for tree in trees]
        known = [kind for kind in kinds if kind is not None]
        return max([SAME, *known]) if len(known) == len(kinds) else None


def names_bound(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The variables that something binds or deletes, those of comprehensions among them."""
    found: set[str] = set()
    for part in (part for tree in trees for part in ast.walk(tree)):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            found.add(part.id)
        elif isinstance(part, ast.alias):
            found.add(part.asname or part.name.partition(".")[0])
        elif isinstance(part, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler)) and part.name:
            found.add(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            found.add(part.rest)
    return frozenset(found)


def is_number(tree: ast.expr) -> bool:
    """Whether it can be nothing but a number, or raise."""
    if isinstance(tree, ast.Constant):
        return type(tree.value) in _NUMBERS
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        return tree.func.id in ("float", "int", "len")
    if isinstance(tree, ast.UnaryOp):
        return not isinstance(tree.op, ast.Not) and is_number(tree.operand)
    if not isinstance(tree, ast.BinOp):
        return False
    if isinstance(tree.op, ast.Mult):
        return is_float(tree.left) or is_float(tree.right) or (is_number(tree.left) and is_number(tree.right))
    if isinstance(tree.op, ast.Mod):
        return is_number(tree.left)
    return is_number(tree.left) or is_number(tree.right) or isinstance(tree.op, (ast.Div, ast.FloorDiv))


def is_float(tree: ast.expr) -> bool:
    """Whether it can be nothing but a float, or raise: no number of times that a list could be repeated."""
    if isinstance(tree, ast.Constant):
        return type(tree.value) is float
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "float"


def _is_text(tree: ast.expr) -> bool:
    if isinstance(tree, ast.Constant):
        return isinstance(tree.value, str)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        return tree.func.id in ("repr", "str")
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        return _is_text(tree.left) or _is_text(tree.right)
    return isinstance(tree, ast.JoinedStr)


def _read_to_the_end(part: ast.AST) -> list[ast.expr]:
    if isinstance(part, ast.Call):
        name = part.func.id if isinstance(part.func, ast.Name) else getattr(part.func, "attr", None)
        return part.args if name in _READING_ALL or name == "join" else []
    if isinstance(part, ast.Compare):
        pairs = zip(part.ops, part.comparators, strict=True)
        return [other for op, other in pairs if isinstance(op, (ast.In, ast.NotIn))]
    return [part.iter] if isinstance(part, ast.comprehension) else []


def _bound_inside(tree: ast.expr) -> frozenset[str]:
    arguments = {part.arg for part in ast.walk(tree) if isinstance(part, ast.arg)}
    return names_bound([tree]) | arguments
