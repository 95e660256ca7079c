"""Modules of PyTorch as problems: the numbers of three optimizer steps are those of autograd and of torch.optim."""

import copy
import itertools
import math
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import derive
from derive.errors import InputError
from derive.graph.quantity import Role
from derive.network.lower import lower

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
nn, F = torch.nn, torch.nn.functional

STEPS = 3


@pytest.fixture(autouse=True)
def _double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(7)
    yield
    torch.set_default_dtype(before)


def imported(module, inputs, targets, loss, optimizer=None, **options):
    rate = {} if optimizer is not None else {"learning_rate": "0.1"}
    return derive.from_torch(module, inputs, targets, loss=loss, optimizer=optimizer, **rate, **options)


def same(found, expected):
    assert [float(one) for one in found] == pytest.approx(expected, rel=1e-10, abs=1e-13)


def parameters_of(module, again):
    """The parameters of the problem by layer and key, as an import of the module at this moment gives them."""
    lowered = lower(again(copy.deepcopy(module)))
    return {
        (placed.number, key): [float(lowered.given[q]) for q in block.ids]
        for placed in lowered.placed
        for key, block in placed.parameters.items()
    }


def gradients_of(module, again):
    """The gradients, where an import of the module would put the parameters."""
    like = copy.deepcopy(module)
    with torch.no_grad():
        for own, one in zip(like.parameters(), module.parameters(), strict=True):
            own.copy_(torch.zeros_like(own) if one.grad is None else one.grad)
    return parameters_of(like, again)


def train(module, inputs, targets, loss, make=None, batch_size=None, compare=None, run=None, **options):
    """Three steps by PyTorch beside the solution of the problem, read back from its file.

    `run` is what PyTorch does instead of the module, `compare` puts its outputs in the order of the problem.
    """
    optimizer = make(module.parameters()) if make else torch.optim.SGD(module.parameters(), lr=0.1)
    problem = imported(module, inputs, targets, loss, optimizer, rounds=STEPS, batch_size=batch_size, **options)
    read_back = derive.loads(derive.dumps(problem))
    assert read_back == problem
    solution = derive.solve(read_back)
    size, again = batch_size or len(inputs), partial(imported, inputs=inputs, targets=targets, loss=loss, **options)
    graph, lowered = solution.graph, solution.lowered
    for number, values in enumerate(solution.values):
        start = number * size % len(inputs)
        part = slice(None) if size == len(inputs) else slice(start, start + size)
        numbers = [values[q].unrounded for one in lowered.placed[-1].outputs for q in one.ids]
        outputs = (run or module)(inputs[part])
        same(numbers, (compare or torch.flatten)(outputs.detach()).flatten().tolist())
        optimizer.zero_grad()
        value = loss(outputs, targets[part])
        value.backward()
        same([values[graph.loss].unrounded], [value.item()])
        gradients = gradients_of(module, again)
        optimizer.step()
        parameters = parameters_of(module, again)
        trained = 0
        for placed in lowered.placed:
            for key, block in placed.parameters.items():
                new = graph.blocks.derived(block, Role.UPDATED)
                if block in lowered.parameters:
                    trained += block.size
                    found = [values[lowered.graph.adjoint_of[q]].unrounded for q in block.ids]
                    same(found, gradients[placed.number, key])
                if new is not None:
                    same([values[q].unrounded for q in new.ids], parameters[placed.number, key])
        assert trained == sum(p.numel() for p in module.parameters() if p.grad is not None)
    return problem


def layers_of(problem):
    return [layer.layer for layer in problem.network.layers]


