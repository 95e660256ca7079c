"""Random problems of convolutions, poolings, embeddings, dropouts and normalizations."""

from __future__ import annotations

from math import prod

from hypothesis import assume
from hypothesis import strategies as st

from derive import Problem
from derive.network.ties import ties
from derive.problem.shapes import wire

numbers = st.integers(-150, 150).map(lambda n: f"{n / 100:.2f}")
_positive = st.integers(20, 200).map(lambda n: f"{n / 100:.2f}")


def array(draw, shape, entries=numbers):
    if not shape:
        return draw(entries)
    return [array(draw, shape[1:], entries) for _ in range(shape[0])]


def _padding(draw, size):
    return draw(st.sampled_from(["same", "valid", 0, [min(1, k - 1) for k in size]]))


def _convolution(draw, shape, axes):
    lengths, channels = shape[-axes:], shape[:-axes]
    size = [draw(st.integers(1, min(3 if axes == 1 else 2, n))) for n in lengths]
    filters = draw(st.integers(1, 2))
    return {
        "layer": f"conv{axes}d",
        "filters": filters,
        "size": size,
        "kernels": array(draw, ((filters,) if filters > 1 else ()) + tuple(channels) + tuple(size)),
        "stride": [draw(st.integers(1, 2)) for _ in lengths],
        "padding": _padding(draw, size),
        "flipped": draw(st.booleans()),
        "biases": draw(st.sampled_from(["none", array(draw, (filters,))])),
        "activation": draw(st.sampled_from(["none", "tanh", "sigmoid"])),
    }


