"""Where the right side of an index form uses arrays, and what a small change of each entry is multiplied by there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from derive.errors import FormulaError
from derive.graph.formula import (
    ONE,
    Call,
    Formula,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Slot,
    Sum,
    add,
    negate,
    rebuild,
)
from derive.graph.functions import FUNCTIONS
from derive.graph.grammar import parse
from derive.graph.tensor import Shape
from derive.graph.views.indices import Index, apart, put, put_bounds
from derive.graph.views.language import ADJOINT, Bounds, Entry, Over, Span, ViewEquation

_TWO = Number("2")


@dataclass(frozen=True)
class Known:
    """What a derivation knows of the arrays: shapes, whose adjoints are worked, sizes, constants of activations."""

    shapes: tuple[tuple[str, Shape], ...]
    worked: frozenset[str]
    numbers: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each option that chooses an activation, the arrays that are its constants."""
    at_zero: int = 0

    @cached_property
    def shape_of(self) -> Mapping[str, Shape]:
        """The shape of each array."""
        return dict(self.shapes)

    def shape(self, name: str) -> Shape:
        """The shape of an array, or of the adjoint of one."""
        return self.shape_of[name if name in self.shape_of else name.removeprefix(ADJOINT)]

    @cached_property
    def number_of(self) -> Mapping[str, str]:
        """The numbers of options and sizes."""
        return dict(self.numbers)

    @cached_property
    def constants_of(self) -> Mapping[str, tuple[str, ...]]:
        """The constants of each activation."""
        return dict(self.constants)


@dataclass(frozen=True)
class Path:
    """What is multiplied on the way from the adjoint of a left side to a use of an array, and summed over."""

    reaching: Formula
    """The adjoint of the left side; of a softmax, what it makes of that."""
    factors: tuple[Formula, ...] = ()
    below: tuple[Formula, ...] = ()
    negative: bool = False
    spans: tuple[Index, ...] = ()
    bounds: tuple[Bounds, ...] = ()
    contracted: bool = False
    """Whether the adjoint is written behind the factors: those of a product under a sum, the winner of a window."""

    @property
    def parts(self) -> tuple[Formula, ...]:
        """All that is multiplied or divided by."""
        return (self.reaching, *self.factors, *self.below)

    def times(self, formula: Formula) -> Path:
        """The path with a further factor, its sign and its denominator where they belong."""
        match formula:
            case Negative(argument):
                return replace(self.times(argument), negative=not self.negative)
            case Quotient(above, below):
                return self.times(above).over(below)
            case Product(factors):
                return replace(self, factors=(*self.factors, *factors))
            case Number() if formula in self.below:
                place = self.below.index(formula)
                return replace(self, below=(*self.below[:place], *self.below[place + 1 :]))
            case _:
                return self if formula == ONE else replace(self, factors=(*self.factors, formula))

    def over(self, formula: Formula) -> Path:
        """The path divided by a formula."""
        factors = formula.factors if isinstance(formula, Product) else (formula,)
        return replace(self, below=(*self.below, *factors))

    def changed(self, change: Callable[[Formula], Formula]) -> Path:
        """The path with all that is multiplied changed."""
        factors, below = (tuple(map(change, parts)) for parts in (self.factors, self.below))
        return replace(self, reaching=change(self.reaching), factors=factors, below=below)

    def put(self, places: Mapping[str, Formula], reserved: Collection[str] = ()) -> Path:
        """The path with other indices in place of its own, and no bound one of a name that is theirs or reserved."""
        spans = tuple(one.put(places, reserved) for one in self.spans)
        bounds = tuple(put_bounds(one, places, reserved) for one in self.bounds)
        return replace(self.changed(lambda one: put(one, places, reserved)), spans=spans, bounds=bounds)


@dataclass(frozen=True)
class Use:
    """A use of an array: the indices at its axes, and the path to it."""

    array: str
    indices: tuple[Formula, ...]
    path: Path


def uses(equation: ViewEquation, known: Known, lengths: Mapping[str, int]) -> Iterator[Use]:
    """Every use of an array whose adjoint is worked, on the right side of an equation."""
    left = equation.left
    names = [one.name for one in left.indices if isinstance(one, Slot)] if isinstance(left, Entry) else []
    places: dict[str, Formula] = {name: Slot(apart(name, 0)) for name in names}
    spans = tuple(Index(apart(name, 0), lengths[name]) for name in names)
    indices = tuple(places.values())
    own = Entry(left.name, indices) if indices else Slot(left.name)
    adjoint = replace(own, name=ADJOINT + own.name)
    right = put(_with_counts(equation.right, lengths), places)
    walk = _Walk(known, lengths, own)
    softmax = _softmax(right, own, adjoint)
    if softmax is None:
        yield from walk.at(right, Path(adjoint, spans=spans), whole=True)
    else:
        argument, reaching = softmax
        yield from walk.at(argument, Path(reaching, spans=spans), whole=False)


def _with_counts(formula: Formula, lengths: Mapping[str, int]) -> Formula:
    """The formula with the number beside each index that is counted, whose name may stand for another one later."""

    def special(node: Formula) -> Formula | None:
        match node:
            case Call("count", (Slot(name),)):
                return Call("count", (Slot(name), Number(str(lengths[name]))))
            case _:
                return None

    return rebuild(formula, special)


