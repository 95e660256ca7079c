"""The model of a problem file. `docs/problem-file.md` explains each key to an instructor."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from derive.arithmetic.rounding import MAX_PLACES, Carry, Mode, Override, Policy, Precision, Small, Zeros
from derive.catalog.losses import ErrorOrder
from derive.problem.fields import Biases, Text, Vector, Weights, Whole, WrittenNumber, choice
from derive.sources.validate import Model

MOST_UNITS = 1000
MOST_ROUNDS = 1000

Positive = Annotated[Whole, Field(ge=1)]
Units = Annotated[Whole, Field(ge=1, le=MOST_UNITS)]
Places = Annotated[Whole, Field(ge=0, le=MAX_PLACES)]
Figures = Annotated[Whole, Field(ge=1, le=MAX_PLACES)]
Foldable = Literal["error", "squared error", "adjoint"]


class Layer(Model):
    """A dense layer. Row i of `weights` holds the weights that leave input i; a single number fills it."""

    units: Units
    activation: str = "identity"
    weights: Weights
    biases: Biases


class Network(Model):
    """Inputs and layers; the last layer is the output."""

    inputs: Units
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]


class Sample(Model):
    """One sample: inputs `x` and targets `y`; a single number is a vector of one."""

    x: Vector
    y: Vector


class RoundingException(Model):
    """Another precision for a kind of quantity, a named one, or a round."""

    kind: str | None = None
    quantity: str | None = None
    round: Positive | None = None
    places: Places | None = None
    significant: Figures | None = None


class Rounding(Model):
    """How the key rounds; see `derive.arithmetic.rounding`."""

    places: Places | None = None
    significant: Figures | None = None
    mode: Mode = Mode.HALF_UP
    carry: Carry = Carry.FULL
    zeros: Zeros = Zeros.KEEP
    small: Small = Small.DIGITS
    exceptions: tuple[RoundingException, ...] = ()

    def policy(self) -> Policy:
        """The policy that these keys describe; 4 places where neither places nor figures are given."""
        overrides = tuple(
            Override(_precision(e.places, e.significant), e.kind, e.quantity, e.round) for e in self.exceptions
        )
        precision = _precision(self.places, self.significant)
        return Policy(precision, self.mode, self.carry, self.zeros, self.small, overrides)


def _precision(places: int | None, significant: int | None) -> Precision:
    if significant is not None:
        return Precision(significant, significant=True)
    return Precision(4 if places is None else places)


class Exercise(Model):
    """What stands before the questions."""

    title: Text = ""
    text: Text = ""
    points: Text = ""
    worth: Text = ""
    conditions: tuple[Text, ...] = ()
    number: Text = ""


class Question(Model):
    """One question. `asks` lists parts: `functions`, `round N`, `rounds`, `losses`."""

    title: Text
    asks: Annotated[tuple[str, ...], Field(min_length=1)]
    points: Text = ""
    note: Text = ""
    text: Text = ""
    working: bool = False


class Extra(Model):
    """The line before the first extra question."""

    from_question: Positive
    text: Text
    worth: Text = ""


class Problem(Model):
    """A network, its data, a learning rate, and how the key is to look."""

    derive: Annotated[Literal["1"], BeforeValidator(str), choice("1")] = "1"
    title: Text = ""
    course: Text = ""
    due: Text = ""
    header: Text = ""
    worth: Text = ""
    instructions: Text = ""
    exercise: Exercise = Exercise()
    network: Network
    loss: str = "half squared error"
    error: ErrorOrder = ErrorOrder.TARGET_FIRST
    optimizer: str = "sgd"
    learning_rate: WrittenNumber
    data: Annotated[tuple[Sample, ...], Field(min_length=1)]
    rounds: Annotated[Whole, Field(ge=1, le=MOST_ROUNDS)] | None = None
    final_forward_pass: bool = False
    relu_at_zero: Annotated[Literal["0", "1"], BeforeValidator(str), choice("0", "1")] = "0"
    folded: tuple[Foldable, ...] = ()
    rounding: Rounding = Rounding()
    style: str = "table"
    notation: str = "partials"
    language: str = "en"
    questions: tuple[Question, ...] = ()
    extra: Extra | None = None

    @property
    def round_count(self) -> int:
        """How many rounds update the parameters: as written, else one a sample."""
        return self.rounds or len(self.data)
