"""A module read through torch.fx, call by call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.errors import InputError
from derive.importing.call import Call
from derive.importing.functions import FUNCTIONS
from derive.importing.modules import MODULES
from derive.importing.net import Net, Value


@dataclass(frozen=True)
class _Reading:
    """A traced module while it is read: the layers so far, and what each node of the trace gave."""

    traced: Any
    net: Net
    masks: Mapping[str, Any]
    found: dict[Any, Any]

    def node(self, node: Any, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """What a node gives."""
        return _READERS[node.op](self, node, given, named)

    def module(self, node: Any, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """A module that is called."""
        module, path = self.traced.get_submodule(node.target), str(node.target)
        name = supported_name(module)
        if not name:
            raise InputError.single(
                f"{path}: {type(module).__name__} is not supported; supported modules are {', '.join(MODULES)}"
            )
        return MODULES[name](Call(self.net, path, module, given, named, self.masks))

    def function(self, node: Any, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """A function or method that is called; plain numbers are computed with as they are."""
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        tensors = [one for one in given if not isinstance(one, (int, float))]
        if not tensors and getattr(node.target, "__module__", "") == "_operator":
            return node.target(*given)
        if name not in FUNCTIONS:
            raise InputError.single(
                f"{node.name}: the function {name} is not supported; supported functions are {', '.join(FUNCTIONS)}"
            )
        return FUNCTIONS[name](Call(self.net, node.name, None, given, named, self.masks))

    def constant(self, node: Any, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """A parameter or buffer of the module itself."""
        del given, named
        owner, _, name = str(node.target).rpartition(".")
        return getattr(self.traced.get_submodule(owner), name)


_READERS: Mapping[str, Callable[[_Reading, Any, tuple[Any, ...], Mapping[str, Any]], Any]] = {
    "call_module": _Reading.module,
    "call_function": _Reading.function,
    "call_method": _Reading.function,
    "get_attr": _Reading.constant,
}


def supported_name(module: Any) -> str:
    """The name by which a module of torch.nn itself is supported; empty for any other."""
    import torch

    name = type(module).__name__
    return name if name in MODULES and getattr(torch.nn, name, None) is type(module) else ""


def read(module: Any, net: Net, inputs: Value, masks: Mapping[str, Any]) -> Value:
    """The layers of a module, added to the network, and its output.

    Raises `InputError` for a module that torch.fx cannot trace, and for what is not supported.
    """
    from torch.fx.node import map_arg

    traced = _traced(module)
    reading = _Reading(traced, net, masks, {})
    for node in traced.graph.nodes:
        given = map_arg(node.args, reading.found.__getitem__)
        named = map_arg(node.kwargs, reading.found.__getitem__)
        if node.op == "placeholder":
            if reading.found:
                raise InputError.single(f"{node.name}: a second input of forward; a network has one")
            reading.found[node] = inputs
        elif node.op == "output":
            return _output(given[0])
        else:
            reading.found[node] = reading.node(node, given, named)
    raise InputError.single("the module gives nothing")


def _output(given: Any) -> Value:
    if not isinstance(given, Value):
        raise InputError.single(
            f"the module gives a {type(given).__name__}; expected one tensor, so take the part that the loss is of"
        )
    return given


def _traced(module: Any) -> Any:
    import torch
    from torch import fx

    whole = torch.nn.Sequential(module) if supported_name(module) else module
    try:
        traced = fx.symbolic_trace(whole)
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        # Tracing runs the module's own `forward` on proxies: what it raises is about the module, and is said there.
        raise InputError.single(
            f"torch.fx cannot trace {type(module).__name__}: {error}; expected a forward that calls modules and "
            "functions without deciding by the numbers"
        ) from error
    traced.graph.eliminate_dead_code()
    return traced
