"""Sums and their activation on one line: `s = ... = [..] -> f = [..]`, the activation above the arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.document.aids.citations import Stating
from derive.document.mathematics import Math, Relation, Symbols
from derive.document.model import MatrixLine
from derive.graph.formula import Call, Slot
from derive.network.array_statements import Stated
from derive.network.statements import Statement


def with_arrows(items: Iterable[tuple[Stated, MatrixLine]], *, named: bool) -> Iterator[tuple[Stated, MatrixLine]]:
    """Lines, each activation of an array behind the line that works its argument; its symbol only where `named`."""
    pending: tuple[Stated, MatrixLine] | None = None
    for item, line in items:
        if pending is None:
            pending = (item, line)
            continue
        name = _activation_of(pending[0], item)
        if name:
            yield pending[0], _joined(pending[1], line, name, named=named)
            pending = None
        else:
            yield pending
            pending = (item, line)
    if pending is not None:
        yield pending


def _activation_of(before: Stated, item: Stated) -> str:
    """The name of the activation that an array is of what the line before defines; empty for anything else."""
    if not isinstance(item, Statement) or not isinstance(before, Statement) or len(item.all_contributions) > 1:
        return ""
    (equation, application), (previous, inner) = item.contributions[0], before.contributions[0]
    match equation.right:
        case Call(function, (Slot(name),)) if function in application.activations:
            argument, defined = application.find(name), inner.find(previous.of)
            if argument is None or defined is None or list(argument[0].ids) != list(defined[0].ids):
                return ""
            return application.activations[function].rule.label if len(argument[0].ids) > 1 else ""
        case _:
            return ""


def _joined(sums: MatrixLine, outputs: MatrixLine, name: str, *, named: bool) -> MatrixLine:
    arrow = Relation(rf"\xrightarrow{{\;\mathrm{{{name}}}\;}}")
    has_symbols = len(outputs.segments) > 1 and isinstance(outputs.parts[1], Symbols)
    result = [part for segment in outputs.segments[has_symbols:] for part in segment]
    behind = (arrow, Symbols(f"{outputs.left}{result[0]}"), *result[1:]) if named else (arrow, *result[1:])
    return replace(sums, parts=(*sums.parts, *behind), mark=_together(sums.mark, outputs.mark))


def _together(one: Math, other: Math) -> Math:
    """The mark of a line that says what two lines say."""
    if isinstance(one, Stating) and isinstance(other, Stating):
        return type(one)((*one.names, *other.names))
    return one
