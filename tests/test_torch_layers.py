"""Layers against PyTorch in double precision: outputs, every gradient, three updates, running averages."""

from functools import partial

import pytest
from everyday import examples
from hypothesis import assume, given, settings
from layer_problems import (
    avoids_ties,
    batch_normalized,
    dropped,
    embedded,
    grouped,
    normalized,
    radial,
    spatial,
    transposed,
)
from plain_layers import ends, pair

import derive
from derive.graph.quantity import Role
from derive.network.lower import round_values

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
functional = torch.nn.functional

ACTIVATIONS = {"none": lambda s: s, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d}
MAXIMA = {1: functional.max_pool1d, 2: functional.max_pool2d}
MEANS = {1: functional.avg_pool1d, 2: functional.avg_pool2d}


def convolution(layer, own, signal):
    axes, has_channels = layer.axes, signal.dim() > layer.axes
    image = signal if has_channels else signal[None]
    size, stride = pair(layer.size, axes), pair(layer.stride, axes)
    kernels = own["kernels"].reshape(layer.filters, len(image), *size)
    kernels = kernels.flip(tuple(range(-axes, 0))) if layer.flipped else kernels
    call = partial(CONVOLUTIONS[axes], weight=kernels, bias=own.get("biases"), stride=stride)
    if layer.padding == "valid" or (layer.padding == "same" and set(stride) == {1}):
        result = call(image[None], padding=layer.padding)[0]
    else:
        zeros = [n for both in reversed(ends(layer, image.shape[1:], size, stride)) for n in both]
        result = call(functional.pad(image, zeros)[None])[0]
    result = ACTIVATIONS[layer.activation.name](result)
    return result if has_channels or layer.filters > 1 else result[0]


TRANSPOSED = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d}


def transposed_convolution(layer, own, signal):
    axes, has_channels = layer.axes, signal.dim() > layer.axes
    image = signal if has_channels else signal[None]
    kernels = own["kernels"].reshape(len(image), layer.filters, *pair(layer.size, axes))
    moves = {"stride": pair(layer.stride, axes), "padding": pair(layer.padding, axes)}
    result = ACTIVATIONS[layer.activation.name](TRANSPOSED[axes](image[None], kernels, own.get("biases"), **moves)[0])
    return result if has_channels or layer.filters > 1 else result[0]


def radial_basis(layer, own, signal):
    distances = ((signal[..., None, :] - own["centres"].T) ** 2).sum(-1)
    return torch.exp(-distances / (2 * own["widths"] ** 2))


def group_norm(layer, own, signal):
    scale = own.get("scale", torch.ones(len(signal), dtype=torch.float64))
    return functional.group_norm(signal[None], layer.groups, scale, own.get("shift"), eps=float(layer.epsilon))[0]


def pooling(layer, own, signal):
    axes = layer.axes
    image = signal if signal.dim() > axes else signal[None]
    size = pair(layer.size, axes)
    options = {
        "stride": size if layer.stride is None else pair(layer.stride, axes),
        "padding": pair(layer.padding, axes),
    }
    if layer.layer.startswith("max"):
        result = MAXIMA[axes](image[None], size, **options)[0]
    else:
        result = MEANS[axes](image[None], size, count_include_pad=layer.padding_counts, **options)[0]
    return result if signal.dim() > axes else result[0]


def dense(layer, own, signal):
    return ACTIVATIONS[layer.activation.name](signal @ own["weights"] + own.get("biases", 0))


def dropout(layer, own, signal):
    keep = own["keep"] if "keep" in own else 1 - own["rate"] if "rate" in own else None
    if layer.phase == "test":
        return signal if layer.inverted else signal * keep
    return signal * own["mask"] / (keep if layer.inverted else 1)


def layer_norm(layer, own, signal):
    return functional.layer_norm(
        signal, signal.shape[-1:], own.get("scale"), own.get("shift"), eps=float(layer.epsilon)
    )


def rms_norm(layer, own, signal):
    result = functional.rms_norm(signal, signal.shape[-1:], own.get("scale"), eps=float(layer.epsilon))
    return result + own.get("shift", 0)


def batch_norm(layer, own, signals):
    """PyTorch's; its running averages are those of the parameters, changed in place where they are kept."""
    whole = torch.stack(signals)
    turned = whole.movedim(-1, 1) if layer.axis == "last" else whole
    result = functional.batch_norm(
        turned,
        own.get("running_mean"),
        own.get("running_variance"),
        own.get("scale"),
        own.get("shift"),
        training=layer.phase == "training",
        momentum=float(own.get("momentum", 0)),
        eps=float(layer.epsilon),
    )
    return list(result.movedim(1, -1) if layer.axis == "last" else result)


