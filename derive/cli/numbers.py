"""Writing numbers: the trace as JSON, every worked line as text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from derive.cli import files, talk
from derive.cli.jobs import Job, Solved


def write_json(found: Sequence[Job], options: argparse.Namespace) -> int:
    """The trace of every problem."""
    from derive.render.trace import to_json

    return _write(found, options, ".json", lambda one: to_json(one.solution, one.path.name))


def write_text(found: Sequence[Job], options: argparse.Namespace) -> int:
    """Every worked line of every problem, for the terminal."""
    from derive.render.terminal import to_text

    return _write(found, options, ".txt", lambda one: to_text(one.solution))


def _write(found: Sequence[Job], options: argparse.Namespace, ending: str, text_of: Callable[[Solved], str]) -> int:
    solved = [one for job in found for one in job.solved]
    for one in solved:
        text = text_of(one)
        if options.output in (None, "-"):
            sys.stdout.write(text)
        else:
            target = Path(options.output) / f"{one.path.stem}{ending}"
            files.require_other(target, (each.path for each in solved))
            files.write(target, text)
            talk.say(f"wrote {target}")
    return 0
