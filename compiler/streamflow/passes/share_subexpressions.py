"""Work out once what a function works out again.

Before:
    source.manual orders()
    inline transform totals(function=lambda data: {"net": data["price"] * data["pieces"], "gross": data["price"] * data["pieces"] * 1.2})
    sink.log out()
    orders => totals
    totals => out

After:
    source.manual orders()
    inline transform totals(function=lambda data: {"net": (price_times_pieces := data["price"] * data["pieces"]), "gross": price_times_pieces * 1.2})
    sink.log out()
    orders => totals
    totals => out

Why: a local variable costs less than any expression. The variable gets its value where the expression is evaluated
first, so that everything is still evaluated in the user's order, and fails where it did. Where the function assigns the
expression to a variable itself, that one is read.

Not done when: something in between may change what the expression reads, or binds it anew; the first place is not
evaluated for certain before the other; the expression has effects, may make a new list or the like for two who keep it,
or reads to the end what may be read once; or the function could tell: it asks which values are one, looks at its
variables, or makes or hands on functions that may change things whenever they are called.
"""  # noqa: E501

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.identifiers import RESERVED, free_identifier
from streamflow.ir.occurrences import Occurrences, Value
from streamflow.ir.records import record_of
from streamflow.ir.remarks import Refusal, Remarks, refused, source_of
from streamflow.ir.repeatable import Repeatable
from streamflow.ir.rewriting import Rewriter

_KEPT = ("key", "accumulators", "aggregates")
_LOOKING = frozenset("dir eval exec globals id locals vars".split())
_WORDS: dict[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "per",
    ast.FloorDiv: "per",
    ast.Mod: "modulo",
}
_NOUNS: dict[type[ast.operator], str] = {ast.Sub: "difference", ast.Mult: "product", ast.Div: "ratio", ast.Mod: "rest"}
_LONGEST = 24  # characters of a variable's name


def share_subexpressions(graph: Graph, remarks: Remarks) -> Graph:
    """Share in every function of the nodes and of the edges' conditions, but for keys and what windows add up."""
    sharing = _OfGraph(remarks)
    nodes = {node.name: sharing.node(node) for node in graph.nodes}
    edges = tuple(
        edge if edge.when is None else replace(edge, when=sharing.function(edge.when, nodes[edge.origin]))
        for edge in graph.edges
    )
    return replace(graph, nodes=tuple(nodes.values()), edges=edges)


