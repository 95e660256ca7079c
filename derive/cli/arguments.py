"""The arguments of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from derive.formats import FORMATS, KEY, KINDS
from derive.version import VERSION

TRACEBACK = "--traceback"
SUBCOMMANDS = ("new", "list", "schema", "formula")

_EPILOG = """\
examples:
  python -m derive homework.yaml              the answer key as PDF, with its .tex, in output/
  python -m derive --latex                    the .tex of the built-in example
  python -m derive a.yaml b.yaml -o keys      several keys into the folder keys
  python -m derive a.yaml --as key,worksheet,marking
  python -m derive a.yaml --as worksheet --blank "backward pass"
  python -m derive a.yaml b.yaml --together Midterm
  python -m derive a.yaml --format html       a page for a browser, whole in one file, in output/
  python -m derive a.yaml --format text       a table for the terminal
  python -m derive a.yaml --format json | jq  every number of every round
  python -m derive a.yaml --style matrix --notation delta

other commands:
  python -m derive new [FILE]     write a commented starter file
  python -m derive list [GROUP]   examples, layers, activations, losses, optimizers, styles, notations,
                                  languages, formats and their flavours, kinds of document
  python -m derive formula FILE NAME   one formula, such as 'dL/dw11', for a slide or a page
  python -m derive schema         JSON Schema of the problem file, for completion in an editor

formats, beside those of other packages, which `list formats` names:
<formats>

exit codes: 0 done, 1 the check of the derivation failed, 2 bad input, 3 TeX is missing or failed, or derive itself
"""


def _epilog() -> str:
    asked = {one.option or one.name: one.describes for one in FORMATS.values()}
    width = max(map(len, asked))
    return _EPILOG.replace("<formats>", "\n".join(f"  {name.ljust(width)}  {what}" for name, what in asked.items()))


def parser() -> argparse.ArgumentParser:
    """The parser of the main command."""
    made = argparse.ArgumentParser(
        prog="python -m derive",
        description="Write the worked solution of a backpropagation exercise: the chain rule in symbols, the numbers "
        "put in, round after round.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("problems", metavar="PROBLEM", nargs="*", help="problem files; the built-in example without any")
    made.add_argument("--latex", action="store_true", help="write the .tex (alone, unless --pdf is given too)")
    made.add_argument("--pdf", action="store_true", help="write the PDF and its .tex (what happens without any format)")
    made.add_argument(
        "--as",
        dest="kinds",
        metavar="KIND",
        action="append",
        default=[],
        help=f"{', '.join(KINDS)}; several with commas (default: {KEY})",
    )
    made.add_argument("--blank", metavar="WHAT", help="what is blank on a worksheet, instead of the file's own choice")
    made.add_argument(
        "--check-values",
        metavar="NAMES",
        help="numbers that are printed on a worksheet all the same, such as '[w11_new, L in round 2]'",
    )
    made.add_argument("--form", help="the form of a worksheet, such as A; it draws a share that has no seed")
    made.add_argument("--together", metavar="TITLE", help="one document of all the problems, with that title")
    made.add_argument(
        "--format",
        metavar="FORMAT",
        help="a format instead of a PDF: a page for a browser, the numbers printed, or files for course material",
    )
    made.add_argument(
        "--flavour",
        help="of --format "
        + " and ".join(f"{one.name} (default: {one.flavour})" for one in FORMATS.values() if one.flavours)
        + "; `list` names them",
    )
    made.add_argument("--style", help="the style of the key, instead of the file's own")
    made.add_argument("--notation", help="the notation of the key, instead of the file's own")
    made.add_argument(
        "--detail",
        metavar="WORDS",
        help="what worked lines show, instead of the file's own: formula, numbers or both; chain or no-chain; arrays "
        "or scalars",
    )
    made.add_argument("--language", help="the language of the key, such as th or zh-TW, instead of the file's own")
    made.add_argument("--paper", choices=("a4", "letter"), help="the paper of a PDF, instead of the file's own")
    made.add_argument("-o", "--output", metavar="DIR", help="folder to write into (default: output), or - for stdout")
    made.add_argument(
        "--force", action="store_true", help="overwrite files that derive did not write, or that were edited since"
    )
    made.add_argument(
        "--trust-outside", action="store_true", help="let a problem file name files outside its own folder"
    )
    made.add_argument(
        "--trust-style",
        action="store_true",
        help="let a style or flavour that did not come with derive say anything to TeX and to browsers",
    )
    made.add_argument("--tex", choices=("wheel", "system"), default="wheel", help="which TeX to run (default: wheel)")
    made.add_argument(TRACEBACK, action="store_true", help="if derive itself fails, print where, for a report")
    made.add_argument("--version", action="version", version=f"derive {VERSION}")
    return made


def subparser(command: str) -> argparse.ArgumentParser:
    """The parser of one of the other commands."""
    made = argparse.ArgumentParser(prog=f"python -m derive {command}")
    if command == "new":
        made.description = "Write a commented starter file."
        made.add_argument("file", nargs="?", default="problem.yaml", help="the file to write (default: problem.yaml)")
        made.add_argument("--force", action="store_true", help="overwrite the file")
    elif command == "list":
        made.description = (
            "List what there is: examples, every entry of the catalog with its formulas, styles, notations, languages."
        )
        made.add_argument("group", nargs="*", help="one group, such as losses; all of them without it")
    elif command == "formula":
        from derive.cli.formula import add_arguments

        made.description = "Print formulas of a problem by their names."
        add_arguments(made)
    else:
        made.description = "Print the JSON Schema of the problem file."
    made.add_argument(TRACEBACK, action="store_true", help="if derive itself fails, print where, for a report")
    return made


def split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The command and the rest of the arguments; the main command has no name."""
    if arguments and arguments[0] in SUBCOMMANDS:
        return arguments[0], list(arguments[1:])
    return "", list(arguments)
