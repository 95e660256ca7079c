"""The scalar equations of an array that is stated in index form: one for each of its entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from operator import itemgetter

from derive.errors import FormulaError
from derive.graph.builder import GraphBuilder
from derive.graph.canonical import canonical
from derive.graph.equations import Equation
from derive.graph.formula import Call, Formula, Slot
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Shape, Tensor, of
from derive.graph.views.application import Application, Applied
from derive.graph.views.columns import Grid, counted, operands
from derive.graph.views.folding import counting, folded, put_in
from derive.graph.views.index_form import expand, lengths, without_absent
from derive.graph.views.language import Entry, ViewEquation
from derive.graph.views.scheme import Scheme, Source, scheme
from derive.graph.views.stated import Stated


@dataclass(frozen=True)
class Working:
    """Works equations one after another; `tensors` holds what is given, and then what is worked too.

    `result` is the kind of an array whose equation states none, `lengths` how far indices run that stand alone at no
    axis. Blocks are of `shape` and `laid` out as arrays where their shape is not that of the indices; `tag` is put
    behind their tags.
    """

    builder: GraphBuilder
    tensors: dict[str, Tensor]
    result: Kind
    numbers: Mapping[str, str] = field(default_factory=dict)
    activations: Mapping[str, Applied] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    shape: Shape | None = None
    laid: Callable[[Tensor], Tensor] | None = None
    tag: str = ""

    def work(self, equation: ViewEquation, stated: Stated) -> None:
        """The equations of one array; a block for them unless `tensors` holds the array that they are to define.

        Nothing where all of the right side is of arrays that are not there. Raises `FormulaError` where the equation
        does not fit its arrays.
        """
        right = without_absent(equation, self._application)
        if right is None:
            return
        present = ViewEquation(equation.left, right)
        known = {**lengths(present, self._application), **self.lengths}
        target = self._target(present, known, stated)
        grid = Grid(self.tensors, self.numbers, known, _free(present, target))
        whole = ViewEquation(present.left, folded(right, grid))
        found = list(self._entries(whole, stated, grid, target))
        for rule, output, given, peers in sorted(found, key=itemgetter(1)):
            self.builder.equation(rule, output, given, peers)

    @property
    def _application(self) -> Application:
        return Application(self.tensors, {}, self.numbers, self.activations)

    def _target(self, equation: ViewEquation, known: Mapping[str, int], stated: Stated) -> Tensor:
        """The array that an equation gives, made unless it is there."""
        indices = equation.left.indices if isinstance(equation.left, Entry) else ()
        names = [index.name for index in indices if isinstance(index, Slot)]
        if len(set(names)) != len(indices):
            raise FormulaError(f"the left side {equation.of!r} needs one index alone for each of its axes")
        for name in names:
            if name not in known:
                raise FormulaError(f"nothing says how far {name} runs")
        if equation.of not in self.tensors:
            shape = tuple(known[name] for name in names)
            kind = self.result if stated.kind is None else stated.kind
            own = shape if self.shape is None else self.shape
            block = of(self.builder.block(kind, Role.FORWARD, own, stated.letter, stated.tag + self.tag))
            self.tensors[equation.of] = block.reshaped(shape) if self.laid is None else self.laid(block)
        return self.tensors[equation.of]

    def _entries(self, equation: ViewEquation, stated: Stated, grid: Grid, target: Tensor) -> Iterator[Equation]:
        """The equation of each entry, row by row."""
        counts = counting(equation.right)
        numbers = list(zip(*(counted(one, grid) for one in counts), strict=True)) if counts else [()] * len(target.ids)
        schemes: dict[tuple[int, ...], Scheme | None] = {}
        for each in dict.fromkeys(numbers):
            own = ViewEquation(equation.left, put_in(equation.right, dict(zip(counts, each, strict=True))))
            schemes[each] = self._scheme(own, stated)
        first = schemes[numbers[0]]
        given = repeat(None, len(target.ids)) if first is None else operands(first, grid)
        places = [name for name, _ in grid.free]
        trees: dict[int, Formula] = {}
        for place, (output, found, each) in enumerate(zip(target.ids, given, numbers, strict=True)):
            made = schemes[each]
            if found is None or made is None:
                trees = trees or dict(expand(equation, self._application))
                yield self._written_out(trees[output], output, stated)
            elif made.member:
                along = _along(target, place, places.index(made.member))
                yield Equation(made.rule.sized(found[0], along.index(output)), output, tuple(found[1]), along)
            else:
                yield Equation(made.rule.sized(found[0]), output, tuple(found[1]))

    def _scheme(self, equation: ViewEquation, stated: Stated) -> Scheme | None:
        """The rule of an equation: that of an activation where its right side is one, else as it is written."""
        match equation.right:
            case Call(function, (Slot() as argument,)) if function in self.activations:
                rule, constants = self.activations[function].rule, self.activations[function].constants
                sources = tuple(Source((Slot(slot),) if slot in constants else (argument,)) for slot in rule.slots)
                return Scheme(rule, sources)
            case _:
                return scheme(equation, stated, self.tensors.keys(), self.builder.at_zero)

    def _written_out(self, formula: Formula, output: int, stated: Stated) -> Equation:
        """The equation of an entry that no rule with groups says."""
        constant = {q for name in stated.detached if name in self.tensors for q in self.tensors[name].ids}
        rule, quantities = canonical(formula, self.builder.at_zero, detached=constant)
        return Equation(rule.sized(), output, quantities)


def _free(equation: ViewEquation, target: Tensor) -> tuple[tuple[str, range], ...]:
    indices = equation.left.indices if isinstance(equation.left, Entry) else ()
    if len(indices) != len(target.shape):
        raise FormulaError(f"{equation.of} has {len(target.shape)} axes, not {len(indices)}")
    names = [index.name for index in indices if isinstance(index, Slot)]
    return tuple((name, range(1, length + 1)) for name, length in zip(names, target.shape, strict=True))


def _along(target: Tensor, place: int, axis: int) -> tuple[int, ...]:
    """The entries that differ from one in their index along an axis only."""
    inner = 1
    for length in target.shape[axis + 1 :]:
        inner *= length
    start = place - place // inner % target.shape[axis] * inner
    return tuple(target.ids[start + inner * k] for k in range(target.shape[axis]))
