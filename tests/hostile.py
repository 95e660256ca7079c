"""Try spoiled problem files and command lines: `python -m tests.hostile --files 20000 --typed 4000 --commands 300`.

Each is answered with a document or with clear sentences: a traceback, a sentence in a library's own words, a mistake
without its line, and anything that takes over ten seconds is a fault. What is at fault is printed with its seed and kept
in a folder of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mutations import half_typed, mutated

import derive
from derive.cli.main import main as derive_main
from derive.errors import DeriveError, InputError
from derive.formats import FORMATS
from derive.sources import assets

SECONDS = 10
_LIBRARY_WORDS = re.compile(
    r"Input should|Value error|pydantic|Traceback|object at 0x|<class|NoneType|\bdict\b|KeyError"
)
_OF_THE_WHOLE = re.compile(r"the file is empty|and \d+ more mistakes")
_FORMATS = ("json", "text", "latex", "html", "markdown", "tex_fragment", "csv", "pytorch")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "--as": ("key", "worksheet", "marking", "key,worksheet", "keys", ""),
    "--blank": ("deltas", "backward pass", "everything", "{share: 0.4}", "{names: [s1]}", "x: [", "99", ""),
    "--form": ("A", "../A", "long form name", ""),
    "--together": ("Midterm", "../evil", "/", "", "a" * 300),
    "--format": (*FORMATS, "docx"),
    "--flavour": ("github", "myst", "quarto", "lines", "sections", "..", "/etc"),
    "--style": (*assets.names("styles"), "nothing", "/etc", ""),
    "--notation": ("delta", "partials", "nothing", "../x.yaml"),
    "--detail": ("formula", "numbers", "both chain", "no-chain", "all"),
    "--language": ("de", "fr", "zh-TW", "zh", "xx", ""),
    "--paper": ("a4", "letter", "a5"),
    "--tex": ("wheel", "system", "none"),
}
_FLAGS = ("--latex", "--pdf", "--force")


class TooLongError(Exception):
    """More than ten seconds of processor time went by."""


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLongError(f"over {SECONDS} s")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def fault_of_file(text: str, seed: int) -> str:
    """What is wrong with how a problem file is answered; empty where nothing is."""
    try:
        with _limited():
            return _fault_of_reading(text) or _fault_of_solving(derive.loads(text, "case.yaml"), seed)
    except InputError:
        return ""
    except Exception:  # noqa: BLE001 - any other exception is what is looked for
        return traceback.format_exc(limit=-4)


def _fault_of_reading(text: str) -> str:
    try:
        derive.loads(text, "case.yaml")
    except InputError as error:
        placed = [one for one in error.diagnostics if one.line is not None or _OF_THE_WHOLE.match(one.message)]
        lost = [f"without a line: {one}" for one in error.diagnostics if one not in placed]
        return next((wrong for wrong in (*lost, *map(_wrong_words, error.messages)) if wrong), "")
    return ""


def _fault_of_solving(problem: derive.Problem, seed: int) -> str:
    try:
        solution = derive.solve(problem)
        getattr(solution, f"to_{random.Random(seed).choice(_FORMATS)}")()
    except DeriveError as error:
        named = f"{type(error).__name__}: {error}"
        return _wrong_words(str(error)) if error.exit_code == DeriveError.exit_code else named
    return ""


def _wrong_words(message: str) -> str:
    if not message.strip() or _LIBRARY_WORDS.search(message):
        return f"unclear: {message!r}"
    return ""


def command(seed: int) -> list[str]:
    """A command line of problem files and options, right and wrong ones."""
    draw = random.Random(seed)
    names = [str(path) for path in assets.examples().values()]
    words = draw.sample(names, draw.choice((1, 1, 1, 2))) + draw.choice(([], [], [], ["nothing.yaml"], ["new"]))
    for option in draw.sample(sorted(_OPTIONS), draw.choice((1, 2, 3))):
        words += [option, draw.choice(_OPTIONS[option])]
    return words + draw.sample(_FLAGS, draw.choice((0, 0, 1, 2)))


def fault_of_command(words: list[str]) -> str:
    """What is wrong with how a command line is answered; empty where nothing is."""
    out, err = io.StringIO(), io.StringIO()
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        os.chdir(folder)
        try:
            with _limited():
                code = derive_main(words)
        except SystemExit as error:
            code = error.code
        except Exception:  # noqa: BLE001 - any other exception is what is looked for
            return traceback.format_exc(limit=-4)
        finally:
            os.chdir(home)
    said = err.getvalue()
    if code not in (0, 2):
        return f"exit code {code}: {said.strip()[-500:]}"
    if code == 2 and not said.strip():
        return "refused without a word"
    return _wrong_words(said) if said.strip() else ""


def _try(kind: str, seed: int) -> tuple[str, str]:
    """What was tried, as text, and its fault."""
    if kind == "command":
        words = command(seed)
        return " ".join(map(repr, words)), fault_of_command(words)
    text = (mutated if kind == "file" else half_typed)(seed)
    return text, fault_of_file(text, seed)


def faults(kind: str, seeds: range, progress: Callable[[int], None] = lambda _: None) -> list[tuple[int, str, str]]:
    """Each seed at fault, with what was tried and what is wrong, worked on every processor."""
    found = []
    with ProcessPoolExecutor() as pool:
        tried = pool.map(_try, [kind] * len(seeds), seeds, chunksize=8)
        for number, (seed, (text, fault)) in enumerate(zip(seeds, tried, strict=True), 1):
            progress(number)
            if fault:
                found.append((seed, text, fault))
    return found


def main() -> int:
    """Try what is asked for; print and keep what is at fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200, help="how many mutated problem files")
    parser.add_argument("--typed", type=int, default=50, help="how many half-typed problem files")
    parser.add_argument("--commands", type=int, default=10, help="how many command lines")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", default="", help="a folder for what is at fault; default: a new one")
    chosen = parser.parse_args()
    counts = {"file": chosen.files, "typed file": chosen.typed, "command": chosen.commands}
    total, folder = 0, Path(chosen.keep or tempfile.mkdtemp(prefix="faults-"))
    for kind, count in counts.items():
        bar = _Bar(kind, count)
        found = faults(kind, range(chosen.first, chosen.first + count), bar)
        total += len(found)
        for seed, text, fault in found:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{kind.replace(' ', '-')}-{seed}.txt").write_text(text, encoding="utf-8", errors="surrogatepass")
            print(f"{kind} {seed}: {fault.strip()}\n")  # noqa: T201
    tried = ", ".join(f"{count} {kind}s" for kind, count in counts.items())
    print(f"{tried} tried, {total} at fault" + (f"; they are in {folder}" if total else ""))  # noqa: T201
    return 1 if total else 0


class _Bar:
    """A line on a terminal that says how far it is."""

    def __init__(self, kind: str, count: int) -> None:
        self.kind, self.count = kind, count

    def __call__(self, done: int) -> None:
        """Say it."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{self.kind}s {done}/{self.count}" + ("\r\x1b[K" if done == self.count else ""))
            sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
