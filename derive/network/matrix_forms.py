"""The matrix forms of a dense network, forward and backward, one a layer.

Bishop (2006), section 5.3; Nielsen, Neural Networks and Deep Learning (2015), equations BP1 to BP4, with weights
stored (inputs, units), so that s = W^T x + b and dL/dW = x delta^T.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.catalog.layers.activated import rule_of
from derive.catalog.layers.base import Layer
from derive.catalog.layers.dense import Dense
from derive.graph.formula import Negative, Position, Sum
from derive.graph.graph import Graph
from derive.graph.matrix import Entries, Hadamard, MatrixExpression, MatrixProduct, MatrixSum, Slope, Transpose
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.network.lowered import Lowered

_ERROR = Sum((Position(0), Negative(Position(1))))
PLAIN_UPDATE = "sgd"


@dataclass(frozen=True)
class LayerForms:
    """The blocks of one layer and the matrix forms of those that have an equation."""

    number: int
    signal: Block
    weights: Block
    biases: Block | None
    sums: Block
    outputs: Block
    adjoint: Block
    delta: Block
    weight_gradient: Block
    bias_gradient: Block | None
    pre_activation: MatrixExpression
    back_signal: MatrixExpression
    """The adjoint of the layer's outputs: f - y at the last layer, W delta of the next layer before it."""
    slope: Slope

    @property
    def gradient(self) -> MatrixExpression:
        """The gradient of the weights."""
        return MatrixProduct(Entries(self.signal), Transpose(Entries(self.delta)))

    @property
    def delta_form(self) -> Hadamard:
        """The adjoint of the pre-activations, in terms of the layer's back signal."""
        return Hadamard(self.back_signal, self.slope)


def is_dense_stack(lowered: Lowered) -> bool:
    """Whether a network is dense layers one after another, on one vector a round."""
    return len(lowered.inputs) == 1 and all(
        isinstance(placed.layer, Dense)
        and not placed.layer.from_
        and not placed.layer.frozen
        and len(lowered.inputs[0].shape) == 1
        and rule_of(placed.layer.activation, 0) is not None
        for placed in lowered.placed
    )


def fits_matrix_pages(lowered: Lowered, worked: Graph) -> bool:
    """Whether the pages of dense stacks say what the scalars do; `worked` has the equations that are lines.

    They write the adjoint of the outputs as f - y, the gradient of weights as x delta^T and the update as
    w - eta dL/dw.
    """
    return (
        is_dense_stack(lowered)
        and _ends_in_errors(lowered)
        and all(_adds_its_biases(placed.layer) for placed in lowered.placed)
        and all(form.slope.rule.slots == ("s",) for form in layer_forms(lowered))
        and all(equation.rule.name == PLAIN_UPDATE for equation in lowered.graph.update)
        and all(_is_plain_step(worked, form) for form in layer_forms(lowered))
    )


def _adds_its_biases(layer: Layer) -> bool:
    return isinstance(layer, Dense) and (layer.biases is None or (layer.bias, layer.bias_form) == ("unit", "added"))


def _is_plain_step(worked: Graph, form: LayerForms) -> bool:
    """Whether the weights of a layer take the rate times their gradient for a step."""
    updated = worked.blocks.derived(form.weights, Role.UPDATED)
    if updated is None or form.weight_gradient.first not in worked.equation_of:
        return True
    return worked.equation_of[updated.first].operands[2] == form.weight_gradient.first


def _ends_in_errors(lowered: Lowered) -> bool:
    """Whether the loss is the only root, and its partial by each output is that output less its target."""
    graph = lowered.graph
    if graph.blocks.of(graph.roots.total).kind is not Kind.LOSS:
        return False
    pairs = zip(lowered.placed[-1].outputs[0].ids, lowered.targets[0].ids, strict=True)
    wanted = {(graph.adjoint_of[output], (output, target)) for output, target in pairs}
    found = {(e.output, e.operands) for e in graph.backward if e.rule.formula == _ERROR}
    return wanted <= found


def layer_forms(lowered: Lowered) -> tuple[LayerForms, ...]:
    """The forms of every layer, the first layer first. Raises `LookupError` for anything but dense layers."""
    if not is_dense_stack(lowered):
        raise LookupError("not a stack of dense layers on one sample")
    found: list[LayerForms] = []
    for number in range(lowered.layers, 0, -1):
        found.append(_forms(lowered, number, found[-1] if found else None))
    return tuple(reversed(found))


def _forms(lowered: Lowered, number: int, following: LayerForms | None) -> LayerForms:
    blocks = lowered.graph.blocks

    def block(kind: Kind, role: Role, layer: int = number) -> Block:
        found = blocks.find(kind, layer, role)
        if found is None:
            raise LookupError(f"layer {layer} has no {kind}")
        return found

    def adjoint(of: Block) -> Block:
        found = blocks.derived(of, Role.BACKWARD)
        if found is None:
            raise LookupError(f"{of.name} has no adjoint")
        return found

    weights, biases = block(Kind.WEIGHT, Role.GIVEN), blocks.find(Kind.BIAS, number, Role.GIVEN)
    sums = block(Kind.PRE_ACTIVATION, Role.FORWARD)
    outputs = block(Kind.ACTIVATION if following else Kind.OUTPUT, Role.FORWARD)
    signal = block(Kind.ACTIVATION, Role.FORWARD, number - 1) if number > 1 else blocks.of(lowered.inputs[0].ids[0])
    product = MatrixProduct(Transpose(Entries(weights)), Entries(signal))
    back: MatrixExpression
    if following is None:
        back = MatrixSum(Entries(outputs), Entries(blocks.of(lowered.targets[0].ids[0])), minus=True)
    else:
        back = MatrixProduct(Entries(following.weights), Entries(following.delta))
    return LayerForms(
        number=number,
        signal=signal,
        weights=weights,
        biases=biases,
        sums=sums,
        outputs=outputs,
        adjoint=adjoint(outputs),
        delta=adjoint(sums),
        weight_gradient=adjoint(weights),
        bias_gradient=None if biases is None else blocks.derived(biases, Role.BACKWARD),
        pre_activation=product if biases is None else MatrixSum(product, Entries(biases)),
        back_signal=back,
        slope=Slope(_activation_rule(lowered, outputs), sums, outputs),
    )


def _activation_rule(lowered: Lowered, outputs: Block) -> Rule:
    """The rule by which a layer's outputs come from its sums."""
    rules = (equation.rule.rule for equation in lowered.graph.forward if equation.output == outputs.first)
    found = next(rules, None)
    if found is None:
        raise LookupError(f"{outputs.name} has no activation")
    return found
