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
from pathlib import Path, PurePosixPath

from derive.errors import TexError
from derive.tex.ending import FILE_SIZE, MEMORY, SECONDS, Ended, how_it_ended
from derive.tex.engine import Engine

_RUNS = 4
_AGAIN = re.compile(r"^LaTeX Warning: Label\(s\) may have changed", re.MULTILINE)
_FIRST_ERROR = re.compile(
    r"^(?:!\s?(?P<message>.*)"
    r"|(?P<file>[^\s:()]+\.(?:tex|sty|cls|def|cfg|clo|fd|ldf|ltx)):(?P<line>\d+): (?P<located>.*))$",
    re.MULTILINE,
)
_OWN_ERROR = re.compile(r"Package derive Error: (.*)\.")
_NO_GLYPH = re.compile(r"^Missing character: There is no (?P<one>\S+).* in font (?!nullfont)", re.MULTILINE)
_PRINTED = "terminal.txt"
_TERMINAL = "--- what the engine printed on the terminal:"
"""In a failed run's log: TeX says there alone what it has no memory or no room to write into the log."""
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
            ended = _run(engine, here)
            compiled = _collect(here, ended)
            if compiled.pdf is None or not _AGAIN.search(compiled.log):
                break
        return compiled


def _run(engine: Engine, here: Path) -> Ended:
    command = [
        str(engine.path),
        "-no-shell-escape",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-file-line-error",
        "document.tex",
    ]
    printed = here / _PRINTED
    try:
        with (
            printed.open("wb") as output,
            subprocess.Popen(
                command,
                cwd=here,
                env=_environment(here),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_limits(),  # noqa: PLW1509 - one thread runs TeX
            ) as process,
        ):
            try:
                code = process.wait(timeout=SECONDS)
            finally:
                _end(process)
    except subprocess.TimeoutExpired as error:
        raise TexError(f"TeX ({engine.origin}) did not finish within {SECONDS} seconds") from error
    except OSError as error:
        raise TexError(f"TeX ({engine.path}) cannot be started: {error.strerror}") from error
    return Ended(engine.path.name, code, printed.read_text(encoding="utf-8", errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a run that is not over, and what it has started."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _collect(here: Path, ended: Ended) -> Compiled:
    log_path, pdf_path = here / "document.log", here / "document.pdf"
    log = log_path.read_text(encoding="utf-8", errors="replace") if log_path.is_file() else ""
    lost = _NO_GLYPH.search(log)
    if lost is not None:
        return Compiled(None, log, f"the font has no {lost['one']}; {_WITHOUT_FONT}")
    if not ended.code and pdf_path.is_file():
        return Compiled(pdf_path.read_bytes(), log)
    return Compiled(None, f"{log}\n{_TERMINAL}\n{ended.printed}", first_error(log) or how_it_ended(ended, log))


def first_error(log: str) -> str:
    """The first error of a TeX log, with its line where it is given; empty where the log has none."""
    own = _OWN_ERROR.search(log)
    if own is not None:
        return own[1]
    match = _FIRST_ERROR.search(log)
    if match is None:
        return ""
    if not match["located"]:
        return match["message"]
    file = PurePosixPath(match["file"]).name
    return f"{'' if file == 'document.tex' else f'{file}, '}line {match['line']}: {match['located']}"


_WITHOUT_FONT = "write it in another way, install a font that has it, or use --format html, which needs none"


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
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_FSIZE, FILE_SIZE),
        ):
            resource.setrlimit(kind, (most, most))

    return limit
