"""A solution that shows itself and writes itself out: what `derive.solve` gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path, PurePath
from typing import cast

from derive.api.formula import Figure, Formula
from derive.document.build import Edition
from derive.document.context import Context
from derive.document.formulas import USUAL, formula_context, selected, written_formula, written_formulas
from derive.document.pictures.figure import exercise_figure
from derive.document.pictures.named import picture
from derive.document.plain import PlainContext, plain_context, plain_formula
from derive.errors import InputError
from derive.exports.shows import RoundShow, SolutionShow, TableShow, round_show, table_show
from derive.formats import KEY, Content, Files, find, stem
from derive.network import solution as network
from derive.network.work import Progress
from derive.problem.model import Problem
from derive.problem.read import load
from derive.render.terminal import round_text, to_text
from derive.sources.file_names import shown_name

Forms = str | Sequence[str]
"""One form, or several that follow one another."""
EVERY = ("*",)
"""The pattern that stands for every name."""


class Quantity(network.Quantity):
    """One quantity of a solution: its formulas, its expressions, its numbers by round."""

    solution: Solution

    def formula(self, form: Forms = USUAL, round: int = 1) -> Formula:
        """Its formula in a form, or in several: `symbolic`, `chain`, `closed`, `substituted`, `value`.

        Raises `InputError` for an unknown form or round and a form that it has not, `FormulaError` for a closed form
        that is too long.
        """
        return self.solution.formula(self.name, form, round)

    def latex(self, form: Forms = USUAL, round: int = 1, side: str = "right") -> str:
        """The LaTeX of its formula: of the `right` side, the `left` one or `both`. Raises as `formula` does."""
        return self.formula(form, round).latex(side)

    @property
    def _shown(self) -> Formula:
        return self.formula("value" if self.id not in self.solution.graph.equation_of else USUAL)

    def __repr__(self) -> str:
        return repr(self._shown)

    def _repr_latex_(self) -> str:
        return self._shown._repr_latex_()

    def _repr_markdown_(self) -> str:
        return self._shown._repr_markdown_()

    def _repr_html_(self) -> str:
        return self._shown._repr_html_()


class Round(network.Round):
    """One round: its number (from 1), its numbers by name, its worked lines and its table."""

    solution: Solution

    def table(self) -> TableShow:
        """Its table: what is given, both passes and the updated parameters in columns."""
        return table_show(self)

    @property
    def _show(self) -> RoundShow:
        return round_show(formula_context(self.solution), self)

    def __repr__(self) -> str:
        return round_text(self)

    def _repr_latex_(self) -> str:
        return self._show.latex()

    def _repr_markdown_(self) -> str:
        return self._show.markdown()

    def _repr_html_(self) -> str:
        return self._show.html()


@dataclass(frozen=True, repr=False)
class Solution(network.Solution):
    """A problem worked through: its quantities by name, its rounds, its pictures, its documents.

    `source` names the problem in small print; the labels of what is written are made of it.
    """

    source: str = "problem"

    @classmethod
    def of(cls, solved: network.Solution, source: str) -> Solution:
        """A solved problem under the name of its source."""
        return cls(**{one.name: getattr(solved, one.name) for one in fields(network.Solution)}, source=source)

    @property
    def _show(self) -> SolutionShow:
        context = self._context
        title = context.rich(self.problem.title)
        return SolutionShow(title, exercise_figure(context), tuple(table_show(round) for round in self.rounds))

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_markdown_(self) -> str:
        return self._show.markdown()

    def _repr_html_(self) -> str:
        return self._show.html()

    @cached_property
    def rounds(self) -> network.Rounds[Round]:
        """The rounds, counted from 1."""
        return network.Rounds(tuple(Round(self, number, values) for number, values in enumerate(self.values, 1)))

    def __getitem__(self, name: str) -> Quantity:
        found = super().__getitem__(name)
        return Quantity(self, found.id)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity, in the order of the trace."""
        return tuple(Quantity(self, one.id) for one in super().quantities)

    @cached_property
    def _context(self) -> Context:
        return formula_context(self)

    @cached_property
    def _plain(self) -> PlainContext:
        return plain_context(self)

    def formula(self, name: str, form: Forms = USUAL, round: int = 1) -> Formula:
        """The formula of the quantity of that name; see `Quantity.formula`."""
        forms = _forms(form)
        plain = plain_formula(self._plain, name, forms, round)
        return Formula(written_formula(self._context, name, forms, round), plain)

    def formulas(self, *patterns: str, form: Forms = USUAL, round: int = 1) -> tuple[Formula, ...]:
        """The formulas of every quantity that a pattern such as `dL/dw*` stands for and that has the form.

        Without a pattern those of all quantities. Raises as `Quantity.formula` does.
        """
        found = written_formulas(self._context, patterns or EVERY, _forms(form), round)
        return tuple(Formula(one, plain_formula(self._plain, one.name, one.forms, one.round)) for one in found)

    def names(self, *patterns: str) -> tuple[str, ...]:
        """The names that patterns stand for; all names without any. Raises `InputError` for one without a match."""
        return tuple(selected(self, patterns or EVERY))

    def files(self, format: str, kind: str = "", flavour: str = "") -> dict[str, Content]:
        """Every file of a format by name, as the command line writes them: the document, then what stands beside it.

        Raises as `to` does.
        """
        found, made = find(format), self._made(format, kind, flavour)
        form = self.problem.worksheet.form if found.is_document else ""
        name = stem(PurePath(self.source).stem, kind or KEY, form)
        return {f"{name}{made.ending or found.ending}": made.content, **made.beside}

    def to(self, format: str, kind: str = "", flavour: str = "") -> Content:
        """The file of a format by its name, those that other packages add among them.

        Documents have a kind: `key`, `worksheet` or `marking`. Raises `InputError` for an unknown name, for what the
        format does not have, and where a package is missing.
        """
        return self._made(format, kind, flavour).content

    def _made(self, format: str, kind: str, flavour: str) -> Files:
        found = find(format)
        if found.is_document:
            return found.files(Edition.of(self, self.source, kind or KEY), flavour=flavour)
        if kind:
            raise InputError.single(f"the format {format} is no document; it has no kinds")
        return found.files(self.problem if found.takes == "problem" else self, self.source, flavour=flavour)

    def _text(self, format: str, kind: str = "", flavour: str = "") -> str:
        return cast("str", self.to(format, kind, flavour))

    def to_pdf(self, kind: str = KEY) -> bytes:
        """The `key`, `worksheet` or `marking` scheme as PDF. Raises `InputError`, `TexError` where TeX fails."""
        return cast("bytes", self.to("pdf", kind))

    def to_latex(self, kind: str = KEY) -> str:
        """The same as a LaTeX document. Raises `InputError`."""
        return self._text("latex", kind)

    def to_html(self, kind: str = KEY) -> str:
        """The same as a page for a browser, whole in one file. Raises `InputError`."""
        return self._text("html", kind)

    def to_markdown(self, flavour: str = "", kind: str = KEY) -> str:
        """The same as Markdown of a flavour, whose pictures `files` has. Raises `InputError`."""
        return self._text("markdown", kind, flavour)

    def to_tex_fragment(self, flavour: str = "", kind: str = KEY) -> str:
        """The same as a body of LaTeX without preamble; its first comment names its packages. Raises `InputError`."""
        return self._text("tex-fragment", kind, flavour)

    def to_notebook(self, kind: str = KEY) -> str:
        """The same as a notebook; the cells of a key work its numbers again. Raises `InputError`."""
        return self._text("ipynb", kind)

    def to_tex_macros(self) -> str:
        """Every formula in every form as macros that any LaTeX document reads."""
        return self._text("tex-macros")

    def to_csv(self) -> str:
        """The shown numbers of every round as comma-separated values."""
        return self._text("csv")

    def to_xlsx(self) -> bytes:
        """The rounds as a spreadsheet with live formulas. Raises `InputError` if a package is missing."""
        return cast("bytes", self.to("xlsx"))

    def to_pytorch(self) -> str:
        """A PyTorch script that does the rounds with autograd beside the key's numbers. Raises `InputError`."""
        return self._text("pytorch")

    def to_json(self) -> str:
        """The trace: every number of every round; `docs/trace.md` describes it."""
        return self._text("json")

    def to_text(self) -> str:
        """Every worked line of every round in plain text."""
        return self._text("text")

    def figure(self, name: str = "network", round: int = 1) -> Figure:
        """The picture of that name: `network`, `graph` (with the numbers of a round) or `losses`.

        Raises `InputError` for an unknown name or round, and for what is too large to be drawn.
        """
        return Figure(picture(self._context, name, round))


def solve(
    problem: Problem | str | Path,
    progress: Progress | None = None,
    *,
    source: str = "",
    trusts_outside: bool = False,
) -> Solution:
    """Derive a problem, or the problem of a file, work every round and check the partials.

    A file names others outside its own folder only where it `trusts_outside`.
    `progress(done, total)` is called while the partials are checked; `source` names the problem in what is written,
    instead of the file's name. Raises `InputError` for parts that do not fit, `NumberError` for an overflow,
    `CheckError` if the check fails.
    """
    if not isinstance(problem, Problem | str | Path):
        raise InputError.single(f"expected a Problem or the path of a problem file, not a {type(problem).__name__}")
    read = problem if isinstance(problem, Problem) else load(problem, trusts_outside=trusts_outside)
    solved = network.solve(read, progress)
    name = source or ("problem" if isinstance(problem, Problem) else shown_name(problem))
    return Solution.of(solved, name)


def _forms(form: Forms) -> tuple[str, ...]:
    if isinstance(form, str):
        return tuple(one.strip() for one in form.split(","))
    if not isinstance(form, Iterable) or not all(isinstance(one, str) for one in form):
        raise InputError.single(f"expected the names of forms, such as 'closed' or 'chain,value', not {form!r}")
    return tuple(form)
