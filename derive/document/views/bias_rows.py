"""What stands with lines whose inputs are augmented: the inputs, comments on the row of the bias, a note on symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.document.context import Context
from derive.document.mathematics import Math, Symbols
from derive.document.model import MatrixLine, Note
from derive.document.views.array_lines import OF_LAYERS
from derive.document.views.index import EQUALS, block_symbol, symbols_of
from derive.document.views.labels import LabelledLine, defined_block
from derive.document.views.numbers import Numbers
from derive.document.views.substitution import Substitution
from derive.graph.formula import Position, Slot, calls
from derive.graph.quantity import Kind, Role
from derive.graph.views.augmenting import affine_map
from derive.graph.views.language import CUT
from derive.network.array_statements import Stated
from derive.network.solution import Round
from derive.network.statements import Statement
from derive.writing.notation import fill
from derive.writing.scripts import marked
from derive.writing.symbols import delta_letter


def augmented_inputs(context: Context, numbers: Numbers, item: Stated) -> Iterator[LabelledLine]:
    """The line of the input that a layer multiplies, with its bias as the first entry."""
    if not isinstance(item, Statement) or defined_block(context, item).role is not Role.FORWARD:
        return
    ((equation, application),) = item.contributions
    inputs = [name for name, border in application.borders.items() if isinstance(border.entries[0], Position)]
    names = equation.names()
    update = numbers.round.number - 1
    for name in (name for name in inputs if name in names):
        symbols = symbols_of(context, application, generic=False, iteration=str(update) if update else "")
        first = defined_block(context, item).first
        matrix = Substitution(context, numbers, application, first, OF_LAYERS).matrix(Slot(name))
        line = MatrixLine("", Symbols(symbols.whole(name)), (EQUALS, matrix))
        yield context.locale.input, context.locale.bias_first if update == 0 else "", line


def comment(context: Context, round: Round, item: Stated) -> str:
    """What is said of a line's biases: in the first round, or where they differ."""
    if context.notation.bias != "augmented" or not isinstance(item, Statement):
        return ""
    words, (equation, application) = context.locale, item.contributions[0]
    block, border = defined_block(context, item), application.borders.get(equation.of)
    if block.role is Role.FORWARD:
        return words.biases_differ if affine_map((equation, application)) else ""
    if round.number > 1:
        return ""
    if block.role is Role.BACKWARD and border is not None:
        return words.bias_column_unused if border.is_column else words.bias_row_unused
    if block.role is Role.UPDATED and border is not None:
        return words.dashes_column if border.is_column else words.dashes
    is_own = block.role is Role.UPDATED and block.kind is Kind.BIAS and context.notation.delta
    return words.own_bias.replace("<delta>", "δ") if is_own else ""


def with_definition(context: Context, item: Stated, line: MatrixLine) -> MatrixLine:
    """The line of the last layer's delta with the partial that the letter is for; any other line as it is."""
    block, notation = defined_block(context, item), context.notation
    if block.of is None or block.layer != context.solution.lowered.layers or not delta_letter(notation, block):
        return line
    partial = fill(notation.derivative, of=notation.letters[Kind.LOSS], by=block_symbol(context, block.of))
    return replace(line, parts=(EQUALS, Symbols(f"-{partial}" if block.negative else partial), *line.parts))


def delta_notes(context: Context, items: Sequence[Stated]) -> Iterator[Note]:
    """What the sign of products entry by entry and the letter of deltas mean, where lines have both."""
    deltas = [one for item in items if delta_letter(context.notation, one := defined_block(context, item))]
    rights = [equation.right for item in items if isinstance(item, Statement) for equation, _ in item.all_contributions]
    functions = {call.function for right in rights for call in calls(right)}
    if not deltas or ".*" not in functions:
        return
    words, notation = context.locale, context.notation
    layer = [fill(notation.layer, layer="l")]
    explained = context.phrase(
        words.symbols_explained_ascent if deltas[0].negative else words.symbols_explained,
        product=Math(notation.elementwise.strip()),
        delta=Math(marked(delta_letter(notation, deltas[0]), layer)),
        loss=Math(notation.letters[Kind.LOSS]),
        signal=Math(marked(notation.letters[Kind.PRE_ACTIVATION], layer)),
    )
    cut = functions.intersection(CUT)
    if not cut:
        yield Note(explained)
        return
    left_out = words.bias_column_left_out if "coltail" in cut else words.bias_row_left_out
    bracket = Math(r"[\,\cdot\,]_1^n")
    yield Note(context.sentences(explained, context.phrase(left_out, bracket=bracket, n=Math("n"))))
