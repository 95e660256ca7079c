"""One formula says the same in every format: each is taken back from its format and compared."""

import csv
import io

import openpyxl
import pytest
from conftest import MATRIX, TABLE, solution_of
from documents import page_of
from editions import to_markdown_document, to_notebook_document, to_tex_fragment_document
from everyday import examples
from formulas import NAMES, formulas, placed
from hypothesis import example, given, settings
from read_mathematics import read_latex, read_mathml
from read_structure import of_cell, of_plain, of_tokens
from sheets import place_of
from structures import AT_TIES, IN_CELLS, SELECTING, WRITTEN, number, of_formula, put_in, replaced
from taken_out import OF_MARKDOWN, lines_of_latex, lines_of_page, of_fragment, of_macros, of_notebook

from derive.document.plain import plain_context, plain_formula
from derive.exports.csv_table import to_csv
from derive.exports.spreadsheet import to_xlsx
from derive.exports.tex_macros import to_tex_macros
from derive.graph.formula import Call, Number, Product, Slot, Sum
from derive.render.mathml import to_mathml
from derive.render.trace import trace
from derive.sources import assets
from derive.writing.dialect import PLAIN, Numerals, latex, telling_first
from derive.writing.template import formula_template

EXAMPLES = sorted(assets.examples())
SOME = (TABLE, MATRIX, "xor", "pooling-tie", "two-gates")
"""Of every style one."""


def shown(name, **changes):
    """The formulas that each format of a document shows, as rows of tokens; a number alone may stand as text."""
    solution, source = solution_of(name, **changes), f"{name}.yaml"
    found = {
        flavour: of(to_markdown_document(solution, source, flavour).content) for flavour, of in OF_MARKDOWN.items()
    }
    found["notebook"] = of_notebook(to_notebook_document(solution, source))
    found["fragment"] = of_fragment(to_tex_fragment_document(solution, source))
    lines = {format: set(lines_of_latex(formulas)) for format, formulas in found.items()}
    lines["page"] = set(lines_of_page(page_of(name, **changes)))
    return {format: {line for line in rows if not "".join(line).isdigit()} for format, rows in lines.items()}


def require_same(lines):
    first = lines["github"]
    assert len(first) > 10
    for format, rows in lines.items():
        assert rows == first, (format, sorted(rows ^ first)[:3])


@pytest.mark.parametrize("name", SOME)
def test_every_format_shows_the_same_formulas(name):
    require_same(shown(name))


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["en", "de", "th"])
@pytest.mark.parametrize("notation", assets.names("notations"))
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_format_shows_the_same_formulas_in_every_look(name, notation, language):
    for style in ("table", "worked", "graph", "steps"):
        require_same(shown(name, style=style, notation=notation, language=language))


class Structures:
    """What the quantities of a solution say, by the graph, and what their symbols stand for."""

    def __init__(self, solution):
        self.solution = solution
        self.names = solution.graph.blocks.names
        self.shapes = AT_TIES if solution.ties else WRITTEN
        self.symbols, self.trees = {}, {}
        for block in solution.graph.blocks.blocks:
            for quantity in block.ids:
                self.trees[quantity] = self._tree(block, quantity)
        self.by_name = {self.names[quantity]: tree for quantity, tree in self.trees.items()}

    def _tree(self, block, quantity):
        """The name of a symbol; of one that is a formula itself, such as `y - f`, what this says."""
        if block.of is None and not self.solution.notation.letter(block):
            return self.of(quantity)
        row = tuple(read_latex(self.solution.writer.symbol(quantity)))
        return ("name", self.symbols.setdefault(row, self.names[quantity]))

    def of(self, quantity):
        graphs = (self.solution.graph, self.solution.lowered.graph)
        return self.of_equation(next(graph.equation_of[quantity] for graph in graphs if quantity in graph.equation_of))

    def worked(self, quantity):
        """By the equation that the key works it by, or the one behind it where it is folded into another."""
        worked = self.solution.rounds[1].equation_of.get(quantity)
        return self.of(quantity) if worked is None else self.of_equation(worked)

    def of_equation(self, equation):
        return of_formula(equation.rule.formula, [self.trees[operand] for operand in equation.operands], self.shapes)

    def substituted(self, equation, round):
        """What is said with the shown numbers of a round; selections are worked from the carried ones."""
        rule, _, operands, _ = equation
        names = [("name", str(place)) for place in range(len(operands))]
        numbers = {str(place): round.values[operand] for place, operand in enumerate(operands)}
        shown = {place: number(value.shown) for place, value in numbers.items()}
        carried = {place: value.carried for place, value in numbers.items()}
        return put_in(of_formula(rule.formula, names, SELECTING), shown, carried)

    def of_latex(self, text):
        return of_tokens(read_latex(text), self.symbols)

    def of_mathml(self, text):
        return of_tokens(read_mathml(text), self.symbols)

    def of_plain(self, text):
        return replaced(of_plain(text, self.names), self.by_name)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SOME else [pytest.mark.exhaustive]) for name in EXAMPLES]
)
def test_single_formulas_say_what_the_graph_does(name):
    known = Structures(solution_of(name, language="en"))
    macros = of_macros(to_tex_macros(known.solution, f"{name}.yaml"))
    require_names(known, macros)
    require_numbers(known, macros)
    require_closed(known, macros)


