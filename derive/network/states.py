"""What an optimizer keeps for a parameter, under a policy that carries rounded numbers."""

from __future__ import annotations

from dataclasses import replace

from derive.arithmetic.rounding import Policy
from derive.graph.graph import Graph
from derive.graph.quantity import Kind, Role


def with_state_figures(policy: Policy, graph: Graph) -> Policy:
    """The policy in which states, and the steps worked from them, have significant figures.

    A second moment of squares is far smaller than the gradient: rounded to places it is 0, and the step is divided by
    epsilon alone. Nothing changes where full numbers are carried or everything has significant figures.
    """
    if not policy.carries_rounded or policy.precision.significant:
        return policy
    blocks = graph.blocks
    kept = {block for block in blocks.blocks if block.kind is Kind.STATE}
    for equation in graph.update:
        output = blocks.of(equation.output)
        if output.role is Role.OPTIMIZER and any(blocks.of(operand) in kept for operand in equation.operands):
            kept.add(output)
    return replace(policy, states=frozenset(block.name for block in kept))
