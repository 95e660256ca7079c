"""The model of a problem file. `docs/problem-file.md` explains each key to an instructor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from derive.catalog.layers import layers
from derive.catalog.layers.base import Layer, Rows
from derive.catalog.layers.dense import Units
from derive.catalog.losses import LOSSES, ErrorOrder
from derive.problem.detail import Detail
from derive.problem.heading import Heading
from derive.problem.key_advice import PROBLEM_KEY_ADVICE
from derive.problem.notation import NotationChoice, NotationOrName
from derive.problem.question import Exercise, Extra, Question
from derive.problem.rounding import Rounding
from derive.problem.spellings import tree_written_out
from derive.problem.training import LearningRate, LossChoice, OptimizerChoice, Penalty, ShortRate
from derive.sources.drafts import kind_stated
from derive.sources.fields import AlsoWritten, Name, Numbers, OrName, Text, Texts, Whole, choice
from derive.sources.validate import Model, mistake

MOST_ROUNDS = 1000

Positive = Annotated[Whole, Field(ge=1)]
INPUT_SHAPE = WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]})
Step = Literal["error", "squared error", "adjoint"]
EquationNumbers = Literal["all", "cited", "none"]
"""Which equations are numbered: every one that a line states, those that another line cites, none."""


if TYPE_CHECKING:
    AnyLayer = Layer
else:
    _KINDS = tuple(Annotated[kind, Tag(name)] for name, kind in layers().items())
    AnyLayer = Annotated[Union[_KINDS], Discriminator(kind_stated)]  # noqa: UP007


def _to_shape(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _to_rounds(value: Any) -> Any:
    """One group of values for all rounds, or a list with one a round."""
    return (value,) if isinstance(value, dict) else value


VALUES = WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]})


class Network(Model):
    """The shape of the inputs and the layers; the last layer is the output."""

    inputs: Annotated[tuple[Units, ...], BeforeValidator(_to_shape), Field(min_length=1, max_length=4), INPUT_SHAPE]
    rows: Rows = "inputs"
    layers: Annotated[tuple[AnyLayer, ...], Field(min_length=1)]


def _to_classes(value: Any) -> Any:
    return value if value is None or isinstance(value, (list, tuple)) else (value,)


def _to_class(value: Any) -> Any:
    if str(value) == "0":
        raise mistake("`class`: classes are counted from 1, so the first one is `class: 1`")
    return value


Class = Annotated[Positive, BeforeValidator(_to_class)]
Classes = Annotated[tuple[Class, ...], BeforeValidator(_to_classes), Field(min_length=1), INPUT_SHAPE]


class Sample(Model):
    """One sample: inputs `x`, and targets `y`, the number of a class (from 1), or the gradient `upstream`.

    A sequence has one class, or one for each step.
    """

    x: Numbers
    y: Numbers | None = None
    class_: Classes | None = Field(None, alias="class")
    upstream: Numbers | None = None


class Batch(Model):
    """Several samples a round: how many, whether their gradients are added or averaged, whether each is shown."""

    size: Annotated[Whole, Field(ge=1)] = 1
    gradients: Literal["averaged", "summed"] = "averaged"
    per_sample_gradients: bool = False


class FigureChoice(Model):
    """How the network is drawn, where it is not as the style says: what stands on edges, whether units are split."""

    edges: Literal["symbols", "numbers", "none"] | None = None
    units: Literal["split", "whole"] | None = None


class Problem(Heading):
    """A network, its data, a learning rate, and how the key is to look."""

    key_advice: ClassVar[Mapping[str, str]] = PROBLEM_KEY_ADVICE

    derive: Annotated[Literal["1"], BeforeValidator(str), choice("1")] = "1"
    exercise: Exercise = Exercise()
    network: Network | None = None
    equations: dict[Name, Text] = Field(default_factory=dict)
    values: Annotated[tuple[dict[Name, Numbers], ...], BeforeValidator(_to_rounds), VALUES] = ()
    outputs: Name | None = None
    targets: Numbers | None = None
    parameters: Texts = ()
    loss: Annotated[LossChoice, OrName()] = LossChoice()
    error: ErrorOrder = ErrorOrder.TARGET_FIRST
    penalty: Penalty = Penalty()
    optimizer: Annotated[OptimizerChoice, OrName()] = OptimizerChoice()
    learning_rate: Annotated[LearningRate, ShortRate()] | None = None
    data: tuple[Sample, ...] = ()
    batch: Annotated[Batch, AlsoWritten({"type": "integer"})] = Batch()
    epochs: Annotated[Whole, Field(ge=1, le=MOST_ROUNDS)] | None = None
    rounds: Annotated[Whole, Field(ge=1, le=MOST_ROUNDS)] | None = None
    final_forward_pass: bool = False
    relu_at_zero: Annotated[Literal["0", "1"], BeforeValidator(str), choice("0", "1")] = "0"
    inline: tuple[Step, ...] = ()
    update_form: Literal["descent", "ascent"] = "descent"
    updates: Literal["simultaneous", "in place"] = "simultaneous"
    rounding: Annotated[Rounding, AlsoWritten({"type": "integer"})] = Rounding()
    style: str = "table"
    figure: FigureChoice = FigureChoice()
    notation: NotationOrName = NotationChoice()
    language: str = "en"
    detail: Detail = Detail()
    equation_numbers: EquationNumbers | None = None
    questions: tuple[Question, ...] = ()
    extra: Extra | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        return tree_written_out(value)

    @property
    def round_count(self) -> int:
        """How many rounds update the parameters: as written, else one a batch, for each epoch."""
        samples = len(self.data) or len(self.values) or 1
        return self.rounds or -(-samples // self.batch.size) * (self.epochs or 1)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of the network; none for equations alone."""
        return self.network.layers if self.network is not None else ()

    @property
    def has_loss(self) -> bool:
        """Whether there is a loss, and not a gradient that is given in its place."""
        return not LOSSES[self.loss.name].is_stand_in


def rounds_word(count: int) -> str:
    """A count of rounds in words."""
    return "1 round" if count == 1 else f"{count} rounds"