def _transposed(draw, shape, axes):
    lengths, channels = shape[-axes:], shape[:-axes]
    size = [draw(st.integers(1, 3 if axes == 1 else 2)) for _ in lengths]
    filters = draw(st.integers(1, 2))
    return {
        "layer": f"conv_transpose{axes}d",
        "filters": filters,
        "size": size,
        "kernels": array(draw, tuple(channels) + ((filters,) if filters > 1 else ()) + tuple(size)),
        "stride": [draw(st.integers(1, 3)) for _ in lengths],
        "padding": [draw(st.integers(0, (k - 1) // 2)) for k in size],
        "biases": draw(st.sampled_from(["none", array(draw, (filters,))])),
        "activation": draw(st.sampled_from(["none", "tanh", "sigmoid"])),
    }


def _pooling(draw, shape, axes):
    lengths = shape[-axes:]
    size = [draw(st.integers(1, min(2, n))) for n in lengths]
    kind = draw(st.sampled_from(["max", "average"]))
    options = {"layer": f"{kind}_pool{axes}d", "size": size}
    options["padding"] = draw(st.sampled_from([0, [k // 2 for k in size]]))
    if draw(st.booleans()):
        options["stride"] = [draw(st.integers(1, 2)) for _ in lengths]
    if kind == "max":
        return {**options, "ties": draw(st.sampled_from(["first", "last"]))}
    return {**options, "padding_counts": draw(st.booleans())}


def _give(inputs, options):
    """The shape that layers give, from options that have to be right."""
    network = Problem.model_validate(
        {"network": {"inputs": list(inputs), "layers": options}, "learning_rate": 1, "data": [{"x": 0, "y": 0}]}
    ).network
    wiring = wire(network.inputs, network.layers, {})
    assert not wiring.mistakes
    return wiring.shapes[-1]


def _finished(draw, inputs, layers, samples=1, entries=numbers, **more):
    """The problem with a flatten and a dense layer behind the layers."""
    count = prod(_give(inputs, layers))
    last = {"units": 2, "activation": "tanh", "weights": array(draw, (count, 2)), "biases": array(draw, (2,))}
    data = [{"x": array(draw, inputs, entries), "y": array(draw, (2,))} for _ in range(samples)]
    return Problem.model_validate(
        {
            "network": {"inputs": list(inputs), "layers": [*layers, {"layer": "flatten"}, last]},
            "learning_rate": "0.1",
            "data": data,
            "rounds": 3,
            **more,
        }
    )


def batch(draw, size):
    ways = ["averaged", "summed"] if size > 1 else ["averaged"]
    return {"batch": {"size": size, "gradients": draw(st.sampled_from(ways))}}


@st.composite
def spatial(draw):
    """A convolution, and behind it another or a pooling, over one or two axes, with channels or without."""
    axes = draw(st.integers(1, 2))
    lengths = tuple(draw(st.integers(3, 5 if axes == 1 else 4)) for _ in range(axes))
    inputs = (*((draw(st.integers(1, 2)),) if draw(st.booleans()) else ()), *lengths)
    layers = [_convolution(draw, inputs, axes)]
    for make in draw(st.sampled_from([(), (_convolution,), (_pooling,), (_pooling, _convolution)])):
        layers.append(make(draw, _give(inputs, layers), axes))
    return _finished(draw, inputs, layers, samples=2)


@st.composite
def transposed(draw):
    """A transposed convolution, alone or between convolutions, over one or two axes, with channels or without."""
    axes = draw(st.integers(1, 2))
    lengths = tuple(draw(st.integers(2, 3)) for _ in range(axes))
    inputs = (*((draw(st.integers(1, 2)),) if draw(st.booleans()) else ()), *lengths)
    layers = []
    for make in draw(
        st.sampled_from([(_transposed,), (_convolution, _transposed), (_transposed, _convolution), (_transposed,) * 2])
    ):
        layers.append(make(draw, _give(inputs, layers) if layers else inputs, axes))
    return _finished(draw, inputs, layers)


@st.composite
def radial(draw):
    """An RBF layer, of a vector or of each step, behind a dense layer or alone."""
    inputs = draw(st.sampled_from([(2,), (2, 2)]))
    units, first = draw(st.integers(1, 3)), draw(st.booleans())
    before = [_dense(draw, inputs, 3)] if first else []
    count = 3 if first else 2
    options = {"layer": "rbf", "units": units, "widths": array(draw, (units,), _positive), "rows": "units"}
    options["centres"] = array(draw, (units, count))
    if draw(st.booleans()):
        options |= {"rows": "inputs", "centres": array(draw, (count, units))}
    return _finished(draw, inputs, [*before, options], 2)


@st.composite
def grouped(draw):
    """A group norm behind a convolution with four filters, or behind a dense layer of four units."""
    groups = draw(st.sampled_from([1, 2, 4]))
    inputs = draw(st.sampled_from([(2,), (2, 3), (2, 2, 2)]))
    if len(inputs) == 1:
        groups = min(groups, 2)
        before = _dense(draw, inputs, 4)
    else:
        size = [1, 2][: len(inputs) - 1]
        before = {"layer": f"conv{len(size)}d", "filters": 4, "size": size, "kernels": array(draw, (4, 2, *size))}
        before |= {"biases": "none", "activation": "tanh"}
    return _finished(draw, inputs, [before, {"layer": "group_norm", "groups": groups, **_affine(draw, 4)}], 2)


@st.composite
def embedded(draw):
    """An embedding of 1 to 4 tokens, behind it a dense layer of every step."""
    count, dimension = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    tokens = (draw(st.integers(1, 4)),)
    layers = [{"layer": "embedding", "table": array(draw, (count, dimension))}]
    if draw(st.booleans()):
        weights = array(draw, (dimension, 2))
        layers.append({"units": 2, "activation": "tanh", "weights": weights, "biases": "none"})
    size = draw(st.integers(1, 2))
    return _finished(draw, tokens, layers, 2, st.integers(1, count), **batch(draw, size))


def _dense(draw, inputs, units):
    return {"units": units, "activation": "tanh", "weights": array(draw, (inputs[-1], units)), "biases": "none"}


def _affine(draw, count):
    options = {"epsilon": draw(st.sampled_from(["1e-5", "0.01"]))}
    for key in ("scale", "shift"):
        options[key] = draw(st.sampled_from(["none", draw(numbers), array(draw, (count,))]))
    return options


@st.composite
def dropped(draw):
    """A dropout between dense layers, with one mask or with a mask a sample."""
    inputs = draw(st.sampled_from([(2,), (2, 2)]))
    shape = (*inputs[:-1], 3)
    options = {"layer": "dropout", "inverted": draw(st.booleans())}
    options["phase"] = draw(st.sampled_from(["training", "training", "test"]))
    share = draw(st.sampled_from(["rate", "keep"]))
    options[share] = draw(st.sampled_from(["0.5", "0.2"]))
    if options["phase"] == "training":
        masks = draw(st.sampled_from([(), (2,), (3,)]))
        options["mask"] = array(draw, masks + shape, st.integers(0, 1))
    layers = [_dense(draw, inputs, 3), options]
    return _finished(draw, inputs, layers, 2, **batch(draw, draw(st.integers(1, 2))))


@st.composite
def normalized(draw):
    """A layer or RMS norm behind a dense layer, of a vector or of each step."""
    inputs = draw(st.sampled_from([(2,), (2, 2)]))
    kind = draw(st.sampled_from(["layer_norm", "rms_norm"]))
    layers = [_dense(draw, inputs, 3), {"layer": kind, **_affine(draw, 3)}]
    return _finished(draw, inputs, layers, 2)


@st.composite
def batch_normalized(draw):
    """A batch norm behind a dense layer or a convolution, in training or with running averages."""
    inputs, axis = draw(st.sampled_from([((2,), None), ((2, 2), "last"), ((2, 3), "first"), ((2, 2, 2), None)]))
    if axis == "first":
        before = {"layer": "conv1d", "filters": 3, "size": 2, "kernels": array(draw, (3, 2, 2))}
    elif len(inputs) == 3:
        before = {"layer": "conv2d", "filters": 3, "size": 1, "kernels": array(draw, (3, 2, 1, 1))}
    else:
        before = _dense(draw, inputs, 3)
    before |= {"biases": "none", "activation": "tanh"}
    options = {"layer": "batch_norm", **_affine(draw, 3)}
    if axis is not None:
        options["axis"] = axis
    options["phase"] = draw(st.sampled_from(["training", "training", "test"]))
    if options["phase"] == "test" or draw(st.booleans()):
        options["running_mean"] = array(draw, (3,))
        options["running_variance"] = array(draw, (3,), _positive)
        options["running"] = draw(st.sampled_from(["biased", "unbiased"]))
        options["momentum"] = draw(st.sampled_from(["0.1", "0.3"]))
    size = draw(st.integers(2, 3))
    problem = _finished(draw, inputs, [before, options], size, **batch(draw, size))
    assume(len({str(sample.x) for sample in problem.data}) == size)
    return problem


def avoids_ties(solution):
    """Whether no maximum of any round stands on a kink."""
    return not any(ties(solution.lowered, values) for values in solution.values)
