"""What a formula says, as a tree of numbers, names, sums, products, quotients, powers and functions.

Trees are tuples whose first part says what they are. Two ways of writing the same formula give the same tree: sums
and products are flat, signs and quotients stand outside products, a factor 1 is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from math import prod
from operator import eq, ge, gt

from derive.graph.formula import Call, Formula, Negative, Number, Position, Power, Product, Quotient, Sum

Tree = tuple
EXACT = Context(prec=100)
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


WRITTEN: dict[str, Callable[..., Tree]] = {
    "exp": lambda x: ("call", "exp", x),
    "relu": lambda x: ("call", "max", ZERO, x),
    "gate": lambda x, at_zero: ("holds", ">" if at_zero == ZERO else "≥", x, ZERO),
    "equals": lambda chosen, number: ("holds", "=", chosen, number),
    "is_argmax": lambda number, largest, *candidates: ("holds", "=", candidates[int(number[1]) - 1], largest),
    "take": lambda chosen, *candidates: ("take", chosen, *shortened(candidates)),
    "case": cases,
}


def first_largest(place: Tree, largest: Tree, *candidates: Tree) -> Tree:
    """That a candidate is the largest, and larger than those before it."""
    index = int(place[1]) - 1
    before, candidate = candidates[:index], candidates[index]
    is_largest = ("holds", "=", candidate, largest)
    if not before:
        return is_largest
    return ("all", ("holds", "<", before[0] if index == 1 else ("call", "max", *before), candidate), is_largest)


AT_TIES = {**WRITTEN, "is_argmax": first_largest}
"""As names have it where several numbers are the largest."""
SELECTING = {**WRITTEN, "is_argmax": lambda place, _, *candidates: ("is_argmax", place, *candidates)}
"""With ties as they are settled."""
IN_CELLS = {
    **WRITTEN,
    "sigmoid": lambda x: divide(ONE, add(ONE, ("call", "exp", negate(x)))),
    "equals": lambda chosen, place: ("holds", "=", add(chosen, negate(place)), ZERO),
    "is_argmax": lambda place, _, *candidates: ("call", "and", *_leads(int(place[1]) - 1, candidates)),
    "take": lambda chosen, *candidates: ("call", "choose", chosen, *candidates),
    "case": lambda x, above, below, at_zero: ("call", "if", WRITTEN["gate"](x, at_zero), above, below),
}
"""As spreadsheets have functions."""
LONGEST_LIST = 4


def _leads(place: int, candidates: Sequence[Tree]) -> Iterator[Tree]:
    """That a candidate is larger than those before it and no smaller than those after it."""
    for other, candidate in enumerate(candidates):
        if other != place:
            yield ("holds", ">" if other < place else "≥", add(candidates[place], negate(candidate)), ZERO)


def add(*terms: Tree) -> Tree:
    flat = [part for term in terms for part in (term[1:] if term[0] == "sum" else (term,))]
    return flat[0] if len(flat) == 1 else ("sum", *flat)


def negate(tree: Tree) -> Tree:
    """The negative of a tree; zero has no sign, and a product with zero has none."""
    if _is_zero(tree):
        return tree
    return tree[1] if tree[0] == "negative" else ("negative", tree)


def _is_zero(tree: Tree) -> bool:
    match tree:
        case ("number", text):
            return Decimal(text) == 0
        case ("product", *factors):
            return any(map(_is_zero, factors))
        case ("quotient", above, _):
            return _is_zero(above)
    return False


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


def of_formula(formula: Formula, operands: Sequence[Tree], shapes: Mapping[str, Callable[..., Tree]] = WRITTEN) -> Tree:
    """What a rule says of its operands; `shapes` are the trees of its functions."""

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
                return shapes.get(function, lambda *all_: ("call", function, *all_))(*parts)
        raise TypeError(node)

    return of(formula)


def replaced(tree: Tree, names: Mapping[str, Tree]) -> Tree:
    """A tree with names replaced by trees."""
    if tree[0] == "name":
        return names.get(tree[1], tree)
    return rebuilt(tree, lambda part: replaced(part, names))


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """A tree with each of its parts changed."""
    match tree:
        case ("sum", *terms):
            return add(*map(change, terms))
        case ("negative", inner):
            return negate(change(inner))
        case ("product", *factors):
            return multiply(*map(change, factors))
        case ("quotient", above, below):
            return divide(change(above), change(below))
        case ("cases", *branches):
            return ("cases", *((change(part), sign, *map(change, sides)) for part, sign, *sides in branches))
        case (kind, *parts):
            return (kind, *(change(part) if isinstance(part, tuple) else part for part in parts))
    raise TypeError(tree)


def put_in(tree: Tree, shown: Mapping[str, Tree], carried: Mapping[str, Decimal]) -> Tree:
    """A tree with the shown numbers for names; what a selection selects is worked out from the carried ones."""
    match tree:
        case ("holds" | "is_argmax", *_) | ("call", "sign", _):
            return number(f"{value(tree, carried):f}")
        case ("cases", (above, sign, left, right), (below, *_)):
            chosen = above if value(("holds", sign, left, right), carried) else below
            return put_in(chosen, shown, carried)
        case ("take", chosen, *candidates):
            return put_in(candidates[int(value(chosen, carried)) - 1], shown, carried)
        case ("name", name):
            return shown[name]
    return rebuilt(tree, lambda part: put_in(part, shown, carried))


_COMPARISONS = {">": gt, "≥": ge, "=": eq}
_FUNCTIONS = {"max": max, "min": min, "abs": abs, "sqrt": EXACT.sqrt, "sign": lambda x: (x > 0) - (x < 0)}


def value(tree: Tree, numbers: Mapping[str, Decimal]) -> Decimal:
    """The number that a tree of simple operations is."""

    def of(part: Tree) -> Decimal:
        return value(part, numbers)

    match tree:
        case ("name", name):
            return numbers[name]
        case ("number", text):
            return Decimal(text)
        case ("sum", *terms):
            return sum(map(of, terms), Decimal(0))
        case ("negative", inner):
            return -of(inner)
        case ("product", *factors):
            return prod(map(of, factors), start=Decimal(1))
        case ("quotient", above, below):
            return EXACT.divide(of(above), of(below))
        case ("power", base, exponent):
            return EXACT.power(of(base), of(exponent))
        case ("holds", sign, left, right):
            return Decimal(_COMPARISONS[sign](of(left), of(right)))
        case ("is_argmax", place, *candidates):
            found = [of(one) for one in candidates]
            return Decimal(found.index(max(found)) == of(place) - 1)
        case ("call", function, *arguments):
            return Decimal(_FUNCTIONS[function](*map(of, arguments)))
    raise TypeError(tree)