def _softmax(right: Formula, own: Slot, adjoint: Slot) -> tuple[Formula, Formula] | None:
    """The argument of a right side that is a softmax, and what reaches its entries; None for any other."""
    match right:
        case Quotient(Call("exp", (argument,)), Over(Call("exp", (other,)), "sum", (Span(_, None, None) as span,), ())):
            pass
        case _:
            return None
    for name in (one.name for one in (own.indices if isinstance(own, Entry) else ()) if isinstance(one, Slot)):
        member: dict[str, Formula] = {name: Slot(span.name)}
        if put(argument, member) == other:
            total = Over(Product((put(adjoint, member), put(own, member))), "sum", (span,))
            return argument, Product((own, Sum((adjoint, Negative(total)))))
    return None


@dataclass(frozen=True)
class _Walk:
    known: Known
    lengths: Mapping[str, int]
    own: Slot

    def at(self, node: Formula, path: Path, *, whole: bool = False) -> Iterator[Use]:
        """The uses in a part of the right side; where it is the whole, the left side stands for its value."""
        match node:
            case Entry(name, indices):
                yield from [Use(name, indices, path)] if name in self.known.worked else []
            case Slot(name):
                yield from [Use(name, (), path)] if name in self.known.worked else []
            case Sum(terms):
                for term in terms:
                    yield from self.at(term, path)
            case Negative(argument):
                yield from self.at(argument, replace(path, negative=not path.negative))
            case Product(factors):
                yield from self.product(factors, path)
            case Quotient(above, below):
                yield from self.at(above, path.over(below))
                for factor, reached in self.below(above, below, path, whole=whole):
                    yield from self.at(factor, reached)
            case Power(base, exponent):
                yield from self.at(base, self.power(base, exponent, path))
                self.refuse(exponent, "an exponent")
            case Over():
                yield from self.over(node, path, whole=whole)
            case Call():
                yield from self.call(node, path, whole=whole)

    def product(self, factors: tuple[Formula, ...], path: Path) -> Iterator[Use]:
        contracted = path.contracted or any(one.is_inner for one in path.spans)
        for place, factor in enumerate(factors):
            found = replace(path, contracted=contracted)
            for other in (*factors[:place], *factors[place + 1 :]):
                found = found.times(other)
            yield from self.at(factor, found)

    def below(self, above: Formula, below: Formula, path: Path, *, whole: bool) -> Iterator[tuple[Formula, Path]]:
        """What a denominator changes, factor by factor: -a/b^2 by b, -n*a/b^(n+1) by the b of a power.

        Of a root -a/(2 b sqrt(b)) by b, in terms of the quotient.
        """
        falling = replace(path, negative=not path.negative)
        match below:
            case Call("sqrt", (argument,)):
                top = falling.times(self.own) if whole else falling.times(above)
                yield argument, top.over(_TWO).over(argument) if whole else top.over(_TWO).over(argument).over(below)
            case Product(factors):
                for place, factor in enumerate(factors):
                    others = path
                    for other in (*factors[:place], *factors[place + 1 :]):
                        others = others.over(other)
                    yield from self.below(above, factor, others, whole=False)
            case Power(base, Number(exponent)):
                more = Power(base, Number(str(Decimal(exponent) + 1)))
                yield base, falling.times(above).times(Number(exponent)).over(more)
            case _:
                yield below, falling.times(above).over(Power(below, _TWO))

    def power(self, base: Formula, exponent: Formula, path: Path) -> Path:
        if exponent == _TWO:
            return path.times(_TWO).times(base)
        less = Number(str(Decimal(exponent.text) - 1)) if isinstance(exponent, Number) else add((exponent, negate(ONE)))
        return path.times(exponent).times(Power(base, less))

    def over(self, node: Over, path: Path, *, whole: bool) -> Iterator[Use]:
        number = len(path.spans) + 1
        names: dict[str, Formula] = {span.name: Slot(apart(span.name, number)) for span in node.spans}
        spans = tuple(
            Index(apart(span.name, number), self.lengths.get(span.name), span.first, span.last).put(names)
            for span in node.spans
        )
        bounds = tuple(put_bounds(one, names) for one in node.bounds)
        body = put(node.body, names)
        inside = replace(path, spans=(*path.spans, *spans), bounds=(*path.bounds, *bounds))
        if node.function == "max":
            members = replace(node, function="all")
            wins = Call("is_argmax", (body, self.own if whole else node, members))
            inside = replace(inside, contracted=True).times(wins)
        elif node.function != "sum":
            self.refuse(node.body, node.function)
        yield from self.at(body, inside)

    def call(self, node: Call, path: Path, *, whole: bool) -> Iterator[Use]:
        name, arguments = node.function, node.arguments
        if name in self.known.constants_of:
            (argument,) = arguments
            yield from self.at(argument, path.times(Call(f"{name}'", arguments)))
            for constant in self.known.constants_of[name]:
                if constant in self.known.worked:
                    yield Use(constant, (), path.times(Call(f"{name}'{constant}", arguments)))
        elif name in FUNCTIONS and FUNCTIONS[name].derivative and len(arguments) == 1:
            known = {"a": arguments[0], "out": self.own if whole else node}
            stated = parse(FUNCTIONS[name].derivative.format(at_zero=self.known.at_zero))
            partial = rebuild(stated, lambda one: known[one.name] if isinstance(one, Slot) else None)
            yield from self.at(arguments[0], path.times(partial))
        elif name != "count" and not (name in FUNCTIONS and FUNCTIONS[name].is_step):
            for argument in arguments:
                self.refuse(argument, name)

    def refuse(self, formula: Formula, where: str) -> None:
        """Raises `FormulaError` where an array with an adjoint stands where nothing says what its partial is."""
        for use in self.at(formula, Path(self.own)):
            raise FormulaError(f"nothing says what the partial by {use.array} is in {where}")
