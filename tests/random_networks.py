"""Random small networks of every layer, optimizer and rounding: how long each takes to solve, and what is refused.

`python -m tests.random_networks --problems 300` prints the slowest, and every error that is not about the numbers.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sequences import Numbers, gru, lstm, rnn

import derive
from derive.errors import DeriveError

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky relu", "elu", "softplus", "silu", "gelu")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "rmsprop inside", "adam", "adamw")
SECONDS = 60


def _middle(numbers, pick, inputs, batch):
    """A layer that keeps the size of a vector, or None."""
    kind = pick.choice(("none", "none", "layer_norm", "batch_norm"))
    if kind == "layer_norm":
        return {"layer": kind, "scale": numbers(inputs), "shift": numbers(inputs)}
    if kind == "batch_norm" and batch > 1:
        return {"layer": kind, "scale": numbers(inputs), "shift": numbers(inputs)}
    return None


def _dense(numbers, pick, inputs, units, activation):
    return {
        "units": units,
        "activation": activation,
        "weights": numbers(inputs, units),
        "biases": pick.choice(("none", numbers(units))),
    }


def random_network(seed: int) -> derive.Problem:
    """The problem of a seed: one to four layers, one to three rounds."""
    pick, numbers = random.Random(seed), Numbers(seed)
    batch = pick.choice((1, 1, 2, 3))
    inputs = pick.randint(1, 3)
    width, layers, shape = inputs, [], inputs
    if pick.random() < 0.3:
        steps, units = pick.randint(1, 3), pick.randint(1, 2)
        made = pick.choice((rnn, lstm, gru))
        layers.append(made(numbers, inputs, units, returns="last"))
        shape, width = [steps, inputs], units
    for _ in range(pick.randint(0, 2)):
        units = pick.randint(1, 3)
        layers.append(_dense(numbers, pick, width, units, pick.choice(ACTIVATIONS)))
        width = units
        extra = _middle(numbers, pick, width, batch)
        if extra:
            layers.append(extra)
    classes = pick.random() < 0.3
    outputs = pick.randint(2, 3) if classes else pick.randint(1, 2)
    layers.append(_dense(numbers, pick, width, outputs, "identity" if classes else pick.choice(ACTIVATIONS)))

    def sample():
        x = numbers(*shape) if isinstance(shape, list) else numbers(shape)
        return {"x": x, **({"class": pick.randint(1, outputs)} if classes else {"y": numbers(outputs)})}

    optimizer = {"name": pick.choice(OPTIMIZERS)}
    if pick.random() < 0.2:
        optimizer[pick.choice(("clip_norm", "clip_value", "weight_decay"))] = "0.5"
    return derive.Problem.model_validate(
        {
            "network": {"inputs": shape, "layers": layers},
            **({"loss": "cross-entropy on logits"} if classes else {}),
            "data": [sample() for _ in range(batch * pick.randint(1, 2))],
            **({"batch": {"size": batch}} if batch > 1 else {}),
            "learning_rate": pick.choice(("0.01", "0.1", "0.5", "1")),
            "optimizer": optimizer,
            "rounds": pick.randint(1, 3),
            "rounding": {"places": pick.randint(2, 6), "carry": pick.choice(("full", "rounded", "rounded"))},
        }
    )


class _TooLongError(Exception):
    pass


def _stop(*_):
    raise _TooLongError


def main() -> int:
    """Solve the problems; print the slowest ten, and whatever is called a bug."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first problem")
    chosen = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    times, refused = [], 0
    for seed in range(chosen.first, chosen.first + chosen.problems):
        problem = random_network(seed)
        begun, message = time.process_time(), ""
        signal.alarm(SECONDS)
        try:
            derive.solve(problem)
        except (DeriveError, _TooLongError) as error:
            refused += 1
            message = f"{type(error).__name__}: {error}"
            print(seed, message[:200], flush=True)  # noqa: T201
        finally:
            signal.alarm(0)
        times.append((time.process_time() - begun, seed, message))
    times.sort(reverse=True)
    for seconds, seed, message in times[:10]:
        print(f"{seconds:8.2f} s  seed {seed} {message[:120]}")  # noqa: T201
    over = sum(seconds > 10 for seconds, _, _ in times)
    print(f"{len(times)} problems, {sum(s for s, _, _ in times):.1f} s, {over} over 10 s, {refused} refused")  # noqa: T201
    return int(over > 0)


if __name__ == "__main__":
    raise SystemExit(main())
