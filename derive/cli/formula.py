"""The command `formula`: single formulas of a problem by name, or the list of the names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from derive.api.formula import Formula
from derive.api.reading import solve_text
from derive.api.solution import Solution
from derive.cli import console
from derive.cli.faults import working_on
from derive.document.formulas import FORMS, SIDES
from derive.errors import InputError
from derive.sources.marked import read_text

LONGEST_LISTED = 60
TRUST_OUTSIDE = "let a problem file name files outside its own folder"
FORMATS: Mapping[str, Callable[[Formula, str], str]] = MappingProxyType(
    {"latex": Formula.latex, "mathml": Formula.mathml, "svg": Formula.svg, "text": Formula.text}
)


def print_formulas(options: argparse.Namespace) -> int:
    """Print the formulas that are asked for, one a line, or the list of what there is."""
    with working_on(f"working out formulas of {options.problem}"):
        return _print_formulas(options)


def _print_formulas(options: argparse.Namespace) -> int:
    if not options.names and not options.list:
        raise InputError.single("no name is given; `--list` shows the names, such as 'dL/dw11' or 'dL/dw*'")
    solution = _solution(options)
    for sentence in solution.warnings:
        console.warning(f"{solution.source}: {sentence}")
    lines = _listed(solution, options.names) if options.list else _formulas(solution, options)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _solution(options: argparse.Namespace) -> Solution:
    path = Path(options.problem)
    progress = console.Progress(f"{path.name}: working and checking")
    try:
        return solve_text(
            read_text(path),
            str(path),
            options.notation,
            options.language,
            progress,
            trusts_outside=options.trust_outside,
        )
    finally:
        progress.close()


def _formulas(solution: Solution, options: argparse.Namespace) -> Sequence[str]:
    found = solution.formulas(*options.names, form=options.form, round=options.round)
    if options.format == "svg" and len(found) > 1:
        raise InputError.single(f"--format svg prints one picture; {len(found)} formulas are asked for")
    return [FORMATS[options.format](one, options.side) for one in found]


def _listed(solution: Solution, patterns: Sequence[str]) -> Iterator[str]:
    """Every name that a pattern stands for with its plain formula, or its first number if it is given."""
    graph, writer = solution.graph, solution.plain_writer
    names = solution.names(*patterns)
    width = max(map(len, names))
    first = solution.rounds[1].shown
    for name in names:
        quantity = graph.blocks.by_name[name]
        equation = graph.equation_of.get(quantity)
        right = first.get(quantity, "(folded into another)") if equation is None else writer.formula(equation)
        yield f"{name.ljust(width)} = {right if len(right) <= LONGEST_LISTED else f'{right[:LONGEST_LISTED]}...'}"


def add_arguments(made: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    made.add_argument("problem", metavar="PROBLEM", help="the problem file")
    made.add_argument("names", metavar="NAME", nargs="*", help="names such as 'dL/dw11'; * and ? stand for any letters")
    made.add_argument(
        "--list", action="store_true", help="list the names, or those that NAME stands for, with their formulas"
    )
    made.add_argument(
        "--form",
        default="symbolic",
        help=f"{', '.join(FORMS)}; several with commas follow one another (default: symbolic)",
    )
    made.add_argument("--round", type=int, default=1, help="the round whose numbers are put in (default: 1)")
    made.add_argument("--side", choices=tuple(SIDES), default="both", help="the whole line or a side (default: both)")
    made.add_argument("--format", choices=tuple(FORMATS), default="latex", help="how it is written (default: latex)")
    made.add_argument("--trust-outside", action="store_true", help=TRUST_OUTSIDE)
    made.add_argument("--notation", default="", help="the notation, instead of the file's own")
    made.add_argument(
        "--language", default="", help="the language that numbers are written in, instead of the file's own"
    )
