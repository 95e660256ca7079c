"""Solutions whose hidden numbers are others, and every document that a worksheet can become."""

from dataclasses import replace
from decimal import Decimal

from editions import (
    to_html_document,
    to_latex_document,
    to_markdown_document,
    to_notebook_document,
    to_tex_fragment_document,
)

from derive.graph.quantity import Role

FACTORS = [Decimal(text) for text in ("0.83", "1.171", "0.5", "0.0317")]


def with_other_numbers(solution, places):
    """The solution with other numbers in its hidden places: others in size everywhere, in sign behind the loss."""
    blocks, policy = solution.graph.blocks, solution.policy
    found = []
    for number, values in enumerate(solution.values, 1):
        changed = dict(values)
        for quantity, value in values.items():
            name, block = blocks.names[quantity], blocks.of(quantity)
            if (name, number) not in places:
                continue
            factor = FACTORS[(quantity + number) % len(FACTORS)]
            sign = -1 if block.role is Role.BACKWARD else 1
            other = value.carried * factor * sign or Decimal("0.0371")
            changed[quantity] = policy.finish(other, policy.precision_of(block, name, number), Decimal(0))
        found.append(changed)
    return replace(solution, values=tuple(found))


FORMATS = {
    "latex": lambda solution: to_latex_document(solution, "x", "worksheet"),
    "html": lambda solution: to_html_document(solution, "x", "worksheet"),
    "markdown": lambda solution: str(to_markdown_document(solution, "x", kind="worksheet")),
    "notebook": lambda solution: to_notebook_document(solution, "x", "worksheet"),
    "fragment": lambda solution: to_tex_fragment_document(solution, "x", kind="worksheet"),
}