ACTIVATIONS = {
    "relu": nn.ReLU(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "leaky relu": nn.LeakyReLU(0.2),
    "parametric relu": nn.PReLU(dtype=torch.float64),
    "elu": nn.ELU(0.7),
    "selu": nn.SELU(),
    "softplus": nn.Softplus(),
    "silu": nn.SiLU(),
    "gelu": nn.GELU(),
    "gelu tanh": nn.GELU("tanh"),
    "hard tanh": nn.Hardtanh(),
    "": nn.ReLU6(),
    "softmax": nn.Softmax(dim=-1),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_stand_in_the_layer_before_them(name):
    module = nn.Sequential(nn.Linear(3, 4), copy.deepcopy(ACTIVATIONS[name]), nn.Linear(4, 2))
    problem = train(module, 2 * torch.randn(2, 3), torch.randn(2, 2), nn.MSELoss())
    assert layers_of(problem) == ["dense", "dense"]
    assert problem.network.layers[0].activation.name == name


def test_bounds_of_a_hard_tanh_become_a_formula():
    module = nn.Sequential(nn.Linear(3, 4), nn.Hardtanh(-0.4, 0.25))
    problem = train(module, torch.randn(2, 3), torch.randn(2, 4), nn.MSELoss())
    assert problem.network.layers[0].activation.formula == "max(-0.4, min(0.25, s))"


def convolutions():
    yield nn.Conv1d(2, 3, 3), (2, 6)
    yield nn.Conv1d(1, 1, 2, stride=2, bias=False), (1, 6)
    yield nn.Conv1d(2, 2, 3, padding="same"), (2, 4)
    yield nn.Conv1d(1, 2, 2, padding="same"), (1, 4)
    yield nn.Conv2d(1, 2, 2), (1, 4, 4)
    yield nn.Conv2d(2, 1, (2, 3), stride=(1, 2), padding=(1, 0)), (2, 3, 5)
    yield nn.Conv2d(2, 2, 2, padding="valid", bias=False), (2, 3, 3)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("number", range(7))
def test_convolutions(number):
    convolution, shape = list(convolutions())[number]
    module = nn.Sequential(convolution.double(), nn.Tanh())
    inputs = torch.randn(2, *shape)
    targets = torch.randn_like(module(inputs))
    train(module, inputs, targets, nn.MSELoss(reduction="sum"))


POOLINGS = [
    (nn.MaxPool1d(2), (2, 6)),
    (nn.MaxPool1d(3, stride=2, padding=1), (1, 5)),
    (nn.MaxPool2d(2), (1, 4, 4)),
    (nn.MaxPool2d((2, 1), stride=1), (2, 3, 2)),
    (nn.AvgPool1d(2, padding=1), (1, 4)),
    (nn.AvgPool2d(2), (2, 4, 2)),
    (nn.AvgPool2d(3, stride=1, padding=1), (1, 3, 3)),
    (nn.AvgPool2d(2, padding=1, count_include_pad=False), (1, 4, 4)),
]


@pytest.mark.parametrize(("pooling", "shape"), POOLINGS)
def test_poolings_between_a_convolution_and_a_dense_layer(pooling, shape):
    kind = nn.Conv1d if len(shape) == 2 else nn.Conv2d
    head = nn.Sequential(kind(shape[0], shape[0], 1), pooling, nn.Flatten())
    inputs = torch.randn(2, *shape)
    module = nn.Sequential(head, nn.Linear(head(inputs).shape[1], 2))
    train(module, inputs, torch.randn(2, 2), nn.MSELoss())


NORMS = {
    "batch norm": (nn.BatchNorm1d, {}, (3,)),
    "without running averages": (nn.BatchNorm1d, {"track_running_stats": False}, (3,)),
    "not affine": (nn.BatchNorm1d, {"affine": False, "momentum": 0.3}, (3,)),
    "over channels": (nn.BatchNorm1d, {}, (3, 2)),
    "over an image": (nn.BatchNorm2d, {"eps": 0.01}, (3, 2, 2)),
    "layer norm": (nn.LayerNorm, {"eps": 0.001}, (3,)),
    "layer norm without a shift": (nn.LayerNorm, {"bias": False}, (2, 3)),
    "layer norm alone": (nn.LayerNorm, {"elementwise_affine": False}, (3,)),
    "rms norm": (nn.RMSNorm, {}, (3,)),
    "rms norm alone": (nn.RMSNorm, {"elementwise_affine": False, "eps": 0.01}, (2, 3)),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", NORMS)
def test_norms(name, training):
    kind, options, shape = NORMS[name]
    norm = kind(3, **options)
    for one in norm.parameters():
        nn.init.uniform_(one, 0.5, 1.5)
    if getattr(norm, "running_mean", None) is not None:
        nn.init.uniform_(norm.running_var, 0.5, 1.5)
    inputs = torch.randn(3, *shape)
    first = (
        nn.Conv1d(3, 3, 1) if name == "over channels" else nn.Conv2d(3, 3, 1) if len(shape) == 3 else nn.Linear(3, 3)
    )
    module = nn.Sequential(first, norm, nn.Flatten()).train(training)
    train(module, inputs, torch.randn(3, math.prod(shape)), nn.MSELoss(reduction="sum"))


@pytest.mark.parametrize("per_sample", [True, False])
def test_dropout(per_sample):
    module = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.25), nn.Identity(), nn.Linear(4, 2))
    inputs, targets = torch.randn(2, 3), torch.randn(2, 2)
    assert layers_of(train(copy.deepcopy(module).eval(), inputs, targets, nn.MSELoss())) == ["dense", "dense"]
    mask = torch.tensor([[1, 0, 1, 1], [0, 1, 1, 0]]) if per_sample else torch.tensor([1, 0, 1, 1])
    problem = train(
        module, inputs, targets, nn.MSELoss(), masks={"1": mask}, run=lambda x: module[3](module[0](x) * mask / 0.75)
    )
    assert layers_of(problem) == ["dense", "dropout", "dense"]


def test_embedding():
    module = nn.Sequential(nn.Embedding(4, 2), nn.Flatten(), nn.Linear(6, 2))
    train(module, torch.tensor([[0, 3, 1], [2, 2, 0]]), torch.randn(2, 2), nn.MSELoss())


class Taken(nn.Module):
    """A recurrent layer and what is taken of it."""

    def __init__(self, recurrent, take):
        super().__init__()
        self.recurrent, self.take = recurrent, take
        self.head = nn.Linear(recurrent.hidden_size, 2)

    def forward(self, x):
        outputs, state = self.recurrent(x)
        state = state[0] if isinstance(self.recurrent, nn.LSTM) else state
        return self.head(self.take(outputs, state))


TAKES = {
    "all": lambda o, h: o,
    "last step": lambda o, h: o[:, -1],
    "last state": lambda o, h: h[-1],
    "squeezed state": lambda o, h: h.squeeze(0),
    "second step": lambda o, h: o[:, 1, :],
    "both": lambda o, h: o[:, 0] + o[:, -1],
}


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("take", TAKES)
def test_recurrent_layers(kind, take):
    recurrent = getattr(nn, kind)(2, 3, batch_first=True, bias=take != "both")
    inputs = torch.randn(2, 3, 2)
    module = Taken(recurrent, TAKES[take])
    targets = torch.randn_like(module(inputs))
    problem = train(module, inputs, targets, nn.MSELoss())
    first = problem.network.layers[0]
    assert (first.layer, first.returns) == (kind.lower(), "all" if take in ("all", "second step", "both") else "last")


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_stacked_recurrent_layers_with_steps_first(kind):
    options = {"nonlinearity": "relu"} if kind == "RNN" else {}
    module = Taken(getattr(nn, kind)(2, 2, num_layers=2, **options), lambda o, h: o)
    inputs, targets = torch.randn(3, 2, 2), torch.randn(3, 2, 2)
    problem = train(module, inputs, targets, nn.MSELoss(), compare=lambda outputs: outputs.transpose(0, 1))
    assert layers_of(problem) == [kind.lower(), kind.lower(), "dense", "flatten"]
    train(Turned(module), inputs, targets.transpose(0, 1), nn.MSELoss())
    last = Taken(module.recurrent, lambda o, h: o[-1])
    train(last, inputs, targets[0], nn.MSELoss())


class Turned(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x).transpose(0, 1).contiguous()


class Attending(nn.Module):
    def __init__(self, causal, second, bias):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True, bias=bias)
        self.second = nn.Linear(4, 4) if second else None
        mask = torch.ones(3, 3, dtype=torch.bool).triu(1) if causal else None
        self.register_buffer("mask", mask)

    def forward(self, x):
        x = self.first(x)
        y = x if self.second is None else self.second(x)
        return self.attention(x, y, y, attn_mask=self.mask, need_weights=False)[0] + x


