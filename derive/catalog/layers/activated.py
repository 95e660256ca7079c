"""The activation of a layer: a name of the catalog, a name with its constants, or an author's formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from derive.catalog.activations import ACTIVATIONS, Activation, activation, custom
from derive.catalog.layers.base import Layer, Parameter
from derive.errors import FormulaError
from derive.graph.interval import EVERY, UNIT, Interval
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.sources.fields import Numbers, OrName, Text
from derive.sources.validate import Model, mistake, suggestion

SOFTMAX = Rule(
    "softmax",
    "exp(s)/sum(exp(s))",
    frozenset({"s"}),
    "p",
    {"s": "p*(1-p)"},
    "softmax",
    {"s": "-p*p_j"},
    ("p_j",),
    torch="torch.softmax(s, -1)",
)
"""p_k = e^{s_k} / sum_j e^{s_j}, dp_k/ds_j = p_k ([k = j] - p_j); Bishop (2006), equations 4.104 and 4.106."""


FUNCTION_NAME = re.compile(r"([A-Za-z][A-Za-z0-9]{0,29})?", re.ASCII)


def _to_function_name(value: Any) -> str:
    text = str(value)
    if not FUNCTION_NAME.fullmatch(text):
        raise mistake(f"expected a plain name such as swish or ReLU6, of letters and digits, not {text!r}")
    return text


FunctionName = Annotated[
    str, BeforeValidator(_to_function_name), WithJsonSchema({"type": "string", "pattern": FUNCTION_NAME.pattern})
]
"""What a function is called in mathematics, where it stands as it is; empty where it has no name."""


class ActivationModel(Model):
    """An activation: `name`, with constants such as `alpha` where it has them, or a `formula` over `s`."""

    name: Text = ""
    formula: Text = ""
    label: FunctionName = ""
    alpha: Numbers | None = None

    @model_validator(mode="after")
    def _known(self) -> ActivationModel:
        if bool(self.name) == bool(self.formula):
            raise mistake("`activation`: expected a `name` or a `formula` over s")
        names = (*ACTIVATIONS, "softmax", "none")
        if self.name and self.name not in names:
            raise mistake(f"unknown activation {self.name!r}{suggestion(self.name, names)}")
        if self.formula:
            try:
                custom(self.formula, self.label)
            except FormulaError as error:
                raise mistake(str(error)) from error
        if self.alpha is not None and "alpha" not in self.constants:
            raise mistake(f"the activation {self.name or self.formula} has no alpha")
        return self

    @property
    def entry(self) -> Activation | None:
        """The catalog's entry; None for softmax, which has several outputs, and for no activation."""
        if self.formula:
            return custom(self.formula, self.label)
        return ACTIVATIONS.get(self.name)

    @property
    def constants(self) -> dict[str, Any]:
        """The numbers of the formula's constants by name."""
        entry = self.entry
        usual = entry.constants if entry is not None else {}
        found: dict[str, Any] = {key: Decimal(number) for key, number in usual.items()}
        return {**found, "alpha": self.alpha} if self.alpha is not None and "alpha" in found else found

    @property
    def range(self) -> Interval:
        """Between which numbers the values lie."""
        if self.name == "softmax":
            return UNIT
        entry = self.entry
        stated = {} if not isinstance(self.alpha, Decimal) else {"alpha": float(self.alpha)}
        return EVERY if entry is None else entry.range(stated)

    @property
    def is_distribution(self) -> bool:
        """Whether the values are probabilities that add up to 1."""
        return self.name == "softmax"

    @property
    def trainable(self) -> frozenset[str]:
        """The constants that are learned."""
        entry = self.entry
        return entry.trainable if entry is not None else frozenset()

    def parameters(self) -> tuple[Parameter, ...]:
        """The constants as parameters of the layer."""
        return tuple(
            Parameter(key, Kind.CONSTANT, (), number, key, trainable=key in self.trainable)
            for key, number in self.constants.items()
        )


ActivationChoice = Annotated[ActivationModel, OrName()]


def rule_of(choice: ActivationModel, at_zero: int) -> Rule | None:
    """The rule of an activation, with the convention for its kinks; None for softmax and for no activation."""
    if choice.formula:
        return custom(choice.formula, choice.label, at_zero).rule
    return activation(choice.name, at_zero).rule if choice.name in ACTIVATIONS else None


def activations(layer: Layer) -> Iterator[tuple[str, ActivationModel]]:
    """The options of a layer that choose an activation, and what they choose."""
    for key in type(layer).model_fields:
        choice = getattr(layer, key)
        if isinstance(choice, ActivationModel):
            yield key, choice


def stated_forms(layer: Layer) -> tuple[str, ...]:
    """The equations of a layer in which every activation is a function of one number, and no function does nothing."""
    texts = tuple(one.text for one in layer.stated())
    for option, choice in activations(layer):
        if choice.name == "softmax":
            texts = tuple(with_softmax(text, option) for text in texts)
        elif choice.name in ("identity", "none"):
            texts = tuple(re.sub(rf"\b{option}\(([^()]*)\)", r"\1", text) for text in texts)
    return texts


def with_softmax(text: str, option: str) -> str:
    """An equation of a softmax over the last index."""
    applied = re.fullmatch(rf"(\w+)\[(.*)\] = {option}\((\w+)\[.*\]\)", text)
    if applied is None:
        return text
    result, indices, sums = applied.groups()
    return f"{result}[{indices}] = exp({sums}[{indices}])/sum(m, exp({sums}[{_other(indices)}]))"


def _other(indices: str) -> str:
    """The indices of another member of the same vector."""
    return re.sub(r"\w+$", "m", indices)
