"""Converters of modules, one small function a type; what stands in `MODULES` is supported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from derive.graph.tensor import shape_text
from derive.importing.call import Call, Converter
from derive.importing.net import LOGARITHMS, Value
from derive.importing.normalizing import NORMALIZING
from derive.importing.recurrent import RECURRENT
from derive.importing.spatial import SPATIAL

Activating = Callable[[Call], Value]


def linear(call: Call) -> Value:
    """torch.nn.Linear: weights (out, in), which a problem file has as (in, out)."""
    module, value = call.module, call.only
    if value.axis == len(value.shape):
        call.refuse("takes its inputs along the last axis, where the samples lie")
    weights, biases = module.weight, module.bias
    trained = [one is not None and id(one) in call.net.trained for one in (weights, biases)]
    if biases is not None and trained == [True, False]:
        frozen: Mapping[str, Any] = {**call.frozen(weight=weights), "frozen_biases": True}
    else:
        frozen = call.frozen(weight=weights, bias=biases)
    return call.add(
        value,
        units=module.out_features,
        weights=call.numbers(weights.T, "weight"),
        biases=call.numbers(biases, "bias"),
        **frozen,
    )


def named(name: str) -> Activating:
    """An activation of the catalog without options."""

    def convert(call: Call) -> Value:
        return call.add(call.only, layer="activation", activation=name)

    return convert


def with_alpha(name: str, option: str) -> Activating:
    """An activation of the catalog with a constant."""

    def convert(call: Call) -> Value:
        choice = {"name": name, "alpha": call.number(option)}
        return call.add(call.only, layer="activation", activation=choice)

    return convert


def parametric_relu(call: Call) -> Value:
    """torch.nn.PReLU with one learned slope."""
    call.require(num_parameters=1)
    weight = call.module.weight
    choice = {"name": "parametric relu", "alpha": call.numbers(weight[0], "weight")}
    return call.add(call.only, layer="activation", activation=choice, **call.frozen(weight=weight))


def softplus(call: Call) -> Value:
    """torch.nn.Softplus, which is the identity above its threshold; there the difference is under e^-threshold."""
    call.require(beta=1)
    if call.module.threshold < 20:
        call.refuse(f"`threshold={call.module.threshold}` is not supported; expected 20 or more")
    return named("softplus")(call)


def gelu(call: Call) -> Value:
    """torch.nn.GELU, exact or by the hyperbolic tangent."""
    return named({"none": "gelu", "tanh": "gelu tanh"}[call.module.approximate])(call)


def hard_tanh(call: Call) -> Value:
    """torch.nn.Hardtanh and ReLU6: clipped between two bounds."""
    low, high = call.number("min_val"), call.number("max_val")
    if (low, high) == (-1, 1):
        return named("hard tanh")(call)
    formula = f"max({low:f}, min({high:f}, s))"
    choice = {"formula": formula, "label": type(call.module).__name__}
    return call.add(call.only, layer="activation", activation=choice)


def softmax(call: Call) -> Value:
    """torch.nn.Softmax along the last axis."""
    _along_last(call)
    return named("softmax")(call)


def log_softmax(call: Call) -> Value:
    """torch.nn.LogSoftmax, which the loss takes in."""
    _along_last(call)
    if call.value.marks:
        call.refuse(f"is given {call.value.marks[0]}")
    return replace(call.value, marks=(LOGARITHMS,))


def _along_last(call: Call) -> None:
    value, dim = call.only, call.module.dim
    if dim is None:
        call.refuse("`dim=None` is not supported; expected dim=-1")
    if value.own_axis(dim) != len(value.shape) - 1 or len(value.shape) > 2:
        call.refuse(
            f"`dim={dim}` of {shape_text(value.full)} is not supported; expected the last axis of a vector or of a "
            "sequence of vectors"
        )


def flatten(call: Call) -> Value:
    """torch.nn.Flatten of all axes but that of the samples."""
    value, module = call.only, call.module
    full, count = value.full, len(value.full)
    start, end = module.start_dim % count, module.end_dim % count
    if start == end:
        return value
    if value.axis != 0 or (start, end) != (1, count - 1):
        call.refuse(f"flattens axes {start} to {end} of {shape_text(full)}; expected all but that of the samples")
    return call.add(value, layer="flatten")


def nothing(call: Call) -> Value:
    """torch.nn.Identity."""
    return call.only


def dropout(call: Call) -> Value:
    """torch.nn.Dropout: nothing in evaluation; in training, with a given mask."""
    value, module, mask = call.only, call.module, call.masks.get(call.path)
    if not module.training or module.p == 0:
        return value
    if mask is None:
        call.refuse(
            "in training a dropout draws its mask at random; call .eval() on the module, or give the mask as "
            f"`masks={{{call.path!r}: ...}}`, 0 for each entry that is dropped and 1 for each that is kept"
        )
    if module.p >= 1:
        call.refuse(f"`p={module.p}` drops everything; expected less than 1")
    if tuple(mask.shape) not in (value.shape, value.full):
        wanted = f"{shape_text(value.full)} or {shape_text(value.shape)} from {call.net.whence(value)}"
        call.refuse(f"has a mask of {shape_text(tuple(mask.shape))}, expected {wanted}")
    by_sample = mask.movedim(value.axis, 0) if tuple(mask.shape) == value.full else mask
    return call.add(value, layer="dropout", rate=call.number("p"), mask=call.numbers(by_sample.int(), "mask"))


def embedding(call: Call) -> Value:
    """torch.nn.Embedding straight behind the input, whose tokens a problem file counts from 1."""
    module, value = call.module, call.only
    call.require(
        {"padding_idx": "its row would be trained"},
        padding_idx=None,
        max_norm=None,
        scale_grad_by_freq=False,
        sparse=False,
    )
    if value.layer != 0:
        call.refuse(f"takes token numbers from `inputs`, not from {call.net.whence(value)}")
    if len(value.shape) != 1 or value.axis != 0:
        call.refuse(f"takes samples x tokens, not {shape_text(value.full)}")
    table = call.numbers(module.weight, "weight")
    return call.add(value, layer="embedding", table=table, **call.frozen(weight=module.weight))


MODULES: Mapping[str, Converter] = MappingProxyType(
    {
        "Linear": linear,
        "ReLU": named("relu"),
        "Sigmoid": named("sigmoid"),
        "Tanh": named("tanh"),
        "LeakyReLU": with_alpha("leaky relu", "negative_slope"),
        "PReLU": parametric_relu,
        "ELU": with_alpha("elu", "alpha"),
        "SELU": named("selu"),
        "Softplus": softplus,
        "SiLU": named("silu"),
        "GELU": gelu,
        "Hardtanh": hard_tanh,
        "ReLU6": hard_tanh,
        "Softmax": softmax,
        "LogSoftmax": log_softmax,
        "Identity": nothing,
        "Flatten": flatten,
        "Dropout": dropout,
        "Embedding": embedding,
        **SPATIAL,
        **NORMALIZING,
        **RECURRENT,
    }
)
"""By the name of the class in torch.nn."""
