"""Writing what is made of a solution alone: its numbers, its formulas, a spreadsheet, a script."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from derive.cli import files
from derive.cli.faults import working_on
from derive.cli.jobs import Job, Solved
from derive.cli.ledger import write_all
from derive.network.solution import Solution
from derive.sources.file_names import shown_name


@dataclass(frozen=True)
class SolutionFormat:
    """How a format is made of a solution and the name of its source, and how the name of its file ends.

    What is `printed` goes to standard output where no folder is given.
    """

    ending: str
    make: Callable[[Solution, str], str | bytes]
    printed: bool = False


def _json(solution: Solution, source: str) -> str:
    from derive.render.trace import to_json

    return to_json(solution, source)


def _text(solution: Solution, _: str) -> str:
    from derive.render.terminal import to_text

    return to_text(solution)


def _tex_macros(solution: Solution, source: str) -> str:
    from derive.exports.tex_macros import to_tex_macros

    return to_tex_macros(solution, source)


def _csv(solution: Solution, _: str) -> str:
    from derive.exports.csv_table import to_csv

    return to_csv(solution)


def _xlsx(solution: Solution, source: str) -> bytes:
    from derive.exports.spreadsheet.workbook import to_xlsx

    return to_xlsx(solution, source)


def _pytorch(solution: Solution, source: str) -> str:
    from derive.exports.pytorch import to_pytorch

    return to_pytorch(solution, source)


SOLUTIONS: Mapping[str | None, SolutionFormat] = MappingProxyType(
    {
        "json": SolutionFormat(".json", _json, printed=True),
        "text": SolutionFormat(".txt", _text, printed=True),
        "tex-macros": SolutionFormat("-macros.tex", _tex_macros),
        "csv": SolutionFormat(".csv", _csv),
        "xlsx": SolutionFormat(".xlsx", _xlsx),
        "pytorch": SolutionFormat(".py", _pytorch),
    }
)


def write_solutions(found: Sequence[Job], options: argparse.Namespace) -> int:
    """Every problem in the format that is asked for. Each is made before any is written."""
    format = SOLUTIONS[options.format]
    solved = [one for job in found for one in job.solved]
    made = [_made(one, format) for one in solved]
    if options.output == "-" or (format.printed and options.output is None):
        for content in made:
            _print(content)
        return 0
    folder = Path(options.output or "output")
    targets = [folder / f"{one.path.stem}{format.ending}" for one in solved]
    for target in targets:
        files.require_other(target, (one.path for one in solved))
    write_all(dict(zip(targets, made, strict=True)), force=options.force)
    return 0


def _made(one: Solved, format: SolutionFormat) -> str | bytes:
    name = shown_name(one.path)
    with working_on(f"writing {name} as {format.ending}"):
        return format.make(one.solution, name)


def _print(content: str | bytes) -> None:
    if isinstance(content, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.write(content)
