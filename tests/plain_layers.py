"""Layers by plain loops over nested lists, written without the graph, and a problem worked with them."""

from __future__ import annotations

from itertools import product
from math import prod

import mpmath
import pytest

from derive.graph.quantity import Role
from derive.network.lower import round_values

CONTEXT = mpmath.MPContext()
CONTEXT.dps = 50
STEP = CONTEXT.mpf(10) ** -16
ACTIVATIONS = {
    "none": lambda s: s,
    "identity": lambda s: s,
    "tanh": CONTEXT.tanh,
    "sigmoid": lambda s: 1 / (1 + CONTEXT.exp(-s)),
}


def nested(flat, shape):
    """Numbers row by row as nested lists."""
    if not shape:
        return flat[0]
    size = len(flat) // shape[0]
    return [nested(flat[k * size : (k + 1) * size], shape[1:]) for k in range(shape[0])]


def flattened(array):
    return [n for part in array for n in flattened(part)] if isinstance(array, list) else [array]


def depth(array):
    return 1 + depth(array[0]) if isinstance(array, list) else 0


def mapped(function, array):
    return [mapped(function, part) for part in array] if isinstance(array, list) else function(array)


def pair(numbers, axes):
    return tuple(numbers) * (axes if len(numbers) == 1 else 1)