def require_names(known, macros):
    """In macros, MathML and plain text."""
    for label in (key[0] for key in macros if key[1] == "symbolic"):
        formula = known.solution.formula(label)
        assert {
            known.of_latex(macros[label, "symbolic"]),
            known.of_latex(formula.latex("right")),
            known.of_mathml(formula.mathml("right")),
            known.of_plain(formula.text("right")),
        } == {known.worked(known.solution[label].id)}, label


def require_numbers(known, macros):
    """Of every round in macros, MathML, plain text, CSV and the trace."""
    solution = known.solution
    table = {row["name"]: row for row in csv.DictReader(io.StringIO(to_csv(solution)))}
    for round, traced in zip(solution.rounds, trace(solution, "x")["rounds"], strict=True):
        for one in traced["quantities"]:
            label, number_in_round = one["name"], str(round.number)
            value = number(round[label].shown)
            assert value == number(one["shown"]) == number(table[label][f"round {number_in_round}"])
            assert value == known.of_latex(macros[label, "value", number_in_round])
            worked = round.equation_of.get(solution[label].id)
            if worked is None:
                continue
            assert {
                known.of_latex(one["latex"]),
                known.of_latex(solution.inline_writer.formula(worked)),
                known.of_plain(one["symbolic"]),
                known.of_plain(table[label]["symbolic"].removeprefix("'")),
            } == {known.of_equation(worked)}, label
            substituted = macros[label, "substituted", number_in_round]
            assert {
                known.of_latex(substituted),
                known.of_mathml(to_mathml(substituted)),
                known.of_plain(one["substituted"]),
            } == {known.substituted(worked, round)}, label


def require_closed(known, macros):
    """In macros and plain text."""
    plain = plain_context(known.solution)
    for label in (key[0] for key in macros if key[1] == "closed"):
        expected = known.of_plain(plain_formula(plain, label, ["closed"]).right)
        assert known.of_latex(macros[label, "closed"]) == expected, label


class Letters:
    """A table of symbols for random formulas: the names themselves."""

    def texts(self, context):
        return NAMES


DIALECTS = {
    "stacked": latex(r" \, ", r" \times ", frozenset(), stacked=True),
    "inline": latex(r" \times ", r" \times ", frozenset({"names"}), stacked=False),
    "comma": latex(r" \cdot ", r" \cdot ", frozenset(), stacked=True, numerals=Numerals(",", ";")),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_cells_say_what_the_graph_does(name):
    """Each over the cells of its own round."""
    solution = solution_of(name)
    names = solution.graph.blocks.names
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(solution, f"{name}.yaml")))
    places = {
        (names[q], round.number): place_of(book, names[q], round.number)
        for round in solution.rounds
        for q in round.values
    }
    cells = {place: f"{known}@@{number}" for (known, number), place in places.items()}
    for round in solution.rounds:
        for quantity, equation in round.equation_of.items():
            sheet, cell = places[names[quantity], round.number]
            written = {address: known for (found, address), known in cells.items() if found == sheet}
            expected = of_formula(
                equation.rule.formula,
                [("name", f"{names[one]}@@{round.number}") for one in equation.operands],
                IN_CELLS,
            )
            assert of_cell(book[sheet][cell].value[1:], written) == expected, names[quantity]


A, TWO = Slot("a"), Number("2")


@settings(max_examples=examples(120), deadline=None)
@given(formulas)
@example(Sum((Call("case", (A, A, TWO, Number("0"))), A)))
@example(Product((TWO, Number("3"))))
@example(Call("log", (A, Number("1.5"))))
@example(Call("is_argmax", (Number("3"), A, TWO, Sum((A, TWO)), A)))
def test_random_formulas_say_the_same_in_every_format(formula):
    formula = placed(formula)
    for change, shapes in ((lambda dialects: dialects, WRITTEN), (telling_first, AT_TIES)):
        require_formula(formula, change, of_formula(formula, [("name", name) for name in NAMES], shapes))


def require_formula(formula, change, expected):
    """In every dialect with a change."""
    symbols = {(name,): name for name in NAMES}
    for dialects in map(change, DIALECTS.values()):
        text = formula_template(formula, dialects.names).fill(range(len(NAMES)), Letters())
        decimal = dialects.names.decimal.strip("{}")
        assert of_tokens(read_latex(text), symbols, decimal) == expected, text
        assert of_tokens(read_mathml(to_mathml(text)), symbols, decimal) == expected, text
    text = formula_template(formula, change(PLAIN).names).fill(range(len(NAMES)), Letters())
    assert of_plain(text, NAMES) == expected, text
