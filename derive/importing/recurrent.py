"""Converters of recurrent layers and of attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from derive.graph.tensor import shape_text
from derive.importing.call import Call, Converter
from derive.importing.net import Tree, Value

_ORDERS = {
    "rnn": ("",),
    "lstm": ("input", "forget", "candidate", "output"),
    "gru": ("reset", "update", "candidate"),
}
"""The order in which PyTorch stacks the parameters of gates, by the keys of the problem file."""
_OPTIONS: Mapping[str, Callable[[Any], Tree]] = {
    "rnn": lambda module: {"activation": module.nonlinearity},
    "lstm": lambda _: {},
    "gru": lambda _: {"reset_gate": "after"},
}
_PARTS = {"weights": "weight_ih", "recurrent": "weight_hh", "biases": "bias_ih", "recurrent_biases": "bias_hh"}


@dataclass(frozen=True)
class LastState:
    """The hidden states after the last step, one for each of the stacked layers; the last of them can be taken."""

    layers: int
    top: Value
    """The hidden states of every step of the top layer."""


def recurrent(layer: str) -> Converter:
    """torch.nn.RNN, LSTM and GRU, their layers one on another."""

    def convert(call: Call) -> tuple[Value, Any]:
        module, value = call.module, _sequence(call)
        call.require(bidirectional=False, proj_size=0)
        if module.dropout and module.training and module.num_layers > 1:
            call.refuse("in training its dropout is random; call .eval() on the module, or set dropout=0")
        options = {key: one for key, one in _OPTIONS[layer](module).items() if one != "tanh"}
        for number in range(module.num_layers):
            stated = _stated(call, layer, number)
            path = call.path if module.num_layers == 1 else f"{call.path}.{number}"
            value = call.net.add(path, {"layer": layer, "units": module.hidden_size, **options, **stated}, value)
        last = LastState(module.num_layers, value)
        return value, (last, "the cell state") if layer == "lstm" else last

    return convert


def _sequence(call: Call) -> Value:
    """The sequence that is given, with its samples where the module looks for them."""
    if len(call.given) > 1 or call.named:
        call.refuse("a given initial state is not supported; it starts from zeros")
    return _at_axis(call, call.value)


def _at_axis(call: Call, value: Value) -> Value:
    wanted = 0 if call.module.batch_first else 1
    if len(value.shape) != 2 or value.axis != wanted:
        form = "samples x steps x features" if wanted == 0 else "steps x samples x features"
        where = f"{shape_text(value.full)} from {call.net.whence(value)}, with samples along axis {value.axis}"
        call.refuse(f"`batch_first={call.module.batch_first}` takes {form}, not {where}")
    return value


def _stated(call: Call, layer: str, number: int) -> Tree:
    """The parameters of one of the stacked layers, gate by gate."""
    module, units = call.module, call.module.hidden_size
    parts = {key: getattr(module, f"{name}_l{number}", None) for key, name in _PARTS.items()}
    found: dict[str, dict[str, Any]] = {}
    for place, gate in enumerate(_ORDERS[layer]):
        rows = slice(place * units, (place + 1) * units)
        found[gate] = {
            key: call.numbers(None if one is None else one[rows].T if one.dim() > 1 else one[rows], _PARTS[key])
            for key, one in parts.items()
            if one is not None or key == "biases"
        }
    gates = found[""] if layer == "rnn" else found
    frozen = call.frozen(**{f"{_PARTS[key]}_l{number}": one for key, one in parts.items()})
    return {**gates, **frozen}


def attention(call: Call) -> tuple[Value, None]:
    """torch.nn.MultiheadAttention of one sequence to itself, or to one other."""
    module = call.module
    call.require(bias_k=None, bias_v=None, add_zero_attn=False, _qkv_same_embed_dim=True)
    if module.dropout and module.training:
        call.refuse("in training its dropout is random; call .eval() on the module, or set dropout=0")
    given = dict(zip(("query", "key", "value", *_MORE), call.given, strict=False)) | dict(call.named)
    query, key, value = (given.get(name) for name in ("query", "key", "value"))
    if not isinstance(query, Value) or not isinstance(key, Value) or key != value:
        call.refuse("takes queries from one branch, keys and values both from one branch")
    if given.get("key_padding_mask") is not None:
        call.refuse("`key_padding_mask` is not supported")
    sources = [_at_axis(call, one) for one in ((query,) if query == key else (query, key))]
    causal = _is_causal(call, given.get("attn_mask"), query.shape[0], key.shape[0])
    stated = {"heads": module.num_heads} if module.num_heads > 1 else {}
    parameters = {
        "in_proj_weight": module.in_proj_weight,
        "in_proj_bias": module.in_proj_bias,
        "out_proj.weight": module.out_proj.weight,
        "out_proj.bias": module.out_proj.bias,
    }
    result = call.add(
        *sources,
        layer="attention",
        **stated,
        **({"causal": True} if causal else {}),
        **_projections(call, tuple(parameters.values())),
        **call.frozen(**parameters),
    )
    return result, None


_MORE = ("key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal")


def _projections(call: Call, parameters: Sequence[Any]) -> Tree:
    """The matrices and biases of queries, keys, values and of the output."""
    weight, bias, output, output_bias = parameters
    size = call.module.embed_dim
    found: dict[str, Any] = {}
    for place, key in enumerate(("query", "key", "value")):
        rows = slice(place * size, (place + 1) * size)
        found[key] = call.numbers(weight[rows].T, "in_proj_weight")
        if bias is not None:
            found[f"{key}_biases"] = call.numbers(bias[rows], "in_proj_bias")
    found["output"] = call.numbers(output.T, "out_proj.weight")
    if output_bias is not None:
        found["output_biases"] = call.numbers(output_bias, "out_proj.bias")
    return found


def _is_causal(call: Call, mask: Any, queries: int, keys: int) -> bool:
    """Whether a mask lets each step attend to itself and those before. Refuses any other mask."""
    if mask is None:
        return False
    import torch

    hidden = torch.ones(queries, keys, dtype=torch.bool).triu(1)
    found = mask if getattr(mask, "dtype", None) is torch.bool else None
    if found is None and isinstance(mask, torch.Tensor) and bool(((mask == 0) | torch.isneginf(mask)).all()):
        found = torch.isneginf(mask)
    if found is None or tuple(found.shape) != (queries, keys) or not bool((found == hidden).all()):
        call.refuse("this `attn_mask` is not supported; expected none, or the causal one of PyTorch")
    return True


RECURRENT: Mapping[str, Converter] = MappingProxyType(
    {
        "RNN": recurrent("rnn"),
        "LSTM": recurrent("lstm"),
        "GRU": recurrent("gru"),
        "MultiheadAttention": attention,
    }
)
"""By the name of the class in torch.nn."""
