"""Converters of losses and optimizers, one entry a type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any, NoReturn

from derive.catalog.losses import LOSSES as CATALOG_LOSSES
from derive.catalog.optimizers import OPTIMIZERS as CATALOG_OPTIMIZERS
from derive.errors import InputError
from derive.graph.tensor import shape_text
from derive.importing.net import CLASSES_FIRST, LOGARITHMS, Value
from derive.importing.numbers import Writing

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class LossForm:
    """A loss of PyTorch in the catalog: its name where entries are averaged and where they are summed.

    `by_class` losses are of one vector of classes; the others are of each entry. `constants` are the catalog's
    names of options, `only` the options that must be as they are here, `marks` what the output must be.
    """

    mean: str
    total: str
    by_class: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)
    smoothing: str = ""
    logarithms: bool = False


LOSS_FORMS: Mapping[str, LossForm] = MappingProxyType(
    {
        "MSELoss": LossForm("mean squared error", "squared error"),
        "L1Loss": LossForm("mean absolute error", "absolute error"),
        "HuberLoss": LossForm("", "huber", constants={"delta": "delta"}),
        "SmoothL1Loss": LossForm("", "huber", only={"beta": 1}),
        "BCELoss": LossForm("", "binary cross-entropy", only={"weight": None}),
        "BCEWithLogitsLoss": LossForm("", "binary cross-entropy on logits", only={"weight": None, "pos_weight": None}),
        "CrossEntropyLoss": LossForm(
            "",
            "cross-entropy on logits",
            by_class=True,
            only={"weight": None, "ignore_index": -100},
            smoothing="label_smoothing",
        ),
        "NLLLoss": LossForm(
            "",
            "cross-entropy on logits",
            by_class=True,
            only={"weight": None, "ignore_index": -100},
            logarithms=True,
        ),
    }
)
"""By the name of the class in torch.nn."""


@dataclass(frozen=True)
class Measured:
    """The loss of a problem: what it says, how samples are taken together, whether the output is made one vector."""

    choice: Any
    gradients: str = "averaged"
    flat: bool = False


def measured(loss: Any, output: Value, writing: Writing) -> Measured:
    """A loss of torch.nn, or what a problem file says of a loss, for an output.

    Raises `InputError` for a loss, an option or an output that is not supported.
    """
    if isinstance(loss, (str, Mapping)):
        _require_marks(str(loss), output, ())
        return Measured(loss)
    name = type(loss).__name__
    form = LOSS_FORMS.get(name)
    if form is None:
        refuse(f"loss: {name} is not supported; supported are {', '.join(LOSS_FORMS)}, or a loss of a problem file")
    for option, wanted in form.only.items():
        _require(f"loss: {name}", option, getattr(loss, option), wanted)
    if loss.reduction not in ("mean", "sum"):
        refuse(f"loss: {name}(reduction={loss.reduction!r}) gives no single number; expected 'mean' or 'sum'")
    sequence = len(output.shape) == 2 and form.by_class
    _require_marks(f"loss: {name}", output, (LOGARITHMS,) * form.logarithms + (CLASSES_FIRST,) * sequence)
    mean = loss.reduction == "mean"
    gradients = "averaged" if mean else "summed"
    several = sequence if form.by_class else prod(output.shape) > 1
    if mean and several and not form.mean:
        what = f"{output.shape[0]} steps" if form.by_class else f"{shape_text(output.shape)} outputs"
        refuse(f"loss: {name}(reduction='mean') over {what} has no counterpart; use reduction='sum'")
    flat = not form.by_class and len(output.shape) > (1 if mean else 2)
    return Measured(_choice(loss, form, writing, mean=mean), gradients, flat)


def _choice(loss: Any, form: LossForm, writing: Writing, *, mean: bool) -> Any:
    """What a problem file says of a loss."""
    name = form.mean if mean and form.mean else form.total
    constants = {key: writing.number(getattr(loss, one), f"loss.{one}") for key, one in form.constants.items()}
    told = _unusual(constants, CATALOG_LOSSES[name].constants)
    share = getattr(loss, form.smoothing) if form.smoothing else 0
    smoothing = {"smoothing": writing.number(share, f"loss.{form.smoothing}")} if share else {}
    more = {**({"constants": told} if told else {}), **smoothing}
    return {"name": name, **more} if more else name


def _require_marks(where: str, output: Value, wanted: tuple[str, ...]) -> None:
    """Refuse an output that is not what a loss takes."""
    for mark in output.marks:
        if mark not in wanted:
            refuse(f"{where}: is given {mark}")
    if LOGARITHMS in wanted and LOGARITHMS not in output.marks:
        refuse(f"{where}: takes logarithms of probabilities; end the module in LogSoftmax")
    if CLASSES_FIRST in wanted and CLASSES_FIRST not in output.marks:
        refuse(
            f"{where}: takes classes along the axis after that of the samples, and the output is "
            f"{shape_text(output.full)}; end the module in .transpose(1, 2)"
        )


@dataclass(frozen=True)
class OptimizerForm:
    """An optimizer of PyTorch in the catalog: which one its options choose, and its constants by their options.

    `only` holds the options that must be as they are here, `states` the options that states start from.
    """

    name: Callable[[Tree], str]
    constants: Mapping[str, Callable[[Tree], float]]
    only: Mapping[str, Any]
    states: Mapping[str, str] = field(default_factory=dict)
    decays: bool = True


def _sgd(group: Tree) -> str:
    return "sgd" if group["momentum"] == 0 else "nesterov" if group["nesterov"] else "momentum"


def _always(name: str) -> Callable[[Tree], str]:
    return lambda _: name


_ADAM: Mapping[str, Callable[[Tree], float]] = {
    "beta1": lambda group: group["betas"][0],
    "beta2": lambda group: group["betas"][1],
    "epsilon": lambda group: group["eps"],
}
_PLAIN = {"maximize": False}
OPTIMIZER_FORMS: Mapping[str, OptimizerForm] = MappingProxyType(
    {
        "SGD": OptimizerForm(_sgd, {"mu": lambda group: group["momentum"]}, {**_PLAIN, "dampening": 0}),
        "Adam": OptimizerForm(_always("adam"), _ADAM, {**_PLAIN, "amsgrad": False, "decoupled_weight_decay": False}),
        "AdamW": OptimizerForm(
            _always("adamw"),
            {**_ADAM, "lambda": lambda group: group["weight_decay"]},
            {**_PLAIN, "amsgrad": False},
            decays=False,
        ),
        "RMSprop": OptimizerForm(
            _always("rmsprop"),
            {"rho": lambda group: group["alpha"], "epsilon": lambda group: group["eps"]},
            {**_PLAIN, "momentum": 0, "centered": False},
        ),
        "Adagrad": OptimizerForm(
            _always("adagrad"),
            {"epsilon": lambda group: group["eps"]},
            {**_PLAIN, "lr_decay": 0},
            {"r": "initial_accumulator_value"},
        ),
    }
)
"""By the name of the class in torch.optim."""


def optimized(optimizer: Any, writing: Writing) -> dict[str, Any]:
    """The keys `optimizer` and `learning_rate` of a problem file for an optimizer of torch.optim.

    Raises `InputError` for an optimizer or an option that is not supported, for several groups of parameters with
    different options, and for an optimizer that has taken steps already.
    """
    name = type(optimizer).__name__
    where, form = f"optimizer: {name}", OPTIMIZER_FORMS.get(name)
    if form is None:
        refuse(
            f"{where} is not supported; supported are {', '.join(OPTIMIZER_FORMS)}, or an optimizer of a problem file"
        )
    if any(float(state.get("step", 1)) > 0 for state in optimizer.state.values()):
        refuse(f"{where} has taken steps already; expected a new one")
    group, *others = ({k: v for k, v in one.items() if k != "params"} for one in optimizer.param_groups)
    if any(other != group for other in others):
        refuse(f"{where}: groups of parameters with different options are not supported")
    for option, wanted in form.only.items():
        _require(where, option, group.get(option, wanted), wanted)
    chosen = form.name(group)
    known = CATALOG_OPTIMIZERS[chosen]
    constants = {key: writing.number(float(read(group)), f"{where}.{key}") for key, read in form.constants.items()}
    told = _unusual({key: one for key, one in constants.items() if key in known.constants}, known.constants)
    states = {key: writing.number(float(group[one]), f"{where}.{one}") for key, one in form.states.items()}
    decay = writing.number(float(group["weight_decay"]), f"{where}.weight_decay") if form.decays else 0
    choice: dict[str, Any] = {
        **({"constants": told} if told else {}),
        **({"states": states} if any(states.values()) else {}),
        **({"weight_decay": decay} if decay else {}),
    }
    rate = writing.number(float(group["lr"]), f"{where}.lr")
    return {"optimizer": {"name": chosen, **choice} if choice else chosen, "learning_rate": rate}


def updated(optimizer: Any) -> Iterable[Any]:
    """The parameters that an optimizer updates."""
    return (one for group in optimizer.param_groups for one in group["params"])


def _unusual(constants: Tree, usual: Mapping[str, str]) -> dict[str, Any]:
    """The constants that have other numbers than in the catalog."""
    return {key: one for key, one in constants.items() if one != type(one)(usual[key])}


def _require(where: str, option: str, found: Any, wanted: Any) -> None:
    if found is not wanted and found != wanted:
        shown = found if isinstance(found, (bool, int, float, str)) else f"a {type(found).__name__}"
        refuse(f"{where}: `{option}={shown}` is not supported; expected {wanted}")


def refuse(message: str) -> NoReturn:
    """Raise `InputError`."""
    raise InputError.single(message)