@pytest.mark.parametrize(("causal", "second", "bias"), [(False, False, True), (True, False, False), (True, True, True)])
def test_attention(causal, second, bias):
    module = Attending(causal, second, bias)
    problem = train(module, torch.randn(2, 3, 4), torch.randn(2, 3, 4), nn.MSELoss())
    assert "attention" in layers_of(problem)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.gate = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(6, 2), nn.Linear(3, 3)

    def forward(self, x):
        h = F.relu(self.a(x))
        h = h + self.b(h)
        g = torch.sigmoid(self.gate(x)) * h
        g += x
        return self.c(torch.cat([h, g], dim=1).view(x.size(0), -1))


def test_branches():
    problem = train(Residual(), torch.randn(2, 3), torch.randn(2, 2), nn.MSELoss())
    assert layers_of(problem) == ["dense", "dense", "add", "dense", "multiply", "add", "concatenate", "dense"]
    assert [layer.from_ for layer in problem.network.layers] == [
        (), (), ("a", "b"), ("input",), ("gate", "add"), ("mul", "input"), ("add", "add_1"), ()
    ]  # fmt: skip


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.hidden, self.out = nn.Conv2d(1, 2, 2), nn.Linear(4, 3), nn.Linear(3, 2)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.conv(x), 0.2), 2, stride=1)
        x = F.avg_pool2d(F.elu(x, alpha=0.5), kernel_size=1)
        x = torch.flatten(x, 1)[:] if False else torch.flatten(x, 1)
        x = F.dropout(F.gelu(self.hidden(x), approximate="tanh"), 0.5, training=self.training)
        return F.softmax(self.out(torch.tanh(x)), dim=1)


