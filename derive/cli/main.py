"""The front door: `python -m derive`."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from derive.cli import talk
from derive.cli.arguments import parser, split, subparser
from derive.errors import DeriveError


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    0: done; 1: the check of the derivation failed; 2: bad input; 3: TeX is missing or failed, or derive itself did;
    130: interrupted.
    """
    command, rest = split(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        if command:
            return _other(command, rest)
        options = parser().parse_intermixed_args(rest)
        from derive.cli.keys import write_keys

        return write_keys(options)
    except DeriveError as error:
        talk.error(str(error))
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        talk.error(f"cannot write: {error.strerror}")
        return DeriveError.exit_code
    except KeyboardInterrupt:
        talk.say("interrupted")
        return 130
    except Exception as error:  # noqa: BLE001 - the last net: whatever nobody expected becomes a report
        from derive.cli import faults

        return faults.report(error, arguments)


def _other(command: str, rest: Sequence[str]) -> int:
    options = subparser(command).parse_intermixed_args(rest)
    from derive.cli import others

    if command == "formula":
        from derive.cli.formula import print_formulas

        return print_formulas(options)
    if command == "new":
        others.new(options.file, force=options.force)
    elif command == "list":
        others.list_all()
    else:
        others.schema()
    return 0


def run() -> None:
    """The entry point of the installed command."""
    sys.exit(main(sys.argv[1:]))
