"""The model of a problem file. `docs/problem-file.md` explains each key to an instructor."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from derive.catalog.layers import DEFAULT_LAYER, layers
from derive.catalog.layers.base import Layer, Rows
from derive.catalog.layers.dense import Units
from derive.catalog.losses import LOSSES, ErrorOrder
from derive.problem.asks import AskedPart
from derive.problem.detail import Detail
from derive.problem.heading import Heading
from derive.problem.key_advice import OPTIMIZER_KEY_ADVICE, PROBLEM_KEY_ADVICE
from derive.problem.notation import NotationChoice, NotationOrName
from derive.problem.rounding import Rounding
from derive.problem.spellings import tree_written_out
from derive.sources.fields import AlsoWritten, Name, Numbers, OrName, Text, Texts, Whole, WrittenNumber, choice
from derive.sources.validate import Model, mistake

MOST_ROUNDS = 1000

Positive = Annotated[Whole, Field(ge=1)]
INPUT_SHAPE = WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]})
Foldable = Literal["error", "squared error", "adjoint"]
EquationNumbers = Literal["all", "cited", "none"]
"""Which equations are numbered: every one that a line states, those that another line cites, none."""


def _layer_name(value: Any) -> str:
    """Which layer the options of one are for; dense where they do not say."""
    return str(value.get("layer", DEFAULT_LAYER) if isinstance(value, dict) else getattr(value, "layer", DEFAULT_LAYER))


if TYPE_CHECKING:
    AnyLayer = Layer
else:
    _KINDS = tuple(Annotated[kind, Tag(name)] for name, kind in layers().items())
    AnyLayer = Annotated[Union[_KINDS], Discriminator(_layer_name)]  # noqa: UP007


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
    own_gradients: bool = False


class Penalty(Model):
    """Added to the loss: `l2` times half the sum of squares, `l1` times the sum of sizes, of the weights."""

    l1: WrittenNumber | None = None
    l2: WrittenNumber | None = None
    half: bool = True
    biases: bool = False


class OptimizerChoice(Model):
    """An optimizer, its constants where they are not the usual ones, and what happens to a gradient before it.

    `states` are what its states start from; where nothing is said, 0. `weight_decay_order` says which comes first of
    clipping and weight decay where a problem has both; where nothing is said, clipping.
    """

    key_advice: ClassVar[Mapping[str, str]] = OPTIMIZER_KEY_ADVICE

    name: str = "sgd"
    constants: dict[str, WrittenNumber] = Field(default_factory=dict)
    states: dict[str, WrittenNumber] = Field(default_factory=dict)
    clip_value: WrittenNumber | None = None
    clip_norm: WrittenNumber | None = None
    weight_decay: WrittenNumber | None = None
    weight_decay_order: Literal["after clipping", "before clipping"] | None = None

    @model_validator(mode="after")
    def _orders_what_there_is(self) -> OptimizerChoice:
        clips = self.clip_value is not None or self.clip_norm is not None
        missing = [] if clips else ["`clip_norm` or `clip_value`"]
        missing += ["`weight_decay`"] if self.weight_decay is None else []
        if self.weight_decay_order is not None and missing:
            raise mistake(
                "`weight_decay_order` says which comes first of clipping and weight decay, but the problem has no "
                f"{' and no '.join(missing)}; drop it, or state both"
            )
        return self


class LearningRate(Model):
    """A rate for all rounds (`start` alone), one for each (`rounds`), or a schedule that begins at `start`."""

    start: WrittenNumber | None = None
    rounds: tuple[WrittenNumber, ...] = ()
    schedule: str = ""
    constants: dict[str, WrittenNumber] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> LearningRate:
        if (self.start is None) == (not self.rounds) or (self.rounds and self.schedule):
            raise mistake(
                "`learning_rate`: expected a number, a list of numbers (one a round), or a `schedule` with its `start`"
            )
        return self

    def of(self, number: int) -> Decimal:
        """The rate stated for a round (from 1); under a schedule, the one it begins at."""
        if self.start is not None:
            return self.start
        return self.rounds[min(number, len(self.rounds)) - 1]


class _ShortRate:
    """A rate that may be written as a number or a list: read that way, and said so in the schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A validator that takes a number for the start and a list for the rounds."""

        def read(value: Any) -> Any:
            if value is None or isinstance(value, (dict, LearningRate)):
                return value
            return {"rounds": value} if isinstance(value, (list, tuple)) else {"start": value}

        return core_schema.no_info_before_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number, a list, or the model."""
        number: dict[str, Any] = {"type": ["number", "string"]}
        return {"anyOf": [number, {"type": "array", "items": number}, handler(schema)]}


class LossChoice(Model):
    """A loss, the base of its logarithms, its constants, how far targets are smoothed."""

    name: str = "half squared error"
    log: Annotated[Literal["natural", "2", "10"], BeforeValidator(str), choice("2", "10")] = "natural"
    constants: dict[str, WrittenNumber] = Field(default_factory=dict)
    smoothing: WrittenNumber | None = None


class Exercise(Model):
    """What stands before the questions."""

    title: Text = ""
    text: Text = ""
    points: Text = ""
    worth: Text = ""
    conditions: tuple[Text, ...] = ()
    number: Text = ""


class Question(Model):
    """One question. `asks` lists parts: `functions`, `round N`, `rounds`, `losses`, and those of `problem.asks`.

    `marks` gives parts of the question points of their own, `step` the least that a line can have.
    """

    title: Text
    asks: Annotated[tuple[AskedPart, ...], Field(min_length=1), AlsoWritten({"type": "string"})]
    points: Text = ""
    note: Text = ""
    text: Text = ""
    working: bool = False
    marks: dict[str, WrittenNumber] = Field(default_factory=dict)
    step: WrittenNumber | None = None


class FigureChoice(Model):
    """How the network is drawn, where it is not as the style says: what stands on edges, whether units are split."""

    edges: Literal["symbols", "numbers", "none"] | None = None
    units: Literal["split", "whole"] | None = None


class Extra(Model):
    """The line before the first extra question."""

    from_question: Positive
    text: Text
    worth: Text = ""


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
    learning_rate: Annotated[LearningRate, _ShortRate()] | None = None
    data: tuple[Sample, ...] = ()
    batch: Annotated[Batch, AlsoWritten({"type": "integer"})] = Batch()
    epochs: Annotated[Whole, Field(ge=1, le=MOST_ROUNDS)] | None = None
    rounds: Annotated[Whole, Field(ge=1, le=MOST_ROUNDS)] | None = None
    final_forward_pass: bool = False
    relu_at_zero: Annotated[Literal["0", "1"], BeforeValidator(str), choice("0", "1")] = "0"
    folded: tuple[Foldable, ...] = ()
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
