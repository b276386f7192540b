"""Executes what a capture gives, apart from the module that the function came from."""

import ast

from streamflow.diagnostics import Span
from streamflow.frontend.capture import Namespace

SPAN = Span(__file__, 1)


def capture(fn, listed=1, name="node", namespace=None, **options):
    """The captured function; a problem fails the test."""
    names = namespace or Namespace()
    function = names.function(fn, name, listed, name, SPAN, **options)
    assert not names.problems, "\n".join(problem.render() for problem in names.problems)
    return function, names


def module_text(names):
    """The pieces of a module, as they would be printed."""
    return "\n".join(ast.unparse(piece) for piece in (*names.imports, *names.definitions))


def compiled(fn, listed=1, secrets=None, **options):
    """The captured function as one that runs: printed, read back, executed in a module of its own."""
    function, names = capture(fn, listed, **options)
    scope = {identifier: (secrets or {})[secret] for identifier, secret in names.secrets.items()}
    exec(module_text(names), scope)
    if function.tree is None:
        return eval(function.reference, scope)
    if isinstance(function.tree, ast.Lambda):
        return eval(ast.unparse(function.tree), scope)
    exec(ast.unparse(function.tree), scope)
    return scope[function.name]
