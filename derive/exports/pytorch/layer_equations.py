"""Equations of layers in index form as operations of PyTorch, for the samples and steps of a variable at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.catalog.layers.base import Layer
from derive.errors import FormulaError
from derive.exports.pytorch.index_printer import IndexForm, index_value
from derive.exports.pytorch.pieces import Piece, exactly
from derive.exports.pytorch.variables import Variables, reshaping
from derive.graph.formula import Slot
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.application import Application
from derive.graph.views.index_form import lengths
from derive.graph.views.language import Entry, ViewEquation


@dataclass(frozen=True)
class LayerEquation:
    """An equation of a layer, each time that it is applied: over `batch`, axes of samples and steps."""

    layer: Layer
    equation: ViewEquation
    applications: Sequence[Application]
    batch: Shape

    @property
    def call(self) -> str:
        """The expression of PyTorch's that the layer states for the results; empty where there is none."""
        result, _, text = self.layer.torch_form().partition(" = ")
        return text if result == self.equation.of else ""

    @property
    def shape(self) -> Shape:
        """The shape of its results together."""
        return (*self.batch, *self.applications[0].tensors[self.equation.of].shape)

    @property
    def form(self) -> IndexForm:
        """The formula with the arrays that it names. Raises `FormulaError` where an array has several shapes."""
        first, left = self.applications[0], self.equation.left
        indices = left.indices if isinstance(left, Entry) else ()
        return IndexForm(
            self.equation.right,
            self.batch,
            tuple(one.name for one in indices if isinstance(one, Slot)),
            {name: self.tensor(name) for name in self.equation.names() if name in first.tensors},
            lengths(self.equation, first),
            first.numbers,
        )

    def tensor(self, name: str) -> Tensor:
        """An array of every application, one behind the other. Raises `FormulaError` where their shapes differ."""
        own = [one.tensors[name] for one in self.applications]
        if len({one.shape for one in own}) > 1:
            raise FormulaError(f"{name} has several shapes")
        return Tensor([q for one in own for q in one.ids], (*self.batch, *own[0].shape))


def layer_value(use: LayerEquation, variables: Variables, at_zero: int, shape: Shape) -> Piece:
    """The results as an array of a shape.

    Raises `FormulaError` for what PyTorch has no operation for.
    """
    found = index_value(use.form, variables, at_zero)
    if use.shape == shape:
        return found
    whole = exactly(found, tuple(range(len(use.shape))), dict(enumerate(use.shape)))
    return whole.then(reshaping(use.shape, shape), tuple(range(len(shape))))
