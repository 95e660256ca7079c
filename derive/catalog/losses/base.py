"""What a loss is: a rule over the groups `y` (targets) and `f` (outputs), and the steps that it is worked in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from derive.graph.interval import EVERY, UNIT, Interval
from derive.graph.quantity import Kind
from derive.graph.rule import Rule


class ErrorOrder(StrEnum):
    """Which way round a key writes the error inside a loss; the gradient is the same."""

    TARGET_FIRST = "target minus output"
    OUTPUT_FIRST = "output minus target"


class Outputs(StrEnum):
    """What a loss takes the outputs of the network for."""

    NUMBERS = "any numbers"
    PROBABILITIES = "probabilities that add up to 1"
    PROBABILITY = "probabilities between 0 and 1"
    LOGITS = "the inputs of a softmax"
    LOGIT = "the inputs of a sigmoid"

    @property
    def range(self) -> Interval:
        """Between which numbers they lie."""
        return UNIT if self in (Outputs.PROBABILITIES, Outputs.PROBABILITY) else EVERY

    @property
    def function(self) -> str:
        """The activation that makes them, or that the loss applies to them itself; empty for any numbers."""
        return _FUNCTIONS.get(self, "")

    @property
    def are_logits(self) -> bool:
        """Whether the loss applies the function itself."""
        return self in (Outputs.LOGITS, Outputs.LOGIT)

    @property
    def are_distribution(self) -> bool:
        """Whether what the loss sees adds up to 1 over the outputs."""
        return self.function == "softmax"


_FUNCTIONS = MappingProxyType(
    {
        Outputs.PROBABILITIES: "softmax",
        Outputs.PROBABILITY: "sigmoid",
        Outputs.LOGITS: "softmax",
        Outputs.LOGIT: "sigmoid",
    }
)


class Targets(StrEnum):
    """What a loss takes the targets for."""

    NUMBERS = "any numbers"
    DISTRIBUTION = "numbers from 0 to 1 that add up to 1"
    CLASS = "one 1, the others 0"
    SHARE = "numbers from 0 to 1"
    SIGN = "-1 or 1"
    ADJOINTS = "the gradient by each output, as `upstream`"


@dataclass(frozen=True)
class LossOptions:
    """What a problem chooses: the order of the error, the base of logarithms (0: natural), the convention at kinks."""

    order: ErrorOrder = ErrorOrder.TARGET_FIRST
    base: int = 0
    at_zero: int = 0

    def fill(self, text: str) -> str:
        """A formula with its marks replaced: see `LossEntry`."""
        base = self.base
        return text.format(
            error="y-f" if self.order is ErrorOrder.TARGET_FIRST else "f-y",
            base=f", {base}" if base else "",
            per=f"/log({base})" if base else "",
            times=f"*log({base})" if base else "",
            at_zero=self.at_zero,
        )


@dataclass(frozen=True)
class Step:
    """One step of the working: what it gives, by which rule, from what (the rule's slots, where nothing is said).

    A rule with groups has several outputs, one an entry (softmax); any other is applied entry by entry.
    """

    name: str
    kind: Kind
    rule: Rule
    of: tuple[str, ...] = ()
    letter: str = ""

    @property
    def operands(self) -> tuple[str, ...]:
        """The names of what the rule is applied to."""
        return self.of or self.rule.slots


@dataclass(frozen=True)
class Loss:
    """A loss as the options of a problem make it.

    `rule` is over the groups `y` and `f`, and over constants; its partial may mention steps as peers. `steps` are the
    working, and `from_steps` gives the loss from what they give.
    """

    rule: Rule
    steps: tuple[Step, ...] = ()
    from_steps: Rule | None = None


@dataclass(frozen=True)
class Met:
    """What a loss meets in the rounds of a problem: the pairs (y, f) of vectors, its constants, `relu_at_zero`."""

    pairs: Sequence[tuple[Sequence[Decimal], Sequence[Decimal]]]
    constants: Mapping[str, Decimal]
    at_zero: int


def _nothing(met: Met) -> str:
    del met
    return ""


@dataclass(frozen=True)
class TorchLoss:
    """PyTorch's own function of a loss.

    `call` is over `y`, `f` and the constants, without its reduction. It works entry by entry, and its results are
    added, or averaged where `mean`; or on vectors, along the last axis of a matrix of them, where `of_vectors`. `after`
    is put behind it, with `{per}` as in a `LossEntry` and `{count}` for the number of outputs. `differs` says in what
    PyTorch's function differs for what a problem meets; empty where it does not.
    """

    call: str
    after: str = ""
    of_vectors: bool = False
    mean: bool = False
    differs: Callable[[Met], str] = _nothing


@dataclass(frozen=True)
class LossEntry:
    """A loss of the catalog.

    `formula` is over `y` and `f` (`u` and `f` where the targets are adjoints), `partial` is dL/df for one output, as
    textbooks print it. Both, and the rules of steps, may hold the marks `{error}` (y-f or f-y), `{base}` (behind the
    argument of a logarithm), `{per}` and `{times}` (a division by, or a factor of, ln of the base) and `{at_zero}`
    (the convention at a kink). `options` says which of `error` and `log` the loss takes. `peers` are the steps that
    the partial mentions, `sum_of_steps` is the loss in terms of steps, `constants` are the usual numbers. `torch` is
    PyTorch's function, None where it has none.
    """

    name: str
    formula: str
    partial: str
    reference: str
    steps: tuple[Step, ...] = ()
    sum_of_steps: str = ""
    sum_name: str = ""
    peers: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    outputs: Outputs = Outputs.NUMBERS
    targets: Targets = Targets.NUMBERS
    domain: str = "all numbers"
    kinks: tuple[str, ...] = ()
    torch: TorchLoss | None = None
    counterpart: str = ""
    """Of a loss of probabilities over classes, the one of single probabilities; of that, the one over classes."""

    @property
    def target_letter(self) -> str:
        """The slot of the targets, which is their letter."""
        return "u" if self.is_stand_in else "y"

    @property
    def is_stand_in(self) -> bool:
        """Whether there is no loss: the adjoints of the outputs are given, and the rest of the graph is unknown."""
        return self.targets is Targets.ADJOINTS

    @property
    def kink_at_zero(self) -> bool:
        """Whether the derivative at a kink goes by the convention."""
        return "{at_zero}" in self.partial

    @property
    def options(self) -> frozenset[str]:
        """Which of the options `error` and `log` change the loss."""
        texts = [self.formula, self.sum_of_steps, *(step.rule.text for step in self.steps)]
        marks = {"error": "{error}", "log": "{base}"}
        return frozenset(name for name, mark in marks.items() if any(mark in text for text in texts))

    def make(self, options: LossOptions) -> Loss:
        """The loss with its options."""
        groups = frozenset({self.target_letter, "f"})
        textbook = MappingProxyType({"f": options.fill(self.partial)})
        given = frozenset({self.target_letter, *self.constants})
        rule = Rule(self.name, options.fill(self.formula), groups, "L", textbook, peers=self.peers, detached=given)
        if not self.sum_of_steps:
            return Loss(rule)
        repeats = groups | {step.name for step in self.steps}
        total = Rule(self.sum_name or self.name, options.fill(self.sum_of_steps), repeats)
        return Loss(rule, tuple(_filled(step, options) for step in self.steps), total)


def _filled(step: Step, options: LossOptions) -> Step:
    """A step whose rule has its marks replaced."""
    text = options.fill(step.rule.text)
    if text == step.rule.text:
        return step
    rule = Rule(step.rule.name, text, step.rule.groups, torch=options.fill(step.rule.torch))
    return Step(step.name, step.kind, rule, step.of, step.letter)
