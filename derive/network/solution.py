"""The solution of a problem: every equation, every partial, every number, by round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from derive.arithmetic.rounding import Precision, Value
from derive.errors import InputError, NumberError
from derive.graph import closed
from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Role
from derive.network import check as checking
from derive.network import warnings as warning
from derive.network.advice import advice, explained
from derive.network.derivation import Derivation, derived
from derive.network.names import hint, require_symbols
from derive.network.ties import Tie, near_ties, ties
from derive.network.work import Progress, Values, work
from derive.problem.model import Problem
from derive.problem.notices import Notice, notices
from derive.writing.choices import chosen
from derive.writing.dialect import PLAIN, POINT, Numerals, telling_first
from derive.writing.lines import Line, Writer, reproduces
from derive.writing.notation import Notation
from derive.writing.symbols import SymbolTable, old_beside_new, symbols
from derive.writing.template import Shape

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Quantity:
    """One quantity of a solution: its expressions, and its numbers by round."""

    solution: Solution
    id: int

    @property
    def name(self) -> str:
        """The name in the trace, such as `dL/dw11`."""
        return self.solution.graph.blocks.names[self.id]

    @property
    def block(self) -> Block:
        """The block that the quantity lies in."""
        return self.solution.graph.blocks.of(self.id)

    @property
    def index(self) -> tuple[int, ...]:
        """The index in the block, each part counted from 1."""
        return self.solution.graph.blocks.index(self.id)

    @property
    def expr(self) -> sympy.Expr:
        """The right side in terms of the step before (for a partial, the chain form), as a SymPy expression."""
        return closed.chain_form(self.solution.lowered.graph, self.id)

    @property
    def closed(self) -> sympy.Expr:
        """The fully expanded form in given quantities. Raises `FormulaError` past a size budget."""
        return closed.closed_form(self.solution.lowered.graph, self.id)

    def value(self, round: int = 1) -> Decimal:
        """The number in a round at full precision, computed from what the round carries."""
        return self.solution.rounds[round][self.name].unrounded

    def shown(self, round: int = 1) -> str:
        """The number in a round as the key prints it."""
        return self.solution.rounds[round][self.name].shown


@dataclass(frozen=True)
class Round:
    """One round: its number (from 1) and the value of every quantity by name."""

    solution: Solution
    number: int
    values: Values

    def __getitem__(self, name: str) -> Value:
        quantity = self.solution[name].id
        if quantity not in self.values:
            raise InputError.single(f"{name} is not worked in round {self.number}")
        return self.values[quantity]

    @cached_property
    def shown(self) -> dict[int, str]:
        """What is printed for every quantity of the round."""
        return {quantity: value.shown for quantity, value in self.values.items()}

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations worked in this round, in order."""
        graph = self.solution.graph
        return tuple(e for e in graph.schedule if e.output in self.values)

    @cached_property
    def equation_of(self) -> dict[int, Equation]:
        """The equation that each quantity is worked by in this round."""
        return {equation.output: equation for equation in self.equations}

    def is_exact(self, quantity: int) -> bool:
        """Whether the shown numbers of a quantity's equation, worked by hand, give the shown result."""
        solution = self.solution
        if solution.policy.carries_rounded:
            return True
        equation = self.equation_of[quantity]
        return reproduces(equation, self.values, solution.policy, self.precision_of(quantity))

    def shows_operands_fully(self, quantity: int) -> bool:
        """Whether the operands of a quantity's equation are shown with every digit that is carried."""
        operands = self.equation_of[quantity].operands
        return all(Decimal(self.shown[operand]) == self.values[operand].carried for operand in operands)

    def precision_of(self, quantity: int) -> Precision:
        """To how many digits a quantity is shown in this round."""
        blocks = self.solution.graph.blocks
        return self.solution.policy.precision_of(blocks.of(quantity), blocks.names[quantity], self.number)

    def line(self, equation: Equation, writer: Writer | None = None) -> Line:
        """The worked line of an equation in this round; in the problem's notation unless a writer is given."""
        solution = self.solution
        return (writer or solution.writer).line(
            equation, self.values, solution.policy, self.precision_of(equation.output)
        )

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every worked line of the round, in the problem's notation."""
        return tuple(self.line(equation) for equation in self.equations)


Round_co = TypeVar("Round_co", bound=Round, covariant=True)


@dataclass(frozen=True)
class Rounds(Generic[Round_co]):
    """The rounds of a solution; `rounds[1]` is the first."""

    all: tuple[Round_co, ...]

    def __getitem__(self, number: int) -> Round_co:
        if not isinstance(number, int):
            raise InputError.single(f"a round is a whole number from 1 to {len(self.all)}, not {number!r}")
        if not 1 <= number <= len(self.all):
            raise InputError.single(f"round {number}, but the solution has rounds 1 to {len(self.all)}")
        return self.all[number - 1]

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Round_co]:
        return iter(self.all)