def ends(layer, lengths, size, stride):
    """How many zeros stand before and after each axis."""
    if layer.padding == "valid":
        return [(0, 0)] * len(lengths)
    if layer.padding == "same":
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(lengths, size, stride, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    return [(zeros, zeros) for zeros in pair(layer.padding, len(lengths))]


def padded_windows(image, size, stride, padding, filler):
    """The windows of one channel, an array of places, each a flat list; `image` as rows (one row for one axis)."""
    (top, bottom), (left, right) = padding
    width = len(image[0]) + left + right
    rows = [[filler] * width for _ in range(top)]
    rows += [[filler] * left + row + [filler] * right for row in image]
    rows += [[filler] * width for _ in range(bottom)]
    return [
        [
            [rows[i + u][j + v] for u in range(size[0]) for v in range(size[1])]
            for j in range(0, width - size[1] + 1, stride[1])
        ]
        for i in range(0, len(rows) - size[0] + 1, stride[0])
    ]


def as_images(layer, array):
    """The input as channels of rows, and whether it had channels."""
    has_channels = depth(array) > layer.axes
    channels = array if has_channels else [array]
    return ([[row] for row in channels] if layer.axes == 1 else channels), has_channels


def sizes(layer, lengths, size, stride):
    """Everything for two axes: one axis is a single row."""
    padding = ends(layer, lengths, size, stride)
    if layer.axes == 1:
        return (1, *size), (1, *stride), [(0, 0), *padding]
    return size, stride, padding


def lengths_of(layer, images):
    return [len(images[0][0])] if layer.axes == 1 else [len(images[0]), len(images[0][0])]


def without_rows(layer, images):
    return [image[0] for image in images] if layer.axes == 1 else images


def convolution(layer, own, array):
    images, has_channels = as_images(layer, array)
    axes = layer.axes
    filters = len(own["biases"]) if "biases" in own else layer.filters
    kernels = own["kernels"]
    shape = pair(layer.size, axes)
    kernels = nested(flattened(kernels), (filters, len(images), prod(shape)))
    size, stride, padding = sizes(layer, lengths_of(layer, images), shape, pair(layer.stride, axes))
    windows = [padded_windows(image, size, stride, padding, CONTEXT.mpf(0)) for image in images]
    results = []
    for number, kernel in enumerate(kernels):
        turned = [channel[::-1] for channel in kernel] if layer.flipped else kernel
        bias = own["biases"][number] if "biases" in own else 0
        results.append(
            [
                [
                    sum(
                        k * x
                        for c, channel in enumerate(turned)
                        for k, x in zip(channel, windows[c][i][j], strict=True)
                    )
                    + bias
                    for j in range(len(windows[0][0]))
                ]
                for i in range(len(windows[0]))
            ]
        )
    results = mapped(ACTIVATIONS[layer.activation.name], without_rows(layer, results))
    return results if has_channels or filters > 1 else results[0]


def transposed(layer, own, array):
    """Each entry times the kernel, laid down a stride apart; what padding cuts off is left out."""
    images, has_channels = as_images(layer, array)
    filters, size = layer.filters, pair(layer.size, layer.axes)
    stride, cut = pair(layer.stride, layer.axes), pair(layer.padding, layer.axes)
    if layer.axes == 1:
        size, stride, cut = (1, *size), (1, *stride), (0, *cut)
    kernels = nested(flattened(own["kernels"]), (len(images), filters, *size))
    height, width = (
        (n - 1) * d + k - 2 * p
        for n, d, k, p in zip((len(images[0]), len(images[0][0])), stride, size, cut, strict=True)
    )
    biases = own.get("biases", [0] * filters)
    results = [[[biases[o] + CONTEXT.mpf(0)] * width for _ in range(height)] for o in range(filters)]
    for o, c in product(range(filters), range(len(images))):
        for (u, row), y, z in product(enumerate(images[c]), range(size[0]), range(size[1])):
            for v, x in enumerate(row):
                i, j = u * stride[0] + y - cut[0], v * stride[1] + z - cut[1]
                if 0 <= i < height and 0 <= j < width:
                    results[o][i][j] += x * kernels[c][o][y][z]
    results = mapped(ACTIVATIONS[layer.activation.name], without_rows(layer, results))
    return results if has_channels or filters > 1 else results[0]


def radial(layer, own, array):
    if depth(array) == 2:
        return [radial(layer, own, row) for row in array]
    squares = [sum((x - c[j]) ** 2 for x, c in zip(array, own["centres"], strict=True)) for j in range(layer.units)]
    return [CONTEXT.exp(-one / (2 * width**2)) for one, width in zip(squares, own["widths"], strict=True)]


def group_norm(layer, own, array):
    count = len(array)
    own_groups = [k * layer.groups // count for k in range(count)]
    results = []
    for k, channel in enumerate(array):
        members = [x for c in range(count) if own_groups[c] == own_groups[k] for x in flattened_of(array[c])]
        mean = sum(members) / len(members)
        spread = sum((x - mean) ** 2 for x in members) / len(members)
        scale, shift = own.get("scale", [1] * count)[k], own.get("shift", [0] * count)[k]
        root = CONTEXT.sqrt(spread + own["epsilon"])
        results.append(mapped(lambda x, m=mean, r=root, g=scale, b=shift: (x - m) / r * g + b, channel))
    return results


def flattened_of(array):
    return flattened(array) if isinstance(array, list) else [array]


def pooling(layer, own, array):
    images, has_channels = as_images(layer, array)
    shape = pair(layer.size, layer.axes)
    stride = shape if layer.stride is None else pair(layer.stride, layer.axes)
    size, stride, padding = sizes(layer, lengths_of(layer, images), shape, stride)

    def pool(window):
        real = [x for x in window if x is not None]
        if layer.layer.startswith("max"):
            return max(real)
        return sum(real) / (len(window) if layer.padding_counts else len(real))

    results = [
        [[pool(window) for window in row] for row in padded_windows(image, size, stride, padding, None)]
        for image in images
    ]
    results = without_rows(layer, results)
    return results if has_channels else results[0]


def dense(layer, own, array):
    if depth(array) == 2:
        return [dense(layer, own, row) for row in array]
    sums = [sum(w[j] * x for w, x in zip(own["weights"], array, strict=True)) for j in range(layer.units)]
    sums = [s + (own["biases"][j] if "biases" in own else 0) for j, s in enumerate(sums)]
    return [ACTIVATIONS[layer.activation.name](s) for s in sums]


def embedding(layer, own, array):
    return [own["table"][int(token) - 1] for token in array]


def dropout(layer, own, array):
    keep = own["keep"] if "keep" in own else 1 - own["rate"] if "rate" in own else None
    if layer.phase == "test":
        return array if layer.inverted else mapped(lambda x: x * keep, array)
    numbers = [
        x * m / (keep if layer.inverted else 1) for x, m in zip(flattened(array), flattened(own["mask"]), strict=True)
    ]
    return nested(numbers, shape_of(array))


def shape_of(array):
    return (len(array), *shape_of(array[0])) if isinstance(array, list) else ()


def vector_norm(layer, own, array):
    if depth(array) == 2:
        return [vector_norm(layer, own, row) for row in array]
    count = len(array)
    mean = sum(array) / count if layer.layer == "layer_norm" else 0
    spread = sum((x - mean) ** 2 for x in array) / count
    return [
        (x - mean) / CONTEXT.sqrt(spread + own["epsilon"]) * own.get("scale", [1] * count)[i]
        + own.get("shift", [0] * count)[i]
        for i, x in enumerate(array)
    ]


def batch_norm(layer, own, arrays):
    shape = shape_of(arrays[0])
    place = len(shape) - 1 if layer.axis == "last" else 0
    indices = list(product(*map(range, shape)))
    columns = {k: [] for k in range(shape[place])}
    tables = [dict(zip(indices, flattened(array), strict=True)) for array in arrays]
    for table in tables:
        for index, x in table.items():
            columns[index[place]].append(x)
    means = {k: sum(column) / len(column) for k, column in columns.items()}
    spreads = {k: sum((x - means[k]) ** 2 for x in column) / len(column) for k, column in columns.items()}
    if layer.phase == "test":
        means, spreads = own["running_mean"], own["running_variance"]
    scale, shift = own.get("scale", [1] * shape[place]), own.get("shift", [0] * shape[place])
    results = []
    for table in tables:
        numbers = [
            (table[i] - means[i[place]]) / CONTEXT.sqrt(spreads[i[place]] + own["epsilon"]) * scale[i[place]]
            + shift[i[place]]
            for i in indices
        ]
        results.append(nested(numbers, shape))
    return results


PLAIN = {
    **dict.fromkeys(("conv1d", "conv2d"), convolution),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d"), pooling),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d"), transposed),
    **dict.fromkeys(("layer_norm", "rms_norm"), vector_norm),
    "rbf": radial,
    "group_norm": group_norm,
    "dense": dense,
    "embedding": embedding,
    "dropout": dropout,
    "flatten": lambda layer, own, array: flattened(array),
}


