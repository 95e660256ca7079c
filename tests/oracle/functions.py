"""Activations and losses from their definitions, over numbers of the tape; `at_zero` is the slope chosen at a kink."""

from __future__ import annotations

from oracle.tape import Number, absolute, context, erf, exact, exp, lifted, log, sigmoid, tanh, total


def pieces(s, above, below, slope_above, slope_below, at_zero):
    """A function of two pieces that meet at 0; the slope at 0 is that of the upper piece where `at_zero` is 1."""
    upper = s.value > 0 or (s.value == 0 and at_zero)
    value, slope = (above, slope_above) if upper else (below, slope_below)
    return Number(value, ((s, slope),))


def activation(name, alpha, at_zero):
    """An activation by name."""

    def relu(s):
        return pieces(s, s.value, 0, 1, 0, at_zero)

    def leaky(s):
        return pieces(s, s.value, alpha * s.value, 1, alpha, at_zero)

    def elu(s):
        return pieces(s, s.value, alpha * (context.exp(s.value) - 1), 1, alpha * context.exp(s.value), at_zero)

    def selu(s):
        scale, inner = exact(repr(1.0507009873554804934193349852946)), exact(repr(1.6732632423543772848170429916717))
        below = scale * inner * (context.exp(s.value) - 1)
        return pieces(s, scale * s.value, below, scale, scale * inner * context.exp(s.value), at_zero)

    def hard_tanh(s):
        inside = -1 < s.value < 1
        return Number(s.value if inside else context.sign(s.value), ((s, int(inside)),))

    def gelu_tanh(s):
        inner = (s + s**3 * exact("0.044715")) * context.sqrt(2 / context.pi)
        return s * (1 + tanh(inner)) / 2

    return {
        "identity": lambda s: s,
        "sigmoid": sigmoid,
        "tanh": tanh,
        "relu": relu,
        "leaky relu": leaky,
        "elu": elu,
        "selu": selu,
        "softplus": lambda s: log(1 + exp(s)),
        "silu": lambda s: s * sigmoid(s),
        "gelu": lambda s: s * (1 + erf(s / context.sqrt(2))) / 2,
        "gelu tanh": gelu_tanh,
        "hard tanh": hard_tanh,
    }[name]


def softmax(scores):
    """e^{s_k} / sum_j e^{s_j}."""
    powers = [exp(s) for s in scores]
    return [power / total(powers) for power in powers]


def half_squared_error(y, f):
    return total((t - o) * (t - o) for t, o in zip(y, f, strict=True)) / 2


def binary_cross_entropy(y, f):
    return -total(t * log(o) + (1 - t) * log(1 - o) for t, o in zip(y, f, strict=True))


def cross_entropy(y, f):
    return -total(t * log(o) for t, o in zip(y, f, strict=True) if lifted(t).value != 0)


def huber(y, f):
    losses = []
    for t, o in zip(y, f, strict=True):
        error = t - o
        inside = abs(error.value) <= 1
        losses.append(error * error / 2 if inside else absolute(error) - context.mpf("0.5"))
    return total(losses)


LOSSES = {
    "half squared error": half_squared_error,
    "squared error": lambda y, f: half_squared_error(y, f) * 2,
    "mean squared error": lambda y, f: half_squared_error(y, f) * 2 / len(f),
    "absolute error": lambda y, f: total(absolute(t - o) for t, o in zip(y, f, strict=True)),
    "mean absolute error": lambda y, f: total(absolute(t - o) for t, o in zip(y, f, strict=True)) / len(f),
    "huber": huber,
    "binary cross-entropy": binary_cross_entropy,
    "binary cross-entropy on logits": lambda y, f: binary_cross_entropy(y, [sigmoid(o) for o in f]),
    "cross-entropy": cross_entropy,
    "cross-entropy on logits": lambda y, f: cross_entropy(y, softmax(f)),
}