def test_functions_are_the_modules_of_their_names():
    inputs = torch.randn(2, 1, 4, 3)
    train(Functional().eval(), inputs, torch.randn(2, 2), nn.MSELoss())


@pytest.mark.parametrize("flat", [lambda x: x.view(-1, 4), lambda x: x.reshape(x.shape[0], 4), lambda x: x.flatten(1)])
def test_ways_to_flatten(flat):
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.out = nn.Conv2d(1, 1, 2), nn.Linear(4, 2)

        def forward(self, x):
            return self.out(flat(self.conv(x)))

    assert layers_of(train(Flat(), torch.randn(2, 1, 3, 3), torch.randn(2, 2), nn.MSELoss()))[1] == "flatten"


def test_a_module_alone_and_an_activation_used_twice():
    problem = train(nn.Linear(3, 2, bias=False), torch.randn(2, 3), torch.randn(2, 2), nn.MSELoss())
    assert problem.network.layers[0].biases is None
    relu = nn.ReLU()
    module = nn.Sequential(nn.Linear(3, 2), relu, nn.Linear(2, 2), relu)
    train(module, torch.randn(2, 3), torch.randn(2, 2), nn.MSELoss())


CLASSES = torch.tensor([2, 0])
SHARES = torch.tensor([[0.25, 0.5, 0.25], [0.75, 0.25, 0.0]], dtype=torch.float64)
SIGNS = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.25, 1.0]], dtype=torch.float64)
LOSSES = [
    (nn.MSELoss(), None, SIGNS),
    (nn.MSELoss(reduction="sum"), None, SIGNS),
    (nn.L1Loss(), None, SIGNS),
    (nn.L1Loss(reduction="sum"), None, SIGNS),
    (nn.HuberLoss("sum", delta=0.3), None, SIGNS),
    (nn.SmoothL1Loss(reduction="sum"), None, SIGNS),
    (nn.BCELoss(reduction="sum"), nn.Sigmoid(), SIGNS),
    (nn.BCEWithLogitsLoss(reduction="sum"), None, SIGNS),
    (nn.CrossEntropyLoss(), None, CLASSES),
    (nn.CrossEntropyLoss(reduction="sum"), None, SHARES),
    (nn.CrossEntropyLoss(label_smoothing=0.1), None, CLASSES),
    (nn.NLLLoss(), nn.LogSoftmax(dim=1), CLASSES),
]


