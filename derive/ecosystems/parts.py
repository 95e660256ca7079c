"""What directives and roles show of a solution: figures, formulas and tables, each with its label."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.api.formula import Figure, Formula
from derive.api.solution import Solution
from derive.document.formulas import FORMS, OF_A_ROUND, SIDES, USUAL
from derive.document.pictures.named import OF_A_ROUND as DRAWN_BY_ROUND
from derive.ecosystems.request import Request
from derive.errors import InputError
from derive.exports.displays import display, portable
from derive.exports.flavour import markdown_flavour
from derive.exports.labels import prefix, slug
from derive.exports.shows import TableShow
from derive.sources.validate import suggestion

FLAVOUR = "myst"
"""The flavour whose pages formulas are to fit on."""
BOTH, TABLE, ROUND = "both", "table", "round"
EXPECTED = "expected a problem file, a name and, where wanted, a form, a round, a side: homework.yaml dL/dw11 value 2"


@dataclass(frozen=True, slots=True)
class FormulaPart:
    """A displayed formula in LaTeX, aligned in several rows where it is long."""

    label: str
    formula: Formula
    latex: str


@dataclass(frozen=True, slots=True)
class FigurePart:
    """A figure and what stands below it."""

    label: str
    figure: Figure
    caption: str


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table and what stands above it."""

    label: str
    table: TableShow
    caption: str


Part = FormulaPart | FigurePart | TablePart


def parts(solution: Solution, wanted: Request) -> tuple[Part, ...]:
    """Everything that is asked for: figures, formulas, tables, each by rounds.

    A label is empty where none is wanted. Raises `InputError` for a name, a round or a form that is not there,
    `FormulaError` for a closed form that is too long.
    """
    rounds = wanted.rounds or tuple(round.number for round in solution.rounds)
    found: tuple[Part, ...] = (
        *_figures(solution, wanted, rounds),
        *_formulas(solution, wanted, rounds),
        *_tables(solution, wanted, rounds),
    )
    captioned = sum(not isinstance(part, FormulaPart) for part in found)
    if wanted.caption and captioned != 1:
        raise InputError.single(f"caption: it goes with one figure or table; {captioned} are shown")
    return tuple(_labelled(part, solution, wanted, len(found)) for part in found)


def _figures(solution: Solution, wanted: Request, rounds: Sequence[int]) -> Iterator[FigurePart]:
    for name in wanted.figures:
        differing = rounds if name in DRAWN_BY_ROUND else rounds[:1]
        for number in differing:
            yield FigurePart(_numbered(name, number), solution.figure(name, number), wanted.caption)


def _formulas(solution: Solution, wanted: Request, rounds: Sequence[int]) -> Iterator[FormulaPart]:
    if not wanted.formulas:
        return
    width = markdown_flavour(FLAVOUR).stated.width
    for number in rounds if OF_A_ROUND & set(wanted.forms) else rounds[:1]:
        for formula in solution.formulas(*wanted.formulas, form=wanted.forms, round=number):
            whole = wanted.side == BOTH
            latex = display(formula.written, width) if whole else portable(formula.latex(wanted.side))
            yield FormulaPart(_numbered(formula.name, number), formula, latex)


def _tables(solution: Solution, wanted: Request, rounds: Sequence[int]) -> Iterator[TablePart]:
    for number in rounds if wanted.table else ():
        table = solution.rounds[number].table()
        yield TablePart(_numbered(TABLE, number), table, wanted.caption or table.title)


def _numbered(name: str, round: int) -> str:
    """The name of a part in a label; that of the first round has no number."""
    return slug(name) if round == 1 else f"{slug(name)}-{ROUND}-{round}"


def _labelled(part: Part, solution: Solution, wanted: Request, count: int) -> Part:
    """A part, named so far by what it is, with its label: the one that is wanted if it is shown alone."""
    if wanted.label is None:
        return replace(part, label="")
    if wanted.label and count == 1:
        return replace(part, label=wanted.label)
    return replace(part, label=f"{wanted.label or prefix(solution.source)}-{part.label}")


@dataclass(frozen=True, slots=True)
class Mention:
    """One formula of a problem file: its name, its form, its round, and which side of it is written."""

    file: str
    name: str
    forms: tuple[str, ...] = USUAL
    round: int = 1
    side: str = "right"

    def latex(self, solution: Solution) -> str:
        """Its LaTeX. Raises `InputError` and `FormulaError` as a solution's formulas do."""
        return portable(solution.formula(self.name, self.forms, self.round).latex(self.side))


def mention(text: str) -> Mention:
    """What the text of a role asks for. Raises `InputError` for anything else."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError.single(f"{EXPECTED} ({error})") from error
    if len(words) < 2:
        raise InputError.single(EXPECTED)
    file, name, *others = words
    found = Mention(file, name)
    for word in others:
        found = _with(found, word)
    return found


def _with(found: Mention, word: str) -> Mention:
    if word.isdecimal():
        return replace(found, round=int(word))
    if word in SIDES:
        return replace(found, side=word)
    forms = tuple(word.split(","))
    wrong = [form for form in forms if form not in FORMS]
    if wrong:
        raise InputError.single(f"unknown form or side {wrong[0]!r}{suggestion(wrong[0], (*FORMS, *SIDES))}")
    return replace(found, forms=forms)
