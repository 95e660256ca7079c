"""PyTorch scripts: run inside the tests' own process, their output read back."""

import io
import re
from contextlib import redirect_stdout
from dataclasses import dataclass, replace

import pytest

from derive.arithmetic.rounding import Carry, Policy, Precision
from derive.exports.pytorch import to_pytorch
from derive.network.work import work

ROW = re.compile(r"^(\S+) +(-?\d\S*)(?: +(-?\d\S*))?(?: +(~|<-- differs))?$")


@dataclass(frozen=True)
class Printed:
    """What a script printed: for each round, by name, PyTorch's number, the key's and the mark; its exit code."""

    rounds: list
    code: int
    text: str


def run(script):
    """Run a script as Python would."""
    output = io.StringIO()
    code = None
    try:
        with redirect_stdout(output):
            exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code
    rounds = []
    for line in output.getvalue().splitlines():
        if line.startswith("Round "):
            rounds.append({})
        elif match := ROW.match(line):
            name, number, shown, mark = match.groups()
            assert name not in rounds[-1]
            rounds[-1][name] = (float(number), shown, mark or "")
    return Printed(rounds, code, output.getvalue())


def unrounded(solution):
    """The numbers of every round as if nothing were rounded, by name, for all that the key works."""
    values = solution.values
    if solution.policy.carries_rounded:
        full = Policy(Precision(30, significant=True), carry=Carry.FULL)
        values = work(replace(solution.plan, policy=full))
    names = solution.graph.blocks.names
    return [
        {names[e.output]: values[round.number - 1][e.output].unrounded for e in round.equations}
        for round in solution.rounds
    ]


def agree(solution):
    """The script prints every number of the key, the key's digits beside it, and the same number unrounded."""
    printed = run(to_pytorch(solution, "problem.yaml"))
    assert printed.code == 0, printed.text
    assert len(printed.rounds) == len(solution.rounds)
    for found, wanted, round in zip(printed.rounds, unrounded(solution), solution.rounds, strict=True):
        assert set(found) == set(wanted)
        for name, (number, shown, mark) in found.items():
            exact = float(wanted[name])
            assert number == pytest.approx(exact, rel=1e-9, abs=1e-9), name
            assert shown == round[name].shown
            assert mark in ("", "~") if solution.policy.carries_rounded else mark == "", name
    return printed
