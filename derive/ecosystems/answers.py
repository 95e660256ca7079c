"""Answers that a program gave before, kept in a folder as long as nothing that they came from has changed.

MyST starts the plugin anew for every directive, and most of that time goes into loading and deriving. An answer is kept
with the files that were read for it, those of derive among them, and is given again while all of them are as they were.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from derive.version import VERSION

FOLDER = Path("_build", "cache", "derive")
"""Beside what MyST keeps itself; `myst clean --cache` empties it."""


def remembered(question: Any, answer: Callable[[], Any]) -> Any:
    """The kept answer to a question, or that of `answer`, which is then kept. Both are anything that JSON has."""
    key = sha256(json.dumps([VERSION, sys.version, question], sort_keys=True).encode("utf-8")).hexdigest()
    place = FOLDER / f"{key[:32]}.json"
    with suppress(OSError, ValueError):
        kept = json.loads(place.read_text("utf-8"))
        if _states(kept["files"]) == kept["files"]:
            return kept["answer"]
    opened: dict[str, list[int]] = {}
    sys.addaudithook(lambda event, arguments: _note(opened, event, arguments))
    found = answer()
    _keep(place, {"files": {**_states(_modules()), **opened}, "answer": found})
    return found


def _note(opened: dict[str, list[int]], event: str, arguments: tuple[Any, ...]) -> None:
    """Note how a file is when it is opened: what is changed while it is read is found to have changed."""
    if event == "open" and isinstance(arguments[0], str) and not arguments[0].endswith(".pyc"):
        name = os.path.abspath(arguments[0])  # noqa: PTH100 - quick
        opened.setdefault(name, _state(name))


def _modules() -> Iterable[str]:
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name.partition(".")[0] == __name__.partition(".")[0]:
            yield file


def _states(files: Iterable[str]) -> dict[str, Any]:
    """When each file was changed and how large it is; nothing for one that is not there."""
    return {name: _state(name) for name in files}


def _state(name: str) -> list[int]:
    try:
        found = os.stat(name)  # noqa: PTH116 - many files
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size]


def _keep(place: Path, entry: Any) -> None:
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        own = place.with_suffix(f".{os.getpid()}")
        own.write_text(json.dumps(entry), encoding="utf-8")
        own.replace(place)
