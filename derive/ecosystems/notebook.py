"""The cell magic `%%derive` of IPython and Jupyter: a problem written in a cell, solved and shown.

`%load_ext derive` adds it.
"""

from __future__ import annotations

import shlex
import sys
from keyword import iskeyword

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic_arguments import MagicArgumentParser
from IPython.display import display

from derive.api.formula import Figure, Formula
from derive.api.reading import solve_text
from derive.api.solution import Solution
from derive.ecosystems.parts import FigurePart, FormulaPart, Part, TablePart, parts
from derive.ecosystems.request import OPTIONS, request
from derive.errors import DeriveError
from derive.exports.shows import TableShow

NAME = "derive"
OF_THE_WHOLE = ("notation", "language")
"""Options of a cell that shows the whole solution."""
TAKEN = ("formula", "form", "figure", "round", "notation", "language")
"""The options that have a value."""


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the cell magic `%%derive` to a running IPython."""

    def derive(line: str, cell: str) -> Solution | None:
        return solve_cell(shell, line, cell)

    derive.__doc__ = _parser().format_help()
    shell.magics_manager.register_function(derive, magic_kind="cell", magic_name=NAME)


def solve_cell(shell: InteractiveShell, line: str, cell: str) -> Solution | None:
    """Solve the problem of a cell, bind its solution to a name, and show it, or the parts that the line asks for.

    Raises `UsageError`, which a notebook shows in one line: for a wrong option, and for mistakes in the problem, with
    the line of the cell and the column.
    """
    try:
        options = vars(_parser().parse_args(shlex.split(line)))
        name = options.pop("name")
        if not name.isidentifier() or iskeyword(name):
            raise UsageError(f"--name: expected a name of Python, not {name!r}")
        stated = {option: "" if value is True else value for option, value in options.items() if value}
        wanted = request(stated) if any(option not in OF_THE_WHOLE for option in stated) else None
        solution = solve_text(f"\n{cell}", "cell", stated.get("notation", ""), stated.get("language", ""))
        shown = parts(solution, wanted) if wanted else ()
    except (DeriveError, ValueError) as error:
        raise UsageError(str(error)) from None
    shell.user_ns[name] = solution
    for sentence in solution.warnings:
        sys.stderr.write(f"{sentence}\n")
    for part in shown:
        display(_shown(part))  # type: ignore[no-untyped-call]
    return None if wanted else solution


def _shown(part: Part) -> Formula | Figure | TableShow:
    match part:
        case FormulaPart():
            return part.formula
        case FigurePart():
            return part.figure
        case TablePart():
            return part.table


def _parser() -> MagicArgumentParser:
    made = MagicArgumentParser(  # type: ignore[no-untyped-call]
        prog=f"%{NAME}", description="Solve the problem that the cell describes, and show it."
    )
    made.add_argument("--name", default="solution", help="the variable that the solution is bound to")
    for option in TAKEN:
        made.add_argument(f"--{option}", help=OPTIONS[option].expects)
    made.add_argument("--table", action="store_true", help="the table of each round that is asked for")
    return made
