"""Losses, optimizers, schedules, clipping and batches against PyTorch, in double precision."""

import random

import pytest
from losses import ENDINGS, problem_tree, some

import derive
from derive.catalog.losses import LOSSES

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
F = torch.nn.functional

LOSS = {
    "half squared error": lambda f, y: F.mse_loss(f, y, reduction="sum") / 2,
    "squared error": lambda f, y: F.mse_loss(f, y, reduction="sum"),
    "mean squared error": F.mse_loss,
    "absolute error": lambda f, y: F.l1_loss(f, y, reduction="sum"),
    "mean absolute error": F.l1_loss,
    "huber": lambda f, y: F.huber_loss(f, y, reduction="sum", delta=0.7),
    "hinge": lambda f, y: torch.relu(1 - y * f).sum(),
    "multi-class hinge": lambda f, y: len(f) * F.multi_margin_loss(f[None], y.argmax()[None], margin=0.7),
    "binary cross-entropy": lambda f, y: F.binary_cross_entropy(f, y, reduction="sum"),
    "binary cross-entropy on logits": lambda f, y: F.binary_cross_entropy_with_logits(f, y, reduction="sum"),
    "cross-entropy": lambda f, y: -(y * f.log()).sum(),
    "cross-entropy on logits": lambda f, y: F.cross_entropy(f[None], y[None]),
    "kl divergence": lambda f, y: F.kl_div(f.log(), y, reduction="sum"),
    "upstream gradient": lambda f, u: (u * f).sum(),
}
ENDING = {"": lambda s: s, "softmax": lambda s: torch.softmax(s, -1), "sigmoid": torch.sigmoid}


def tensor(numbers):
    if isinstance(numbers, (list, tuple)):
        return torch.stack([tensor(number) for number in numbers])
    return torch.tensor(float(numbers), dtype=torch.float64)


def parameters_of(tree):
    found = {}
    for index, layer in enumerate(tree["network"]["layers"], 1):
        mark = str(index) if len(tree["network"]["layers"]) > 1 else ""
        found[f"w{mark}"] = tensor(layer["weights"]).requires_grad_()
        found[f"b{mark}"] = tensor(layer["biases"]).requires_grad_()
    return found


def solve(tree):
    return derive.solve(derive.Problem.model_validate(tree))


def block_values(solution, name, round):
    block = next(block for block in solution.graph.blocks.blocks if block.name == name)
    values = solution.rounds[round].values
    return [float(values[quantity].unrounded) for quantity in block.ids]


def compare(solution, found, expected, round):
    numbers = expected.detach().flatten().tolist()
    assert block_values(solution, found, round) == pytest.approx(numbers, rel=1e-10, abs=1e-12)


def train(tree, name, optimizer, before=lambda parameters: None, after=lambda: None):
    """Three updates of one dense layer beside the solution."""
    solution, parameters = solve(tree), parameters_of(tree)
    made = optimizer(list(parameters.values()))
    for number, sample in enumerate(tree["data"], 1):
        made.zero_grad()
        outputs = ENDING[ENDINGS.get(name, "")](tensor(sample["x"]) @ parameters["w"] + parameters["b"])
        value = LOSS[name](outputs, tensor(sample.get("y", sample.get("upstream"))))
        value.backward()
        if name != "upstream gradient":
            assert float(solution["L"].value(number)) == pytest.approx(value.item(), rel=1e-10, abs=1e-12)
        for key, parameter in parameters.items():
            compare(solution, f"dL/d{key}", parameter.grad, number)
        before(list(parameters.values()))
        made.step()
        after()
        for key, parameter in parameters.items():
            compare(solution, f"{key}_new", parameter, number)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.3)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(2))
def test_losses(name, outputs, seed):
    if (name, outputs) == ("multi-class hinge", 1):
        outputs = 2
    train(problem_tree(name, outputs, seed, samples=3), name, sgd)


@pytest.mark.parametrize("strength", ["0.1", "0.35"])
def test_label_smoothing(strength):
    tree = problem_tree("cross-entropy on logits", 3, 5, samples=1, rounds=1)
    tree["loss"]["smoothing"] = strength
    solution, parameters = solve(tree), parameters_of(tree)
    logits = tensor(tree["data"][0]["x"]) @ parameters["w"] + parameters["b"]
    target = tensor(tree["data"][0]["y"])
    value = F.cross_entropy(logits[None], target[None], label_smoothing=float(strength))
    value.backward()
    assert float(solution["L"].value()) == pytest.approx(value.item(), rel=1e-12)
    compare(solution, "dL/dw", parameters["w"].grad, 1)


TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.3),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.3),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.3),
    "adam": lambda p: torch.optim.Adam(p, lr=0.3),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.3),
}
DECAYED = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.3, weight_decay=0.2),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9, weight_decay=0.2),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9, nesterov=True, weight_decay=0.2),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.3, weight_decay=0.2),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.3, weight_decay=0.2),
    "adam": lambda p: torch.optim.Adam(p, lr=0.3, weight_decay=0.2),
}


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("seed", range(2))
def test_optimizers(name, seed):
    tree = problem_tree("half squared error", 3, seed, samples=3, optimizer=name)
    train(tree, "half squared error", TORCH[name])


@pytest.mark.parametrize("name", DECAYED)
def test_weight_decay(name):
    choice = {"name": name, "weight_decay": "0.2"}
    train(problem_tree("squared error", 2, 1, samples=3, optimizer=choice), "squared error", DECAYED[name])


CLIPS = {
    "clip_value": lambda p: torch.nn.utils.clip_grad_value_(p, 0.4),
    "clip_norm": lambda p: torch.nn.utils.clip_grad_norm_(p, 0.4),
}


