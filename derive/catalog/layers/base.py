"""What a layer is: its options, its parameters, the shapes it takes and gives, its equations in index form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor, shape_text, stacked
from derive.graph.views.stated import Stated
from derive.sources.fields import Nested, Text, Texts
from derive.sources.validate import Model

if TYPE_CHECKING:
    from derive.catalog.layers.layer_context import LayerContext

Shapes = tuple[Shape, ...]
Convention = tuple[str, Mapping[str, str]]
"""The sentence of the locales that says a convention, and what it mentions."""
Rows = Literal["inputs", "units"]
"""What a row of a weight matrix belongs to, as a problem file writes it."""


class Misfit(Exception):  # noqa: N818 - a finding, turned into a diagnostic with a line
    """Shapes that do not fit; `key` is the option at fault, empty for the layer as a whole."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Parameter:
    """Given numbers of a layer: the option that states them, what they are, their shape.

    `key` has a dot where the option stands in a group: `forget.weights`. One number fills the shape. `trainable` ones
    are updated; others are constants. A penalty counts biases and those that are not `penalized`, such as the scales of
    a normalization, only where the problem says so. `axes` says in words what the shape's axes are, for messages. Where
    `takes_turns`, the numbers hold one array of the shape for each sample in turn, starting over after the last, and
    such numbers are constants. `array` is what the layer's equations call it, where that is not its letter, with its
    tag behind `_`.
    """

    key: str
    kind: Kind
    shape: Shape
    numbers: Nested
    letter: str = ""
    tag: str = ""
    trainable: bool = True
    penalized: bool = True
    axes: str = ""
    takes_turns: bool = False
    array: str = ""


class Layer(Model, ABC):
    """The options that every layer has. A layer is one file with one subclass; the catalog finds it there."""

    describes: ClassVar[str]
    forward: ClassVar[tuple[Stated, ...]] = ()
    """The equations with the usual options, as the catalog lists them: all else of the layer follows from them."""
    reference: ClassVar[str]
    torch: ClassVar[str] = ""
    """An equation of `forward` as one expression of PyTorch's, over the arrays and sizes of a view.

    For a batch its arrays have an axis of samples in front, where the samples' differ. An argument that is an array of
    the equations alone, such as biases, is left out where a view does not hold it.
    """
    has_windows: ClassVar[bool] = False
    """Whether `torch` calls a function that moves windows, whose sizes the views hold as `windows.named` has them."""
    scalar_lines: ClassVar[bool] = False
    """Whether a person works it entry by entry where it has few results, and not in arrays."""
    takes_steps: ClassVar[bool] = True
    """Whether an input of two axes is a sequence of vectors, one a step, and not an image."""

    familiar: ClassVar[bool] = False
    """Whether entries are only taken, ordered, added or multiplied, or go through an activation."""

    layer: str
    name: Text = ""
    from_: Texts = Field((), alias="from")
    frozen: bool = False
    rows: Rows | None = None

    @property
    def is_familiar(self) -> bool:
        """Whether a page that has problems on the layer worked by hand may take its formulas as known."""
        return self.familiar

    def conventions(self) -> Mapping[str, Convention | None]:
        """For each topic on which authors differ about such layers, what the options choose; None for nothing said."""
        return {}

    @property
    def mixes_samples(self) -> bool:
        """Whether a result of one sample depends on the others of its batch."""
        return False

    def misreads(self, number: Decimal) -> str:
        """What is wrong with a number of the network's input that comes straight to this layer; empty if nothing."""
        del number
        return ""

    def stated(self) -> tuple[Stated, ...]:
        """The equations as the layer's options make them: those of the class, unless an option changes them."""
        return self.forward

    def torch_form(self) -> str:
        """The call of PyTorch's as the layer's options make it; empty where there is none."""
        return self.torch

    @abstractmethod
    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of the result. Raises `Misfit` for inputs that the layer cannot take."""

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """The parameters and constants, for inputs that fit."""
        del inputs
        return ()

    def changed(self, *options: str) -> Iterator[str]:
        """Which of these options do not have their usual value."""
        fields = type(self).model_fields
        return (option for option in options if getattr(self, option) != fields[option].default)

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """Options that change nothing for inputs that fit, each with why, as the end of a sentence."""
        del inputs
        yield from ()

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """The equations worked for one sample, and its result.

        Where a layer does not say otherwise, they are those of a vector `x`, and the last one gives the result; of a
        sequence, they are applied to each vector at its own time step.
        """
        last = self.stated()[-1].of
        return each_vector(context, inputs[0], lambda signal: context.work({"x": signal})[last])

    def apply_batch(self, context: LayerContext, batch: Sequence[tuple[Tensor, ...]]) -> list[Tensor]:
        """The equations for a batch: sample by sample, unless the layer looks at them together."""
        results = []
        for number, inputs in enumerate(batch, 1):
            with context.builder.within(sample=number if len(batch) > 1 else 0):
                results.append(self.apply(context, inputs))
        return results


def with_numbers(*parameters: Parameter) -> tuple[Parameter, ...]:
    """The parameters that a layer has: those whose option is `none` have no numbers."""
    return tuple(one for one in parameters if one.numbers is not None)


def one_each(count: int, what: str) -> str:
    """The words for an axis: one number for each of so many things."""
    return f"one for each of the {count} {what}"


def only_input(inputs: Shapes) -> Shape:
    """The shape of the one input. Raises `Misfit` where there are several."""
    if len(inputs) != 1:
        raise Misfit(f"takes one input, not {len(inputs)}", "from")
    return inputs[0]


def branches(inputs: Shapes) -> None:
    """Raises `Misfit` where there is no second input to join the first with."""
    if len(inputs) < 2:
        raise Misfit("joins two or more branches; name them in `from`", "from")


def vectors(shape: Shape, what: str) -> int:
    """The length of a vector, or of each vector of a sequence. Raises `Misfit` for anything else."""
    if len(shape) not in (1, 2):
        raise Misfit(
            f"{what} takes a vector or a sequence of vectors, not {shape_text(shape)}; put a flatten before it"
        )
    return shape[-1]


def each_vector(context: LayerContext, signal: Tensor, apply: Callable[[Tensor], Tensor]) -> Tensor:
    """What `apply` gives for a vector; for a sequence, for each of its vectors at its own time step."""
    if len(signal.shape) == 1:
        return apply(signal)
    results = []
    for time, step in enumerate(signal, 1):
        with context.builder.within(time=time):
            results.append(apply(step))
    return stacked(results)
