"""Index forms as text of their language: what is parsed from it is the equation."""

from __future__ import annotations

from derive.graph.formula import Call, Formula, Negative, Slot, Sum, rebuild
from derive.graph.views.language import Bounds, Entry, Over, Span, ViewEquation
from derive.graph.written import written


def written_form(equation: ViewEquation) -> str:
    """An equation in index form, with spaces around the signs between the terms of its right side."""
    first, *rest = equation.right.terms if isinstance(equation.right, Sum) else (equation.right,)
    return f"{_text(equation.left)} = {_text(first)}{''.join(map(_further, rest))}"


def _further(term: Formula) -> str:
    return f" - {_text(term.argument)}" if isinstance(term, Negative) else f" + {_text(term)}"


def _text(formula: Formula) -> str:
    return written(rebuild(formula, _atom))


def _atom(node: Formula) -> Formula | None:
    """What the grammar of formulas does not have, as a name that is the text."""
    match node:
        case Entry(name, indices):
            return Slot(f"{name}[{','.join(map(_text, indices))}]")
        case Over(body, function, spans, bounds):
            return Slot(f"{function}({', '.join([*map(_span, spans), *map(_bounds, bounds), _text(body)])})")
        case Call(function, arguments):
            return Slot(f"{function}({', '.join(map(_text, arguments))})")
        case _:
            return None


def _span(span: Span) -> str:
    if span.first is None or span.last is None:
        return span.name
    return f"{span.name}={_text(span.first)}..{_text(span.last)}"


def _bounds(bounds: Bounds) -> str:
    return " <= ".join(map(_text, (bounds.least, bounds.index, bounds.most)))
