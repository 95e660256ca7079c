"""Where the files are that come with derive: styles, notations, locales and examples.

In a checkout or an editable install they stand beside `pyproject.toml`; in an installed wheel, inside the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from derive.errors import InputError


@cache
def root() -> Path:
    """The folder that holds `templates` and `examples`."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent
    return beside if (beside / "pyproject.toml").is_file() and (beside / "templates").is_dir() else package / "assets"


def templates() -> Path:
    """The folder of everything that an instructor may edit."""
    return root() / "templates"


def examples() -> dict[str, Path]:
    """The built-in problem files by name."""
    return {path.stem: path for path in sorted((root() / "examples").glob("*.yaml"))}


def names(kind: str) -> list[str]:
    """The names of the built-in entries of `kind`: styles (folders), notations or locales (files)."""
    entries = (templates() / kind).iterdir()
    return sorted(e.stem for e in entries if (e.is_dir() and (e / "style.yaml").is_file()) or e.suffix == ".yaml")


def _fits(kind: str, path: Path) -> bool:
    """Whether a path can be an entry: a folder with a `style.yaml`, or a `.yaml` file."""
    try:
        return (path / "style.yaml").is_file() if kind == "styles" else path.suffix == ".yaml" and path.is_file()
    except OSError:
        return False


def find(kind: str, name: str) -> Path:
    """The folder (styles) or file (notations, locales) of the entry `name`, which may also be a path.

    Raises `InputError` with the known names if there is none.
    """
    known = names(kind)
    if name in known:
        folder = templates() / kind / name
        return folder if folder.is_dir() else folder.with_suffix(".yaml")
    path = Path(name)
    if ("/" in name or "\\" in name or path.suffix) and _fits(kind, path):
        return path
    shown = name if len(name) < 60 else f"{name[:57]}..."
    what = "a folder with a style.yaml" if kind == "styles" else "a .yaml file"
    raise InputError.single(f"unknown {kind[:-1]} {shown!r}; known are {', '.join(known)}, or give the path of {what}")