@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_losses(number):
    loss, ending, targets = LOSSES[number]
    module = nn.Sequential(nn.Linear(2, 3), *([ending] if ending else []))
    compare = module[0].forward if ending.__class__ is nn.LogSoftmax else None
    inputs = torch.randn(2, 2)
    train(module, inputs, targets, loss, compare=(lambda _: compare(inputs).detach()) if compare else None)


@pytest.mark.parametrize("loss", [nn.HuberLoss(), nn.BCEWithLogitsLoss(), nn.SmoothL1Loss()])
def test_losses_of_one_output_may_be_averaged(loss):
    train(nn.Linear(2, 1), torch.randn(2, 2), torch.tensor([[1.0], [0.0]]), loss)


@pytest.mark.parametrize("ending", ["logits", "logarithms"])
def test_a_class_at_each_step(ending):
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.RNN(2, 2, batch_first=True), nn.Linear(2, 3)

        def forward(self, x):
            logits = self.out(self.rnn(x)[0])
            return (logits if ending == "logits" else F.log_softmax(logits, dim=-1)).transpose(1, 2)

    loss = nn.CrossEntropyLoss(reduction="sum") if ending == "logits" else nn.NLLLoss(reduction="sum")
    module, inputs, targets = Tagger(), torch.randn(2, 4, 2), torch.randint(0, 3, (2, 4))
    turned = (
        (lambda out: out.transpose(1, 2))
        if ending == "logits"
        else (lambda _: module.out(module.rnn(inputs)[0]).detach())
    )
    train(module, inputs, targets, loss, compare=turned)
    shares = torch.full((2, 3, 4), 0.25) + torch.tensor([0.25, 0.0, 0.0])[:, None]
    if ending == "logits":
        train(module, inputs, shares, loss, compare=turned)


OPTIMIZERS = [
    lambda p: torch.optim.SGD(p, lr=0.3),
    lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.8, weight_decay=0.1),
    lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9, nesterov=True),
    lambda p: torch.optim.Adam(p, lr=0.02),
    lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    lambda p: torch.optim.AdamW(p, lr=0.02),
    lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.2, betas=(0.7, 0.9)),
    torch.optim.RMSprop,
    lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-4, weight_decay=0.1),
    lambda p: torch.optim.Adagrad(p, lr=0.1),
    lambda p: torch.optim.Adagrad(p, lr=0.1, initial_accumulator_value=0.5, eps=1e-3, weight_decay=0.1),
]


@pytest.mark.parametrize("number", range(len(OPTIMIZERS)))
def test_optimizers_over_batches(number):
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    inputs, targets = torch.randn(6, 2), torch.randn(6, 2)
    train(module, inputs, targets, nn.MSELoss(), OPTIMIZERS[number], batch_size=2)


def test_one_sample_a_round():
    problem = train(nn.Linear(2, 1), torch.randn(3, 2), torch.randn(3, 1), nn.MSELoss(), batch_size=1)
    assert "batch" not in derive.dumps(problem)


def test_parameters_that_are_not_trained():
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
    module[0].requires_grad_(False)
    module[2].bias.requires_grad_(False)
    inputs, targets = torch.randn(2, 2), torch.randn(2, 1)
    problem = train(module, inputs, targets, nn.MSELoss())
    assert [layer.frozen for layer in problem.network.layers] == [True, False, False]
    assert problem.network.layers[1].frozen_biases
    only_last = torch.optim.SGD(module[4].parameters(), lr=0.1)
    problem = imported(module, inputs, targets, nn.MSELoss(), only_last)
    assert [layer.frozen for layer in problem.network.layers] == [True, True, False]


