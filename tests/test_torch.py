"""The partials and the updates against PyTorch's autograd, in double precision."""

import pytest
from everyday import examples
from hypothesis import given, settings
from nets import problems
from test_derivation import at_a_kink, unrounded

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")

FUNCTIONS = {"identity": lambda s: s, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


@settings(max_examples=examples(150), deadline=None)
@given(problems(most_units=4, most_layers=4))
def test_gradients_and_updates(problem):
    lowered, values = unrounded(problem)
    if at_a_kink(lowered, values):
        return
    parameters = {}
    for block in lowered.parameters:
        numbers = [float(values[quantity]) for quantity in block.ids]
        parameters[block] = torch.tensor(numbers, dtype=torch.float64).reshape(block.shape).requires_grad_()
    signal = torch.tensor([float(values[q]) for q in lowered.inputs[0].ids], dtype=torch.float64)
    for number, layer in enumerate(problem.network.layers, 1):
        own = {block.kind.value: tensor for block, tensor in parameters.items() if block.layer == number}
        sums = signal @ own["weight"] + own.get("bias", 0)
        signal = FUNCTIONS[layer.activation.name](sums)
    target = torch.tensor([float(values[q]) for q in lowered.targets[0].ids], dtype=torch.float64)
    optimizer = torch.optim.SGD(parameters.values(), lr=float(problem.learning_rate.of(1)))
    (((target - signal) ** 2).sum() / 2).backward()
    gradients = {block: tensor.grad.clone().flatten().tolist() for block, tensor in parameters.items()}
    optimizer.step()
    values[lowered.rate.first] = problem.learning_rate.of(1)
    evaluators = Evaluators(DecimalArithmetic(60))
    new = {e.operands[0]: evaluators.of(e.rule)([values[q] for q in e.operands]) for e in lowered.graph.update}
    for block, tensor in parameters.items():
        for quantity, found, after in zip(block.ids, gradients[block], tensor.flatten().tolist(), strict=True):
            ours = float(values[lowered.graph.adjoint_of[quantity]])
            assert ours == pytest.approx(found, rel=1e-10, abs=1e-13)
            assert float(new[quantity]) == pytest.approx(after, rel=1e-10, abs=1e-13)
