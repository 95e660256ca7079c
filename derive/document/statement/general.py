"""Equations in general form: `L = sum_k (y_k - f_k)^2/2` for the loss of however many outputs.

A rule of the catalog is over slots, some of which repeat; here a slot is written by its symbol, one that repeats with
an index, and a sum over members with that index under its sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from derive.document.aids.symbol_families import SAMPLE, TIME, index_letters
from derive.document.context import Context
from derive.document.mathematics import Math
from derive.graph.equations import Equation
from derive.graph.formula import Count, Each, Formula, Number, Quotient, Slot
from derive.graph.quantity import Block, Kind
from derive.graph.rule import Rule
from derive.writing.dialect import Dialect
from derive.writing.notation import fill
from derive.writing.scripts import latex_letter, marked
from derive.writing.template import Context as Surroundings
from derive.writing.template import Printer

Symbol = Callable[[str], str]
"""The symbol of a slot, by the index letter of the sum around it."""

_ENCLOSING = (Surroundings.FIRST_FACTOR, Surroundings.FACTOR, Surroundings.BASE, Surroundings.DENOMINATOR)


class GeneralPrinter(Printer):
    """Prints the formula of a rule with its slots as symbols; `letters` index sums, the outermost by the first.

    `inside` is how many indices stand already: 1 where the rule gives one entry of several.
    """

    def __init__(
        self, dialect: Dialect, symbols: Mapping[str, Symbol], letters: Sequence[str], count: int, inside: int
    ) -> None:
        super().__init__(dialect)
        self.symbols = symbols
        self.letters = letters
        self.count = count
        self.inside = inside

    def text(self, formula: Formula) -> str:
        """The formula as LaTeX."""
        return self.write(formula, Surroundings.START).replace("%%", "%")

    def write(self, node: Formula, context: Surroundings) -> str:
        """The text of a formula where it stands."""
        match node:
            case Slot(name):
                text = self.symbols[name](self.letters[max(0, self.inside - 1)])
                high = context is Surroundings.BASE and ("^" in text or r"\frac" in text)
                divides = context in _ENCLOSING and context is not Surroundings.FACTOR and "/" in text
                return (self.dialect.grouped(text) if high or divides else text).replace("%", "%%")
            case Count():
                return str(self.count)
            case Quotient(numerator, Count()) if self.count == 1:
                return self.write(numerator, context)
            case Each(body) if self.count == 1:
                return self.write(body, context)
            case Quotient(Slot() as above, Number(below)):
                return rf"\tfrac{{{self.write(above, Surroundings.START)}}}{{{below}}}"
            case Quotient(numerator, Number() | Count() as below) | Each(Quotient(numerator, Number() as below)):
                over = node if isinstance(node, Quotient) else Quotient(Each(numerator), below)
                share = rf"\tfrac{{1}}{{{self.write(over.denominator, Surroundings.START)}}}"
                text = f"{share} {self.last_factor(over.numerator)}"
                return self.dialect.grouped(text) if context in _ENCLOSING else text
            case Each(body, function):
                text = self.over(body, function)
                return self.dialect.grouped(text) if context in _ENCLOSING else text
            case _:
                return super().write(node, context)

    def product(self, factors: Sequence[Formula], context: Surroundings) -> str:
        """A product; a sum over members needs no parentheses as the last factor."""
        if not isinstance(factors[-1], Each) or len(factors) < 2 or context in _ENCLOSING:
            return super().product(factors, context)
        before = super().product(factors[:-1], context) if len(factors) > 2 else self.write(factors[0], context)
        return f"{before} {self.last_factor(factors[-1])}"

    def last_factor(self, formula: Formula) -> str:
        """A factor that nothing follows: a sum over members stands there without parentheses."""
        reduction = isinstance(formula, Each) and self.count > 1
        return self.write(formula, Surroundings.START if reduction else Surroundings.FACTOR)

    def over(self, body: Formula, function: str) -> str:
        """A sum, or the largest, over the members of the groups."""
        self.inside += 1
        text = rf"\{function}_{{{self.letters[self.inside - 1]}}} {self.write(body, Surroundings.FIRST_FACTOR)}"
        self.inside -= 1
        return text


@dataclass(frozen=True)
class _Slots:
    """The symbols of the slots of an equation, and the letters of the indices."""

    symbols: Mapping[str, Symbol]
    letters: tuple[str, ...]


def general_equation(context: Context, equation: Equation, *, entry: bool = False) -> Math:
    """An equation of a loss in general form; written out where what repeats has no symbol in common.

    `entry`: it is one of several alike, one an entry of a block.
    """
    rule, blocks = equation.rule.rule, context.solution.lowered.graph.blocks
    slots = None if rule is None else _slots(context, rule, equation, entry=entry)
    if rule is None or slots is None:
        return Math(f"{context.symbol(equation.output)} = {context.inline_writer.formula(equation)}")
    letter = slots.letters[0]
    output = blocks.of(equation.output)
    steps = _is_of_steps(context, equation)
    whole = general_symbol(context, equation.output, steps=steps)
    left = entry_symbol(context, output, letter, steps=steps) if entry else whole
    dialect = context.inline_writer.dialects.names
    printer = GeneralPrinter(dialect, slots.symbols, slots.letters, equation.rule.size, int(entry))
    return Math(f"{left} = {printer.text(rule.formula)}")


def _slots(context: Context, rule: Rule, equation: Equation, *, entry: bool) -> _Slots | None:
    """The symbols of the slots; None where a group has none in common."""
    symbols: dict[str, Symbol] = {}
    letters: dict[str, None] = {}
    steps = _is_of_steps(context, equation)
    position = 0
    for slot in rule.slots:
        size = equation.rule.size if slot in rule.groups else 1
        operands = equation.operands[position : position + size]
        position += size
        if slot in rule.groups or (entry and _is_entry(context, operands[0])):
            found = _group(context, operands, entry=entry, steps=steps)
            if found is None:
                return None
            symbols[slot], letter = found
            letters[letter] = None
        else:
            symbols[slot] = constant(general_symbol(context, operands[0], steps=steps))
    *_, second, third, _ = index_letters(context)
    return _Slots(symbols, tuple(dict.fromkeys((*letters, third, second)))) if len(letters) < 2 else None


def _is_of_steps(context: Context, equation: Equation) -> bool:
    """Whether there is such an equation for each time step."""
    return context.solution.lowered.graph.blocks.of(equation.output).time > 0


def _is_entry(context: Context, quantity: int) -> bool:
    return context.solution.lowered.graph.blocks.of(quantity).size > 1


def constant(text: str) -> Symbol:
    """A symbol that carries no index."""
    return lambda _: text


def _group(context: Context, operands: Sequence[int], *, entry: bool, steps: bool) -> tuple[Symbol, str] | None:
    """How the members of a group are written by an index, and that index; None where they have no such symbol."""
    lowered = context.solution.lowered
    found = [lowered.graph.blocks.of(quantity) for quantity in operands]
    first = found[0]
    if all(one in lowered.parameters for one in found):
        letter = parameter_letter(context, first)
        return constant(letter), letter
    if entry or (len(set(found)) == 1 and len(operands) > 1):
        whole = len(first.shape) == 1 and (entry or list(operands) == list(first.ids))
        symbol = partial(entry_symbol, context, first, steps=steps)
        return (symbol, _index_letter(context)) if whole else None
    alike = len({(one.kind, one.letter, one.tag, one.layer, one.shape) for one in found}) == 1
    if len(operands) > 1 and alike and first.size == 1:
        axis = SAMPLE if len({one.sample for one in found}) == len(found) else TIME
        return constant(general_symbol(context, operands[0], steps=axis == TIME)), axis
    alone = constant(general_symbol(context, operands[0], steps=steps))
    return (alone, _index_letter(context)) if len(operands) == 1 else None


def _index_letter(context: Context) -> str:
    return index_letters(context)[2]


def parameter_letter(context: Context, block: Block) -> str:
    """The letter of any parameter where a block stands for all: that of weights, else one that nothing has."""
    notation = context.notation
    if block.kind is Kind.WEIGHT and not block.letter:
        return notation.letter(block)
    taken = {notation.letter(one) for one in context.solution.graph.blocks.blocks if one.of is None}
    return next(one for one in map(latex_letter, ("theta", "omega", "p", "z", "xi")) if one not in taken)


def general_symbol(context: Context, quantity: int, *, steps: bool) -> str:
    """The symbol of a quantity with its sample, and with `steps` its time step too, as letters."""
    blocks = context.solution.lowered.graph.blocks
    block = blocks.of(quantity)
    if not block.sample and not (block.time and steps):
        return context.symbol(quantity)
    shift = context.notation.first_index - 1
    shown = block.size > 1 or (context.notation.single_index and not block.time)
    index = "".join(str(one + shift) for one in blocks.index(quantity)) if shown else ""
    return entry_symbol(context, block, index, steps=steps)


def entry_symbol(context: Context, block: Block, index: str, *, steps: bool) -> str:
    """The symbol of an entry of a block by its index, its sample as a letter, and with `steps` its time step too."""
    notation, lowered = context.notation, context.solution.lowered
    several = lowered.layers > 1 and len({one.layer for one in lowered.graph.blocks.blocks if one.layer}) > 1
    marks = [fill(notation.tag, tag=block.tag)] if block.tag and not notation.names_whole(block) else []
    if notation.carries_layer(block, several=several):
        marks.append(fill(notation.layer, layer=block.layer))
    marks += [fill(notation.time, time=TIME if steps else block.time)] if block.time else []
    marks += [fill(notation.sample, sample=SAMPLE)] if block.sample else []
    letter = notation.letter(block)
    return marked(letter, [*marks, *([fill(notation.index, index=index)] if index and block.shape else [])])