@pytest.mark.parametrize("bound", CLIPS)
@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("seed", range(2))
def test_clipping(bound, name, seed):
    tree = problem_tree("squared error", 2, seed, samples=3, optimizer={"name": name, bound: "0.4"})
    solution, parameters = solve(tree), parameters_of(tree)
    made = TORCH[name](list(parameters.values()))
    for number, sample in enumerate(tree["data"], 1):
        made.zero_grad()
        LOSS["squared error"](tensor(sample["x"]) @ parameters["w"] + parameters["b"], tensor(sample["y"])).backward()
        norm = torch.cat([p.grad.flatten() for p in parameters.values()]).norm()
        exact = {"clip_value": lambda g: g.clamp(-0.4, 0.4), "clip_norm": lambda g, n=norm: g * min(1, 0.4 / n)}[bound]
        expected = {key: exact(parameter.grad) for key, parameter in parameters.items()}
        CLIPS[bound](list(parameters.values()))
        letter = {"clip_value": "gbar", "clip_norm": "ghat"}[bound]
        for key, parameter in parameters.items():
            compare(solution, f"{letter}_{key}", expected[key], number)
            # clip_grad_norm_ divides by the norm + 1e-6; the paper does not.
            assert torch.allclose(parameter.grad, expected[key], rtol=1e-5)
            parameter.grad = expected[key]
        made.step()
        for key, parameter in parameters.items():
            compare(solution, f"{key}_new", parameter, number)


SCHEDULERS = {
    "step": ({"gamma": "0.5", "T": "2"}, lambda o: torch.optim.lr_scheduler.StepLR(o, 2, 0.5)),
    "exponential": ({"gamma": "0.9"}, lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
    "cosine": (
        {"T": "4", "end": "0.1"},
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 4, eta_min=0.1),
    ),
    "linear": (
        {"T": "2", "end": "0.15"},
        lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.5, total_iters=2),
    ),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_schedules(name):
    constants, make = SCHEDULERS[name]
    rate = {"schedule": name, "start": "0.3", "constants": constants}
    tree = problem_tree("squared error", 2, 2, samples=3, learning_rate=rate)
    made = []

    def optimizer(parameters):
        made.append(torch.optim.SGD(parameters, lr=0.3))
        made.append(make(made[0]))
        return made[0]

    train(tree, "squared error", optimizer, after=lambda: [one.step() for one in made[1:]])


def batch_tree(r, gradients, steps, *, own):
    """Two dense layers on a batch of three samples, of vectors or of sequences with a loss at each step."""
    widths = (2, r.randint(1, 3), 3)
    layers = [
        {
            "units": after,
            "activation": activation,
            "weights": [some(r, after) for _ in range(before)],
            "biases": some(r, after),
        }
        for before, after, activation in zip(widths, widths[1:], ("tanh", "identity"), strict=False)
    ]
    classes = [[r.randint(1, 3) for _ in range(steps or 1)] for _ in range(6)]
    return {
        "network": {"inputs": [steps, 2] if steps else 2, "layers": layers},
        "loss": {"name": "cross-entropy on logits", "smoothing": "0.1"},
        "penalty": {"l2": "0.2", "l1": "0.05", "half": r.random() < 0.5, "biases": r.random() < 0.5},
        "optimizer": {"name": "adam", "clip_value": "0.3", "weight_decay": "0.1"},
        "learning_rate": "0.1",
        "batch": {"size": 3, "gradients": gradients, "per_sample_gradients": own},
        "data": [{"x": [some(r, 2) for _ in range(steps)] if steps else some(r, 2), "class": c} for c in classes],
        "epochs": 2,
    }


def sample_loss(parameters, sample):
    hidden = torch.tanh(tensor(sample["x"]).reshape(-1, 2) @ parameters["w1"] + parameters["b1"])
    logits = hidden @ parameters["w2"] + parameters["b2"]
    classes = torch.tensor(sample["class"]) - 1
    return F.cross_entropy(logits, classes, label_smoothing=0.1, reduction="sum")


def penalty(parameters, choice):
    chosen = [p for key, p in parameters.items() if key.startswith("w") or choice["biases"]]
    square = sum((p**2).sum() for p in chosen) * float(choice["l2"]) / (2 if choice["half"] else 1)
    return square + float(choice["l1"]) * sum(p.abs().sum() for p in chosen)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("gradients", ["averaged", "summed"])
@pytest.mark.parametrize("seed", range(2))
def test_batches_penalties_sequences_and_clipping_together(gradients, steps, own, seed):
    tree = batch_tree(random.Random(f"{seed} {steps}"), gradients, steps, own=own)
    solution, parameters = solve(tree), parameters_of(tree)
    made = torch.optim.Adam(parameters.values(), lr=0.1, weight_decay=0.1)
    for number in (1, 2, 3, 4):
        batch = [tree["data"][((number - 1) * 3 + k) % 6] for k in range(3)]
        for k, sample in enumerate(batch, 1) if own else ():
            made.zero_grad()
            sample_loss(parameters, sample).backward()
            for key, parameter in parameters.items():
                compare(solution, f"dL/d{key}@n{k}", parameter.grad, number)
        made.zero_grad()
        total = sum(sample_loss(parameters, sample) for sample in batch) / (3 if gradients == "averaged" else 1)
        total = total + penalty(parameters, tree["penalty"])
        total.backward()
        assert float(solution["J"].value(number)) == pytest.approx(total.item(), rel=1e-10)
        for key, parameter in parameters.items():
            compare(solution, f"dJ/d{key}", parameter.grad, number)
            parameter.grad = parameter.grad.clamp(-0.3, 0.3)
        made.step()
        for key, parameter in parameters.items():
            compare(solution, f"{key}_new", parameter, number)
