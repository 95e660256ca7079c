"""How an equation in index form becomes scalar equations, found once for all arrays of the same shapes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from derive.errors import FormulaError
from derive.graph.formula import ONE, Call, Formula, Negative, Number, Product, Quotient, Slot, Sum, leaves, rebuild
from derive.graph.rule import Rule, SizedRule
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.affine import affine
from derive.graph.views.application import Application
from derive.graph.views.columns import Columns, Grid, columns, counted
from derive.graph.views.index_form import lengths, without_absent
from derive.graph.views.language import Entry, Over, Span, ViewEquation
from derive.graph.views.scheme import COUNT, Scheme, Source, reductions, scheme
from derive.graph.views.stated import Stated


@dataclass(frozen=True)
class Setting:
    """What an equation is applied to, but for the quantities.

    `activation` is the rule that its right side calls by an option's name or its own, with the names of constants.
    """

    shapes: tuple[tuple[str, Shape], ...]
    numbers: tuple[tuple[str, int], ...] = ()
    lengths: tuple[tuple[str, int], ...] = ()
    activation: Rule | None = None
    constants: frozenset[str] = frozenset()
    at_zero: int = 0


@dataclass(frozen=True)
class Plan:
    """An equation without the terms that are not there, the shape of what it gives, and by place each entry's rule.

    An entry without a rule is one that no rule with groups says. Of a rule of several outputs, `along` has the places
    of all of them.
    """

    equation: ViewEquation
    shape: Shape
    rules: Mapping[int, SizedRule]
    columns: Columns | None
    along: tuple[tuple[int, ...], ...]


@lru_cache(maxsize=1024)
def plan(stated: Stated, setting: Setting) -> Plan | None:
    """The plan of an equation; None where all of its right side is of arrays that are not there.

    Raises `FormulaError` where the equation does not fit the shapes.
    """
    shapes, numbers = dict(setting.shapes), {name: str(number) for name, number in setting.numbers}
    tensors = {name: Tensor(range(prod(shape)), shape) for name, shape in shapes.items()}
    application = Application(tensors, {}, numbers)
    equation = stated.equation
    if equation.of not in shapes and any(
        isinstance(leaf, Slot) and leaf.name == equation.of for leaf in leaves(equation.right)
    ):
        tensors[equation.of] = _itself(equation, application, setting)
        shapes[equation.of] = tensors[equation.of].shape
    right = without_absent(equation, application)
    if right is None:
        return None
    present = ViewEquation(equation.left, right)
    known = {**lengths(present, application), **dict(setting.lengths)}
    free = tuple((name, range(1, length + 1)) for name, length in _lengths_of_left(present, known))
    grid = Grid(shapes, numbers, known, free)
    return _planned(ViewEquation(present.left, folded(right, grid)), stated, setting, grid)


def _itself(equation: ViewEquation, application: Application, setting: Setting) -> Tensor:
    """The array that an equation gives, some entries of which rest on others."""
    known = {**lengths(equation, application), **dict(setting.lengths)}
    shape = tuple(length for _, length in _lengths_of_left(equation, known))
    return Tensor(range(prod(shape)), shape)


def _lengths_of_left(equation: ViewEquation, known: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    indices = equation.left.indices if isinstance(equation.left, Entry) else ()
    names = [index.name for index in indices if isinstance(index, Slot)]
    if len(set(names)) != len(indices):
        raise FormulaError(f"the left side {equation.of!r} needs one index alone for each of its axes")
    for name in names:
        if name not in known:
            raise FormulaError(f"nothing says how far {name} runs")
        yield name, known[name]


def _planned(equation: ViewEquation, stated: Stated, setting: Setting, grid: Grid) -> Plan:
    counts = counting(equation.right)
    each = list(zip(*(counted(one, grid) for one in counts), strict=True)) if counts else [()] * grid.size
    schemes: dict[tuple[int, ...], Scheme | None] = {}
    for numbers in dict.fromkeys(each):
        own = ViewEquation(equation.left, put_in(equation.right, dict(zip(counts, numbers, strict=True))))
        schemes[numbers] = _scheme(own, stated, setting, grid)
    first = schemes[each[0]] if each else None
    found = None if first is None else columns(first, grid)
    shape = tuple(len(places) for _, places in grid.free)
    if first is None or found is None:
        return Plan(equation, shape, {}, None, ())
    along = tuple(_along(shape, place, first.member, grid) for place in range(grid.size)) if first.member else ()
    rules = {}
    for place, numbers in enumerate(each):
        made = schemes[numbers]
        if made is not None and place not in found.missing:
            member = along[place].index(place) if along else None
            rules[place] = made.rule.sized(found.sizes[place], member)
    return Plan(equation, shape, rules, found, along)


def _scheme(equation: ViewEquation, stated: Stated, setting: Setting, grid: Grid) -> Scheme | None:
    """The rule of an equation: that of an activation where its right side is one, else as it is written."""
    match equation.right:
        case Call(_, (Slot() as argument,)) if setting.activation is not None:
            rule, constants = setting.activation, setting.constants
            return Scheme(rule, tuple(Source((Slot(s) if s in constants else argument,)) for s in rule.slots))
        case _:
            return scheme(equation, stated, grid.shapes.keys(), setting.at_zero)


def _along(shape: Shape, place: int, member: str, grid: Grid) -> tuple[int, ...]:
    """The places of the entries that differ from one in one index only."""
    axis = [name for name, _ in grid.free].index(member)
    inner = prod(shape[axis + 1 :])
    start = place - place // inner % shape[axis] * inner
    return tuple(start + inner * number for number in range(shape[axis]))


def counting(formula: Formula) -> tuple[Over, ...]:
    """The sums that only count."""
    return tuple(dict.fromkeys(over for over in reductions(formula) if over.body == ONE and over.function == "sum"))


def put_in(formula: Formula, numbers: Mapping[Over, int]) -> Formula:
    """A formula with counts in place of the sums that count; over 1, without the fraction."""

    def number(node: Formula) -> Formula | None:
        match node:
            case Over() if node in numbers:
                return Number(str(numbers[node]))
            case Quotient(above, Over() as below) if numbers.get(below) == 1:
                return rebuild(above, number)
        return None

    return rebuild(formula, number) if numbers else formula


def folded(formula: Formula, grid: Grid) -> Formula:
    """A formula with options and lengths as numbers, but for the count of what its only sum goes over."""
    sums = {over for over in reductions(formula) if over.body != ONE}
    (only,) = sums if len(sums) == 1 else (None,)
    own = only.spans if only is not None and not only.bounds else ()
    numbers = {**grid.numbers, **{_length(index): str(length) for index, length in grid.lengths.items()}}
    known = frozenset(numbers) - grid.shapes.keys()

    def counts(node: Formula) -> Formula | None:
        match node:
            case Over(body, function, spans, bounds):
                return Over(rebuild(body, _counted), function, spans, bounds)
            case Call(name, (Slot(index),)) if name == COUNT and own == (Span(index),):
                return node
        return _counted(node)

    def whole(node: Formula) -> Formula | None:
        match node:
            case Call(name, _) if name == COUNT:
                return node
            case Quotient(above, below) if whole(below) == ONE:
                return rebuild(above, whole)
            case Slot() | Product() | Sum() | Negative() if _is_named(node, known):
                return Number(str(affine(node, numbers).constant))
        return None

    return rebuild(rebuild(formula, counts), whole)


def _length(index: str) -> str:
    """A name for how far an index runs."""
    return f"{COUNT} {index}"


def _counted(node: Formula) -> Formula | None:
    match node:
        case Call(name, (Slot(index),)) if name == COUNT:
            return Slot(_length(index))
    return None


def _is_named(node: Formula, known: Collection[str]) -> bool:
    """Whether a formula is made of whole numbers only, and at least one of them has a name."""
    match node:
        case Slot(name):
            return not isinstance(node, Entry) and name in known
        case Negative(argument):
            return _is_named(argument, known)
        case Sum(parts) | Product(parts):
            others = [part for part in parts if not _is_named(part, known)]
            return len(others) < len(parts) and all(isinstance(one, Number) and one.text.isdigit() for one in others)
    return False
