"""The plugin for MyST and Jupyter Book 2, a program that MyST runs: the directive and the role `derive`.

Without arguments it prints what it has; with `--directive derive` or `--role derive` it reads what stands on a page
from its input and prints the nodes that come in its place (https://mystmd.org/guide/plugins). `--write FILE` writes
the small file that a project names as its plugin.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from derive.errors import DeriveError, InputError

NAME = "derive"
PLUGIN = """\
#!/usr/bin/env python
# The plugin of derive for MyST; the Python that is found first needs derive.
from derive.ecosystems.myst import run

run()
"""


def specification() -> dict[str, Any]:
    """What MyST is told of the directive and the role."""
    from derive.ecosystems.request import OPTIONS, SYNONYMS
    from derive.ecosystems.role import EXPECTED

    aliases = {name: [other for other, meant in SYNONYMS.items() if meant == name] for name in OPTIONS}
    options = {
        name: {"type": "boolean" if name == "table" else "string", "doc": option.expects, "alias": aliases[name]}
        for name, option in OPTIONS.items()
    }
    argument = {"type": "string", "required": True, "doc": "the problem file, from the folder of myst.yml"}
    directive = {"name": NAME, "doc": "Formulas, figures and tables of a problem", "arg": argument, "options": options}
    role = {"name": NAME, "doc": "One formula", "body": {"type": "string", "required": True, "doc": EXPECTED}}
    return {"name": NAME, "directives": [directive], "roles": [role]}


def directive(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a directive; a box with what is wrong where something is."""
    from derive.ecosystems import myst_nodes
    from derive.ecosystems.parts import parts
    from derive.ecosystems.reading import solution_of
    from derive.ecosystems.request import request

    position = data["node"].get("position")
    path = _path(data["arg"])
    watched = list(myst_nodes.dependency_node(path)) if path.is_file() else []
    try:
        wanted = request(_options(data.get("options") or {}))
        solution = solution_of(path, data["arg"], wanted.notation, wanted.language)
        return [*watched, *(myst_nodes.node_of(part, position) for part in parts(solution, wanted))]
    except DeriveError as error:
        return [*watched, myst_nodes.boxed(myst_nodes.mistake_nodes(_messages(error), position))]


def role(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The node of a role; what is wrong where something is."""
    from derive.ecosystems import myst_nodes
    from derive.ecosystems.reading import solution_of
    from derive.ecosystems.role import mention

    position = data["node"].get("position")
    try:
        wanted = mention(data["body"])
        latex = wanted.latex(solution_of(_path(wanted.file), wanted.file))
    except DeriveError as error:
        return myst_nodes.mistake_nodes(_messages(error), position)
    return [myst_nodes.inline_node(latex, position)]


def _path(file: str) -> Path:
    """A file from the folder in which MyST runs, that of `myst.yml`; a slash before it means the same."""
    return Path(file.strip().lstrip("/"))


def _options(options: Mapping[str, Any]) -> dict[str, str | None]:
    """Options as they are written; one that is turned off is not there."""
    return {name: None if value is True else str(value) for name, value in options.items() if value is not False}


def _messages(error: DeriveError) -> list[str]:
    found = [str(one) for one in error.diagnostics] if isinstance(error, InputError) else [str(error)]
    return [f"{NAME}: {message}" for message in found]


ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], list[dict[str, Any]]]] = MappingProxyType(
    {"directive": directive, "role": role}
)


def run() -> None:
    """The program: answer MyST, or write the file that a project names as its plugin."""
    made = argparse.ArgumentParser(prog="derive-myst", description="The plugin of derive for MyST and Jupyter Book 2.")
    for name in ANSWERS:
        made.add_argument(f"--{name}", choices=(NAME,), help=f"read a {name} as JSON and print its nodes as JSON")
    made.add_argument("--write", metavar="FILE", type=Path, help="write the file that myst.yml names as a plugin")
    options = made.parse_args()
    if options.write:
        options.write.write_text(PLUGIN, encoding="utf-8")
        options.write.chmod(0o755)
        return
    asked = next((name for name in ANSWERS if getattr(options, name)), None)
    answer = ANSWERS[asked](json.loads(sys.stdin.buffer.read())) if asked else specification()
    sys.stdout.write(json.dumps(answer))
