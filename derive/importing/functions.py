"""Converters of functions and methods: those that a module stands for, and those that move numbers about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import Any

from derive.graph.tensor import shape_text
from derive.importing.call import Call, Converter
from derive.importing.modules import MODULES
from derive.importing.net import CLASSES_FIRST, Value
from derive.importing.recurrent import LastState

_WITHOUT_EFFECT = ("inplace", "_stacklevel", "dtype")


def as_module(name: str, *options: str, **usual: Any) -> Converter:
    """A function as the module of that name; `options` are its arguments after the first, in their order."""

    def convert(call: Call) -> Any:
        import torch

        stated = {**usual, **dict(zip(options, call.given[1:], strict=False)), **call.named}
        training = stated.pop("training", False)
        stated = {key: one for key, one in stated.items() if key not in _WITHOUT_EFFECT}
        made = getattr(torch.nn, name)(**stated).train(mode=bool(training))
        return MODULES[name](replace(call, module=made, given=call.given[:1], named={}))

    return convert


def joined(layer: str) -> Converter:
    """Branches added or multiplied entry by entry."""

    def convert(call: Call) -> Value:
        branches = [one for one in call.given if isinstance(one, Value)]
        if len(branches) != 2 or len(call.given) != 2 or call.named.get("alpha", 1) != 1:
            call.refuse("joins the results of two layers; numbers and other tensors are not supported")
        return _joined(call, layer, branches)

    return convert


def concatenated(call: Call) -> Value:
    """torch.cat along the last axis."""
    branches, *rest = call.given
    dim = rest[0] if rest else call.named.get("dim", 0)
    if not isinstance(branches, (list, tuple)) or not all(isinstance(one, Value) for one in branches):
        call.refuse("joins the results of layers; other tensors are not supported")
    if any(one.own_axis(dim) != len(one.shape) - 1 for one in branches):
        shapes = " and ".join(shape_text(one.full) for one in branches)
        call.refuse(f"joins {shapes} along axis {dim}; expected the last axis, and not that of the samples")
    return _joined(call, "concatenate", branches)


def _joined(call: Call, layer: str, branches: Sequence[Value]) -> Value:
    if len({one.axis for one in branches}) != 1:
        shapes = " and ".join(f"{shape_text(one.full)} from {call.net.whence(one)}" for one in branches)
        call.refuse(f"joins branches with samples along different axes: {shapes}")
    return call.add(*branches, layer=layer)


def reshaped(call: Call) -> Value:
    """Tensor.view and reshape, where one vector a sample comes out, or nothing changes."""
    value, sizes = call.value, call.given[1:] or tuple(call.named.values())
    stated = list(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else list(sizes)
    full, rest = value.full, prod(one for one in stated if one != -1)
    wanted = tuple(prod(full) // max(rest, 1) if one == -1 else one for one in stated)
    if wanted == full:
        return value
    if value.axis != 0 or wanted != (value.samples, prod(value.shape)):
        call.refuse(
            f"makes {shape_text(wanted)} of {shape_text(full)} from {call.net.whence(value)}; expected one vector a "
            f"sample, {shape_text((value.samples, prod(value.shape)))}"
        )
    return call.add(value, layer="flatten")


def sizes(call: Call) -> Any:
    """Tensor.size and shape: plain numbers."""
    full = call.value.full
    return full[call.given[1]] if len(call.given) > 1 else full[call.named["dim"]] if call.named else full


def attribute(call: Call) -> Any:
    """`x.shape` and `x.mT`."""
    name = call.given[1]
    if name not in _ATTRIBUTES:
        call.refuse(f"`.{name}` is not supported; supported are {', '.join(_ATTRIBUTES)}")
    convert, arguments = _ATTRIBUTES[name]
    return convert(replace(call, given=(call.given[0], *arguments)))


def item(call: Call) -> Any:
    """One of several results, the last hidden state, or one step of a sequence."""
    source, index = call.given
    if isinstance(source, LastState):
        if index not in (-1, source.layers - 1):
            call.refuse(f"takes the last state of layer {index}; only that of the top layer can be taken")
        return _step(call, source.top, source.top.shape[0] - 1)
    if not isinstance(source, Value):
        return source[index]
    stated = index if isinstance(index, tuple) else (index,)
    places = [place for place, one in enumerate(stated) if isinstance(one, int)]
    plain = all(one == slice(None) for place, one in enumerate(stated) if place not in places)
    if len(places) != 1 or not plain or len(source.shape) != 2 or source.own_axis(places[0]) != 0:
        call.refuse(f"takes a part of {shape_text(source.full)}; only one step of a sequence can be taken")
    return _step(call, source, stated[places[0]])


def squeezed(call: Call) -> Value:
    """The last hidden state of a single recurrent layer without its first axis."""
    source = call.given[0]
    if isinstance(source, LastState) and source.layers == 1 and call.given[1:] in ((0,), ()):
        return _step(call, source.top, source.top.shape[0] - 1)
    return call.refuse("only the last state of a recurrent layer can be squeezed, along its first axis")


def _step(call: Call, value: Value, index: int) -> Value:
    steps = value.shape[0]
    if not -steps <= index < steps:
        call.refuse(f"takes step {index} of {steps}, counted from 0")
    number = index % steps + 1
    step = {} if number == steps else {"step": number}
    return replace(call.add(value, layer="select", **step), axis=0)


def exchanged(call: Call) -> Value:
    """Tensor.transpose: samples and steps, or steps and classes before the loss."""
    value, dims = call.value, call.given[1:] or tuple(call.named.values())
    count = len(value.full)
    pair = {dim % count for dim in dims}
    if len(dims) == 2 and count == 3 and pair == {0, 1} and value.axis in pair:
        return replace(value, axis=1 - value.axis)
    if len(dims) == 2 and count == 3 and pair == {1, 2} and value.axis == 0:
        return _turned(value)
    return call.refuse(_EXCHANGES)


def permuted(call: Call) -> Value:
    """Tensor.permute, as far as it is a transposition."""
    dims = call.given[1] if isinstance(call.given[1], (tuple, list)) else call.given[1:]
    known = {(1, 0, 2): (0, 1), (0, 2, 1): (1, 2)}
    if tuple(dims) not in known:
        call.refuse(_EXCHANGES)
    return exchanged(replace(call, given=(call.given[0], *known[tuple(dims)]), named={}))


_EXCHANGES = "only samples and steps of a sequence can be exchanged, or steps and classes before the loss"


def _turned(value: Value) -> Value:
    marks = [mark for mark in value.marks if mark != CLASSES_FIRST]
    return replace(value, marks=tuple(marks if CLASSES_FIRST in value.marks else [*marks, CLASSES_FIRST]))


_ATTRIBUTES: Mapping[str, tuple[Converter, tuple[int, ...]]] = {"shape": (sizes, ()), "mT": (exchanged, (-1, -2))}


def unchanged(call: Call) -> Value:
    """What changes how numbers are stored, not what they are."""
    return call.value


_POOL = ("kernel_size", "stride", "padding")
_MAXIMUM = (*_POOL, "dilation", "ceil_mode", "return_indices")
_AVERAGE = (*_POOL, "ceil_mode", "count_include_pad", "divisor_override")

FUNCTIONS: Mapping[str, Converter] = MappingProxyType(
    {
        **{name: joined("add") for name in ("add", "add_")},
        **{name: joined("multiply") for name in ("mul", "mul_", "multiply")},
        **dict.fromkeys(("cat", "concat", "concatenate"), concatenated),
        **dict.fromkeys(("view", "reshape"), reshaped),
        **{name: as_module("ReLU") for name in ("relu", "relu_")},
        **dict.fromkeys(("contiguous", "clone"), unchanged),
        **dict.fromkeys(("transpose", "swapaxes"), exchanged),
        "size": sizes,
        "getattr": attribute,
        "getitem": item,
        "squeeze": squeezed,
        "permute": permuted,
        "sigmoid": as_module("Sigmoid"),
        "tanh": as_module("Tanh"),
        "leaky_relu": as_module("LeakyReLU", "negative_slope"),
        "elu": as_module("ELU", "alpha"),
        "selu": as_module("SELU"),
        "softplus": as_module("Softplus", "beta", "threshold"),
        "silu": as_module("SiLU"),
        "gelu": as_module("GELU", "approximate"),
        "hardtanh": as_module("Hardtanh", "min_val", "max_val"),
        "relu6": as_module("ReLU6"),
        "softmax": as_module("Softmax", "dim"),
        "log_softmax": as_module("LogSoftmax", "dim"),
        "dropout": as_module("Dropout", "p", "training", training=True),
        "flatten": as_module("Flatten", "start_dim", "end_dim", start_dim=0),
        "max_pool1d": as_module("MaxPool1d", *_MAXIMUM),
        "max_pool2d": as_module("MaxPool2d", *_MAXIMUM),
        "avg_pool1d": as_module("AvgPool1d", *_AVERAGE[:-1]),
        "avg_pool2d": as_module("AvgPool2d", *_AVERAGE),
    }
)
"""By the name of the function or method."""
