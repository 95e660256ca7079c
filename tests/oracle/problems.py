"""Random problem files of dense layers, as plain trees of text: every option that changes a number, drawn by a seed."""

from __future__ import annotations

import itertools
import random

ACTIVATIONS = (
    *("identity", "sigmoid", "tanh", "relu", "leaky relu", "elu", "selu", "softplus", "silu", "gelu", "gelu tanh"),
    "hard tanh",
)
OPTIMIZERS = (
    *("sgd", "sgd", "momentum", "classical momentum", "averaged momentum", "nesterov", "adagrad", "rmsprop"),
    *("rmsprop inside", "adam", "adamw"),
)
SCHEDULES = (
    {"schedule": "step", "constants": {"gamma": "0.5", "T": "2"}},
    {"schedule": "exponential", "constants": {"gamma": "0.9"}},
    {"schedule": "inverse time", "constants": {"k": "0.3"}},
    {"schedule": "inverse square root"},
    {"schedule": "cosine", "constants": {"T": "4", "end": "0.01"}},
    {"schedule": "linear", "constants": {"T": "3", "end": "0.02"}},
    {"schedule": "warmup", "constants": {"T": "2"}},
)
ENDINGS = {
    "binary cross-entropy": "sigmoid",
    "binary cross-entropy on logits": "identity",
    "cross-entropy": "softmax",
    "cross-entropy on logits": "identity",
}
LOSSES = (
    *("half squared error", "half squared error", "squared error", "mean squared error", "absolute error"),
    *("mean absolute error", "huber", *ENDINGS),
)


def problem(seed):
    """The tree of a seed."""
    draw = random.Random(seed)
    loss = draw.choice(LOSSES)
    widths = [draw.randint(1, 3) for _ in range(draw.randint(2, 4))]
    if loss.startswith("cross-entropy"):
        widths[-1] = draw.randint(2, 3)
    ascent = draw.random() < 0.15
    layers = [_layer(draw, *pair) for pair in itertools.pairwise(widths)]
    layers[-1]["activation"] = ENDINGS.get(loss, draw.choice(ACTIVATIONS))
    rows = draw.choice(("inputs", "units"))
    for layer in layers:
        layer["weights"] = _transposed(layer["weights"]) if rows == "units" else layer["weights"]
    samples = draw.randint(1, 4)
    size = draw.choice([n for n in range(1, samples + 1) if samples % n == 0])
    rounds = draw.randint(1, 4)
    tree = {
        "network": {"inputs": str(widths[0]), "rows": rows, "layers": layers},
        "loss": loss,
        "data": [{"x": _vector(draw, widths[0]), "y": _target(draw, loss, widths[-1])} for _ in range(samples)],
        "learning_rate": _rate(draw, rounds),
        "rounds": str(rounds),
    }
    if size > 1:
        tree["batch"] = {"size": str(size), "gradients": draw.choice(("averaged", "summed"))}
    if ascent:
        return {**tree, "update_form": "ascent"}
    return {**tree, **_update_options(draw, has_biases=any(layer["biases"] != "none" for layer in layers))}


def rounding_of(seed, tree):
    """A rounding policy with exceptions for kinds that a problem works, drawn by a seed."""
    draw = random.Random(f"rounding {seed}")
    kinds = ["weight", "pre-activation", "output", "loss", "delta"]
    kinds += ["activation"] if len(tree["network"]["layers"]) > 1 else []
    kinds += [] if tree.get("update_form") == "ascent" else ["adjoint", "gradient"]
    exceptions = [{"kind": kind, "places": str(draw.randint(2, 8))} for kind in draw.sample(kinds, draw.randint(0, 3))]
    if draw.random() < 0.5:
        exceptions.append({"kind": draw.choice(kinds), "round": "1", "significant": str(draw.randint(2, 6))})
    return {
        draw.choice(("places", "significant")): str(draw.randint(2, 7)),
        "mode": draw.choice(("half-up", "half-even", "cut")),
        "carry": draw.choice(("full", "rounded")),
        "exceptions": exceptions,
    }


def _update_options(draw, *, has_biases):
    options = {}
    optimizer = {"name": draw.choice(OPTIMIZERS)}
    if draw.random() < 0.2:
        optimizer["clip_value"] = "0.1"
    if draw.random() < 0.2:
        optimizer["clip_norm"] = "0.3"
    if draw.random() < 0.2:
        optimizer["weight_decay"] = "0.05"
    options["optimizer"] = optimizer
    if draw.random() < 0.3:
        penalty = {draw.choice(("l1", "l2")): "0.1"}
        if "l2" in penalty and draw.random() < 0.5:
            penalty["half"] = "false"
        if has_biases and draw.random() < 0.5:
            penalty["biases"] = "true"
        options["penalty"] = penalty
    elif draw.random() < 0.3 and len(optimizer) == 1:
        options["updates"] = "in place"
    return options


def _rate(draw, rounds):
    chosen = draw.randrange(4)
    if chosen == 0:
        return {"start": "0.1", **draw.choice(SCHEDULES)}
    return [f"0.{n + 1}" for n in range(rounds)] if chosen == 1 else draw.choice(("0.1", "0.5", "1"))


def _layer(draw, inputs, units):
    layer = {
        "units": str(units),
        "activation": draw.choice(ACTIVATIONS),
        "weights": [_vector(draw, units) for _ in range(inputs)],
        "biases": draw.choice(("none", _vector(draw, units))),
    }
    if layer["biases"] != "none" and draw.random() < 0.2:
        layer |= {"bias": "shared", "biases": _number(draw)}
    if layer["biases"] != "none" and draw.random() < 0.2:
        layer["bias_form"] = "threshold"
    return layer


def _vector(draw, length):
    return [_number(draw) for _ in range(length)]


def _number(draw):
    """Three decimal places that never end in 0, so that sums do not meet a kink by chance."""
    return f"{draw.choice((-1, 1)) * (draw.randrange(5, 120) * 10 + draw.randrange(1, 10)) / 1000}"


def _target(draw, loss, outputs):
    if loss.startswith("cross-entropy"):
        chosen = draw.randrange(outputs)
        return [str(int(k == chosen)) for k in range(outputs)]
    if loss.startswith("binary"):
        return [str(draw.randrange(2)) for _ in range(outputs)]
    return _vector(draw, outputs)


def _transposed(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]
