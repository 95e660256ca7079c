"""Recurrent layers and attention against PyTorch in double precision: results, gradients and three updates."""

import numpy as np
import pytest
from sequences import Numbers, array, gradient, gru, lstm, outputs, rnn, solved

from derive.graph.quantity import Role

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")

STEPS, FEATURES, UNITS, ROUNDS = 4, 2, 2, 3
ROWS = {
    "rnn": {"": 0},
    "lstm": {"input": 0, "forget": 1, "candidate": 2, "output": 3},
    "gru": {"reset": 0, "update": 1, "candidate": 2},
}
"""Which rows of PyTorch's stacked matrices belong to which gate."""
NAMES = {
    "weights": "weight_ih_l0",
    "recurrent": "weight_hh_l0",
    "biases": "bias_ih_l0",
    "recurrent_biases": "bias_hh_l0",
}


def float64(numbers):
    return torch.tensor(np.array(numbers, dtype=float), dtype=torch.float64)


class Compared:
    """A module's parameters, each part of them beside the block that it stands for."""

    def __init__(self):
        self.parts = []

    def add(self, parameter, block, part=slice(None)):
        self.parts.append((parameter, block, part))

    def load(self, solution):
        with torch.no_grad():
            for parameter, block, part in self.parts:
                parameter[part] = torch.tensor(array(solution, block.ids, block.shape).T)

    def same(self, found, wanted):
        assert np.allclose(found, wanted, rtol=1e-10, atol=1e-13)

    def train(self, solution, run, targets):
        """Three updates by both, compared at each."""
        parameters = list({id(p): p for p, _, _ in self.parts}.values())
        optimizer = torch.optim.SGD(parameters, lr=0.1)
        assert {block for _, block, _ in self.parts} == set(solution.lowered.parameters)
        for number in range(1, len(solution.rounds) + 1):
            optimizer.zero_grad()
            result = run()
            self.same(np.array(outputs(solution, number)).reshape(result.shape), result.detach().numpy())
            loss = ((targets - result) ** 2).sum() / 2
            self.same(float(solution.values[number - 1][solution.graph.loss].unrounded), loss.item())
            loss.backward()
            for parameter, block, part in self.parts:
                self.same(gradient(solution, block, number), parameter.grad[part].numpy().T)
            optimizer.step()
            for parameter, block, part in self.parts:
                new = solution.graph.blocks.derived(block, Role.UPDATED)
                self.same(array(solution, new.ids, new.shape, number), parameter.detach()[part].numpy().T)


def recurrent(name, numbers, returns, *, recurrent_biases, truncate=None, **options):
    """A layer of the problem file with biases, and what a case needs beside it."""
    make = {"rnn": rnn, "lstm": lstm, "gru": gru}[name]
    more = {} if truncate is None else {"truncate": truncate}
    states = {"state": numbers(UNITS), **({"cell": numbers(UNITS)} if name == "lstm" else {})}
    options |= {"reset_gate": "after"} if name == "gru" else {}
    return make(
        numbers, FEATURES, UNITS, recurrent_biases=recurrent_biases, returns=returns, **states, **more, **options
    )


def module_of(name, solution, compared):
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[name]
    module = kind(FEATURES, UNITS, batch_first=True, dtype=torch.float64)
    torch.nn.init.zeros_(module.bias_hh_l0)
    for key, block in solution.lowered.placed[0].parameters.items():
        gate, _, what = key.rpartition(".")
        if what in NAMES:
            first = ROWS[name][gate] * UNITS
            compared.add(getattr(module, NAMES[what]), block, slice(first, first + UNITS))
    compared.load(solution)
    return module


def initial(name, layer, samples):
    states = [float64(layer[key]).repeat(1, samples, 1) for key in ("state", "cell") if key in layer]
    return tuple(states) if name == "lstm" else states[0]


def in_windows(module, x, states, length):
    """The module over windows of the sequence, the states between them detached."""
    found = []
    for start in range(0, x.shape[1], length):
        result, states = module(x[:, start : start + length], states)
        states = tuple(s.detach() for s in states) if isinstance(states, tuple) else states.detach()
        found.append(result)
    return torch.cat(found, dim=1)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("returns", ["all", "last"])
@pytest.mark.parametrize(
    ("recurrent_biases", "truncate", "samples"), [(True, None, 1), (False, 3, 1), (True, 2, 2), (False, 1, 1)]
)
def test_recurrent_layers(name, returns, recurrent_biases, truncate, samples):
    numbers = Numbers(len(name) * 7 + samples + (truncate or 0))
    layer = recurrent(name, numbers, returns, recurrent_biases=recurrent_biases, truncate=truncate)
    shape = (STEPS, UNITS) if returns == "all" else (UNITS,)
    data = [{"x": numbers(STEPS, FEATURES), "y": numbers(*shape)} for _ in range(samples)]
    batch = {"size": samples, "gradients": "summed" if samples > 1 else "averaged"}
    solution = solved([layer], [STEPS, FEATURES], data, ROUNDS, batch=batch)
    compared = Compared()
    module = module_of(name, solution, compared)
    x = float64([one["x"] for one in data])

    def run():
        result = in_windows(module, x, initial(name, layer, samples), truncate or STEPS)
        return result if returns == "all" else result[:, -1]

    compared.train(solution, run, float64([one["y"] for one in data]))


def cell_before(layer, x, p):
    """One step of a GRU that resets the state before the product, in PyTorch's elementary operations."""

    def sums(gate, state):
        return sum((p[f"{gate}.weights"] @ x, p[f"{gate}.recurrent"] @ state, p[f"{gate}.biases"]))

    def step(state):
        reset, update = torch.sigmoid(sums("reset", state)), torch.sigmoid(sums("update", state))
        candidate = torch.tanh(sums("candidate", reset * state))
        kept = update if layer["update_gate"] == "keeps" else 1 - update
        return kept * state + (1 - kept) * candidate

    return step


