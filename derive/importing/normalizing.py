"""Converters of normalizations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from derive.graph.tensor import shape_text
from derive.importing.call import Call, Converter
from derive.importing.net import Value


def batch_norm(call: Call) -> Value:
    """torch.nn.BatchNorm: over the batch in training, by its running averages in evaluation if it keeps any."""
    module, value = call.module, call.only
    if value.axis != 0:
        call.refuse("takes samples along the first axis")
    if module.momentum is None:
        call.refuse("`momentum=None` (a cumulative average) is not supported; expected a number such as 0.1")
    stated: dict[str, Any] = {"axis": "first"} if len(value.shape) == 2 else {}
    if module.running_mean is not None:
        stated["running_mean"] = call.numbers(module.running_mean, "running_mean")
        stated["running_variance"] = call.numbers(module.running_var, "running_var")
        stated |= {"momentum": call.number("momentum")} if module.training else {"phase": "test"}
    return call.add(value, layer="batch_norm", **stated, **_affine(call))


def vector_norm(layer: str) -> Converter:
    """torch.nn.LayerNorm and RMSNorm over the last axis."""

    def convert(call: Call) -> Value:
        value, wanted = call.only, tuple(call.module.normalized_shape)
        if wanted != value.shape[-1:] or value.axis == len(value.shape):
            call.refuse(
                f"normalizes the axes {shape_text(wanted)}; expected the last axis of "
                f"{shape_text(value.full)} from {call.net.whence(value)}"
            )
        return call.add(value, layer=layer, **_affine(call))

    return convert


def _affine(call: Call) -> dict[str, Any]:
    """Epsilon, scale and shift, and whether they are frozen."""
    module = call.module
    weight, bias = module.weight, getattr(module, "bias", None)
    epsilon = _machine_epsilon(weight) if module.eps is None else module.eps
    return {
        "epsilon": call.net.writing.number(epsilon, f"{call.path}.eps"),
        "scale": call.numbers(weight, "weight"),
        "shift": call.numbers(bias, "bias"),
        **call.frozen(weight=weight, bias=bias),
    }


def _machine_epsilon(weight: Any) -> float:
    """What RMSNorm takes for epsilon where none is given: that of its numbers' type."""
    import torch

    return float(torch.finfo(torch.get_default_dtype() if weight is None else weight.dtype).eps)


NORMALIZING: Mapping[str, Converter] = MappingProxyType(
    {
        "BatchNorm1d": batch_norm,
        "BatchNorm2d": batch_norm,
        "LayerNorm": vector_norm("layer_norm"),
        "RMSNorm": vector_norm("rms_norm"),
    }
)
"""By the name of the class in torch.nn."""