LAYERS = {
    **dict.fromkeys(("conv1d", "conv2d"), convolution),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d"), pooling),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d"), transposed_convolution),
    "rbf": radial_basis,
    "group_norm": group_norm,
    "dense": dense,
    "embedding": lambda layer, own, signal: functional.embedding(signal.long() - 1, own["table"]),
    "dropout": dropout,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "flatten": lambda layer, own, signal: signal.flatten(),
}


def tensor(numbers, shape):
    return torch.tensor([float(n) for n in numbers], dtype=torch.float64).reshape(shape)


def run(problem, parameters, signals, turns):
    for number, layer in enumerate(problem.network.layers, 1):
        own = {key: block for (k, key), block in parameters.items() if k == number}
        if layer.layer == "batch_norm":
            signals = batch_norm(layer, own, signals)
        else:
            signals = [LAYERS[layer.layer](layer, {**own, **turns(number, k)}, one) for k, one in enumerate(signals)]
    return signals


def check(solution):
    problem, lowered = solution.problem, solution.lowered
    names = {block: (p.number, key) for p in lowered.placed for key, block in p.parameters.items()}
    parameters = {name: tensor([lowered.given[q] for q in block.ids], block.shape) for block, name in names.items()}
    trained = [parameters[names[block]].requires_grad_() for block in lowered.parameters]
    optimizer = torch.optim.SGD(trained, lr=float(problem.learning_rate.start))
    for number, values in enumerate(solution.values, 1):
        given_ = round_values(problem, lowered, number)

        def turns(layer, place, given_=given_):
            blocks = [t.blocks[place] for t in lowered.turns if t.blocks[place].layer == layer]
            return {block.kind.value: tensor([given_[q] for q in block.ids], block.shape) for block in blocks}

        def at(one, given_=given_):
            return tensor([given_[q] for q in one.ids], one.shape)

        outputs = run(problem, parameters, [at(one) for one in lowered.inputs], turns)
        losses = [((f - at(y)) ** 2).sum() / 2 for f, y in zip(outputs, lowered.targets, strict=True)]
        optimizer.zero_grad()
        (sum(losses) / (len(losses) if problem.batch.gradients == "averaged" else 1)).backward()
        for found, ours in zip(outputs, lowered.placed[-1].outputs, strict=True):
            same(values, ours.ids, found)
        for block, parameter in zip(lowered.parameters, trained, strict=True):
            same(values, [lowered.graph.adjoint_of[q] for q in block.ids], parameter.grad)
        optimizer.step()
        for block in lowered.graph.blocks.blocks:
            if block.role is Role.UPDATED:
                same(values, block.ids, parameters[names[block.of]])


def same(values, ids, found):
    assert [float(values[q].unrounded) for q in ids] == pytest.approx(
        found.detach().flatten().tolist(), rel=1e-10, abs=1e-13
    )


@settings(max_examples=examples(40), deadline=None)
@given(spatial())
def test_convolutions_and_poolings(problem):
    solution = derive.solve(problem)
    assume(avoids_ties(solution))
    check(solution)


@settings(max_examples=25, deadline=None)
@given(transposed())
def test_transposed_convolutions(problem):
    check(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(radial())
def test_radial_basis_functions(problem):
    check(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(grouped())
def test_group_norms(problem):
    check(derive.solve(problem))


@settings(max_examples=10, deadline=None)
@given(embedded())
def test_embeddings(problem):
    check(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(dropped())
def test_dropouts(problem):
    check(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(normalized())
def test_layer_and_rms_norms(problem):
    check(derive.solve(problem))


@settings(max_examples=25, deadline=None)
@given(batch_normalized())
def test_batch_norms(problem):
    """Running averages too: PyTorch's are unbiased."""
    assume(problem.network.layers[1].running == "unbiased")
    check(derive.solve(problem))


def test_a_tie_goes_where_pytorch_sends_it():
    text = (
        "network: {inputs: [2, 2], layers: [{layer: conv2d, kernels: [[1]], biases: none}, "
        "{layer: max_pool2d, size: 2}, {layer: flatten}, {units: 1, weights: 0.5, biases: none}]}\n"
        "learning_rate: 0.1\ndata: [{x: [[1, 3], [3, 2]], y: 0}]\n"
    )
    solution = derive.solve(derive.loads(text))
    image = torch.tensor([[[1.0, 3.0], [3.0, 2.0]]], dtype=torch.float64, requires_grad=True)
    functional.max_pool2d(image, 2).backward()
    ours = [solution.rounds[1][f"dL/ds1_{i}{j}"].unrounded != 0 for i in (1, 2) for j in (1, 2)]
    assert ours == [bool(g) for g in image.grad.flatten()]