@pytest.mark.parametrize("update_gate", ["keeps", "replaces"])
def test_a_gru_that_resets_the_state(update_gate):
    numbers = Numbers(21)
    layer = gru(numbers, FEATURES, UNITS, update_gate=update_gate)
    data = [{"x": numbers(STEPS, FEATURES), "y": numbers(STEPS, UNITS)}]
    solution = solved([layer], [STEPS, FEATURES], data, ROUNDS)
    compared, parameters = Compared(), {}
    for block_key, block in solution.lowered.placed[0].parameters.items():
        if block in solution.lowered.parameters:
            parameters[block_key] = torch.zeros(block.shape[::-1], dtype=torch.float64, requires_grad=True)
            compared.add(parameters[block_key], block)
    compared.load(solution)

    def run():
        state, found = torch.zeros(UNITS, dtype=torch.float64), []
        for x in float64(data[0]["x"]):
            state = cell_before(layer, x, parameters)(state)
            found.append(state)
        return torch.stack(found)[None]

    compared.train(solution, run, float64([data[0]["y"]]))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_recurrent_layer_between_dense_layers(activation):
    numbers = Numbers(22)
    before = {"layer": "dense", "units": FEATURES, "weights": numbers(1, FEATURES), "biases": numbers(FEATURES)}
    layer = recurrent("rnn", numbers, "last", recurrent_biases=True, activation=activation)
    after = {"layer": "dense", "units": 1, "weights": numbers(UNITS, 1), "biases": numbers(1)}
    data = [{"x": numbers(STEPS, 1), "y": numbers(1)}]
    solution = solved([before, layer, after], [STEPS, 1], data, ROUNDS)
    compared = Compared()
    modules = (
        torch.nn.Linear(1, FEATURES, dtype=torch.float64),
        torch.nn.RNN(FEATURES, UNITS, nonlinearity=activation, batch_first=True, dtype=torch.float64),
        torch.nn.Linear(UNITS, 1, dtype=torch.float64),
    )
    dense = {"weights": "weight", "biases": "bias"}
    for module, placed, names in zip(modules, solution.lowered.placed, (dense, NAMES, dense), strict=True):
        for key, block in placed.parameters.items():
            if key in names:
                compared.add(getattr(module, names[key]), block)
    compared.load(solution)

    def run():
        result, _ = modules[1](modules[0](float64([data[0]["x"]])), initial("rnn", layer, 1))
        return modules[2](result[:, -1])

    compared.train(solution, run, float64([data[0]["y"]]))


def attention_layer(numbers, width, *, biases, **options):
    keys = ("query", "key", "value", "output")
    stated = {key: numbers(width, width) for key in keys}
    if biases:
        stated |= {f"{key}_biases": numbers(width) for key in keys}
    return {"layer": "attention", **stated, **options}


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("samples", [1, 2])
def test_multi_head_attention(heads, causal, biases, samples):
    width, steps = 2 * heads, 3
    numbers = Numbers(heads + 5 * causal + 11 * biases)
    layer = attention_layer(numbers, width, biases=biases, heads=heads, causal=causal)
    data = [{"x": numbers(steps, width), "y": numbers(steps, width)} for _ in range(samples)]
    batch = {"size": samples, "gradients": "summed" if samples > 1 else "averaged"}
    solution = solved([layer], [steps, width], data, ROUNDS, batch=batch)
    module = torch.nn.MultiheadAttention(width, heads, bias=biases, batch_first=True, dtype=torch.float64)
    compared = Compared()
    for key, block in solution.lowered.placed[0].parameters.items():
        name, kind = key.removesuffix("_biases"), "bias" if key.endswith("_biases") else "weight"
        if name == "output":
            compared.add(getattr(module.out_proj, kind), block)
        else:
            first = ("query", "key", "value").index(name) * width
            compared.add(getattr(module, f"in_proj_{kind}"), block, slice(first, first + width))
    compared.load(solution)
    x = float64([one["x"] for one in data])
    mask = torch.triu(torch.ones(steps, steps, dtype=torch.bool), diagonal=1) if causal else None
    compared.train(solution, lambda: module(x, x, x, attn_mask=mask)[0], float64([one["y"] for one in data]))


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("causal", [True, False])
def test_scaled_dot_product_attention_between_branches(scale, causal):
    numbers = Numbers(31 + scale + 2 * causal)
    steps = 3
    dense = {"layer": "dense", "units": 3, "weights": numbers(2, 3), "biases": "none", "name": "asked"}
    layer = {
        "layer": "attention", "from": ["input", "asked"], "query": numbers(2, 2), "key": numbers(3, 2),
        "scale": scale, "causal": causal,
    }  # fmt: skip
    data = [{"x": numbers(steps, 2), "y": numbers(steps, 3)}]
    solution = solved([dense, layer], [steps, 2], data, ROUNDS)
    compared, found = Compared(), {}
    for placed in solution.lowered.placed:
        for key, block in placed.parameters.items():
            found[key] = torch.zeros(block.shape[::-1], dtype=torch.float64, requires_grad=True)
            compared.add(found[key], block)
    compared.load(solution)
    x = float64(data[0]["x"])

    def run():
        asked = x @ found["weights"].T
        return torch.nn.functional.scaled_dot_product_attention(
            (x @ found["query"].T)[None], (asked @ found["key"].T)[None], asked[None],
            is_causal=causal, scale=None if scale else 1.0,
        )  # fmt: skip

    compared.train(solution, run, float64([data[0]["y"]]))
