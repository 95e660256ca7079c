"""What a problem is trained with: its loss, its penalty, its optimizer, its learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from derive.catalog.losses import LOSSES, Targets
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES
from derive.catalog.spellings import loss_candidates
from derive.problem.key_advice import OPTIMIZER_KEY_ADVICE
from derive.sources.fields import WrittenNumber, choice
from derive.sources.validate import Mistake, Model, mistake, suggestion

Constants = dict[str, WrittenNumber]


def _within(allowed: Callable[[Decimal], bool], what: str) -> AfterValidator:
    """A check that a number is such a one; `what` is, in words."""

    def check(number: Decimal, info: ValidationInfo) -> Decimal:
        if not allowed(number):
            raise mistake(f"`{info.field_name}`: expected a number {what}, not '{number}'")
        return number

    return AfterValidator(check)


NotNegative = Annotated[WrittenNumber, _within(lambda number: number >= 0, "that is not negative")]
AboveZero = Annotated[WrittenNumber, _within(lambda number: number > 0, "above 0")]
Share = Annotated[WrittenNumber, _within(lambda number: 0 <= number <= 1, "from 0 to 1")]


def _without_entry(key: str, stated: Iterable[str], name: str, known: Iterable[str]) -> Iterator[Mistake]:
    """Numbers stated for what an entry of the catalog does not have."""
    known = tuple(known)
    for one in stated:
        if one not in known:
            hint = suggestion(one, known) if known else f"; it has no {key}"
            yield (key, one), f"{name} has no {key.removesuffix('s')} {one!r}{hint}"


class LossChoice(Model):
    """A loss, the base of its logarithms, its constants, how far targets are smoothed."""

    name: str = "half squared error"
    log: Annotated[Literal["natural", "2", "10"], BeforeValidator(str), choice("2", "10")] = "natural"
    constants: Constants = Field(default_factory=dict)
    smoothing: Share | None = None

    def own_mistakes(self) -> Iterator[Mistake]:
        """A loss that there is not; options that it does not have."""
        entry = LOSSES.get(self.name)
        if entry is None:
            candidates = loss_candidates(self.name)
            unknown = f"unknown loss {self.name!r}{suggestion(self.name, LOSSES)}"
            yield ("name",), f"loss: {candidates}" if candidates else unknown
            return
        yield from _without_entry("constants", self.constants, entry.name, entry.constants)
        delta = self.constants.get("delta")
        if delta is not None and delta < 0:
            yield ("constants", "delta"), f"`delta`: expected a number that is not negative, not '{delta}'"
        if self.log != "natural" and "log" not in entry.options:
            yield ("log",), f"{entry.name} has no logarithm"
        if self.smoothing is not None and entry.targets is not Targets.DISTRIBUTION:
            yield ("smoothing",), f"`smoothing`: {entry.name} does not take {Targets.DISTRIBUTION.value}"


class Penalty(Model):
    """Added to the loss: `l2` times half the sum of squares, `l1` times the sum of sizes, of the weights."""

    l1: NotNegative | None = None
    l2: NotNegative | None = None
    half: bool = True
    biases: bool = False


class OptimizerChoice(Model):
    """An optimizer, its constants where they are not the usual ones, and what happens to a gradient before it.

    `states` are what its states start from; where nothing is said, 0. `weight_decay_order` says which comes first of
    clipping and weight decay where a problem has both; where nothing is said, clipping.
    """

    key_advice: ClassVar[Mapping[str, str]] = OPTIMIZER_KEY_ADVICE

    name: str = "sgd"
    constants: Constants = Field(default_factory=dict)
    states: Constants = Field(default_factory=dict)
    clip_value: AboveZero | None = None
    clip_norm: AboveZero | None = None
    weight_decay: NotNegative | None = None
    weight_decay_order: Literal["after clipping", "before clipping"] | None = None

    def own_mistakes(self) -> Iterator[Mistake]:
        """An optimizer that there is not; constants and states that it does not have; an order of what is not there."""
        entry = OPTIMIZERS.get(self.name)
        if entry is None:
            yield ("name",), f"unknown optimizer {self.name!r}{suggestion(self.name, OPTIMIZERS)}"
        else:
            yield from _without_entry("constants", self.constants, entry.name, entry.constants)
            yield from _without_entry("states", self.states, entry.name, entry.states)
        missing = [] if self.clip_value is not None or self.clip_norm is not None else ["`clip_norm` or `clip_value`"]
        missing += ["`weight_decay`"] if self.weight_decay is None else []
        if self.weight_decay_order is not None and missing:
            there_is_no = f"but the problem has no {' and no '.join(missing)}; drop it, or state both"
            yield (), f"`weight_decay_order` says which comes first of clipping and weight decay, {there_is_no}"


class LearningRate(Model):
    """A rate for all rounds (`start` alone), one for each (`rounds`), or a schedule that begins at `start`."""

    start: WrittenNumber | None = None
    rounds: tuple[WrittenNumber, ...] = ()
    schedule: str = ""
    constants: Constants = Field(default_factory=dict)

    def own_mistakes(self) -> Iterator[Mistake]:
        """None of the three forms, or two; a schedule that there is not, its constants missing or not its own."""
        if (self.start is None) == (not self.rounds) or (self.rounds and self.schedule):
            yield (
                (),
                "`learning_rate`: expected a number, a list of numbers (one a round), or a `schedule` with its `start`",
            )
        entry = SCHEDULES.get(self.schedule)
        if entry is not None:
            yield from _without_entry("constants", self.constants, f"the schedule {entry.name}", entry.constants)
            for name in (one for one, usual in entry.constants.items() if not usual and one not in self.constants):
                yield (), f"the schedule {entry.name} needs its constant `{name}`: {entry.formula}"
        elif self.schedule:
            yield ("schedule",), f"unknown schedule {self.schedule!r}{suggestion(self.schedule, SCHEDULES)}"
        elif self.constants:
            yield ("constants",), "constants belong to a `schedule`"

    def of(self, number: int) -> Decimal:
        """The rate stated for a round (from 1); under a schedule, the one it begins at."""
        if self.start is not None:
            return self.start
        return self.rounds[min(number, len(self.rounds)) - 1]


class ShortRate:
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