class _OfGraph:
    """Each function is rewritten once, however many nodes have it."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks
        self._shared: dict[tuple[Function, tuple[str, ...]], Function] = {}

    def node(self, node: Node) -> Node:
        """The node with its functions rewritten."""
        if node.operator is not None:
            return node
        options = {name: part if name in _KEPT else self._part(part, node) for name, part in node.options.items()}
        if "result" in options:
            options["function"] = node.function  # the result runs in its place
        return node if options == node.options else replace(node, options=options)

    def _part(self, part: Any, node: Node) -> Any:
        if isinstance(part, Function):
            return self.function(part, node)
        if isinstance(part, dict):
            return {name: self._part(inner, node) for name, inner in part.items()}
        return part

    def function(self, function: Function, node: Node) -> Function:
        """The function rewritten; itself where nothing is worked out twice."""
        unread = tuple(node.options.get("unread", ())) if function is node.function else ()
        if (function, unread) not in self._shared:
            self._shared[function, unread] = self._rewritten(function, node, unread)
        return self._shared[function, unread]

    def _rewritten(self, function: Function, node: Node, unread: tuple[str, ...]) -> Function:
        if function.tree is None:
            return function
        repeatable = Repeatable(function)
        repeated = _repeated(function, repeatable)
        if repeated is None:
            return function
        refusal = _refusal(function, repeatable)
        if refusal is not None:
            self._remarks.missed(node, f"works `{source_of(repeated)}` out again", refusal)
            return function
        record = record_of(function) if unread else None
        left_out = [] if record is None else [record.fields[field] for field in unread if field in record.fields]
        found = Occurrences(function, repeatable, left_out)
        names = _names(function, repeatable, found.values)
        for value in (value for value in found.values if value.uses):
            times = "twice" if len(value.uses) == 1 else f"{len(value.uses) + 1} times"
            self._remarks.applied(node, f"works `{source_of(value.first)}` out once, not {times}")
        for missed, why in _outermost(found.missed):
            self._remarks.missed(node, f"works `{source_of(missed)}` out again", why)
        rewriting = _Sharing(found.values, names)
        if not rewriting.used:
            return function
        return replace(function, tree=rewriting.visit(function.tree), shared=frozenset(names.values()))


class _Sharing(Rewriter):
    """Assigns values where they are worked out first, and reads them in the other places."""

    def __init__(self, values: list[Value], names: Mapping[Value, str]) -> None:
        self._assigned = {value.first: name for value, name in names.items()}
        self.used = {use: variable or names[value] for value in values for use, variable in value.uses}

    def visit(self, node: ast.AST) -> Any:
        if node in self.used:
            return ast.copy_location(ast.Name(self.used[node], ast.Load()), node)
        made = super().visit(node)
        if node not in self._assigned:
            return made
        target = ast.copy_location(ast.Name(self._assigned[node], ast.Store()), node)
        return ast.copy_location(ast.NamedExpr(target, made), node)


def _repeated(function: Function, repeatable: Repeatable) -> ast.expr | None:
    """An expression that stands in a function twice, and is worth a variable."""
    seen: set[int] = set()
    for part in ast.walk(function.tree or ast.Pass()):
        if isinstance(part, ast.expr) and repeatable.is_candidate(part) and repeatable.kind(part) is not None:
            if repeatable.number(part) in seen:
                return part
            seen.add(repeatable.number(part))
    return None


def _refusal(function: Function, repeatable: Repeatable) -> Refusal | None:
    """What would let a function tell the difference."""
    called = {part.func for part in ast.walk(function.tree or ast.Pass()) if isinstance(part, ast.Call)}
    for part in ast.walk(function.tree or ast.Pass()):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and part is not function.tree:
            return refused(f"`{part.name}` is made inside it, and may change things later", function, part)
        if isinstance(part, ast.expr) and part not in called and repeatable.has_effects(part):
            return refused(f"`{source_of(part)}` is handed on, and may change things later", function, part)
        if isinstance(part, ast.Name) and part.id in _LOOKING and part.id not in repeatable.names:
            return refused(f"`{part.id}` may look at what it holds", function, part)
        if isinstance(part, ast.Compare) and _asks_which(part):
            return refused(f"`{source_of(part)}` asks which values are one", function, part)
        if isinstance(part, (ast.Lambda, ast.GeneratorExp)) and part is not function.tree:
            calls = [call for call in ast.walk(part) if isinstance(call, ast.Call)]
            if not all(map(repeatable.changes_nothing, calls)):
                return refused(f"`{source_of(part)}` may change things later", function, part)
    return None


def _asks_which(compared: ast.Compare) -> bool:
    operands = [compared.left, *compared.comparators]
    pairs = zip(compared.ops, operands, operands[1:], strict=False)
    return any(
        isinstance(op, (ast.Is, ast.IsNot)) and not any(isinstance(side, ast.Constant) for side in sides)
        for op, *sides in pairs
    )


def _outermost(missed: list[tuple[ast.expr, Refusal]]) -> list[tuple[ast.expr, Refusal]]:
    """Those that stand inside no other."""
    inside = Counter(part for tree, _ in missed for part in ast.walk(tree))
    return [(tree, refusal) for tree, refusal in missed if inside[tree] == 1]


def _names(function: Function, repeatable: Repeatable, values: list[Value]) -> dict[Value, str]:
    """Variables for the values that need one, named after what they are of."""
    taken = {part.id for part in ast.walk(function.tree or ast.Pass()) if isinstance(part, ast.Name)}
    taken |= {*repeatable.names, *RESERVED, *dir(builtins)}
    found: dict[Value, str] = {}
    for value in values:
        if any(variable is None for _, variable in value.uses):
            found[value] = free_identifier(_word(value.first, function), taken)
            taken.add(found[value])
    return found


def _word(tree: ast.expr, function: Function) -> str:
    word = _said(tree, function)
    if word is not None and len(word) <= _LONGEST:
        return word
    return _NOUNS.get(type(tree.op), "shared") if isinstance(tree, ast.BinOp) else "shared"


def _said(tree: ast.expr, function: Function) -> str | None:
    """An expression in words; None where that would be too many."""
    if isinstance(tree, ast.Name):
        return tree.id
    if isinstance(tree, ast.Attribute):
        return tree.attr
    if isinstance(tree, ast.Constant):
        said = f"{tree.value!s}"
        return said if type(tree.value) in (int, str) and f"_{said}".isidentifier() else None
    if isinstance(tree, ast.Subscript):
        of_data = isinstance(tree.value, ast.Name) and tree.value.id in function.parameters
        return _joined("" if of_data else _said(tree.value, function), _said(tree.slice, function))
    if isinstance(tree, ast.BinOp) and type(tree.op) in _WORDS:
        left, right = _said(tree.left, function), _said(tree.right, function)
        return None if left is None else _joined(_joined(left, _WORDS[type(tree.op)]), right)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and len(tree.args) == 1:
        return _joined(tree.func.id, _said(tree.args[0], function))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and not tree.args:
        return _joined(_said(tree.func.value, function), tree.func.attr)
    return None


def _joined(one: str | None, other: str | None) -> str | None:
    return None if one is None or other is None else "_".join(filter(None, (one, other)))
