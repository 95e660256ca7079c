"""Random formulas over the whole grammar, and ways to put numbers in."""

from __future__ import annotations

from decimal import Decimal

import sympy
from hypothesis import strategies as st

from derive.graph.formula import (
    ONE,
    ZERO,
    Call,
    Number,
    Position,
    Power,
    Quotient,
    Slot,
    add,
    multiply,
    negate,
    rebuild,
)

NAMES = ("a", "b", "c")
SMOOTH = ("abs", "cos", "erf", "exp", "log", "relu", "sigmoid", "sin", "sqrt", "tan", "tanh")
values = st.tuples(*[st.integers(-300, 300).map(lambda n: f"{n / 100:.2f}")] * len(NAMES))
_numbers = st.sampled_from(("0", "1", "2", "3", "0.5", "1.25", "1e-5", "2.5e1")).map(Number)
_leaves = st.one_of(st.sampled_from(NAMES).map(Slot), _numbers, st.just(Call("pi", ())))
_conventions = st.sampled_from((ZERO, ONE))


def _smooth(parts):
    pair, few = st.tuples(parts, parts), st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        few.map(add),
        few.map(multiply),
        parts.map(negate),
        pair.map(lambda both: Quotient(*both)),
        st.tuples(parts, st.sampled_from("23").map(Number)).map(lambda both: Power(*both)),
        pair.map(lambda both: Power(Call("exp", (both[0],)), both[1])),
        st.tuples(st.sampled_from(SMOOTH), parts).map(lambda both: Call(both[0], (both[1],))),
        st.tuples(parts, st.sampled_from(("2", "10", "1.5")).map(Number)).map(lambda both: Call("log", both)),
        st.tuples(st.sampled_from(("max", "min")), few).map(lambda both: Call(*both)),
        st.tuples(parts, parts, parts, _conventions).map(lambda all_: Call("case", all_)),
        st.builds(_picked, few, st.integers(0, 2)),
    )


def _picked(candidates, number):
    return Call("take", (Number(str(number % len(candidates) + 1)), *candidates))


def _wins(candidates, number):
    chosen = Number(str(number % len(candidates) + 1))
    return Call("is_argmax", (chosen, Call("max", candidates), *candidates))


def _any(parts):
    few = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        _smooth(parts),
        st.tuples(st.sampled_from(("sign", "floor")), parts).map(lambda both: Call(both[0], (both[1],))),
        st.tuples(parts, _conventions).map(lambda both: Call("gate", both)),
        st.tuples(parts, st.sampled_from("012").map(Number)).map(lambda both: Call("equals", both)),
        st.builds(_wins, few, st.integers(0, 2)),
    )


smooth_formulas = st.recursive(_leaves, _smooth, max_leaves=6)
formulas = st.recursive(_leaves, _any, max_leaves=6)


def placed(formula):
    """The formula over positions, in the order of `NAMES`."""
    return rebuild(formula, lambda n: Position(NAMES.index(n.name)) if isinstance(n, Slot) else None)


def real_symbol(node):
    return sympy.Symbol(node.name, real=True)


def at(texts):
    return {sympy.Symbol(name, real=True): sympy.Rational(text) for name, text in zip(NAMES, texts, strict=True)}


def decimals(texts):
    return [Decimal(text) for text in texts]