def test_numbers_keep_their_digits_or_have_so_many_places():
    module = nn.Linear(2, 1, dtype=torch.float32)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.1, -1 / 3]]))
        module.bias.copy_(torch.tensor([2.0]))
    inputs, targets = torch.tensor([[0.7, 1e-5]], dtype=torch.float32), [[1]]
    text = derive.dumps(imported(module, inputs, targets, "half squared error"))
    assert "weights: [[0.1], [-0.33333334]], biases: [2]" in text
    assert "x: [0.7, 0.00001]" in text
    text = derive.dumps(imported(module.double(), [[0.7, 0.125]], targets, "half squared error", places=2))
    assert "weights: [[0.10], [-0.33]], biases: [2]" in text
    assert "x: [0.7, 0.12]" in text


def test_a_half_precision_number_is_refused():
    module = nn.Linear(1, 1).half()
    with pytest.raises(InputError, match=r"^0\.weight: numbers of type torch\.float16; convert them with \.double"):
        imported(module, [[1.0]], [[1.0]], nn.MSELoss())


def test_pytorch_is_imported_by_nothing_but_a_call(monkeypatch):
    code = "import sys, derive, derive.importing.from_torch; derive.dumps; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    monkeypatch.setattr("derive.importing.from_torch.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"^PyTorch is not installed"):
        imported(nn.Linear(1, 1), [[1.0]], [[1.0]], nn.MSELoss())


def test_keys_of_the_problem_file_may_be_added():
    problem = imported(nn.Linear(1, 1), [[1.0]], [[1.0]], nn.MSELoss(), title="One unit", rounding={"places": 3})
    assert (problem.title, problem.rounding.places) == ("One unit", 3)


class Forward(nn.Module):
    """A module whose forward is the given function of it and of its input."""

    def __init__(self, forward, **modules):
        super().__init__()
        self.run = forward
        for name, one in modules.items():
            setattr(self, name, one)

    def forward(self, x):
        return self.run(self, x)


def linear(inputs=2, outputs=2):
    return nn.Linear(inputs, outputs)


def shared():
    module = nn.Sequential(linear(), nn.Tanh(), linear())
    module[2].weight = module[0].weight
    return module


def stepped(module):
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    adam = torch.optim.Adam(module.parameters())
    module(torch.zeros(1, 2)).sum().backward()
    adam.step()
    return optimizer, adam


