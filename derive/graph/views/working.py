"""The scalar equations of an array that is stated in index form: one for each of its entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from operator import itemgetter

from derive.graph.builder import GraphBuilder
from derive.graph.chain import canonical
from derive.graph.equations import Equation
from derive.graph.formula import Call, Formula, Slot
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Shape, Tensor, of
from derive.graph.views.application import Application, Applied
from derive.graph.views.index_form import expand
from derive.graph.views.plan import Plan, Setting, plan
from derive.graph.views.stated import Stated


@dataclass(frozen=True)
class Working:
    """Works equations one after another; `tensors` holds what is given, and then what is worked too.

    `result` is the kind of an array whose equation states none, `lengths` how far indices run that stand alone at no
    axis. Blocks of as many entries are of `shape` and `laid` out as arrays where their shape is not that of the
    indices; `tag` is put behind their tags.
    """

    builder: GraphBuilder
    tensors: dict[str, Tensor]
    result: Kind
    numbers: Mapping[str, int] = field(default_factory=dict)
    activations: Mapping[str, Applied] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    shape: Shape | None = None
    laid: Callable[[Tensor], Tensor] | None = None
    tag: str = ""

    def work(self, stated: Stated) -> None:
        """The equations of one array; a block for them unless `tensors` holds the array that they are to define.

        Nothing where all of the right side is of arrays that are not there. Raises `FormulaError` where the equation
        does not fit its arrays.
        """
        found = plan(stated, self._setting(stated))
        if found is None:
            return
        if stated.of not in self.tensors:
            self.tensors[stated.of] = self._new_array(stated, found.shape)
        target = self.tensors[stated.of]
        equations = self._entries(found, stated, target)
        in_order = equations if isinstance(target.ids, range) else sorted(equations, key=itemgetter(1))
        self.builder.equations.extend(in_order)

    def _setting(self, stated: Stated) -> Setting:
        """What the equation is applied to, but for the quantities."""
        called, names = _calls(stated)
        applied = self.activations.get(called)
        constants = {} if applied is None else applied.constants
        shapes = tuple([(name, self.tensors[name].shape) for name in (*names, *constants) if name in self.tensors])
        return Setting(
            shapes,
            tuple(self.numbers.items()),
            tuple(self.lengths.items()),
            None if applied is None else applied.rule,
            frozenset(constants),
            self.builder.at_zero,
        )

    def _new_array(self, stated: Stated, shape: Shape) -> Tensor:
        """The array that an equation gives, in a block of its own."""
        kind = self.result if stated.kind is None else stated.kind
        own = shape if self.shape is None or prod(self.shape) != prod(shape) else self.shape
        block = of(self.builder.block(kind, Role.FORWARD, own, stated.letter, stated.tag + self.tag))
        return block.reshaped(shape) if self.laid is None else self.laid(block)

    def _entries(self, found: Plan, stated: Stated, target: Tensor) -> Iterator[Equation]:
        """The equation of each entry, row by row."""
        ids = target.ids
        if found.columns is None or len(found.rules) < len(ids):
            yield from self._written_out(found, stated, target)
        elif found.along:
            for place, operands in enumerate(found.columns.operands(self.tensors)):
                peers = tuple([ids[other] for other in found.along[place]])
                yield Equation(found.rules[place], ids[place], operands, peers)
        else:
            yield from map(Equation, found.rules.values(), ids, found.columns.operands(self.tensors))

    def _written_out(self, found: Plan, stated: Stated, target: Tensor) -> Iterator[Equation]:
        """The equation of each entry where some entries go by no rule with groups."""
        numbers = {name: str(number) for name, number in self.numbers.items()}
        trees = dict(expand(found.equation, Application(self.tensors, {}, numbers, self.activations)))
        constant = {q for name in stated.detached if name in self.tensors for q in self.tensors[name].ids}
        given = [()] * len(target.ids) if found.columns is None else found.columns.operands(self.tensors)
        for place, (output, operands) in enumerate(zip(target.ids, given, strict=True)):
            if place in found.rules:
                yield Equation(found.rules[place], output, operands)
            else:
                own, quantities = canonical(trees[output], self.builder.at_zero, detached=constant)
                yield Equation(own.sized(), output, quantities)


@lru_cache(maxsize=1024)
def _calls(stated: Stated) -> tuple[str, tuple[str, ...]]:
    """The function of one entry that the right side is, if it is one, and the names of an equation."""
    right: Formula = stated.equation.right
    called = right.function if isinstance(right, Call) and _is_of_one(right) else ""
    return called, stated.names_of_arrays


def _is_of_one(call: Call) -> bool:
    return len(call.arguments) == 1 and isinstance(call.arguments[0], Slot)
