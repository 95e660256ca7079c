"""What a layer is: its options, its parameters, the shapes it takes and gives, the equations it emits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from derive.graph.builder import GraphBuilder
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of, shape_text, stacked
from derive.sources.fields import Nested, Text, Texts
from derive.sources.validate import Model

Shapes = tuple[Shape, ...]
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
    the layer finds them by `Here.of_sample`; such numbers are constants.
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


@dataclass(frozen=True)
class Forms:
    """A layer's equations in the language of `derive.graph.views.language`, each an equation or more.

    `index` and `matrices` go forward; `backward_matrices` give what the layer contributes to the adjoint of each array
    that it uses, in terms of the adjoints of those that it computes. In index form that is derived from `index`.
    """

    index: tuple[str, ...] = ()
    matrices: tuple[str, ...] = ()
    backward_matrices: tuple[str, ...] = ()

    def changed(self, change: Callable[[str], str]) -> Forms:
        """The forms with every equation changed; what becomes empty falls away."""
        parts = (self.index, self.matrices, self.backward_matrices)
        return Forms(*(tuple(filter(None, map(change, part))) for part in parts))


@dataclass(frozen=True)
class Here:
    """Where a layer emits its equations: the builder, the layer's parameters by option, what its result is."""

    builder: GraphBuilder
    parameters: Mapping[str, Block]
    result: Kind
    views: list[Mapping[str, Tensor | int]] = field(default_factory=list)
    """For each time that the layer's equations are applied, its tensors and sizes by the names of its forms."""
    turns: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)
    """The constants that take turns, by option: one block for each sample of the batch."""

    @property
    def at_zero(self) -> int:
        """The convention for a derivative at a kink."""
        return self.builder.at_zero

    def block(self, kind: Kind, shape: Shape = (), letter: str = "", tag: str = "") -> Block:
        """A new block of computed quantities."""
        return self.builder.block(kind, Role.FORWARD, shape, letter, tag)

    def of_sample(self, key: str) -> Block:
        """The constants of an option for the sample at hand: those that take turns, or the same for all."""
        blocks = self.turns.get(key)
        return self.parameters[key] if blocks is None else blocks[max(self.builder.scope.sample, 1) - 1]

    def entrywise(self, rule: Rule, kind: Kind, *inputs: Tensor, letter: str = "", tag: str = "") -> Tensor:
        """A rule applied entry by entry, one tensor a slot in the order of `rule.slots`.

        A tensor of one quantity is used for every entry; the others have one shape, that of the result.
        """
        shape = next((tensor.shape for tensor in inputs if len(tensor.ids) > 1), inputs[0].shape)
        block = self.block(kind, shape, letter, tag)
        sized = rule.sized()
        columns = [t.ids if len(t.ids) == block.size else [t.ids[0]] * block.size for t in inputs]
        for output, *operands in zip(block.ids, *columns, strict=True):
            self.builder.equation(sized, output, operands)
        return of(block)

    def combine(self, rule: Rule, output: int, **slots: Tensor | int) -> None:
        """One equation: each slot of the rule by name, a group as a tensor."""
        operands: list[int] = []
        size = 1
        for slot in rule.slots:
            given = slots[slot]
            ids = [given] if isinstance(given, int) else list(given.ids)
            size = len(ids) if slot in rule.groups else size
            operands += ids
        self.builder.equation(rule.sized(size), output, operands)

    def members(self, rule: Rule, kind: Kind, inputs: Tensor, letter: str = "", tag: str = "") -> Tensor:
        """A rule of several outputs (softmax) over the entries of a vector."""
        block = self.block(kind, inputs.shape, letter, tag)
        for member, output in enumerate(block.ids):
            self.builder.equation(rule.sized(block.size, member), output, inputs.ids, block.ids)
        return of(block)


class Layer(Model, ABC):
    """The options that every layer has. A layer is one file with one subclass; the catalog finds it there."""

    describes: ClassVar[str]
    formulas: ClassVar[tuple[str, ...]]
    """The equations in index form, as the catalog lists them; with the next two, the views of the layer."""
    matrices: ClassVar[tuple[str, ...]] = ()
    backward_matrices: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str]
    torch: ClassVar[str] = ""
    """An equation of `formulas` as one expression of PyTorch's, over the arrays and sizes of a view.

    For a batch its arrays have an axis of samples in front, where the samples' differ. An argument that is an array of
    `formulas` alone, such as biases, is left out where a view does not hold it.
    """
    has_windows: ClassVar[bool] = False
    """Whether `torch` calls a function that moves windows, whose sizes the views hold as `windows.named` has them."""
    takes_steps: ClassVar[bool] = True
    """Whether an input of two axes is a sequence of vectors, one a step, and not an image."""

    layer: str
    name: Text = ""
    from_: Texts = Field((), alias="from")
    frozen: bool = False
    rows: Rows | None = None

    @property
    def is_familiar(self) -> bool:
        """Whether a page that has problems on the layer worked by hand may take its formulas as known."""
        return False

    @property
    def mixes_samples(self) -> bool:
        """Whether a result of one sample depends on the others of its batch."""
        return False

    def misreads(self, number: Decimal) -> str:
        """What is wrong with a number of the network's input that comes straight to this layer; empty if nothing."""
        del number
        return ""

    def forms(self) -> Forms:
        """The views as the layer's options make them: those of the class, unless an option changes them."""
        return Forms(self.formulas, self.matrices, self.backward_matrices)

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

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """Options that change nothing for inputs that fit, each with why, as the end of a sentence."""
        del inputs
        yield from ()

    @abstractmethod
    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """The equations for one sample, and its result."""

    def emit_batch(self, here: Here, batch: Sequence[tuple[Tensor, ...]]) -> list[Tensor]:
        """The equations for a batch: sample by sample, unless the layer looks at them together."""
        results = []
        for number, inputs in enumerate(batch, 1):
            with here.builder.within(sample=number if len(batch) > 1 else 0):
                results.append(self.emit(here, inputs))
        return results


def only_input(inputs: Shapes) -> Shape:
    """The shape of the one input. Raises `Misfit` where there are several."""
    if len(inputs) != 1:
        raise Misfit(f"takes one input, not {len(inputs)}", "from")
    return inputs[0]


def vectors(shape: Shape, what: str) -> int:
    """The length of a vector, or of each vector of a sequence. Raises `Misfit` for anything else."""
    if len(shape) not in (1, 2):
        raise Misfit(
            f"{what} takes a vector or a sequence of vectors, not {shape_text(shape)}; put a flatten before it"
        )
    return shape[-1]


def each_vector(here: Here, signal: Tensor, apply: Callable[[Tensor], Tensor]) -> Tensor:
    """What `apply` gives for a vector; for a sequence, for each of its vectors at its own time step."""
    if len(signal.shape) == 1:
        return apply(signal)
    results = []
    for time, step in enumerate(signal, 1):
        with here.builder.within(time=time):
            results.append(apply(step))
    return stacked(results)
