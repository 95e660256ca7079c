"""Reading aids: numbered equations and what cites them, symbols, final parameters, conventions, the small print."""

import re
from dataclasses import fields, is_dataclass
from functools import cache

import pytest
from conftest import compiled, problem_of, solution_of

import derive
from derive.document.build import Solved, build
from derive.document.citations import Citation, EquationNumber
from derive.document.document import Document
from derive.document.locale import locale
from derive.document.model import Answer, FinalParameters, FunctionsTable, SymbolList, Working
from derive.document.style import style
from derive.document.symbol_list import printed_mathematics
from derive.graph.quantity import Kind, Role
from derive.problem.model import Problem
from derive.render.latex import to_latex_document
from derive.sources import assets

GALLERY = list(assets.examples())


@cache
def asked(name: str, *asks: str, working: bool = False, **changes: object) -> derive.Solution:
    """The solution of an example with one question for these parts."""
    question = {"title": "All", "asks": asks, "working": working}
    return derive.solve(
        Problem.model_validate({**dict(problem_of(name)), "questions": [question], "extra": None, **changes})
    )


def document_of(solution: derive.Solution) -> Document:
    chosen = style(solution.problem.style).style
    return build([Solved(solution, "x.yaml")], solution.problem, chosen, locale("en"))


def walk(value):
    """Everything in a document, in reading order."""
    yield value
    if isinstance(value, FunctionsTable):
        for column in zip(*value.rows, strict=True):
            yield from walk(column)
    elif isinstance(value, tuple):
        for one in value:
            yield from walk(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from walk(getattr(value, field.name))


def numbered(name: str, which: str = "all", **changes) -> derive.Solution:
    return asked(name, "functions", "rounds", working=True, style="table", equation_numbers=which, **changes)


@pytest.mark.parametrize("name", GALLERY)
def test_numbers_run_from_1_and_each_line_cites_the_equation_of_its_own_quantity(name):
    document = document_of(numbered(name))
    lines = [part for part in walk(document) if hasattr(part, "mark")]
    stated = {line.mark.number: line for line in lines if isinstance(line.mark, EquationNumber)}
    assert list(stated) == list(range(1, len(stated) + 1))
    cited = [line for line in lines if isinstance(line.mark, Citation)]
    assert len(cited) >= len(stated) // 2
    for line in cited:
        assert line.symbol == stated[line.mark.number].symbol
    marks = [part for part in walk(document) if isinstance(part, (EquationNumber, Citation))]
    assert len(marks) == len(stated) + len(cited)


@pytest.mark.parametrize("name", ["fra501-homework-4-1", "lstm-cell", "homework-2-1"])
def test_anchors_resolve(name):
    tex = to_latex_document(numbered(name), "x.yaml")
    places = re.findall(r"\\equationnumber\{([^}]*)\}\{(\d+)\}", tex)
    links = re.findall(r"\\equationcitation\{([^}]*)\}\{(\d+)\}", tex)
    assert len(set(places)) == len(places) > 0
    assert set(links) <= set(places)
    result = compiled(tex)
    assert result.overfull == ()
    assert "has been referenced but does not exist" not in result.log
    assert "has been already used" not in result.log


def test_only_what_is_cited_is_numbered_where_that_is_asked():
    document = document_of(numbered("fra501-homework-4-1", "cited"))
    numbers = {part.number for part in walk(document) if isinstance(part, EquationNumber)}
    links = {part.number for part in walk(document) if isinstance(part, Citation)}
    assert numbers == links != set()
    alone = document_of(asked("fra501-homework-4-1", "functions", equation_numbers="cited"))
    assert not any(isinstance(part, EquationNumber) for part in walk(alone))


def test_no_numbers_where_none_are_asked():
    document = document_of(numbered("fra501-homework-4-1", "none"))
    assert not any(isinstance(part, (EquationNumber, Citation)) for part in walk(document))
    assert (
        r"\equation"
        not in to_latex_document(numbered("fra501-homework-4-1", "none"), "x").partition(r"\begin{document}")[2]
    )


def test_the_index_form_numbers_a_family_once():
    """One equation for all weights; the lines of every weight's gradient cite it."""
    document = document_of(asked("fra501-homework-4-1", "index form", "round 1", working=True, equation_numbers="all"))
    lines = [line for part in walk(document) if isinstance(part, Working) for group in part.groups for line in group]
    weights = [line.mark for line in lines if r"\mathrm{d}w" in line.symbol]
    gradients = [mark for mark in weights if isinstance(mark, Citation)]
    assert len(gradients) >= 4
    assert len({mark.number for mark in gradients[:4]}) == 1


def test_numbers_go_on_through_the_problems_of_a_document():
    solutions = [numbered("single-neuron"), numbered("fra501-homework-4-1")]
    chosen = style("table").style
    document = build([Solved(one, "x.yaml") for one in solutions], solutions[0].problem, chosen, locale("en"))
    numbers = [part.number for part in walk(document) if isinstance(part, EquationNumber)]
    assert numbers == list(range(1, len(numbers) + 1))


_LETTER = re.compile(
    r"\\(?:mathrm|text|operatorname|mathsf|textit)\{[^{}]*\}|\\(?P<command>[A-Za-z]+)|(?P<letter>[A-Za-z])"
)
_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Phi",
        "Psi",
        "Omega",
    ]
)


