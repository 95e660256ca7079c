"""Converters of convolutions and poolings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from derive.importing.call import Call, Converter, per_axis
from derive.importing.net import Value

_FORMS = ("channels x length", "channels x height x width")


def convolution(axes: int) -> Converter:
    """torch.nn.Conv1d and Conv2d: a cross-correlation with kernels (filters, channels, size)."""

    def convert(call: Call) -> Value:
        module = call.module
        call.require(groups=1, dilation=1, padding_mode="zeros")
        stated: dict[str, Any] = {"stride": per_axis(module.stride), "padding": per_axis(module.padding)}
        usual = {"stride": 1, "padding": 0}
        return call.add(
            call.axes(axes + 1, _FORMS[axes - 1]),
            layer=f"conv{axes}d",
            kernels=call.numbers(module.weight, "weight"),
            **{key: one for key, one in stated.items() if one != usual[key]},
            biases=call.numbers(module.bias, "bias"),
            **call.frozen(weight=module.weight, bias=module.bias),
        )

    return convert


def pooling(name: str, axes: int) -> Converter:
    """torch.nn.MaxPool and AvgPool."""

    def convert(call: Call) -> Value:
        module = call.module
        call.require(dilation=1, ceil_mode=False, return_indices=False, divisor_override=None)
        size, padding = per_axis(module.kernel_size), per_axis(module.padding)
        stride = per_axis(module.stride if module.stride is not None else module.kernel_size)
        return call.add(
            call.axes(axes + 1, _FORMS[axes - 1]),
            layer=f"{name}_pool{axes}d",
            size=size,
            **({} if stride == size else {"stride": stride}),
            **({} if padding == 0 else {"padding": padding}),
            **({} if getattr(module, "count_include_pad", True) else {"padding_counts": False}),
        )

    return convert


SPATIAL: Mapping[str, Converter] = MappingProxyType(
    {
        "Conv1d": convolution(1),
        "Conv2d": convolution(2),
        "MaxPool1d": pooling("max", 1),
        "MaxPool2d": pooling("max", 2),
        "AvgPool1d": pooling("average", 1),
        "AvgPool2d": pooling("average", 2),
    }
)
"""By the name of the class in torch.nn."""
