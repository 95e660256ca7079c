"""Where the files are that come with derive: styles, notations, locales and examples.

In a checkout or an editable install they stand beside `pyproject.toml`; in an installed wheel, inside the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

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
    """The names of the built-in entries of `kind`: folders, such as styles are, or files, such as locales are."""
    return sorted(entry.stem for entry in (templates() / kind).iterdir() if fits(kind, entry))


_FOLDERS = MappingProxyType(
    {"styles": "style.yaml", "flavours/markdown": "flavour.yaml", "flavours/tex-fragment": "flavour.yaml"}
)
"""The entries that are folders, by the file that each has."""
_CALLED = MappingProxyType({"locales": "language"})
"""What an entry is called, where it is not as its folder says."""


def is_path(kind: str, name: str) -> bool:
    """Whether a name can only be the path of an entry, not the name of a built-in one."""
    return name not in names(kind) and ("/" in name or "\\" in name or bool(Path(name).suffix))


def parts(kind: str, path: Path) -> tuple[Path, ...]:
    """The paths that are read of an entry first: itself, and the file that its folder has."""
    return (path, path / _FOLDERS[kind]) if kind in _FOLDERS else (path,)


def fits(kind: str, path: Path) -> bool:
    """Whether a path can be an entry: a folder with the file of its kind, or a `.yaml` file."""
    try:
        return (path / _FOLDERS[kind]).is_file() if kind in _FOLDERS else path.suffix == ".yaml" and path.is_file()
    except OSError:
        return False


def find(kind: str, name: str) -> Path:
    """The folder or the file of the entry `name`, which may also be a path.

    Raises `InputError` with the known names if there is none.
    """
    known = names(kind)
    if name in known:
        folder = templates() / kind / name
        return folder if folder.is_dir() else folder.with_suffix(".yaml")
    path = Path(name)
    if is_path(kind, name) and fits(kind, path):
        return path
    shown = name if len(name) < 60 else f"{name[:57]}..."
    what = f"a folder with a {_FOLDERS[kind]}" if kind in _FOLDERS else "a .yaml file"
    called = _CALLED.get(kind, kind.partition("/")[0][:-1])
    raise InputError.single(f"unknown {called} {shown!r}; known are {', '.join(known)}, or give the path of {what}")
