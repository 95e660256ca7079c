"""A solution as a notebook: the derivation in Markdown cells, code cells that work it again, whole in one file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from derive.document.build import Edition
from derive.document.mathematics import Answer
from derive.document.pictures.geometry import Drawing
from derive.document.walk import within
from derive.exports.flavour import notebook_flavour
from derive.exports.flow import Flow, Placed, flow, tidy
from derive.exports.markdown import writing
from derive.formats import require
from derive.network.solution import Solution
from derive.problem.write import dumps
from derive.render.svg import on_paper


@dataclass(frozen=True)
class Cell:
    """A cell: Markdown with the pictures attached to it by name, or Python."""

    text: str
    is_code: bool = False
    pictures: tuple[tuple[str, str], ...] = ()


def to_notebook(edition: Edition) -> str:
    """An edition as the text of a notebook. Raises `InputError` where the package nbformat is missing."""
    nbformat = require("nbformat", "notebook")
    found = notebook_flavour()
    made = flow(edition, writing(found, _attached))
    cells = [_cell(nbformat, number, one) for number, one in enumerate(_cells(made, edition), 1)]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
        "title": made.document.title,
    }
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata))) + "\n"


def _attached(drawing: Drawing, name: str) -> Placed:
    """A drawing that the cell carries with it."""
    return Placed(Markup(f"attachment:{name}.svg"), {f"{name}.svg": on_paper(drawing)})


def _cells(made: Flow, edition: Edition) -> Iterator[Cell]:
    yield _markdown(made, "title")
    for part, stem, solved in zip(made.document.parts, made.stems, edition.solved, strict=True):
        yield _markdown(made, "exercise", part=part, stem=stem)
        answers = [answer for answer in within(part.questions, Answer) if _is_number(answer)]
        if answers:
            yield Cell(tidy(made.words.material.recomputed))
            yield _code(made, "problem", problem=_quotable(dumps(solved.solution.problem)))
        for number, question in enumerate(part.questions, 1):
            yield _markdown(made, "question", part=part, question=question, place=f"{stem}-question-{number}")
            numbers = [one for one in within(question, Answer) if _is_number(one)]
            yield from _worked_again(made, solved.solution, numbers)
        yield _markdown(made, "conventions", part=part)
    for strip, stem in zip(made.document.strips, made.stems, strict=False):
        yield _markdown(made, "strip", strip=strip, place=f"{stem}-strip")


def _is_number(answer: Answer) -> bool:
    return bool(answer.facet == "value" and answer.name and answer.round)


def _worked_again(made: Flow, solution: Solution, answers: Sequence[Answer]) -> Iterator[Cell]:
    """For each round of a question, a cell that works its printed numbers again."""
    for number in sorted({answer.round for answer in answers}):
        round = solution.rounds[number]
        names = dict.fromkeys(answer.name for answer in answers if answer.round == number)
        yield _code(made, "numbers", round=number, printed=[(name, round[name].shown) for name in names])


def _quotable(text: str) -> str:
    """A text as it stands between three double quotes."""
    return text.replace("\\", r"\\").replace('"""', r"\"\"\"")


def _code(made: Flow, template: str, **values: Any) -> Cell:
    return Cell(made.coded(template, **values), is_code=True)


def _markdown(made: Flow, template: str, **values: Any) -> Cell:
    text = tidy(made.written(template, **values))
    shown = tuple((name, svg) for name, svg in made.pictures.items() if f"(attachment:{name})" in text)
    return Cell(text, pictures=shown)


def _cell(nbformat: Any, number: int, cell: Cell) -> Any:
    """A cell as nbformat has it, under a name that is the same every time."""
    source = cell.text.rstrip("\n")
    if cell.is_code:
        return nbformat.v4.new_code_cell(source, id=f"cell-{number}")
    made = nbformat.v4.new_markdown_cell(source, id=f"cell-{number}")
    if cell.pictures:
        made.attachments = {
            name: {"image/svg+xml": b64encode(svg.encode("utf-8")).decode("ascii")} for name, svg in cell.pictures
        }
    return made
