"""A module of PyTorch with its weights, its data, its loss and its optimizer, as a problem."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from derive.errors import Diagnostic, InputError
from derive.graph.tensor import shape_text
from derive.importing.net import CLASSES_FIRST, Laid, Net, Value
from derive.importing.numbers import Writing
from derive.importing.tidy import tidied
from derive.importing.tracing import read
from derive.importing.training import Measured, measured, optimized, refuse, updated
from derive.problem.model import Problem
from derive.problem.read import problem_of
from derive.sources.marked import Marked

Tensors = Any
"""A tensor, or nested lists of numbers."""


def from_torch(
    module: Any,
    inputs: Tensors,
    targets: Tensors,
    *,
    loss: Any,
    optimizer: Any = None,
    learning_rate: float | str | None = None,
    rounds: int | None = None,
    batch_size: int | None = None,
    places: int | None = None,
    masks: Mapping[str, Tensors] | None = None,
    **keys: Any,
) -> Problem:
    """A problem in which each round is what PyTorch does with `loss(module(inputs), targets)` and one optimizer step.

    `inputs` and `targets` are shaped as PyTorch takes them, samples included: along the first axis, or along the
    second where a recurrent layer is not `batch_first`. A round takes `batch_size` samples in turn, all of them
    unless it is given. `loss` is one of torch.nn and `optimizer` one of torch.optim, or what a problem file says
    there; without an optimizer, `learning_rate` is needed. Numbers keep all their digits unless `places` says to how
    many decimal places the parameters, inputs and targets are rounded. `masks` gives the mask of each dropout in
    training by its path. `keys` are further keys of the problem file, such as `title` or `rounding`.

    Raises `InputError` for what is not supported, naming the module, and for shapes that do not fit.
    """
    _require_torch()
    writing, taken = Writing(places), _tensor(inputs)
    value = _input(module, taken)
    stated = _optimizer(optimizer, learning_rate, writing)
    net = Net(writing, _trained(module, optimizer))
    output = read(module, net, value, {path: _tensor(mask) for path, mask in (masks or {}).items()})
    _require_used(net, masks or {})
    found = measured(loss, output, writing)
    aims = _targets(_tensor(targets), output, found, writing)
    if found.flat:
        net.laid.append(Laid("flatten", {"layer": "flatten"}, (len(net.laid),)))
    size = value.samples if batch_size is None else batch_size
    tree: dict[str, Any] = {
        "network": {"inputs": value.shape, "layers": tidied(net.laid)},
        "loss": found.choice,
        **stated,
        "data": [{"x": x, **y} for x, y in zip(_inputs(net, taken, value), aims, strict=True)],
        **({"batch": {"size": size, "gradients": found.gradients}} if size != 1 else {}),
        **({} if rounds is None else {"rounds": rounds}),
    }
    return _problem(tree, keys)


def _require_torch() -> None:
    if find_spec("torch") is None:
        refuse("PyTorch is not installed; install it, or derive with its extra `torch`")


def _tensor(stated: Tensors) -> Any:
    """A tensor as it is; numbers in lists with all their digits."""
    import torch

    if isinstance(stated, torch.Tensor):
        return stated
    try:
        found = torch.as_tensor(stated)
        return torch.as_tensor(stated, dtype=torch.float64) if found.is_floating_point() else found
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError.single(f"expected a tensor, or lists of numbers of equal lengths: {error}") from error


def _input(module: Any, inputs: Any) -> Value:
    """The network's input, its samples along the axis where PyTorch looks for them."""
    from torch import nn

    if not isinstance(module, nn.Module):
        refuse(f"expected a torch.nn.Module, not a {type(module).__name__}")
    if inputs.dim() < 2 or 0 in inputs.shape:
        refuse(f"`inputs`: {shape_text(tuple(inputs.shape))}; expected samples x numbers, or samples x a larger shape")
    orders = {one.batch_first for one in module.modules() if hasattr(one, "batch_first")}
    axis = int(orders == {False} and inputs.dim() == 3)
    shape = tuple(inputs.shape)
    return Value(0, shape[:axis] + shape[axis + 1 :], shape[axis], axis)


