"""Numbers of a solution that are equal whatever their operands are: repeated ones, and ones with a factor of 1.

Value numbering: equations are brought into a normal form over the classes of their operands, and equal normal forms
are one class (Aho, Lam, Sethi, Ullman, Compilers, section 6.1.2). A number and its negative are one class.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.graph.formula import Call, Formula, Negative, Number, Position, Power, Product, Quotient, Sum
from derive.graph.quantity import Role
from derive.network.solution import Round, Solution
from derive.network.work import LADDER

Node = tuple[int, int]
"""A quantity in a round."""
_Form = tuple[bool, Hashable]
"""Whether a normal form has a minus, and its size: a number, the name of a class, or an operation and its parts."""
_ARITHMETIC = DecimalArithmetic(LADDER[0])


def carried_nodes(solution: Solution) -> dict[Node, Node]:
    """The parameters and states at the start of each round but the first, each with the node that worked it."""
    blocks = solution.graph.blocks.blocks
    new = [block for block in blocks if block.role is Role.UPDATED and block.of is not None]
    return {
        (old, round.number + 1): (updated, round.number)
        for round in list(solution.rounds)[:-1]
        for block in new
        if block.of is not None and block.first in round.values
        for old, updated in zip(block.of.ids, block.ids, strict=True)
    }


def equal_numbers(solution: Solution) -> tuple[frozenset[Node], ...]:
    """The sets of worked numbers of one pass that are equal up to the sign by their equations alone."""
    found: dict[tuple[str, bool], set[Node]] = {}
    for node, (_, name) in classes(solution).items():
        forward = solution.graph.blocks.of(node[0]).role is Role.FORWARD
        found.setdefault((name, forward), set()).add(node)
    return tuple(frozenset(nodes) for nodes in found.values() if len(nodes) > 1)


def classes(solution: Solution) -> dict[Node, tuple[bool, str]]:
    """Of each worked number whether it is the negative of its class, and the name of the class.

    Given numbers enter as the numbers that they are, so that a factor or an input of 1 and a term of 0 drop out; worked
    numbers enter by their classes, whatever they are. Products with 0 are not equal to each other.
    """
    found = _Classes(carried_nodes(solution))
    for round in solution.rounds:
        found.add(round)
    return found.known


class _Classes:
    """The classes of the numbers worked so far."""

    def __init__(self, starts: Mapping[Node, Node]) -> None:
        self._starts = starts
        self.known: dict[Node, tuple[bool, str]] = {}
        self._names: dict[Hashable, str] = {}

    def add(self, round: Round) -> None:
        """Find the class of each worked number of a round, in order."""
        for equation in round.equations:
            operands = [self._form(quantity, round) for quantity in equation.operands]
            negative, size = _normal(equation.rule.formula, operands)
            node = (equation.output, round.number)
            name = size if isinstance(size, str) else self._name(size or node)
            self.known[node] = negative, name

    def _name(self, size: Hashable) -> str:
        return self._names.setdefault(size, f"#{len(self._names)}")

    def _form(self, quantity: int, round: Round) -> _Form:
        node = (quantity, round.number)
        node = self._starts.get(node, node)
        return self.known.get(node) or _plain(round.values[quantity].carried)


def _plain(number: Decimal) -> _Form:
    return number < 0, abs(number)


def _normal(formula: Formula, operands: Sequence[_Form]) -> _Form:
    """The normal form of a formula over the normal forms of its operands."""
    match formula:
        case Number(text):
            return _plain(Decimal(text))
        case Position(index):
            return operands[index]
        case Negative(argument):
            negative, size = _normal(argument, operands)
            return not negative, size
        case Sum(terms):
            return _sum([_normal(term, operands) for term in terms])
        case Product(factors):
            return _product([_normal(factor, operands) for factor in factors])
        case Quotient(numerator, denominator):
            (above, top), (below, bottom) = _normal(numerator, operands), _normal(denominator, operands)
            return above != below, top if bottom == 1 and isinstance(bottom, Decimal) else ("/", top, bottom)
        case Power(base, exponent):
            root, raised = _normal(base, operands), _normal(exponent, operands)
            return root if raised == (False, Decimal(1)) else (False, ("^", root, raised))
        case Call(function, arguments):
            return _call(function, [_normal(argument, operands) for argument in arguments])
        case _:
            raise TypeError(f"{formula!r} must be sized before it is worked")


def _sum(terms: Sequence[_Form]) -> _Form:
    rest = sorted((term for term in terms if term[1] != 0 or not isinstance(term[1], Decimal)), key=_order)
    if len(rest) < 2:
        return rest[0] if rest else (False, Decimal(0))
    negative = rest[0][0]
    return negative, ("+", *((sign != negative, size) for sign, size in rest))


def _product(factors: Sequence[_Form]) -> _Form:
    negative = sum(sign for sign, _ in factors) % 2 == 1
    plain = [size for _, size in factors if isinstance(size, Decimal)]
    if any(not number for number in plain):
        return False, Decimal(0)
    rest = sorted((size for _, size in factors if not (isinstance(size, Decimal) and size == 1)), key=_order)
    return negative, rest[0] if len(rest) == 1 else ("*", *rest) if rest else Decimal(1)


def _call(function: str, arguments: Sequence[_Form]) -> _Form:
    """A function; of plain numbers alone the number that it gives, such as whether two indices are equal."""
    plain = [-size if negative else size for negative, size in arguments if isinstance(size, Decimal)]
    if len(plain) < len(arguments) or function == "case":
        return False, (function, *arguments)
    return _plain(_ARITHMETIC.call(function, plain))


def _order(form: object) -> str:
    """A key to sort by, whatever the parts are: without the sign of a term, so that both signs sort alike."""
    return repr(form[1]) if isinstance(form, tuple) and isinstance(form[0], bool) else repr(form)
