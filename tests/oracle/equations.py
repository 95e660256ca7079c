"""Graphs of equations from a problem file's plain tree: values, adjoints and new parameters by round."""

from __future__ import annotations

import random
import re

from oracle import tape
from oracle.optimizers import Optimizer, rate
from oracle.tape import Number, exact

_FUNCTIONS = {
    "exp": tape.exp,
    "log": tape.log,
    "tanh": tape.tanh,
    "sigmoid": tape.sigmoid,
    "sqrt": tape.sqrt,
    "sin": tape.sin,
    "cos": tape.cos,
    "pi": tape.context.pi,
}
_TERMS = (
    *("{}*{}", "{} + {}", "{} - {}", "{}/(2 + {}^2)", "3*{} - {}", "{}*{}^2", "({} - {})^2", "-{} + 0.5*{}"),
    "pi*{}*{}",
)
_CALLS = (
    *("tanh({})", "sigmoid({})", "exp(-{}^2)", "log(1 + {}^2)", "sqrt(2 + {}^2)", "sin({})", "cos({})", "{}^3"),
    "1/(2 + {}^2)",
)


def problem(seed):
    """A random graph: five to eight equations over three given names, of which two are parameters."""
    draw = random.Random(seed)
    names, equations = ["a", "b", "c"], {}
    for number in range(draw.randint(5, 8)):
        used = [draw.choice(names), draw.choice(names[-3:])]
        text = draw.choice(_TERMS).format(*used)
        equations[f"u{number}"] = draw.choice(_CALLS).format(f"({text})") if draw.random() < 0.5 else text
        names.append(f"u{number}")
    unused = [name for name in names[:-1] if not any(re.search(rf"\b{name}\b", text) for text in equations.values())]
    equations["L"] = " + ".join(f"{name}^2" for name in [names[-1], *unused])
    groups = draw.randint(1, 2)
    values = [{"a": _number(draw), "b": _number(draw), "c": _number(draw)} for _ in range(groups)]
    for later in values[1:]:
        del later["b"], later["c"]
    return {
        "equations": equations,
        "values": values,
        "parameters": ["b", "c"],
        "optimizer": {"name": draw.choice(("sgd", "momentum", "adam", "rmsprop"))},
        "learning_rate": "0.05",
        "rounds": str(draw.randint(1, 3)),
    }


def _number(draw):
    return f"{draw.choice((-1, 1)) * draw.randrange(101, 1500) / 1000}"


def rounds(tree):
    """The numbers of each round by name; partials of what depends on a parameter."""
    optimizer = Optimizer(tree["optimizer"])
    held = {name: exact(tree["values"][0][name]) for name in tree["parameters"]}
    found, moved = [], set(tree["parameters"])
    for name, text in tree["equations"].items():
        moved |= {name} if moved & set(re.findall(r"[a-z]\w*", text)) else set()
    for number in range(1, int(tree["rounds"]) + 1):
        group = tree["values"][(number - 1) % len(tree["values"])]
        leaves = {name: Number(exact(value)) for name, value in group.items()}
        leaves |= {name: Number(value) for name, value in held.items()}
        known = dict(leaves)
        for name, text in tree["equations"].items():
            python = re.sub(r"(?<![\w.])\d+(?:\.\d+)?", r"EXACT_('\g<0>')", text).replace("^", "**")
            known[name] = eval(python, {**_FUNCTIONS, **known, "EXACT_": exact})
        names = [*leaves, *tree["equations"]]
        partials = tape.slopes(known["L"], [known[name] for name in names])
        gradients = {name: g for name, g in zip(names, partials, strict=True) if name in held}
        eta = rate(tree["learning_rate"], number)
        held = {name: optimizer.step(name, held[name], g, eta, number) for name, g in gradients.items()}
        found.append(
            {
                **{name: number_.value for name, number_ in known.items()},
                **{f"dL/d{name}": g for name, g in zip(names, partials, strict=True) if name in moved - {"L"}},
                **{f"{name}_new": value for name, value in held.items()},
            }
        )
    return found
