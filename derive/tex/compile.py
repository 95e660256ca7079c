"""Running TeX: in an empty temporary folder, without a shell, within limits; only the PDF comes back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from derive.errors import TexError
from derive.tex.engine import Engine

SECONDS = 120
"""The time that one run may take."""
_RUNS = 4
_AGAIN = re.compile(r"^LaTeX Warning: Label\(s\) may have changed", re.MULTILINE)
_MEMORY = 2 << 30
_FILE_SIZE = 256 << 20
_FIRST_ERROR = re.compile(
    r"^(?:!\s?(?P<message>.*)|(?:\./)?document\.tex:(?P<line>\d+): (?P<located>.*))$", re.MULTILINE
)
_OWN_ERROR = re.compile(r"Package derive Error: (.*)\.")
_NO_GLYPH = re.compile(r"^Missing character: There is no (?P<one>\S+).* in font (?!nullfont)", re.MULTILINE)
OVERFULL = re.compile(r"^Overfull \\[hv]box .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What TeX made of a document. `pdf` is None where it failed; `error` is then its first error."""

    pdf: bytes | None
    log: str
    error: str = ""

    @property
    def overfull(self) -> tuple[str, ...]:
        """The lines of the log that complain of overfull boxes."""
        return tuple(OVERFULL.findall(self.log))


def compile_latex(tex: str, engine: Engine) -> Compiled:
    """Run the engine on a document: once, and again, to a limit, only while its log asks for that.

    A LaTeX that tags asks, since the tags refer to the places of the run before. Raises `TexError` where the engine
    cannot be started or runs over its time.
    """
    with tempfile.TemporaryDirectory(prefix="derive-") as folder:
        here = Path(folder)
        (here / "document.tex").write_text(tex, encoding="utf-8", newline="\n")
        for _ in range(_RUNS):
            succeeded = _run(engine, here)
            compiled = _collect(here, succeeded=succeeded)
            if compiled.pdf is None or not _AGAIN.search(compiled.log):
                break
        return compiled


def _run(engine: Engine, here: Path) -> bool:
    command = [
        str(engine.path),
        "-no-shell-escape",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-file-line-error",
        "document.tex",
    ]
    try:
        with subprocess.Popen(
            command,
            cwd=here,
            env=_environment(here),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_limits(),  # noqa: PLW1509 - one thread runs TeX
        ) as process:
            try:
                return process.wait(timeout=SECONDS) == 0
            finally:
                _end(process)
    except subprocess.TimeoutExpired as error:
        raise TexError(f"TeX ({engine.origin}) did not finish within {SECONDS} seconds") from error
    except OSError as error:
        raise TexError(f"TeX ({engine.path}) cannot be started: {error.strerror}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a run that is not over, and what it has started."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _collect(here: Path, *, succeeded: bool) -> Compiled:
    log_path, pdf_path = here / "document.log", here / "document.pdf"
    log = log_path.read_text(encoding="utf-8", errors="replace") if log_path.is_file() else ""
    lost = _NO_GLYPH.search(log)
    if lost is not None:
        return Compiled(None, log, f"the font has no {lost['one']}; {_WITHOUT_FONT}")
    if succeeded and pdf_path.is_file():
        return Compiled(pdf_path.read_bytes(), log)
    return Compiled(None, log, first_error(log))


_WITHOUT_FONT = "write it in another way, install a font that has it, or use --format html, which needs none"


def first_error(log: str) -> str:
    """The first error of a TeX log, with its line where it is given."""
    own = _OWN_ERROR.search(log)
    if own is not None:
        return own[1]
    match = _FIRST_ERROR.search(log)
    if match is None:
        return "TeX stopped without saying why"
    return f"line {match['line']}: {match['located']}" if match["located"] else match["message"]


def _environment(here: Path) -> dict[str, str]:
    """TeX may read and write below its own folder only; the clock is fixed, so that two runs give the same bytes."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(here),
        "openin_any": "p",
        "openout_any": "p",
        "shell_escape": "f",
        "MKTEXTFM": "0",
        "TEXMFOUTPUT": str(here),
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "1000",
    }


def _limits() -> Callable[[], None] | None:
    if sys.platform == "win32":
        return None
    import resource

    def limit() -> None:
        for kind, most in (
            (resource.RLIMIT_CPU, SECONDS),
            (resource.RLIMIT_AS, _MEMORY),
            (resource.RLIMIT_FSIZE, _FILE_SIZE),
        ):
            resource.setrlimit(kind, (most, most))

    return limit
