"""Each loss as a plain loop in mpmath, written without the catalog; and problems that it fits."""

from __future__ import annotations

import random

from mpmath import MPContext

NUMBERS = MPContext()
NUMBERS.dps = 60
_log = {"natural": NUMBERS.log, "2": lambda x: NUMBERS.log(x, 2), "10": NUMBERS.log10}


def _huber(e, delta):
    return e * e / 2 if abs(e) <= delta else delta * (abs(e) - delta / 2)


def _softmax(f):
    parts = [NUMBERS.exp(one) for one in f]
    return [part / sum(parts) for part in parts]


def _binary(y, f, log):
    return -sum(t * log(p) + (1 - t) * log(1 - p) for t, p in zip(y, f, strict=True))


def _entropy(y, f, log):
    return -sum(t * log(p) for t, p in zip(y, f, strict=True))


def _multi(y, f, delta):
    right = y.index(1)
    return sum(max(0, s - f[right] + delta) for k, s in enumerate(f) if k != right)


PLAIN = {
    "half squared error": lambda y, f, log, c: sum((a - b) ** 2 for a, b in zip(y, f, strict=True)) / 2,
    "squared error": lambda y, f, log, c: sum((a - b) ** 2 for a, b in zip(y, f, strict=True)),
    "mean squared error": lambda y, f, log, c: sum((a - b) ** 2 for a, b in zip(y, f, strict=True)) / len(f),
    "absolute error": lambda y, f, log, c: sum(abs(a - b) for a, b in zip(y, f, strict=True)),
    "mean absolute error": lambda y, f, log, c: sum(abs(a - b) for a, b in zip(y, f, strict=True)) / len(f),
    "huber": lambda y, f, log, c: sum(_huber(a - b, c) for a, b in zip(y, f, strict=True)),
    "hinge": lambda y, f, log, c: sum(max(0, 1 - a * b) for a, b in zip(y, f, strict=True)),
    "multi-class hinge": lambda y, f, log, c: _multi(y, f, c),
    "binary cross-entropy": lambda y, f, log, c: _binary(y, f, log),
    "binary cross-entropy on logits": lambda y, f, log, c: _binary(y, [1 / (1 + NUMBERS.exp(-s)) for s in f], log),
    "cross-entropy": lambda y, f, log, c: _entropy(y, f, log),
    "cross-entropy on logits": lambda y, f, log, c: _entropy(y, _softmax(f), log),
    "kl divergence": lambda y, f, log, c: sum(t * log(t / p) for t, p in zip(y, f, strict=True) if t),
    "upstream gradient": lambda y, f, log, c: sum(u * one for u, one in zip(y, f, strict=True)),
}


def _one_of(n, r):
    right = r.randrange(n)
    return [str(int(k == right)) for k in range(n)]


def _distribution(n, r):
    return ["1"] if n == 1 else r.choice([["0.2", "0.7", "0.1"], ["0", "1", "0"], ["0.5", "0", "0.5"]])[:n]


TARGETS = {
    "hinge": lambda n, r: [r.choice(["-1", "1"]) for _ in range(n)],
    "multi-class hinge": _one_of,
    "binary cross-entropy": lambda n, r: [r.choice(["0", "1", "0.3"]) for _ in range(n)],
    "binary cross-entropy on logits": lambda n, r: [r.choice(["0", "1", "0.3"]) for _ in range(n)],
    "cross-entropy": _distribution,
    "cross-entropy on logits": _distribution,
    "kl divergence": _distribution,
}
ENDINGS = {
    "binary cross-entropy": "sigmoid",
    "cross-entropy": "softmax",
    "kl divergence": "softmax",
}


def plain_log(base):
    """The logarithm of a problem's base."""
    return _log[base]


def plain_outputs(name, x, weights, biases):
    """The outputs of one dense layer with the ending that a loss wants."""
    sums = [sum(a * row[j] for a, row in zip(x, weights, strict=True)) + bias for j, bias in enumerate(biases)]
    ending = ENDINGS.get(name, "identity")
    if ending == "softmax":
        return _softmax(sums)
    return [1 / (1 + NUMBERS.exp(-s)) for s in sums] if ending == "sigmoid" else sums


def some(r, count):
    """Random numbers as text."""
    return [f"{r.uniform(-1.5, 1.5):.6f}" for _ in range(count)]


def problem_tree(name, outputs, seed, samples=1, log="natural", **more):
    """A dense layer on two inputs, with the targets that a loss wants."""
    r = random.Random(f"{name} {outputs} {seed}")
    targets = TARGETS.get(name, lambda n, r: some(r, n))
    key = "upstream" if name == "upstream gradient" else "y"
    return {
        "network": {
            "inputs": 2,
            "layers": [
                {
                    "units": outputs,
                    "activation": ENDINGS.get(name, "identity"),
                    "weights": [some(r, outputs), some(r, outputs)],
                    "biases": some(r, outputs),
                }
            ],
        },
        "loss": {"name": name, "log": log, "constants": {"delta": "0.7"} if "hub" in name or "multi" in name else {}},
        "learning_rate": "0.3",
        "data": [{"x": some(r, 2), key: targets(outputs, r)} for _ in range(samples)],
        "rounds": 3,
        **more,
    }