@dataclass(frozen=True)
class Solution(Derivation):
    """A problem worked through: its derivation, and the numbers of every round."""

    values: tuple[Values, ...]
    check: checking.Check
    findings: tuple[str, ...]
    """What the numbers show, such as a unit that is dead: a sentence each."""

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What is legal in the problem file and seldom meant, each with its path in the file."""
        return tuple(notices(self.problem))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an instructor should know before printing: of the file, then of the numbers."""
        return (*(message for _, message in self.notices), *self.findings)

    @cached_property
    def rounds(self) -> Rounds[Round]:
        """The rounds, counted from 1."""
        return Rounds(tuple(Round(self, number, values) for number, values in enumerate(self.values, 1)))

    def __getitem__(self, name: str) -> Quantity:
        known = self.graph.blocks.by_name
        if name not in known:
            raise InputError.single(f"there is no quantity {name!r}{hint(name, known)}")
        return Quantity(self, known[name])

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity, in the order of the blocks."""
        return tuple(Quantity(self, quantity) for quantity in range(self.graph.blocks.size))

    @property
    def equations(self) -> dict[str, sympy.Eq]:
        """Every equation as a SymPy equation, by the name of its left side."""
        import sympy

        graph = self.lowered.graph
        whole = (*graph.forward, *graph.backward, *graph.update)
        return {
            graph.blocks.names[e.output]: sympy.Eq(
                closed.symbol(graph, e.output), closed.chain_form(graph, e.output), evaluate=False
            )
            for e in whole
        }

    @cached_property
    def notation(self) -> Notation:
        """The notation that the problem chooses."""
        return chosen(self.problem.notation)

    @property
    def writer(self) -> Writer:
        """Prints in the problem's notation, fractions stacked."""
        return self.writer_of(stacked=True, tells_first=bool(self.ties))

    @property
    def inline_writer(self) -> Writer:
        """Prints in the problem's notation, fractions with a slash."""
        return self.writer_of(stacked=False, tells_first=bool(self.ties))

    def writer_of(self, *, stacked: bool, tells_first: bool, numerals: Numerals = POINT) -> Writer:
        """A LaTeX writer in the problem's notation, with a language's way of writing numbers.

        With `tells_first` a selection says that of equal numbers the first is taken.
        """
        key = (stacked, tells_first, numerals)
        if key not in self._writers:
            plain = self.notation.dialects(stacked=stacked, numerals=numerals)
            dialects = telling_first(plain) if tells_first else plain
            beside = old_beside_new(self.graph)
            table = symbols(self.lowered.graph, self.notation, self.lowered.layers, dialects, beside)
            self._writers[key] = Writer(self.graph, table, dialects)
        return self._writers[key]

    @cached_property
    def _writers(self) -> dict[tuple[bool, bool, Numerals], Writer]:
        return {}

    @cached_property
    def ties(self) -> tuple[tuple[int, Tie], ...]:
        """Every tie of max pooling, with the round that it is in."""
        return tuple((n, tie) for n, values in enumerate(self.values, 1) for tie in ties(self.lowered, values))

    @cached_property
    def near_ties(self) -> tuple[tuple[int, Tie], ...]:
        """Every window of max pooling that is shown as a tie and is none, with the round that it is in."""
        return tuple((n, tie) for n, values in enumerate(self.values, 1) for tie in near_ties(self.lowered, values))

    @cached_property
    def plain_writer(self) -> Writer:
        """Prints in plain ASCII, with the names of the trace as symbols."""
        blocks = self.graph.blocks
        shapes = dict.fromkeys(blocks.blocks, Shape.ATOM)
        dialects = telling_first(PLAIN) if self.ties else PLAIN
        return Writer(self.graph, SymbolTable(blocks.names, shapes, dialects), dialects)


def solve(problem: Problem, progress: Progress | None = None) -> Solution:
    """Derive a problem, work every round and check the partials.

    Raises `InputError` for parts that do not fit and for a problem that is too large, and what `evaluated` raises.
    """
    return evaluated(derived(problem), progress)


def evaluated(derivation: Derivation, progress: Progress | None = None) -> Solution:
    """The solution of a derived problem: every round worked, the partials checked.

    `progress(done, total)` is called while the rounds are worked, and again while the partials are checked. Raises
    `InputError` for a symbol that means two things, `NumberError` for an overflow, `CheckError` if the check fails.
    """
    problem, lowered, graph, plan = derivation.problem, derivation.lowered, derivation.graph, derivation.plan
    try:
        values = work(plan, progress)
    except NumberError as error:
        raise explained(plan, error) from error
    starts = [_given(graph, values[number]) for number in range(plan.updates)]
    checked = checking.check(lowered.graph, plan, starts, int(problem.relu_at_zero), progress)
    found = [*advice(plan, values), *warning.warnings(lowered, plan, values, starts)]
    solution = Solution(problem, lowered, graph, derivation.policy, plan, values, checked, tuple(found))
    require_symbols(solution.writer)
    return solution


def _given(graph: Graph, values: Values) -> dict[int, Decimal]:
    return {q: v.carried for q, v in values.items() if graph.blocks.of(q).role is Role.GIVEN}