def _trained(module: Any, optimizer: Any) -> frozenset[int]:
    """The parameters that require a gradient and that the optimizer has, by the `id` of each."""
    found = {id(one) for one in module.parameters() if one.requires_grad}
    if not isinstance(optimizer, (str, Mapping, type(None))):
        found &= {id(one) for one in updated(optimizer)}
    if not found:
        refuse("no parameter is trained: none requires a gradient, or the optimizer updates other parameters")
    return frozenset(found)


def _require_used(net: Net, masks: Mapping[str, Any]) -> None:
    """Refuse a module without layers, and masks that no dropout took."""
    if not net.laid:
        refuse("the module has no layers")
    masked = [one.path for one in net.laid if "mask" in one.tree]
    for path in masks:
        if path not in masked:
            refuse(f"`masks`: there is no dropout in training at {path!r}")


def _optimizer(optimizer: Any, learning_rate: float | str | None, writing: Writing) -> dict[str, Any]:
    """The keys `optimizer` and `learning_rate`."""
    if optimizer is None or isinstance(optimizer, (str, Mapping)):
        if learning_rate is None:
            refuse("`learning_rate` is missing; give it, or an optimizer of torch.optim")
        choice = {} if optimizer is None else {"optimizer": optimizer}
        return {**choice, "learning_rate": learning_rate}
    if learning_rate is not None:
        refuse("`learning_rate` is given, and so is an optimizer that has its own")
    return optimized(optimizer, writing)


def _inputs(net: Net, inputs: Any, value: Value) -> Any:
    """The inputs of each sample; tokens are counted from 1."""
    takers = [one.tree.get("layer") for one in net.laid if 0 in one.sources]
    if "embedding" in takers:
        if inputs.is_floating_point() or set(takers) != {"embedding"}:
            refuse("`inputs`: an embedding takes whole numbers of tokens, and nothing else may take them")
        inputs = inputs + 1
    return net.numbers(inputs.movedim(value.axis, 0), "`inputs`")


def _targets(targets: Any, output: Value, found: Measured, writing: Writing) -> list[dict[str, Any]]:
    """The targets of each sample: numbers, or classes counted from 1."""
    count = output.samples
    shape, own = tuple(targets.shape), tuple(output.full[:-1])
    if not targets.is_floating_point() and shape == own and "cross-entropy on logits" in str(found.choice):
        if int(targets.min()) < 0 or int(targets.max()) >= output.shape[-1]:
            refuse(f"`targets`: classes from 0 to {output.shape[-1] - 1} were expected")
        numbers = (targets.movedim(output.axis, 0) + 1).reshape(count, -1).tolist()
        return [{"class": one} for one in numbers]
    wanted = output.full
    if CLASSES_FIRST in output.marks:
        targets, shape = targets.movedim(1, -1), (shape[0], *shape[2:], *shape[1:2])
    if shape != wanted:
        refuse(f"`targets`: {shape_text(shape)}, but the module gives {shape_text(wanted)}")
    by_sample = targets.movedim(output.axis, 0)
    if found.flat:
        by_sample = by_sample.reshape(count, -1)
    numbers = writing.numbers(by_sample, "`targets`")
    return [{"y": one} for one in numbers] if isinstance(numbers, tuple) else []


def _problem(tree: dict[str, Any], keys: Mapping[str, Any]) -> Problem:
    """The problem with further keys, checked; its mistakes have no lines."""
    for key in keys:
        if key in tree:
            refuse(f"`{key}` follows from the other arguments")
    whole = {**keys, **tree}
    try:
        return problem_of(Marked(whole, {}, ""))
    except InputError as error:
        raise InputError([Diagnostic(one.message) for one in error.diagnostics]) from error
