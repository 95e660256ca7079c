"""Every formula of a solution in every form, as a file of macros for any LaTeX document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from types import MappingProxyType

from markupsafe import Markup

from derive.document.context import Context
from derive.document.formulas import FORMS, LONGEST_CLOSED, OF_A_ROUND, SIDES, formula_context, written_formula
from derive.document.mathematics import Math
from derive.errors import FormulaError, InputError
from derive.exports.labels import prefix
from derive.network.solution import Solution
from derive.render.environment import TemplateFormat, environment, render
from derive.render.line_length import with_short_lines
from derive.sources import assets
from derive.version import VERSION

LEFT = "left"
"""What is asked for in place of a form for the symbol alone."""


def _placed(value: object) -> Markup:
    """Mathematics as it is; a text, which stands in comments, on one line."""
    return Markup(value if isinstance(value, Math) else " ".join(str(value).split()))


MACROS = TemplateFormat("tex", _placed, MappingProxyType({}), MappingProxyType({}))


def to_tex_macros(solution: Solution, source: str) -> str:
    r"""A file to `\input`: its macro `\deriveformula` gives right sides by problem, name and form.

    The problem is named as `source` is, without its ending.
    """
    context = formula_context(solution)
    formulas: list[tuple[str, Math]] = []
    left_out: list[str] = []
    for name in solution.graph.blocks.names:
        formulas.append((f"{name}|{LEFT}", context.symbol(solution.graph.blocks.by_name[name])))
        for form in FORMS:
            try:
                formulas.extend(_keyed(context, name, form))
            except FormulaError:
                left_out.append(name)
    made = render(
        environment([assets.templates() / "exports"], MACROS),
        ["macros.tex.jinja"],
        source=source,
        version=VERSION,
        prefix=prefix(source),
        example=_example(solution),
        names=wrapped(solution.graph.blocks.names),
        forms=(LEFT, *FORMS),
        longest=LONGEST_CLOSED,
        left_out=wrapped(left_out),
        formulas=formulas,
    )
    return with_short_lines(made)


def wrapped(names: Sequence[str]) -> list[str]:
    """Names in lines for a comment."""
    return wrap(" ".join(names), 100, break_long_words=False, break_on_hyphens=False)


def _example(solution: Solution) -> str:
    """A name that has most forms: the last partial, else the loss."""
    equations = solution.graph.backward or solution.graph.forward
    return solution.graph.blocks.names[list(equations)[-1].output]


def _keyed(context: Context, name: str, form: str) -> Iterator[tuple[str, Math]]:
    """The right sides of a quantity in a form, each with its key: one for all rounds or one a round.

    None where the quantity has not the form. Raises `FormulaError` for a closed form that is too long.
    """
    rounds = range(1, len(context.solution.rounds) + 1) if form in OF_A_ROUND else (0,)
    for number in rounds:
        try:
            written = written_formula(context, name, (form,), number or 1)
        except InputError:
            continue
        yield f"{name}|{form}" + (f"|{number}" if number else ""), SIDES["right"](written)