SEQUENCE = torch.zeros(1, 3, 2)
REFUSED = [
    (lambda: nn.Sequential(linear(), nn.Sequential(nn.Mish())), {}, r"^1\.0: Mish is not supported; supported modules are Linear, "),
    (lambda: Forward(lambda m, x: torch.sin(m.a(x)), a=linear()), {}, r"^sin: the function sin is not supported; supported functions are "),
    (lambda: Forward(lambda m, x: m.a(x) * 2, a=linear()), {}, r"^mul: joins the results of two layers; numbers"),
    (lambda: Forward(lambda m, x: m.a(x) if x.sum() > 0 else x, a=linear()), {}, r"^torch\.fx cannot trace Forward: .*without deciding by the numbers"),
    (lambda: nn.Sequential(linear(), linear(3, 2)), {}, r"^1: has `weights` of 3 x 2, expected 2 x 2; it has 2 from 0$"),
    (lambda: linear(4, 2), {}, r"^0: has `weights` of 4 x 2, expected 2 x 2; it has 2 from `inputs`$"),
    (lambda: Forward(lambda m, x: m.a(x) + x, a=linear(2, 3)), {}, r"^add: takes branches of one shape, not 3 and 2; it has 3 from a and 2 from `inputs`$"),
    (shared, {}, r"^2: shares `weight` with 0; layers that share parameters are not supported$"),
    (lambda: Forward(lambda m, x: m.a(m.a(x)), a=linear()), {}, r"^a: shares `weight` with a"),
    (lambda: nn.Sequential(linear(), nn.Dropout(0.5)), {}, r"^1: in training a dropout draws its mask at random; call \.eval\(\)"),
    (lambda: nn.Sequential(linear(), nn.Dropout(0.5)), {"masks": {"1": [1, 0, 1]}}, r"^1: has a mask of 3, expected 1 x 2 or 2 from 0$"),
    (linear, {"masks": {"2": [1]}}, r"^`masks`: there is no dropout in training at '2'$"),
    (lambda: nn.Sequential(linear(), nn.Softmax(dim=0)), {}, r"^1: `dim=0` of 1 x 2 is not supported"),
    (lambda: nn.Sequential(linear(), nn.LogSoftmax(dim=1)), {}, r"^loss: MSELoss: is given logarithms of probabilities"),
    (lambda: nn.Sequential(linear(), nn.LogSoftmax(dim=1), linear()), {}, r"^2: is given logarithms of probabilities"),
    (linear, {"loss": nn.NLLLoss(), "targets": torch.tensor([0])}, r"^loss: NLLLoss: takes logarithms of probabilities; end the module in LogSoftmax$"),
    (linear, {"loss": nn.MSELoss(reduction="none")}, r"^loss: MSELoss\(reduction='none'\) gives no single number"),
    (linear, {"loss": nn.BCEWithLogitsLoss()}, r"reduction='mean'\) over 2 outputs has no counterpart; use reduction='sum'$"),
    (linear, {"loss": nn.BCELoss(reduction="sum")}, r"^binary cross-entropy takes probabilities between 0 and 1, and the last layer ends in identity"),
    (linear, {"loss": nn.CrossEntropyLoss(weight=torch.ones(2))}, r"^loss: CrossEntropyLoss: `weight=a Tensor` is not supported; expected None$"),
    (linear, {"loss": nn.CrossEntropyLoss(), "targets": torch.tensor([2])}, r"^`targets`: classes from 0 to 1 were expected$"),
    (linear, {"loss": nn.SmoothL1Loss(reduction="sum", beta=0.5)}, r"`beta=0\.5` is not supported; expected 1$"),
    (linear, {"loss": nn.CTCLoss()}, r"^loss: CTCLoss is not supported; supported are MSELoss, "),
    (linear, {"targets": torch.zeros(1, 3)}, r"^`targets`: 1 x 3, but the module gives 1 x 2$"),
    (linear, {"inputs": torch.zeros(2)}, r"^`inputs`: 2; expected samples x numbers"),
    (linear, {"inputs": [[1.0, math.nan]]}, r"^`inputs`: nan; expected finite numbers$"),
    (linear, {"inputs": [[1.0], [1.0, 2.0]]}, r"^expected a tensor, or lists of numbers of equal lengths"),
    (linear, {"optimizer": lambda m: torch.optim.SGD(m.parameters(), lr=1, momentum=0.9, dampening=0.1)}, r"^optimizer: SGD: `dampening=0\.1` is not supported; expected 0$"),
    (linear, {"optimizer": lambda m: torch.optim.Adam(m.parameters(), amsgrad=True)}, r"`amsgrad=True` is not supported; expected False$"),
    (linear, {"optimizer": lambda m: torch.optim.Rprop(m.parameters())}, r"^optimizer: Rprop is not supported; supported are SGD, "),
    (linear, {"optimizer": lambda m: stepped(m)[1]}, r"^optimizer: Adam has taken steps already"),
    (linear, {"optimizer": lambda m: torch.optim.SGD(linear().parameters(), lr=1)}, r"^no parameter is trained"),
    (linear, {"optimizer": lambda m: torch.optim.SGD([{"params": [m.weight]}, {"params": [m.bias], "lr": 2}], lr=1)}, r"different options are not supported$"),
    (linear, {"optimizer": lambda m: torch.optim.SGD(m.parameters(), lr=1), "learning_rate": 1}, r"^`learning_rate` is given, and so is an optimizer"),
    (linear, {"learning_rate": None}, r"^`learning_rate` is missing"),
    (linear, {"batch_size": 2}, r"a batch of 2, but there is 1 sample$"),
    (linear, {"data": []}, r"^`data` follows from the other arguments$"),
    (nn.Identity, {}, r"^no parameter is trained"),
    (lambda: nn.Sequential(nn.Conv2d(1, 1, 2, dilation=2)), {"inputs": torch.zeros(1, 1, 4, 4)}, r"^0: `dilation=\(2, 2\)` is not supported; expected 1$"),
    (lambda: nn.Conv2d(1, 1, 2), {"inputs": torch.zeros(1, 4, 4)}, r"^0: takes samples x channels x height x width, not 1 x 4 x 4 from `inputs`$"),
    (lambda: nn.Conv2d(2, 1, 2), {"inputs": torch.zeros(1, 1, 4, 4)}, r"^0: has `kernels` of 1 x 2 x 2 x 2, expected .*it has 1 x 4 x 4 from `inputs`$"),
    (lambda: nn.Embedding(3, 2, padding_idx=0), {"inputs": [[1, 2]]}, r"^0: `padding_idx=0` is not supported"),
    (lambda: nn.Embedding(3, 2), {"inputs": [[1.0, 2.0]], "targets": torch.zeros(1, 2, 2)}, r"^`inputs`: an embedding takes whole numbers"),
    (lambda: nn.Embedding(3, 2), {"inputs": [[1, 3]], "targets": torch.zeros(1, 2, 2)}, r"expected the number of a token, from 1 to 3"),
    (lambda: nn.RNN(2, 2, batch_first=True), {"inputs": SEQUENCE}, r"^the module gives a tuple; expected one tensor"),
    (lambda: Forward(lambda m, x: m.a(x)[0], a=nn.RNN(2, 2, batch_first=True, bidirectional=True)), {"inputs": SEQUENCE}, r"^a: `bidirectional=True` is not supported"),
    (lambda: Forward(lambda m, x: m.a(x)[1][1], a=nn.LSTM(2, 2, batch_first=True)), {"inputs": SEQUENCE}, r"^the module gives a str; expected one tensor"),
    (lambda: Forward(lambda m, x: m.a(x, x)[0], a=nn.GRU(2, 2, batch_first=True)), {"inputs": SEQUENCE}, r"^a: a given initial state is not supported"),
    (lambda: Forward(lambda m, x: m.a(x)[0], a=nn.RNN(2, 2, batch_first=True)), {"inputs": SEQUENCE, "loss": nn.CrossEntropyLoss()}, r"end the module in \.transpose\(1, 2\)$"),
    (lambda: Forward(lambda m, x: m.b(m.a(x)[0])[0], a=nn.RNN(2, 2, batch_first=True), b=nn.RNN(2, 2)), {"inputs": SEQUENCE}, r"^b: `batch_first=False` takes steps x samples x features"),
    (lambda: nn.Sequential(linear(), nn.Unflatten(1, (1, 2))), {}, r"^1: Unflatten is not supported"),
    (lambda: Forward(lambda m, x: m.a(x).view(2, 1), a=linear()), {}, r"^view: makes 2 x 1 of 1 x 2 from a; expected one vector a sample, 1 x 2$"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_not_supported_is_named(number):
    make, options, message = REFUSED[number]
    module = make()
    arguments = {"inputs": torch.zeros(1, 2), "targets": torch.zeros(1, 2), "loss": nn.MSELoss(), "learning_rate": 0.1}
    if "optimizer" in options:
        options = {"learning_rate": None, **options, "optimizer": options["optimizer"](module)}
    arguments |= options
    with pytest.raises(InputError, match=message):
        derive.from_torch(module, arguments.pop("inputs"), arguments.pop("targets"), **arguments)


def test_a_transposed_import_would_be_found():
    """The comparison is not blind: a weight matrix the other way round changes the loss."""
    module = nn.Linear(2, 2)
    case = torch.randn(2, 2), torch.randn(2, 2), nn.MSELoss()
    turned = copy.deepcopy(module)
    with torch.no_grad():
        turned.weight.copy_(module.weight.T)
    solution = derive.solve(imported(turned, *case))
    with pytest.raises(AssertionError):
        same([solution.values[0][solution.graph.loss].unrounded], [case[2](module(case[0]), case[1]).item()])


def test_every_supported_module_is_tested():
    from derive.importing.modules import MODULES
    from derive.importing.training import LOSS_FORMS, OPTIMIZER_FORMS

    text = Path(__file__).read_text(encoding="utf-8")
    names = itertools.chain(MODULES, LOSS_FORMS, OPTIMIZER_FORMS)
    assert [name for name in names if not re.search(rf"(nn|optim)\.{name}\b|\"{name}\"", text)] == []
