"""Styles: which sections a key has and what they show, read from a folder that an instructor may copy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from derive.document.page import Page
from derive.graph.quantity import Kind, Role
from derive.problem.detail import Detail
from derive.problem.model import EquationNumbers
from derive.sources import assets
from derive.sources.marked import read
from derive.sources.validate import Model, mistake, validate

PartKind = Literal[
    "functions",
    "round",
    "round in arrays",
    "working",
    "losses",
    "index form",
    "matrix form",
    "gradient sizes",
    "differences",
    "closed form",
    "results",
    "symbols",
    "final parameters",
]


OwnQuestion = Literal["functions", "rounds", "losses", "results", "final parameters"]


class ColumnSpec(Model):
    """One column of a round table: which quantities, by role; `kinds` orders those that are given."""

    title: Literal["parameters", "forward_pass", "backward_pass", "updated_parameters"]
    role: Role
    kinds: tuple[Kind, ...] = ()
    formulas: tuple[Kind, ...] = ()
    """Kinds whose cells hold the formula too, in the rounds of `formula_rounds`."""
    formula_rounds: tuple[int, ...] = ()


class Network(Model):
    """How the network is drawn: units split into a sum and an activation or not; what stands on the edges."""

    units: Literal["split", "whole"] = "whole"
    edges: Literal["symbols", "numbers", "none"] = "symbols"


class Style(Model):
    """The choices of a `style.yaml`. `parts` maps what a question asks to the sections that answer it."""

    describes: str
    template: str = "document"
    parts: dict[PartKind, tuple[str, ...]]
    questions: Annotated[tuple[OwnQuestion, ...], Field(min_length=1)]
    """What the default questions ask, one a part, where the problem states none; `rounds` stands for one each."""
    one_question: bool = False
    matched_pages: bool = True
    """Whether the pages of its key and its worksheet can break at the same places."""
    own_questions: bool = False
    """Whether these questions are asked even where the problem states its own."""
    equation_numbers: EquationNumbers = "none"
    """Which equations get a number, where the problem does not say."""
    remarks: Literal["exercise", "paragraph", "end"] = "end"
    """Where the conventions that decide on marks stand: with the exercise, there in one paragraph, or at the end."""
    tagged: bool = True
    """Whether its PDF is tagged where the LaTeX can tag."""
    data_table: bool = True
    given_numbers: bool = False
    """Whether the exercise writes out the parameters and constants of the first round."""
    detail: Detail = Detail(show="both", chain_rule=False)
    """What worked lines show where the problem does not say."""
    formulas: Literal["every line", "once"] = "every line"
    """Whether a worked line gives a formula that a line before it gave; the rule of an update is one formula."""
    most_lines: int = 5000
    """Worked lines of a document at most: 170 to 200 pages in tables or lines, made and set in 10 to 20 seconds."""
    columns: tuple[ColumnSpec, ...] = ()
    network: Network = Network()
    page: Page = Page()

    @field_validator("parts")
    @classmethod
    def _has_rounds(cls, parts: dict[PartKind, tuple[str, ...]]) -> dict[PartKind, tuple[str, ...]]:
        if "round" not in parts:
            raise mistake("`parts`: expected the sections of a `round` too; `[]` for none")
        return parts


@dataclass(frozen=True)
class StyleFolder:
    """A style and where its templates are."""

    style: Style
    folder: Path


@lru_cache(maxsize=16)
def style(name: str) -> StyleFolder:
    """The style of that name or in that folder. Raises `InputError`."""
    folder = assets.find("styles", name)
    return StyleFolder(validate(Style, read(folder / "style.yaml")), folder)
