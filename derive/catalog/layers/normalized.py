"""What normalizations share: their rules, their scale and shift."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from derive.catalog.layers.base import Forms, Here, Layer, Parameter, Shapes, each_vector, only_input, vectors
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of
from derive.sources.fields import Biases, WrittenNumber

_GROUP = frozenset({"x"})
MEAN = Rule("mean", "sum(x)/count(x)", _GROUP, "mu", {"x": "1/count(x)"})
VARIANCE = Rule(
    "variance",
    "sum((x-mu)^2)/count(x)",
    _GROUP,
    "v",
    {"x": "2*(x-mu)/count(x)", "mu": "-2*sum(x-mu)/count(x)"},
)
"""The biased variance; its partials as in Ioffe and Szegedy (ICML 2015), section 3."""

NORMALIZED = Rule(
    "normalized",
    "(x-mu)/sqrt(v+c)",
    output="z",
    textbook={"x": "1/sqrt(v+c)", "mu": "-1/sqrt(v+c)", "v": "-z/(2*(v+c))", "c": "-z/(2*(v+c))"},
)
MEAN_SQUARE = Rule("mean square", "sum(x^2)/count(x)", _GROUP, "m", {"x": "2*x/count(x)"})
OVER_ROOT = Rule(
    "normalized by the root mean square",
    "x/sqrt(m+c)",
    output="z",
    textbook={"x": "1/sqrt(m+c)", "m": "-z/(2*(m+c))", "c": "-z/(2*(m+c))"},
)
_AFFINE = {
    (True, True): Rule("scaled and shifted", "g*z+b", textbook={"g": "z", "z": "g", "b": "1"}),
    (True, False): Rule("scaled", "g*z", textbook={"g": "z", "z": "g"}),
    (False, True): Rule("shifted", "z+b", textbook={"z": "1", "b": "1"}),
}
"""By whether there is a scale, and a shift."""


def _without_scale(text: str) -> str:
    """An equation without the scale `g`."""
    return re.sub(r"g\[\w\]\*(?=z)", "", text)


def _not_negative(number: Decimal) -> Decimal:
    if number < 0:
        raise ValueError("expected a number of at least 0")
    return number


def _share(number: Decimal) -> Decimal:
    if not 0 <= number <= 1:
        raise ValueError("expected a number from 0 to 1")
    return number


Share = Annotated[WrittenNumber, AfterValidator(_share)]
Epsilon = Annotated[WrittenNumber, AfterValidator(_not_negative)]


class Normalization(Layer):
    """A layer that scales and shifts what it normalized."""

    scale: Biases = Decimal(1)
    shift: Biases = Decimal(0)
    epsilon: Epsilon = Decimal("1e-5")

    def forms(self) -> Forms:
        """The equations with the scale and the shift that there are."""
        return super().forms() if self.scale is not None else super().forms().changed(_without_scale)

    def affine(self, count: int, what: str) -> tuple[Parameter, ...]:
        """Scale and shift (count,), where there are any, and the constant epsilon."""
        axes = f"one for each of the {count} {what}"
        found = [Parameter("epsilon", Kind.CONSTANT, (), self.epsilon, "epsilon", trainable=False)]
        if self.scale is not None:
            scale = Parameter("scale", Kind.WEIGHT, (count,), self.scale, "gamma", penalized=False, axes=axes)
            found.append(scale)
        if self.shift is not None:
            found.append(Parameter("shift", Kind.BIAS, (count,), self.shift, "beta", axes=axes))
        return tuple(found)

    def normalize(
        self, here: Here, rule: Rule, signal: Tensor, features: Sequence[int], **statistics: Tensor
    ) -> Tensor:
        """Each entry normalized, scaled and shifted; `features` says by which entry of the statistics and parameters.

        `statistics` are the rule's slots beside the entry and epsilon.
        """
        every = {**statistics, "c": of(here.parameters["epsilon"])}
        last = self.scale is None and self.shift is None
        block = here.block(here.result if last else Kind.NORMALIZED, signal.shape)
        self._each(here, rule, block.ids, {"x": signal}, every, features)
        normalized = of(block)
        parameters = {slot: of(here.parameters[key]) for slot, key in _SLOTS.items() if key in here.parameters}
        result = normalized
        if not last:
            affine = _AFFINE[self.scale is not None, self.shift is not None]
            result = of(here.block(here.result, signal.shape))
            self._each(here, affine, result.ids, {"z": normalized}, parameters, features)
        self.state(here, {**every, **parameters}, {"x": signal, "z": normalized, "f": result})
        return result

    def state(self, here: Here, by_feature: Mapping[str, Tensor], entries: Mapping[str, Tensor]) -> None:
        """The views of one vector."""
        here.views.append({**by_feature, **entries})

    @staticmethod
    def _each(
        here: Here,
        rule: Rule,
        outputs: Sequence[int],
        entries: Mapping[str, Tensor],
        by_feature: Mapping[str, Tensor],
        features: Sequence[int],
    ) -> None:
        """One equation an entry: a slot's quantity is the entry's own, or that of its feature, or the only one."""
        sized = rule.sized()
        for place, (output, feature) in enumerate(zip(outputs, features, strict=True)):
            operands = []
            for slot in rule.slots:
                column = entries[slot].ids if slot in entries else by_feature[slot].ids
                operands.append(column[place if slot in entries else feature if len(column) > 1 else 0])
            here.builder.equation(sized, output, operands)


_SLOTS = {"g": "scale", "b": "shift"}


class VectorNormalization(Normalization):
    """A normalization of each vector by itself; `called` names it in messages."""

    called: ClassVar[str]

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the input, a vector or a sequence of vectors."""
        shape = only_input(inputs)
        vectors(shape, self.called)
        return shape

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Scale and shift, one for each entry of a vector."""
        return self.affine(only_input(inputs)[-1], "entries of a vector from <whence>")

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """Statistics, normalized entries, result, for each vector of the input."""
        return each_vector(here, inputs[0], lambda signal: self.normalize_vector(here, signal))

    @abstractmethod
    def normalize_vector(self, here: Here, signal: Tensor) -> Tensor:
        """Statistics, normalized entries and result of one vector."""


def of_feature(signal: Tensor, feature: int, count: int, axis: str) -> Sequence[int]:
    """The entries of one feature, of so many, which lie along the first or the last axis."""
    if axis == "last":
        return signal.ids[feature::count]
    inner = len(signal.ids) // count
    return signal.ids[feature * inner : (feature + 1) * inner]


def features_of(shape: Shape, axis: str) -> list[int]:
    """For each entry of an array, its feature along the first or the last axis, counted from 0."""
    count = shape[-1] if axis == "last" else shape[0]
    size = prod(shape)
    return [place % count if axis == "last" else place // (size // count) for place in range(size)]
