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

from derive.ecosystems.answers import remembered
from derive.errors import DeriveError

Node = dict[str, Any]
NAME = "derive"
PLUGIN = """\
#!/usr/bin/env python
# The plugin of derive for MyST; the Python that is found first needs derive.
from derive.ecosystems.myst import run

run()
"""


def specification() -> dict[str, Any]:
    """What MyST is told of the directive and the role."""
    from derive.ecosystems.parts import EXPECTED
    from derive.ecosystems.request import OPTIONS, SYNONYMS

    aliases = {name: [other for other, meant in SYNONYMS.items() if meant == name] for name in OPTIONS}
    options = {
        name: {"type": "boolean" if name == "table" else "string", "doc": option.expects, "alias": aliases[name]}
        for name, option in OPTIONS.items()
    }
    argument = {"type": "string", "required": True, "doc": "the problem file, seen from the folder of myst.yml"}
    directive = {"name": NAME, "doc": "Formulas, figures and tables of a problem", "arg": argument, "options": options}
    role = {"name": NAME, "doc": "One formula", "body": {"type": "string", "required": True, "doc": EXPECTED}}
    return {"name": NAME, "directives": [directive], "roles": [role]}


def directive(data: Mapping[str, Any]) -> list[Node]:
    """The nodes of a directive. Raises `DeriveError` for anything wrong in it."""
    from derive.api.reading import solution_of
    from derive.ecosystems.myst_nodes import node_of
    from derive.ecosystems.parts import parts
    from derive.ecosystems.request import request

    given = data.get("options") or {}
    wanted = request({name: "" if value is True else str(value) for name, value in given.items() if value is not False})
    solution = solution_of(_path(data["arg"]), data["arg"], wanted.notation, wanted.language)
    return [node_of(part) for part in parts(solution, wanted)]


def role(data: Mapping[str, Any]) -> list[Node]:
    """The node of a role. Raises `DeriveError` for anything wrong in it."""
    from derive.api.reading import solution_of
    from derive.ecosystems.myst_nodes import inline_node
    from derive.ecosystems.parts import mention

    wanted = mention(data["body"])
    return [inline_node(wanted.latex(solution_of(_path(wanted.file), wanted.file)))]


def _path(file: str) -> Path:
    """A file from the folder in which MyST runs, that of `myst.yml`; a slash before it means the same."""
    return Path(file.strip().lstrip("/"))


Answer = Callable[[Mapping[str, Any]], list[Node]]
ANSWERS: Mapping[str, Answer] = MappingProxyType({"directive": directive, "role": role})
WRONG: Mapping[str, Callable[[list[Node]], list[Node]]] = MappingProxyType(
    {
        "directive": lambda nodes: [
            {"type": "admonition", "kind": "error", "children": [{"type": "paragraph", "children": nodes}]}
        ],
        "role": lambda nodes: nodes,
    }
)
"""How the page shows what is wrong."""


def answered(kind: str, data: Mapping[str, Any]) -> list[Node]:
    """The nodes that come in the place of a directive or a role; where something is wrong, what it is."""
    position = {"position": data["node"]["position"]} if "position" in data["node"] else {}
    question = {key: data.get(key) for key in ("arg", "options", "body")}
    try:
        nodes = remembered([kind, question], lambda: ANSWERS[kind](question))
    except DeriveError as error:
        return WRONG[kind]([{**_unresolved(f"{NAME}: {message}"), **position} for message in error.messages])
    return [{**node, **position} for node in nodes]


def _unresolved(message: str) -> Node:
    """A reference that leads nowhere: the one way in which a program can make MyST warn of something on a page."""
    text = {"type": "strong", "children": [{"type": "text", "value": message}]}
    return {"type": "crossReference", "identifier": message, "label": message, "children": [text]}


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
    if asked:
        answer: Any = answered(asked, json.loads(sys.stdin.buffer.read()))
    else:
        answer = remembered("specification", specification)
    sys.stdout.write(json.dumps(answer))
