"""Updates of parameters, from their papers: rates by round, clipping, decay, and the optimizers' recursions."""

from __future__ import annotations

from oracle.tape import context, exact

USUAL = {
    "momentum": {"mu": "0.9"},
    "classical momentum": {"mu": "0.9"},
    "averaged momentum": {"beta": "0.9"},
    "nesterov": {"mu": "0.9"},
    "adagrad": {"epsilon": "1e-10"},
    "rmsprop": {"rho": "0.99", "epsilon": "1e-8"},
    "rmsprop inside": {"rho": "0.9", "epsilon": "1e-6"},
    "adam": {"beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8"},
    "adamw": {"beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8", "lambda": "0.01"},
}


def rate(stated, number):
    """The learning rate of a round, from 1."""
    if isinstance(stated, list):
        return exact(stated[number - 1])
    if not isinstance(stated, dict):
        return exact(stated)
    constants = {name: exact(value) for name, value in stated.get("constants", {}).items()}
    start, t = exact(stated["start"]), number
    period = constants.get("T", 1)
    end = constants.get("end", exact(0))
    return {
        "step": lambda: start * constants.get("gamma", exact("0.1")) ** context.floor((t - 1) / period),
        "exponential": lambda: start * constants["gamma"] ** (t - 1),
        "inverse time": lambda: start / (1 + constants["k"] * (t - 1)),
        "inverse square root": lambda: start / context.sqrt(t),
        "cosine": lambda: end + (start - end) * (1 + context.cos(context.pi * (t - 1) / period)) / 2,
        "linear": lambda: start + (end - start) * min(1, (t - 1) / period),
        "warmup": lambda: start * min(1, t / period),
    }[stated["schedule"]]()


class Optimizer:
    """An optimizer with the states of every parameter."""

    def __init__(self, stated):
        group = stated if isinstance(stated, dict) else {"name": stated}
        self.name = group.get("name", "sgd")
        self.group = group
        given = {name: exact(value) for name, value in group.get("constants", {}).items()}
        self.constants = {**{name: exact(value) for name, value in USUAL.get(self.name, {}).items()}, **given}
        self.first, self.second = {}, {}

    def ready(self, gradients, parameters):
        """The gradients as the update takes them: clipped by value, then by norm, then with weight decay."""
        clip, norm = self.group.get("clip_value"), self.group.get("clip_norm")
        decay = self.group.get("weight_decay")
        if clip is not None:
            gradients = {name: max(-exact(clip), min(exact(clip), g)) for name, g in gradients.items()}
        if norm is not None:
            size = context.sqrt(sum(g * g for g in gradients.values()))
            scale = 1 if size <= exact(norm) else exact(norm) / size
            gradients = {name: g * scale for name, g in gradients.items()}
        if decay is not None:
            gradients = {name: g + exact(decay) * parameters[name] for name, g in gradients.items()}
        return gradients

    def step(self, name, p, g, eta, t):
        """The new value of a parameter."""
        c, m, v = self.constants, self.first.get(name, 0), self.second.get(name, 0)
        match self.name:
            case "sgd":
                return p - eta * g
            case "momentum":
                self.first[name] = m = c["mu"] * m + g
                return p - eta * m
            case "classical momentum":
                self.first[name] = m = c["mu"] * m - eta * g
                return p + m
            case "averaged momentum":
                self.first[name] = m = c["beta"] * m + (1 - c["beta"]) * g
                return p - eta * m
            case "nesterov":
                self.first[name] = m = c["mu"] * m + g
                return p - eta * (g + c["mu"] * m)
            case "adagrad":
                self.second[name] = v = v + g * g
                return p - eta * g / (context.sqrt(v) + c["epsilon"])
            case "rmsprop":
                self.second[name] = v = c["rho"] * v + (1 - c["rho"]) * g * g
                return p - eta * g / (context.sqrt(v) + c["epsilon"])
            case "rmsprop inside":
                self.second[name] = v = c["rho"] * v + (1 - c["rho"]) * g * g
                return p - eta * g / context.sqrt(v + c["epsilon"])
        self.first[name] = m = c["beta1"] * m + (1 - c["beta1"]) * g
        self.second[name] = v = c["beta2"] * v + (1 - c["beta2"]) * g * g
        ratio = m / (1 - c["beta1"] ** t) / (context.sqrt(v / (1 - c["beta2"] ** t)) + c["epsilon"])
        decayed = c["lambda"] * p if self.name == "adamw" else 0
        return p - eta * (ratio + decayed)
