"""A written script, read again: that it is Python, and that each name has a value where it is used."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from derive.errors import InputError

_KNOWN = frozenset(dir(builtins)) | {"__file__", "__name__"}


def require_runnable(script: str) -> None:
    """Raises `InputError` for a script that is no Python, or uses a name before it has a value."""
    try:
        tree = ast.parse(script)
    except SyntaxError as error:
        line = script.splitlines()[(error.lineno or 1) - 1].strip()
        raise _refusal(f"`{line}` is not Python ({error.msg})") from error
    reader = _Reader()
    reader.statements(tree.body)
    for function in reader.functions:
        parameters = {one.arg for one in function.args.args}
        inner = _Reader(reader.bound | parameters)
        inner.statements(function.body)
        reader.unbound.update(inner.unbound)
    if reader.unbound:
        name, line_number = min(reader.unbound.items(), key=lambda one: one[1])
        raise _refusal(f"`{name}` has no value yet in `{script.splitlines()[line_number - 1].strip()}`")


def _refusal(reason: str) -> InputError:
    return InputError.single(
        f"--format pytorch: this problem cannot be written as a script that runs: {reason}; "
        "a layer that states its own `torch` text may be at fault"
    )


class _Reader(ast.NodeVisitor):
    """Goes through statements in the order in which Python runs them."""

    def __init__(self, bound: Iterable[str] = _KNOWN) -> None:
        self.bound = set(bound)
        self.unbound: dict[str, int] = {}
        """Names used too early, by the line of the first such use."""
        self.functions: list[ast.FunctionDef] = []

    def statements(self, body: Iterable[ast.stmt]) -> None:
        """Statements one after another."""
        for statement in body:
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        """A use, or a value."""
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.unbound.setdefault(node.id, node.lineno)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value before the targets."""
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """What is changed must have a value."""
        if isinstance(node.target, ast.Name):
            self.visit(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        """What is gone through, then the name, then the body."""
        self.visit(node.iter)
        self.visit(node.target)
        self.statements((*node.body, *node.orelse))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        before = set(self.bound)
        for part in node.generators:
            self.visit(part.iter)
            self.visit(part.target)
            for condition in part.ifs:
                self.visit(condition)
        for value in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(value)
        self.bound = before

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """The names of modules, or of what comes from them."""
        self.bound.update((one.asname or one.name).partition(".")[0] for one in node.names)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function, whose body runs when it is called."""
        self.bound.add(node.name)
        self.functions.append(node)
