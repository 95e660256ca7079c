"""Formulas as SymPy expressions and back. SymPy is imported on first use: it costs a fifth of a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    ZERO,
    Call,
    Count,
    Each,
    Formula,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    calls,
    leaves,
    multiply,
    negate,
    nodes,
    rebuild,
    slot_names,
)
from derive.graph.functions import FUNCTIONS

if TYPE_CHECKING:
    import sympy

LARGEST_POWER = 1000
"""Numbers are not raised to more than this: SymPy would write the power out."""

SymbolOf = Callable[[Formula], "sympy.Expr"]
Functions = Mapping[str, Callable[..., "sympy.Expr"]]


def to_sympy(formula: Formula, symbol: SymbolOf) -> sympy.Expr:
    """`formula` as a SymPy expression; `symbol` gives the expression of each slot or position, real ones best.

    Raises `FormulaError` for a power of numbers that is too large to be written out.
    """
    from derive.graph.sympy_functions import PUBLIC

    return _convert(formula, symbol, PUBLIC)


def _convert(formula: Formula, symbol: SymbolOf, functions: Functions) -> sympy.Expr:
    import sympy

    def convert(node: Formula) -> sympy.Expr:
        match node:
            case Number(text):
                return sympy.Rational(text)
            case Negative(argument):
                return -convert(argument)
            case Sum(terms):
                return sympy.Add(*map(convert, terms))
            case Product(factors):
                return sympy.Mul(*map(convert, factors))
            case Quotient(numerator, denominator):
                return convert(numerator) / convert(denominator)
            case Power(base, exponent):
                return _raise(convert(base), convert(exponent))
            case Call(function, arguments):
                return functions[function](*map(convert, arguments))
            case _:
                return symbol(node)

    return convert(formula)


def _raise(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    written_out = base.is_Rational and exponent.is_Rational and abs(base) not in (0, 1)
    if written_out and abs(exponent) > LARGEST_POWER:
        raise FormulaError(f"a number to a power above {LARGEST_POWER:,} is not written out")
    return base**exponent


def from_sympy(expression: sympy.Expr) -> Formula:
    """A SymPy expression as a formula, its symbols as slots.

    Raises `FormulaError` for a function that the grammar does not have.
    """
    import sympy

    if expression.is_Symbol:
        return Slot(str(expression))
    if expression.is_Rational:
        whole = Number(str(abs(expression.p)))
        size = whole if expression.q == 1 else Quotient(whole, Number(str(expression.q)))
        return negate(size) if expression < 0 else size
    if expression.is_Add:
        return add(tuple(from_sympy(term) for term in expression.as_ordered_terms()))
    if expression.is_Mul:
        return _product(expression)
    if expression.is_Pow:
        return _power(expression.base, expression.exp)
    if isinstance(expression, sympy.Piecewise):
        return _cases(expression.args)
    return _constant_or_call(expression)


def _power(base: sympy.Expr, exponent: sympy.Expr) -> Formula:
    if not exponent.is_Rational:
        return Power(from_sympy(base), from_sympy(exponent))
    power, size = from_sympy(base), abs(exponent)
    if 2 * size == 1:
        power = Call("sqrt", (power,))
    elif size != 1:
        power = Power(power, from_sympy(size))
    return power if exponent > 0 else Quotient(ONE, power)


def _constant_or_call(expression: sympy.Expr) -> Formula:
    import sympy

    from derive.graph.sympy_functions import NAMES

    if expression == sympy.pi:
        return Call("pi", ())
    if expression == sympy.E:
        return Call("exp", (ONE,))
    if isinstance(expression, sympy.Heaviside):
        argument, at_zero = expression.args
        return Call("gate", (from_sympy(argument), ZERO if 2 * at_zero == 1 else from_sympy(at_zero)))
    name = NAMES.get(expression.func)
    if name is None:
        raise FormulaError(f"the derivative holds {expression.func}, which no formula may use")
    return Call(name, tuple(from_sympy(argument) for argument in expression.args))


def _cases(pieces: Sequence[tuple[sympy.Expr, sympy.Basic]]) -> Formula:
    """Pieces that are chosen by comparisons, as cases inside each other."""
    import sympy

    (value, condition), *rest = pieces
    if condition == sympy.true:
        return from_sympy(value)
    strict = isinstance(condition, (sympy.StrictGreaterThan, sympy.StrictLessThan))
    if not rest or not (strict or isinstance(condition, (sympy.GreaterThan, sympy.LessThan))):
        raise FormulaError(f"the derivative holds a piece for {condition}, which no formula may use")
    difference = from_sympy(condition.gts - condition.lts)
    return Call("case", (difference, from_sympy(value), _cases(rest), ZERO if strict else ONE))


def _product(expression: sympy.Expr) -> Formula:
    numerator, denominator = expression.as_numer_denom()
    if denominator != 1:
        return Quotient(from_sympy(numerator), from_sympy(denominator))
    sign, rest = (-1, -expression) if expression.could_extract_minus_sign() else (1, expression)
    factors = rest.as_ordered_factors() if rest.is_Mul else (rest,)
    product = multiply(tuple(from_sympy(factor) for factor in factors))
    return product if sign > 0 else negate(product)


def steps_through(formula: Formula, slot: str) -> str | None:
    """The step (floor, gate, sign, the choice of `pick`) that `slot` goes through in `formula`, if there is one."""
    for call in calls(formula):
        function = FUNCTIONS[call.function]
        through = call.arguments if function.is_step else [call.arguments[index] for index in function.choosers]
        if any(slot in slot_names(argument) for argument in through):
            return call.function
    return None


def differentiate(formula: Formula, slot: str, at_zero: Formula = ZERO) -> Formula:
    """The partial derivative of a rule's formula by one slot, found by SymPy.

    For a member of a group, the derivative of the term that holds the member, times the derivative of the
    formula by the sum (the chain rule for a sum of terms that differ in their index only). `at_zero` is the
    derivative of relu at 0. Raises `FormulaError` if the slot goes through a step function.
    """
    import sympy

    from derive.graph.sympy_functions import AT_ZERO, SMOOTH

    step = steps_through(formula, slot)
    if step is not None:
        raise FormulaError(
            f"{step} has no derivative to work with: it is constant but for jumps, so nothing can be learned through it"
        )
    kept: dict[str, Formula] = {str(AT_ZERO): at_zero}
    outer = _convert(rebuild(formula, lambda node: _named(node, kept)), _real_symbol, SMOOTH)
    total = sympy.diff(outer, _real_symbol(Slot(slot)))
    for name, each in list(kept.items()):
        if isinstance(each, Each):
            body = rebuild(each.body, lambda node: _named(node, kept))
            inner = sympy.diff(_convert(body, _real_symbol, SMOOTH), _real_symbol(Slot(slot)))
            total += sympy.diff(outer, _real_symbol(Slot(name))) * inner
    if _has_open_exponents(formula):
        total = sympy.powsimp(total, combine="exp")
    return _restored(from_sympy(total), kept)


def _named(node: Formula, kept: dict[str, Formula]) -> Formula | None:
    """A slot in place of a sum, or of a step or a count, which are constant; `kept` remembers what it stands for."""
    if not isinstance(node, (Each, Count)) and not (isinstance(node, Call) and FUNCTIONS[node.function].is_step):
        return None
    name = f"kept_{len(kept)}"
    kept[name] = node
    return Slot(name)


def _restored(formula: Formula, kept: Mapping[str, Formula]) -> Formula:
    return rebuild(formula, lambda node: kept.get(node.name) if isinstance(node, Slot) else None)


def _real_symbol(node: Formula) -> sympy.Expr:
    import sympy

    if not isinstance(node, Slot):
        raise FormulaError(f"{node!r} has no place in a rule")
    return sympy.Symbol(node.name, real=True)


def _has_open_exponents(formula: Formula) -> bool:
    """Whether a power's exponent mentions a slot."""
    exponents = (node.exponent for node in nodes(formula) if isinstance(node, Power))
    return any(not isinstance(leaf, Number) for exponent in exponents for leaf in leaves(exponent))