def run(problem, parameters, inputs, turns):
    """The outputs of every sample; `turns` gives the constants of a layer that take turns, by sample."""
    signals = inputs
    for number, layer in enumerate(problem.network.layers, 1):
        own = {key: array for (k, key), array in parameters.items() if k == number}
        if layer.layer == "batch_norm":
            signals = batch_norm(layer, own, signals)
            continue
        signals = [PLAIN[layer.layer](layer, {**own, **turns(number, place)}, one) for place, one in enumerate(signals)]
    return signals


def check(solution, rounds=3):
    """Forward values, gradients by central differences, and updates, against a solution of derive."""
    problem = solution.problem
    lowered, names = solution.lowered, {}
    for placed in lowered.placed:
        names.update({block: (placed.number, key) for key, block in placed.parameters.items()})
    numbers = {block: [CONTEXT.mpf(str(lowered.given[q])) for q in block.ids] for block in names}
    for number in range(1, rounds + 1):
        values = solution.values[number - 1]
        given = {q: CONTEXT.mpf(str(n)) for q, n in round_values(problem, lowered, number).items()}
        inputs = [nested([given[q] for q in one.ids], one.shape) for one in lowered.inputs]
        targets = [[given[q] for q in one.ids] for one in lowered.targets]

        def turns(layer, place, given=given):
            blocks = {t.blocks[place]: t for t in lowered.turns if t.blocks[place].layer == layer}
            return {block.kind.value: nested([given[q] for q in block.ids], block.shape) for block in blocks}

        def forward(given_numbers, inputs=inputs, turns=turns):
            parameters = {names[b]: nested(own, b.shape) for b, own in given_numbers.items()}
            return [flattened(one) for one in run(problem, parameters, inputs, turns)]

        def loss(given_numbers, targets=targets, forward=forward):
            outputs = forward(given_numbers)
            whole = sum(
                (f - y) ** 2 / 2 for o, t in zip(outputs, targets, strict=True) for f, y in zip(o, t, strict=True)
            )
            return whole / (len(targets) if problem.batch.gradients == "averaged" else 1)

        for found, tensor in zip(forward(numbers), lowered.placed[-1].outputs, strict=True):
            same([values[q].unrounded for q in tensor.ids], found)
        rate, moved = CONTEXT.mpf(str(problem.learning_rate.start)), dict(numbers)
        for block in lowered.parameters:
            gradient = [slope(loss, numbers, block, place) for place in range(block.size)]
            same([values[lowered.graph.adjoint_of[q]].unrounded for q in block.ids], gradient)
            moved[block] = [p - rate * g for p, g in zip(numbers[block], gradient, strict=True)]
            updated = lowered.graph.blocks.derived(block, Role.UPDATED)
            same([values[q].unrounded for q in updated.ids], moved[block])
        numbers = moved


def slope(loss, numbers, block, place):
    def at(step):
        own = list(numbers[block])
        own[place] += step
        return loss({**numbers, block: own})

    return (at(STEP) - at(-STEP)) / (2 * STEP)


def same(found, expected):
    assert [float(n) for n in found] == pytest.approx([float(n) for n in expected], rel=1e-10, abs=1e-14)
