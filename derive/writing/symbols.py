"""The symbols of all quantities in a notation, and the texts of all numbers of a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from derive.arithmetic.rounding import Value
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.writing.dialect import DialectPair
from derive.writing.notation import Notation, fill
from derive.writing.scripts import latex_letter, marked
from derive.writing.template import PARENTHESES, Context, Shape, Texts, template

_FEW = 1000


class SymbolTable:
    """The symbol of every quantity, by context: what templates are filled with to print a formula in names."""

    def __init__(self, texts: Sequence[str], shapes: Mapping[Block, Shape], dialects: DialectPair) -> None:
        self._plain = texts
        self._shapes = shapes
        self._dialects = dialects
        self._tables: dict[Context, Texts] = {Context.START: texts}

    def texts(self, context: Context) -> Texts:
        """The symbol of every quantity as it is written in the context."""
        if context not in self._tables:
            wrapped = [block.ids for block, shape in self._shapes.items() if shape in PARENTHESES[context]]
            lazy = _Wrapped(self._plain, wrapped, self._dialects)
            self._tables[context] = lazy if sum(map(len, wrapped)) > _FEW else lazy.written_out()
        return self._tables[context]

    def carried(self, quantity: int) -> Decimal:
        """A selection in names is printed by its dialect; no number is asked for here."""
        raise LookupError(f"the number of quantity {quantity}")


class _Wrapped:
    """Symbols of which some blocks are written in parentheses, made when asked for."""

    def __init__(self, plain: Sequence[str], wrapped: Sequence[range], dialects: DialectPair) -> None:
        self.plain = plain
        self.wrapped = wrapped
        self.dialects = dialects

    def __getitem__(self, quantity: int) -> str:
        text = self.plain[quantity]
        return self.dialects.names.grouped(text) if any(quantity in ids for ids in self.wrapped) else text

    def written_out(self) -> Sequence[str]:
        """The same symbols as a list: worth it where few are in parentheses and many are asked for."""
        texts = list(self.plain)
        for quantity in (quantity for ids in self.wrapped for quantity in ids):
            texts[quantity] = self[quantity]
        return texts


class NumberTable:
    """The numbers of one round, by context: what templates are filled with to substitute."""

    def __init__(self, values: Mapping[int, Value], dialects: DialectPair) -> None:
        self.values = values
        self.dialects = dialects

    def texts(self, context: Context) -> Texts:
        """A view that writes each shown number as the context needs it."""
        return _NumberView(self, context)

    def carried(self, quantity: int) -> Decimal:
        """The number that the next line uses; selections look at it."""
        return self.values[quantity].carried


def number_text(shown: str, dialects: DialectPair) -> str:
    """A shown number as a dialect writes it: `1.2e-9` becomes a product with a power of ten."""
    mantissa, _, exponent = shown.partition("e")
    return dialects.product % (mantissa, exponent) if exponent else shown


class _NumberView:
    def __init__(self, table: NumberTable, context: Context) -> None:
        self.table = table
        self.wrapped = PARENTHESES[context]

    def __getitem__(self, quantity: int) -> str:
        shown = self.table.values[quantity].shown
        shape = Shape.NEGATIVE if shown.startswith("-") else Shape.PRODUCT if "e" in shown else Shape.ATOM
        text = number_text(shown, self.table.dialects)
        return self.table.dialects.numbers.grouped(text) if shape in self.wrapped else text


def marks(block: Block, notation: Notation, *, several: bool) -> list[str]:
    """What a block's symbol carries beside its index: its tag, its layer, its time step, its sample."""
    found = [fill(notation.tag, tag=block.tag) if block.tag else ""]
    if notation.carries_layer(block, several=several):
        found.append(fill(notation.layer, layer=block.layer))
    found.append(fill(notation.time, time=block.time) if block.time else "")
    found.append(fill(notation.sample, sample=block.sample) if block.sample else "")
    return found


def loss_letter(graph: Graph, notation: Notation, block: Block) -> str:
    """The loss of which a block is the adjoint: the total for parameters, the sample's own for what it computes."""
    loss = notation.letters.get(Kind.LOSS, "L")
    total = graph.blocks.of(graph.loss)
    of = block.of
    if total.kind is Kind.NODE:
        return notation.letter(total)
    if of is not None and of.role is Role.GIVEN and not block.is_own_gradient:
        return notation.letter(total)
    return marked(loss, [fill(notation.sample, sample=block.sample)]) if block.sample else loss


def symbols(graph: Graph, notation: Notation, layers: int, dialects: DialectPair) -> SymbolTable:
    """The symbol table of a graph in a notation."""
    texts: list[str] = []
    shapes: dict[Block, Shape] = {}
    several = layers > 1
    for block in graph.blocks.blocks:
        inner = texts[block.of.first : block.of.first + block.size] if block.of is not None else []
        if block.of is not None and block.role is Role.UPDATED:
            own, shape = inner, shapes[block.of]
        elif block.of is not None and block.role is not Role.BACKWARD:
            letter = latex_letter(block.letter)
            own, shape = [marked(letter, [f"_{{{text}}}"]) for text in inner], Shape.ATOM
        elif block.kind is Kind.DELTA and notation.delta and block.of is not None:
            own, shape = (
                _entries(block, notation.delta, marks(block.of, notation, several=several), notation),
                Shape.TALL,
            )
        elif block.of is not None:
            start, end = fill(notation.derivative, of=loss_letter(graph, notation, block)).split("<by>")
            own, shape = [start + text + end for text in inner], Shape.TALL
        elif letter := notation.letter(block):
            own = _entries(block, letter, marks(block, notation, several=several), notation)
            shape = Shape.TALL if "^" in own[0] else Shape.ATOM
        else:
            own, shape = _formulas(graph, block, texts, shapes, dialects)
        texts.extend(own)
        shapes[block] = shape
    return SymbolTable(texts, shapes, dialects)


def _entries(block: Block, letter: str, own_marks: Sequence[str], notation: Notation) -> list[str]:
    if not block.shape or (block.size == 1 and not notation.single_index):
        return [marked(letter, own_marks)]
    start, end = marked(letter, [*own_marks, notation.index]).split("<index>")
    if len(block.shape) == 1:
        return [f"{start}{i}{end}" for i in range(1, block.size + 1)]
    comma = "," if max(block.shape) > 9 else ""
    if len(block.shape) > 2:
        return [start + comma.join(map(str, index)) + end for index in block.indices()]
    rows, columns = (range(1, length + 1) for length in block.shape)
    if notation.index_order == "to-from":
        return [f"{start}{j}{comma}{i}{end}" for i in rows for j in columns]
    return [f"{start}{i}{comma}{j}{end}" for i in rows for j in columns]


def _formulas(
    graph: Graph, block: Block, texts: Sequence[str], shapes: Mapping[Block, Shape], dialects: DialectPair
) -> tuple[list[str], Shape]:
    """The symbols of a block without a letter: each entry's own formula."""
    table = SymbolTable(texts, shapes, dialects)
    ahead = {equation.output: equation for equation in (*graph.forward, *graph.working)}
    equations = [ahead[quantity] for quantity in block.ids]
    printed = [template(e.rule, dialects.names) for e in equations]
    written = [t.fill(e.operands, table) for t, e in zip(printed, equations, strict=True)]
    return written, Shape.TALL if "^" in printed[0].text else Shape.SUM
