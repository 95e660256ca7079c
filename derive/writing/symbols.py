"""The symbols of all quantities in a notation, and the texts of all numbers of a round."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from derive.arithmetic.rounding import Value
from derive.errors import UnplacedError
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Kind, Role
from derive.writing.dialect import DialectPair
from derive.writing.notation import DELTA, Notation, fill
from derive.writing.scripts import marked
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
        place = bisect_right(self.wrapped, quantity, key=lambda ids: ids.start) - 1
        return self.dialects.names.grouped(text) if place >= 0 and quantity in self.wrapped[place] else text

    def written_out(self) -> Sequence[str]:
        """The same symbols as a list: worth it where few are in parentheses and many are asked for."""
        texts = list(self.plain)
        for quantity in (quantity for ids in self.wrapped for quantity in ids):
            texts[quantity] = self.dialects.names.grouped(texts[quantity])
        return texts


class _Growing:
    """Symbols on their way: those that are known so far, by context."""

    def __init__(self, texts: Sequence[str], kinds: Sequence[Shape], dialects: DialectPair) -> None:
        self.plain = texts
        self.kinds = kinds
        self.dialects = dialects

    def texts(self, context: Context) -> Texts:
        """A view that writes each symbol as the context needs it."""
        return _GrowingView(self, PARENTHESES[context])

    def carried(self, quantity: int) -> Decimal:
        """A selection in names is printed by its dialect; no number is asked for here."""
        raise LookupError(f"the number of quantity {quantity}")


class _GrowingView:
    def __init__(self, table: _Growing, wrapped: frozenset[Shape]) -> None:
        self.table = table
        self.wrapped = wrapped

    def __getitem__(self, quantity: int) -> str:
        text = self.table.plain[quantity]
        return self.table.dialects.names.grouped(text) if self.table.kinds[quantity] in self.wrapped else text


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
    mantissa, _, exponent = dialects.numbers.number(shown).partition("e")
    return dialects.product % (mantissa, exponent) if exponent else mantissa


class _NumberView:
    def __init__(self, table: NumberTable, context: Context) -> None:
        self.table = table
        self.wrapped = PARENTHESES[context]

    def __getitem__(self, quantity: int) -> str:
        shown = self.table.values[quantity].shown
        shape = Shape.NEGATIVE if shown.startswith("-") else Shape.PRODUCT if "e" in shown else Shape.ATOM
        text = number_text(shown, self.table.dialects)
        return self.table.dialects.numbers.grouped(text) if shape in self.wrapped else text


def marks(block: Block, notation: Notation, *, several: bool, letter: str = "") -> list[str]:
    """What a block's symbol carries beside its index: its tag, its layer, its time step, its sample.

    `letter` is the letter for the number of the layer, where it has one. Raises `UnplacedError` where two of these
    would look alike.
    """
    layer = {"layer": letter or block.layer} if notation.carries_layer(block, several=several) else {}
    places = {"time": block.time, "sample": block.sample}
    used: dict[str, str | int] = {**layer, **{name: number for name, number in places.items() if number}}
    looks: dict[str, str] = {}
    for name in used:
        look = getattr(notation, name).replace(f"<{name}>", "")
        if look in looks:
            message = (
                f"{looks[look]} and {name} would be written in the same place on {block.name}; "
                "choose another mark for one of `layers`, `time`, `samples`"
            )
            raise UnplacedError([(("notation",), message)])
        looks[look] = name
    tag = fill(notation.tag, tag=block.tag) if block.tag and not notation.names_whole(block) else ""
    return [tag, *(fill(getattr(notation, name), **{name: number}) for name, number in used.items())]


def loss_letter(graph: Graph, notation: Notation, block: Block) -> str:
    """The loss of which a block is the adjoint: the total, or the sample's own."""
    if graph.is_by_total(block):
        return notation.letter(graph.blocks.of(graph.loss))
    loss = notation.letters.get(Kind.LOSS, "L")
    return marked(loss, [fill(notation.sample, sample=block.sample)]) if block.sample else loss


def has_several_layers(graph: Graph, layers: int) -> bool:
    """Whether the quantities of a network of so many layers belong to several of them: else no layer is written."""
    return layers > 1 and len({block.layer for block in graph.blocks.blocks if block.layer}) > 1


def symbols(
    graph: Graph, notation: Notation, layers: int, dialects: DialectPair, beside: frozenset[Block] = frozenset()
) -> SymbolTable:
    """The symbol table of a graph in a notation; the updated blocks `beside` are told apart from the old ones.

    Raises `UnplacedError` where marks would look alike.
    """
    table = _Symbols(
        graph,
        notation,
        dialects,
        beside,
        several=has_several_layers(graph, layers),
    )
    for block in graph.blocks.blocks:
        own, shape = table.of(block)
        table.texts.extend(own)
        table.kinds.extend([shape] * block.size)
        table.shapes[block] = shape
    return SymbolTable(table.texts, table.shapes, dialects)


_NUMBERED_THROUGH = (Kind.WEIGHT, Kind.BIAS, Kind.KERNEL)