def letters(texts) -> set[str]:
    """Every letter that mathematics prints, read off the LaTeX; upright words and scripts of tags left out."""
    found = set()
    for text in texts:
        for match in _LETTER.finditer(text):
            name = match["letter"] or (match["command"] if match["command"] in _GREEK else None)
            if name:
                found.add(name)
    return found


def _symbols(name: str, *asks: str, **changes: object) -> tuple[SymbolList, set[str]]:
    """The table of symbols of an example, and every letter that the rest of the document prints."""
    document = document_of(asked(name, *asks, "symbols", equation_numbers="none", **changes))
    found = [part for part in walk(document) if isinstance(part, SymbolList)]
    rest = [
        (part.exercise, tuple(one for question in part.questions for one in question.sections if one is not found[0]))
        for part in document.parts
    ]
    texts = (re.sub(r"\\(begin|end)\{\w+\}(\{\w+\})?", "", text) for text in printed_mathematics(tuple(rest)))
    return found[0], letters(texts)


INDICES = {"i", "j", "k", "p", "q", "l", "t", "n"}
"""Letters that the table uses to speak of any entry, layer, step or sample."""
SPOKEN = {
    "e": "exp",
    "k": "the index of a sum",
    "n": "the bound of a bracket that its note explains",
    "sigma": "the author's own text",
}


@pytest.mark.parametrize("name", GALLERY)
def test_the_table_of_symbols_has_every_letter_that_is_printed_and_no_other(name):
    table, printed = _symbols(name, "functions", "rounds")
    listed = letters(row.symbol for row in table.rows)
    assert printed - listed <= SPOKEN.keys()
    assert listed - printed <= INDICES
    assert all(row.meaning and " ." not in f"{row.meaning.parts[-1]}." for row in table.rows)


def test_a_family_has_one_row_with_its_meaning_and_its_size():
    table, _ = _symbols("fra501-homework-4-1", "rounds", working=True)
    rows = {str(row.symbol): ("".join(row.meaning.parts), row.size) for row in table.rows}
    assert rows["w_{ij}"] == ("weight from input i to unit j", "2 × 2")
    assert rows[r"\eta"] == ("learning rate", "= 1")
    assert rows["s_{j}"] == ("pre-activation of unit j", "2")
    assert len(rows) == len(table.rows)


def test_only_what_a_document_prints_is_in_its_table():
    forward, _ = _symbols("fra501-homework-4-1", "functions", "rounds", working=True)
    alone, _ = _symbols("fra501-homework-4-1", "functions")
    assert r"\eta" in {row.symbol for row in forward.rows}
    assert r"\eta" not in {row.symbol for row in alone.rows}


def test_an_index_letter_is_none_that_writes_a_quantity():
    table, _ = _symbols("lstm-cell", "rounds")
    symbols = [row.symbol for row in table.rows]
    assert any("_{jk}" in symbol for symbol in symbols)
    assert "i_{t}" in symbols


def test_every_kind_has_a_meaning():
    known = locale("en").symbol_meanings
    assert {kind.value for kind in Kind} <= known.keys()


@pytest.mark.parametrize("name", [name for name in GALLERY if solution_of(name).graph.update])
def test_the_final_parameters_are_those_of_the_trace(name):
    solution = asked(name, "final parameters")
    [section] = [part for part in walk(document_of(solution)) if isinstance(part, FinalParameters)]
    last = solution.rounds[solution.problem.round_count]
    shown = {part.name: part for part in walk(section) if isinstance(part, Answer) and part.name.endswith("_new")}
    blocks = solution.graph.blocks
    wanted = {
        name
        for block in blocks.blocks
        if block.role is Role.UPDATED and block.of in solution.lowered.parameters
        for name in block.names()
    }
    assert shown.keys() == wanted != set()
    for name, answer in shown.items():
        assert (answer.round, answer) == (last.number, solution.writer.number(last[name].shown))


def test_the_loss_before_and_after():
    solution = asked("fra501-homework-4-1", "final parameters")
    tex = to_latex_document(solution, "x")
    name = solution.graph.blocks.names[solution.graph.loss]
    before, after = solution.rounds[1][name].shown, solution.rounds[4][name].shown
    assert f"The loss $L$ is ${before}$ in round 1 and ${after}$ in round 4." in tex
    assert (
        "The loss"
        not in to_latex_document(asked("single-neuron", "final parameters", rounds=1), "x").partition(
            "Parameters after"
        )[2]
    )


@pytest.mark.parametrize(
    "name", ["fra501-homework-4-1", "homework-2-1", "lstm-cell", "convolution-pooling", "adam-parabola"]
)
def test_the_aids_set_without_an_overfull_box(name):
    result = compiled(
        to_latex_document(
            asked(name, "functions", "rounds", "symbols", "final parameters", working=True, equation_numbers="all"),
            "x.yaml",
        )
    )
    assert result.pdf, result.error
    assert result.overfull == ()
