"""One application of a layer's equations: what the names of its views stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from derive.errors import FormulaError
from derive.graph.formula import ZERO, Formula, Number, Position, Slot, leaves, rebuild
from derive.graph.rule import Rule
from derive.graph.tensor import HOLE, Tensor
from derive.graph.views.language import ADJOINT, ViewEquation

T = TypeVar("T")


@dataclass(frozen=True)
class Applied:
    """An activation: its rule, and the quantities of its constants."""

    rule: Rule
    constants: Mapping[str, int]

    def value(self, argument: Formula) -> Formula:
        """The activation of an argument."""
        return self._filled(self.rule.formula, {self.rule.slots[0]: argument})

    def slope(self, argument: Formula, by: str = "") -> Formula:
        """The derivative at an argument, or the one by a constant."""
        inner = {self.rule.slots[0]: argument, self.rule.output: self.value(argument)}
        return self._filled(self.rule.partial(by or self.rule.slots[0]), inner)

    def _filled(self, formula: Formula, inner: Mapping[str, Formula]) -> Formula:
        places = {**{name: Position(quantity) for name, quantity in self.constants.items()}, **inner}
        return rebuild(formula, lambda node: places[node.name] if isinstance(node, Slot) else None)


@dataclass(frozen=True)
class Border:
    """What an augmented array has as a row above its own, or as a column on the left: formulas over quantities."""

    entries: tuple[Formula, ...]
    is_column: bool = False

    @property
    def transposed(self) -> Border:
        """The border of the transposed array."""
        return Border(self.entries, not self.is_column)

    def around(self, rows: Sequence[Sequence[T]], entries: Sequence[T]) -> tuple[tuple[T, ...], ...]:
        """Rows with some `entries` in the place of the border."""
        if self.is_column:
            return tuple((entry, *row) for entry, row in zip(entries, rows, strict=True))
        return (tuple(entries), *map(tuple, rows))


@dataclass(frozen=True)
class Application:
    """Tensors by name, the adjoint of every quantity that has one, options that are numbers, activations by option."""

    tensors: Mapping[str, Tensor]
    adjoint_of: Mapping[int, int]
    numbers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    activations: Mapping[str, Applied] = field(default_factory=lambda: MappingProxyType({}))
    parameters: frozenset[str] = frozenset()
    """The names of the tensors that the layer's own options state."""
    at_zero: int = 0
    """The convention for the derivative of relu at 0."""
    borders: Mapping[str, Border] = field(default_factory=lambda: MappingProxyType({}))
    """The borders of augmented arrays, by name."""

    def find(self, name: str) -> tuple[Tensor, bool] | None:
        """The tensor that a name stands for, and whether its adjoint is meant; None where there is none."""
        if name in self.tensors:
            return self.tensors[name], False
        inner = name.removeprefix(ADJOINT)
        return (self.tensors[inner], True) if inner != name and inner in self.tensors else None

    def is_number(self, formula: Formula) -> bool:
        """Whether single numbers alone stand in a formula, no array of several entries."""
        names = {leaf.name for leaf in leaves(formula) if isinstance(leaf, Slot)}
        found = {name: self.find(name) for name in names - self.borders.keys()}
        return not names & self.borders.keys() and all(one is None or len(one[0].ids) == 1 for one in found.values())

    def has_worked(self, name: str) -> bool:
        """Whether a name stands for a tensor, and for an adjoint whether any entry of it is worked."""
        found = self.find(name)
        return found is not None and any(self.target(q, adjoint=found[1]) is not None for q in found[0].ids)

    def quantity(self, quantity: int, *, adjoint: bool) -> Formula:
        """A quantity as a formula; 0 for a hole, and for the adjoint of what leads from no parameter to the loss."""
        found = self.target(quantity, adjoint=adjoint)
        return ZERO if found is None else Position(found)

    def target(self, quantity: int, *, adjoint: bool) -> int | None:
        """What an equation with this quantity on its left defines; None for a hole and for an adjoint not worked."""
        if quantity == HOLE:
            return None
        return self.adjoint_of.get(quantity) if adjoint else quantity

    def activates(self, function: str) -> bool:
        """Whether a function is an activation of the layer, or the derivative of one."""
        return function.partition("'")[0] in self.activations

    def activated(self, function: str, argument: Formula) -> Formula:
        """An activation or its derivative at an argument."""
        name, prime, by = function.partition("'")
        found = self.activations[name]
        return found.slope(argument, by) if prime else found.value(argument)

    def whole(self, name: str) -> Formula:
        """An option that is a number. Raises `FormulaError` for anything else."""
        if name not in self.numbers:
            raise FormulaError(f"{name!r} is no array, index or option of the layer")
        return Number(self.numbers[name])

    def has(self, equation: ViewEquation) -> bool:
        """Whether what an equation defines is there and, for an adjoint, worked."""
        return self.has_worked(equation.of)
