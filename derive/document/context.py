"""What every part of the document is built from: a solution, its printers, a style and a locale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.arithmetic.rounding import Precision
from derive.document.aids.citations import Citing, Stating
from derive.document.locale import Locale
from derive.document.mathematics import Answer, Facet, Math, Place, Rich
from derive.document.style import Style
from derive.document.text import join, phrase, rich
from derive.graph.equations import Equation
from derive.graph.graph import Ways
from derive.graph.quantity import Role
from derive.network.array_lines import reads_in_arrays
from derive.network.array_pass import ArrayPass, array_pass
from derive.network.dense_stack import is_dense_stack
from derive.network.derivation import Derivation
from derive.network.equal_numbers import Node, carried_nodes, classes
from derive.network.solution import Round, Solution
from derive.network.ties import Tie
from derive.network.views import LayerViews, layer_views
from derive.problem.detail import Detail
from derive.writing.lines import Writer
from derive.writing.notation import Notation

UNKNOWN = "0000"
"""What stands for a hidden number until it is blank: as wide as a short number, whatever it is."""


@dataclass(frozen=True)
class Outline:
    """What a document is planned from, before any number is worked: a derivation, a style and a locale."""

    solution: Derivation
    style: Style
    locale: Locale

    @cached_property
    def detail(self) -> Detail:
        """What the lines show: as the problem says, else as the style does, else as a person would choose."""
        lowered = self.solution.lowered
        usual = Detail(show="both", chain_rule=False, lines="arrays" if reads_in_arrays(lowered) else "scalars")
        return self.solution.problem.detail.over(self.style.detail).over(usual)

    def sections_of(self, part: str) -> tuple[str, ...] | None:
        """The names of the sections by which the style answers a part of a question; None for a part it has not."""
        if part == "round":
            return self.round_sections
        return next((names for kind, names in self.style.parts.items() if kind == part), None)

    @property
    def round_sections(self) -> tuple[str, ...]:
        """The names of the sections that answer a round."""
        return self.style.parts["round in arrays" if self.works_arrays else "round"]

    @property
    def works_arrays(self) -> bool:
        """Whether the style answers the rounds of this problem in whole arrays in place of single numbers."""
        return bool(self.style.parts.get("round in arrays")) and self.detail.lines == "arrays"


@dataclass(frozen=True)
class Context(Outline):
    """The inputs of all section builders."""

    solution: Solution
    style: Style
    locale: Locale
    hidden: frozenset[Place] = frozenset()
    """The places whose numbers nothing that is built may depend on: the blanks of a worksheet."""

    @property
    def notation(self) -> Notation:
        """The notation of the key."""
        return self.solution.notation

    @cached_property
    def ways(self) -> Ways:
        """On which ways quantities reach the loss."""
        return Ways(self.solution.lowered.graph)

    @cached_property
    def writes_matrices(self) -> bool:
        """Whether the rounds of a stack of dense layers are written in whole blocks."""
        return self.shows_arrays and is_dense_stack(self.solution.lowered)

    @property
    def shows_arrays(self) -> bool:
        """Whether the rounds are written in whole arrays."""
        return any(name.endswith("-matrices") for name in self.round_sections)

    @cached_property
    def layer_views(self) -> tuple[LayerViews, ...]:
        """The views of every layer of the problem."""
        return layer_views(self.solution.lowered, int(self.solution.problem.relu_at_zero))

    @cached_property
    def array_pass(self) -> ArrayPass:
        """Both passes of the problem in arrays."""
        return array_pass(self.solution.lowered.graph, self.solution.graph, self.layer_views)

    @property
    def writer(self) -> Writer:
        """Prints what the pages show, fractions stacked."""
        return self._writer(stacked=True)

    @property
    def inline_writer(self) -> Writer:
        """Prints what the pages show, fractions with a slash."""
        return self._writer(stacked=False)

    def _writer(self, *, stacked: bool) -> Writer:
        """A writer in the language of the page; its selections say that the first is taken where a tie is seen."""
        numerals, tells_first = self.locale.numerals, bool(self.ties)
        return self.solution.writer_of(stacked=stacked, tells_first=tells_first, numerals=numerals)

    @cached_property
    def ties(self) -> tuple[tuple[int, Tie], ...]:
        """The ties of max pooling, each with its round; but for those of hidden numbers."""
        return tuple((number, tie) for number, tie in self.solution.ties if not self._hides(number, tie))

    @cached_property
    def near_ties(self) -> tuple[tuple[int, Tie], ...]:
        """The windows of max pooling whose largest entry is shown with the digits of another, as `ties`."""
        return tuple((number, tie) for number, tie in self.solution.near_ties if not self._hides(number, tie))

    def _hides(self, number: int, tie: Tie) -> bool:
        """Whether one of the numbers that a tie is among, or its largest, is hidden in a round."""
        graph = self.solution.lowered.graph
        output = graph.blocks.by_name[tie.output]
        return self.is_hidden(self.solution.rounds[number], output, *graph.equation_of[output].operands)

    def symbol(self, quantity: int) -> Math:
        """The symbol of a quantity."""
        return Math(self.writer.symbol(quantity))

    def number(self, round: Round, quantity: int) -> Math:
        """The shown number of a quantity in a round: an answer, unless the problem gives it."""
        if self.is_hidden(round, quantity):
            return self.answer(UNKNOWN, quantity, round)
        text = self.writer.number(round.shown[quantity])
        if self.is_given(round, quantity):
            return Math(text)
        return self.answer(text, quantity, round)

    def is_given(self, round: Round, quantity: int) -> bool:
        """Whether the problem states a quantity's number; parameters and states are worked after the first round."""
        blocks = self.solution.graph.blocks
        block = blocks.of(quantity)
        if block.role is not Role.GIVEN:
            return False
        return round.number == 1 or not any(blocks.derived(block, role) for role in (Role.UPDATED, Role.OPTIMIZER))

    def is_hidden(self, round: Round, *quantities: int) -> bool:
        """Whether the number of one of some quantities is hidden in a round."""
        names = self.solution.graph.blocks.names
        return any((names[quantity], round.number) in self.hidden for quantity in quantities)

    def are_equal(self, round: Round, quantities: Sequence[int]) -> bool:
        """Whether some numbers of a round are one number; of hidden ones, whether their equations make them so."""
        if not self.is_hidden(round, *quantities):
            return len({round.values[quantity].carried for quantity in quantities}) == 1
        nodes = ((quantity, round.number) for quantity in quantities)
        return len({self._classes.get(self._carried.get(node, node), node) for node in nodes}) == 1

    @cached_property
    def _classes(self) -> Mapping[Node, tuple[bool, str]]:
        return classes(self.solution)

    @cached_property
    def _carried(self) -> Mapping[Node, Node]:
        return carried_nodes(self.solution)

    def answer(
        self,
        text: str,
        quantity: int,
        round: Round | None = None,
        facet: Facet = "value",
        mentions: tuple[Place, ...] = (),
    ) -> Answer:
        """A text as the answer for a quantity in a round."""
        name = self.solution.lowered.graph.blocks.names[quantity]
        return Answer(text, name, 0 if round is None else round.number, facet, mentions)

    def stating(self, *quantities: int) -> Stating:
        """The mark of a line that writes out the equations of quantities."""
        return Stating(self.solution.lowered.graph.blocks.names[quantity] for quantity in quantities)

    def citing(self, *quantities: int) -> Citing:
        """The mark of what goes by the equations of quantities without writing them out."""
        return Citing(self.solution.lowered.graph.blocks.names[quantity] for quantity in quantities)

    def formula(self, equation: Equation, writer: Writer | None = None) -> Answer:
        """The right side of an equation in names."""
        text = (writer or self.writer).formula(equation)
        return self.answer(text, equation.output, facet="formula")

    def substituted(self, round: Round, equation: Equation, writer: Writer | None = None) -> Answer:
        """The right side of an equation with the numbers of a round in."""
        text = (writer or self.writer).substituted(equation, round.values)
        return self.answer(text, equation.output, round, "numbers", self.places(round, equation))

    def places(self, round: Round, equation: Equation) -> tuple[Place, ...]:
        """The worked numbers of a round that an equation is worked from."""
        names = self.solution.graph.blocks.names
        worked = (q for q in equation.operands if not self.is_given(round, q))
        return tuple((names[q], round.number) for q in worked)

    @cached_property
    def _blocks(self) -> Mapping[str, int]:
        return self.solution.graph.blocks.by_name

    def lookup(self, name: str) -> str | None:
        """The symbol of a name of the trace."""
        quantity = self._blocks.get(name)
        return None if quantity is None else self.symbol(quantity)

    def rich(self, text: str) -> Rich:
        """A text of the problem file with its mathematics translated."""
        return rich(text, self.lookup, self.locale.numerals)

    def phrase(self, pattern: str, **parts: object) -> Rich:
        """A phrase of the locale, filled."""
        return phrase(pattern, **parts)

    def sentences(self, *runs: Rich) -> Rich:
        """Sentences one after another."""
        return join(*runs, between=self.locale.between_sentences)

    @property
    def separator(self) -> str:
        """What stands between numbers in mathematics, its space included."""
        return self.writer.dialects.numbers.separator

    def shown_precision(self, precision: Precision) -> str:
        """How many digits are shown, in words."""
        forms = self.locale.significant if precision.significant else self.locale.places
        return self.counted(forms, precision.count, "<n>")

    def counted(self, forms: Mapping[str, str], count: object, placeholder: str) -> str:
        """A phrase of the locale that goes with a number, the number put in."""
        words = self.locale
        return words.counted(forms, str(count)).replace(placeholder, words.number(str(count)))
