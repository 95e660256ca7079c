"""What a formula says, as a tree of numbers, names, sums, products, quotients, powers and functions.

Trees are tuples whose first part says what they are. Two ways of writing the same formula give the same tree: sums
and products are flat, signs and quotients stand outside products, a factor 1 is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from derive.graph.formula import Call, Formula, Negative, Number, Position, Power, Product, Quotient, Sum

Tree = tuple
ONE, ZERO = ("number", "1"), ("number", "0")
def cases(argument: Tree, above: Tree, below: Tree, at_zero: Tree) -> Tree:
    """A case with the two conditions that its convention at 0 gives, written about a difference's parts."""
    left, right = argument, ZERO
    if argument[0] == "sum" and len(argument) == 3:
        first, second = argument[1:]
        if (first[0] == "negative") != (second[0] == "negative"):
            left, right = (second, first[1]) if first[0] == "negative" else (first, second[1])
    signs = (">", "≤") if at_zero == ZERO else ("≥", "<")
    return ("cases", (above, signs[0], left, right), (below, signs[1], left, right))


_SHAPES: dict[str, Callable[..., Tree]] = {
    "exp": lambda x: ("call", "exp", x),
    "relu": lambda x: ("call", "max", ZERO, x),
    "gate": lambda x, at_zero: ("holds", ">" if at_zero == ZERO else "≥", x, ZERO),
    "same": lambda chosen, number: ("holds", "=", chosen, number),
    "wins": lambda number, largest, *candidates: ("holds", "=", candidates[int(number[1]) - 1], largest),
    "pick": lambda chosen, *candidates: ("pick", chosen, *shortened(candidates)),
    "case": cases,
}
LONGEST_LIST = 4


def add(*terms: Tree) -> Tree:
    flat = [part for term in terms for part in (term[1:] if term[0] == "sum" else (term,))]
    return flat[0] if len(flat) == 1 else ("sum", *flat)


def negate(tree: Tree) -> Tree:
    if tree == ZERO:
        return ZERO
    return tree[1] if tree[0] == "negative" else ("negative", tree)


def multiply(*factors: Tree) -> Tree:
    """A product of factors, some of them quotients."""
    negative, above, below = False, [], []
    for factor in factors:
        sign, over, under = _parts(factor)
        negative, above, below = negative != sign, [*above, *over], [*below, *under]
    top = _flat(above)
    made = ("quotient", top, _flat(below)) if below else top
    return negate(made) if negative else made


def divide(above: Tree, below: Tree) -> Tree:
    negative, over, under = _parts(below)
    made = multiply(above, ("quotient", _flat(under), _flat(over)))
    return negate(made) if negative else made


def _parts(tree: Tree) -> tuple[bool, list[Tree], list[Tree]]:
    """The sign of a tree, its factors and those of its denominator."""
    match tree:
        case ("negative", inner):
            sign, above, below = _parts(inner)
            return not sign, above, below
        case ("quotient", above, below):
            return False, _parts(above)[1], _parts(below)[1]
        case ("product", *factors):
            return False, factors, []
        case _:
            return False, [] if tree == ONE else [tree], []


def _flat(factors: Sequence[Tree]) -> Tree:
    return ("product", *factors) if len(factors) > 1 else factors[0] if factors else ONE


def number(text: str) -> Tree:
    """A number with a decimal point; with a power of ten it is a product."""
    mantissa, _, exponent = text.partition("e")
    made = ("number", mantissa.lstrip("-"))
    if exponent:
        made = multiply(made, ("power", ("number", "10"), number(str(int(exponent)))))
    return negate(made) if mantissa.startswith("-") else made


def shortened(parts: Sequence[Tree]) -> Sequence[Tree]:
    """Parts of a list as lines write them: of many the first two and the last."""
    return parts if len(parts) <= LONGEST_LIST else (*parts[:2], ("dots",), parts[-1])


def of_formula(formula: Formula, operands: Sequence[Tree]) -> Tree:
    """What a rule says of its operands."""

    def of(node: Formula) -> Tree:
        match node:
            case Number(text):
                return number(text)
            case Position(index):
                return operands[index]
            case Negative(argument):
                return negate(of(argument))
            case Sum(terms):
                return add(*map(of, terms))
            case Product(factors):
                return multiply(*map(of, factors))
            case Quotient(above, below):
                return divide(of(above), of(below))
            case Power(base, exponent):
                return ("power", of(base), of(exponent))
            case Call(function, arguments):
                parts = tuple(map(of, arguments))
                return _SHAPES.get(function, lambda *all_: ("call", function, *all_))(*parts)
        raise TypeError(node)

    return of(formula)


def replaced(tree: Tree, names: Mapping[str, Tree]) -> Tree:
    """A tree with names replaced by trees."""
    match tree:
        case ("name", name):
            return names.get(name, tree)
        case ("sum", *terms):
            return add(*(replaced(term, names) for term in terms))
        case ("negative", inner):
            return negate(replaced(inner, names))
        case ("product", *factors):
            return multiply(*(replaced(factor, names) for factor in factors))
        case ("quotient", above, below):
            return divide(replaced(above, names), replaced(below, names))
        case tuple():
            return tuple(replaced(part, names) for part in tree)
        case _:
            return tree