class _Symbols:
    """The symbols on their way, block by block."""

    def __init__(
        self, graph: Graph, notation: Notation, dialects: DialectPair, beside: frozenset[Block], *, several: bool
    ) -> None:
        self.graph = graph
        self.notation = notation
        self.dialects = dialects
        self.several = several
        self.texts: list[str] = []
        self.kinds: list[Shape] = []
        self.shapes: dict[Block, Shape] = {}
        self.counts: dict[str, int] = {}
        self.beside = beside

    def of(self, block: Block) -> tuple[Sequence[str], Shape]:
        """The symbols of a block's entries, and what they are."""
        if block.of is not None:
            return self._derived(block, block.of)
        notation = self.notation
        letter = notation.letter(block)
        if not letter:
            return self._formulas(block)
        if notation.numbering == "through" and block.kind in _NUMBERED_THROUGH:
            own = self._numbered_through(block, letter)
        else:
            own = _entries(block, letter, marks(block, notation, several=self.several), notation)
        return own, Shape.TALL if "^" in own[0] else Shape.ATOM

    def _derived(self, block: Block, of: Block) -> tuple[Sequence[str], Shape]:
        notation = self.notation
        inner = self.texts[of.first : of.first + block.size]
        if block.role is Role.UPDATED:
            if block in self.beside:
                return [marked(text, [notation.updated]) for text in inner], Shape.TALL
            return inner, self.shapes[of]
        if block.role is not Role.BACKWARD:
            letter = notation.letter(block)
            return [marked(letter, [f"_{{{text}}}"]) for text in inner], Shape.ATOM
        letter = delta_letter(notation, block)
        if letter:
            return _entries(block, letter, marks(of, notation, several=self.several), notation), Shape.TALL
        start, end = fill(notation.derivative, of=loss_letter(self.graph, notation, block)).split("<by>")
        return [start + text + end for text in inner], Shape.TALL

    @cached_property
    def _ahead(self) -> Mapping[int, Equation]:
        return {equation.output: equation for equation in (*self.graph.forward, *self.graph.working)}

    def _formulas(self, block: Block) -> tuple[list[str], Shape]:
        """The symbols of a block without a letter: each entry's own formula."""
        table = _Growing(self.texts, self.kinds, self.dialects)
        equations = [self._ahead[quantity] for quantity in block.ids]
        printed = [template(e.rule, self.dialects.names) for e in equations]
        written = [t.fill(e.operands, table) for t, e in zip(printed, equations, strict=True)]
        return written, Shape.TALL if "^" in printed[0].text else Shape.SUM

    def _numbered_through(self, block: Block, letter: str) -> list[str]:
        """Entries counted over all layers, in the order of their indices."""
        notation = self.notation
        tag = [fill(notation.tag, tag=block.tag)] if block.tag and not notation.names_whole(block) else []
        start, end = marked(letter, [*tag, notation.index]).split("<index>")
        count = self.counts.get(start, 0)
        self.counts[start] = count + block.size
        first = count + notation.first_index
        numbers = list(range(first, first + block.size))
        if block.kind is Kind.WEIGHT and len(block.shape) == 2 and notation.index_order == "to-from":
            rows, columns = block.shape
            numbers = [first + j * rows + i for i in range(rows) for j in range(columns)]
        return [f"{start}{number}{end}" for number in numbers]


def delta_letter(notation: Notation, block: Block) -> str:
    """The letter of the adjoint of a pre-activation; empty where it is written as a partial."""
    return notation.delta or (DELTA if block.negative else "") if block.kind is Kind.DELTA else ""


def old_beside_new(graph: Graph) -> frozenset[Block]:
    """The updated parameters, where backward equations mention some: a line may hold old values and new ones."""
    if not graph.interleaved:
        return frozenset()
    updated = {b for b in graph.blocks.blocks if b.role is Role.UPDATED and b.kind is not Kind.STATE}
    new = {quantity for block in updated for quantity in block.ids}
    mentioned = any(operand in new for equation in graph.backward for operand in equation.operands)
    return frozenset(updated if mentioned else ())


def _entries(block: Block, letter: str, own_marks: Sequence[str], notation: Notation) -> list[str]:
    stepped = bool(block.time) or "_" in letter
    alone = not notation.single_index or (stepped and notation.time.startswith("_"))
    if not block.shape or (block.size == 1 and alone):
        return [marked(letter, own_marks)]
    start, end = marked(letter, [*own_marks, notation.index]).split("<index>")
    first = notation.first_index
    if len(block.shape) == 1:
        return [f"{start}{i}{end}" for i in range(first, block.size + first)]
    comma = "," if max(block.shape) > 10 - first else ""
    if len(block.shape) > 2:
        shift = first - 1
        return [start + comma.join(str(part + shift) for part in index) + end for index in block.indices()]
    rows, columns = (range(first, length + first) for length in block.shape)
    if block.kind is Kind.WEIGHT and notation.index_order == "to-from":
        return [f"{start}{j}{comma}{i}{end}" for i in rows for j in columns]
    return [f"{start}{i}{comma}{j}{end}" for i in rows for j in columns]
