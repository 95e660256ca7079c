"""A solution as a PyTorch script that does the same rounds with autograd and prints its numbers beside the key's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType

from markupsafe import Markup

from derive.errors import InputError
from derive.exports.pytorch import passes
from derive.exports.pytorch.framework import Framework
from derive.exports.pytorch.given import Given, given
from derive.exports.pytorch.key import NOTHING, key_of
from derive.exports.pytorch.literals import broken
from derive.exports.pytorch.updates import Updates
from derive.exports.pytorch.workspace import Workspace
from derive.graph.quantity import Role
from derive.network.solution import Solution
from derive.render.environment import TemplateFormat, environment, render
from derive.sources import assets
from derive.version import VERSION

_PYTHON = TemplateFormat("py", Markup, MappingProxyType({}), MappingProxyType({}))
_INDENT = "    "


def to_pytorch(solution: Solution, source: str) -> str:
    """A Python script that needs PyTorch alone; `source` is the name of the problem's file.

    It exits with 1 where one of its numbers is not the key's. Raises `InputError` for what autograd does not do,
    parameters that are updated in place before the adjoints of earlier layers are worked, and for what PyTorch has no
    operation for.
    """
    _require_simultaneous(solution)
    space = Workspace(solution)
    before, sections = _sections(space)
    whole = "\n".join(sections.values())
    return render(
        environment([assets.templates() / "exports"], _PYTHON),
        ["pytorch.py.jinja"],
        **sections,
        title=docstring_text(solution.problem.title),
        source=docstring_text(source),
        version=VERSION,
        updates=solution.plan.updates,
        ends_with_forward_pass=solution.problem.final_forward_pass,
        key=key_of(solution),
        nothing=NOTHING,
        uses_functional=bool(re.search(r"\bF\.", whole)),
        uses_math=bool(re.search(r"\bmath\.", whole)),
        cleared=before.cleared,
        counts=bool(re.search(r"\bnumber\b", sections["taken"])),
        loss=space.variable_of[space.blocks.of(space.graph.loss)].name,
    )


def _sections(space: Workspace) -> tuple[Given, dict[str, str]]:
    """What the script begins with, and the lines of each of its sections by name."""
    before = given(space)
    forward = list(passes.forward_lines(space))
    own, partials = list(passes.own_lines(space)), list(passes.gradient_entries(space))
    framework = Framework(space)
    rate = space.solution.problem.learning_rate
    updates = Updates(space, framework, rate_changes=rate is not None and bool(rate.rounds or rate.schedule))
    setup, update = list(framework.setup(before.rates)), list(updates.lines())
    before = before.used_in((*forward, *own, *partials, *setup, *(text for _, text in update)))
    return before, {
        "data": _lines(before.data, 0),
        "parameters": _lines(before.parameters, 0),
        "setup": _lines(setup, 0),
        "taken": _lines(before.taken, 1),
        "forward": _lines(forward, 1),
        "forward_entries": _lines(space.entries(Role.FORWARD), 2),
        "own": _lines(own, 1),
        "kept": _lines(passes.kept_lines(space), 1),
        "gradient_entries": _lines(partials, 2),
        "update": "\n".join(_lines([text], depth + 1) for depth, text in update),
        "renewed": _lines(updates.renewed(), 1),
    }


def _lines(lines: Iterable[str], depth: int) -> str:
    return "\n".join(part for line in lines for part in broken(line, _INDENT * depth))


def docstring_text(text: str) -> str:
    """A text of a problem file as it can stand on a line of a docstring: one line, nothing that ends or escapes it."""
    line = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(line.split()).replace("\\", "\\\\").replace('"', '\\"')


def _require_simultaneous(solution: Solution) -> None:
    blocks = solution.graph.blocks
    for equation in solution.graph.backward:
        new = next((q for q in equation.operands if blocks.of(q).role is Role.UPDATED), None)
        if new is not None:
            partial, parameter = blocks.names[equation.output], blocks.names[new]
            raise InputError.single(
                f"--format pytorch: `updates: in place` works {partial} with {parameter}, updated before it: it is the "
                "partial of no loss, and autograd cannot give it; write `updates: simultaneous`"
            )
