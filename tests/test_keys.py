"""No key of a problem file is lost: each, set alone, changes the document, or is refused, or is named on the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from key_values import DEPENDS_ON_NUMBERS, PROBLEMS, VALUES

import derive
from derive.cli import console
from derive.cli.effects import Making, tell_unused
from derive.cli.jobs import Job, Solved
from derive.document.build import Edition, document_of
from derive.document.document import Document
from derive.errors import DeriveError
from derive.problem.model import Problem
from derive.problem.read import problem_of
from derive.render.latex import to_latex
from derive.render.trace import to_json
from derive.sources.marked import Marked, parse

KINDS = ("key", "worksheet", "marking")


def keys_of(node: dict[str, Any], whole: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every path of a JSON Schema, `*` for the keys of a mapping; layers apart."""
    if "$ref" in node:
        yield from keys_of(whole["$defs"][node["$ref"].split("/")[-1]], whole, path)
    for part in (one for word in ("anyOf", "oneOf", "allOf") for one in node.get(word, ())):
        yield from keys_of(part, whole, path)
    for key, inner in node.get("properties", {}).items():
        yield (*path, key)
        if key != "layers" or path != ("network",):
            yield from keys_of(inner, whole, (*path, key))
    if isinstance(node.get("additionalProperties"), dict):
        yield (*path, "*")
    if isinstance(node.get("items"), dict):
        yield from keys_of(node["items"], whole, path)


def known_keys() -> set[tuple[str, ...]]:
    schema = Problem.model_json_schema(by_alias=True)
    return set(keys_of(schema, schema))


def plain(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split(".") if not step.isdigit())


GROUPS = {
    ("worksheet",),
    ("exercise",),
    ("network",),
    ("penalty",),
    ("batch",),
    ("rounding",),
    ("figure",),
    ("detail",),
}
"""Keys that only hold others."""
OF_LAYERS = {("network", "rows")}
"""Keys that are tried with the options of layers."""


def test_every_key_of_the_schema_has_a_value_to_try():
    assert known_keys() - {plain(path) for path in VALUES} - GROUPS - OF_LAYERS == set()


def test_no_value_is_for_a_key_that_is_gone():
    assert {plain(path) for path in VALUES} <= known_keys()


def put(tree: dict[str, Any], path: str, value: Any) -> dict[str, Any] | None:
    """The tree with a value at a path; None where there is no such entry of a list."""
    changed = deepcopy(tree)
    steps = path.split(".")
    if steps[0] == "rounding" and len(steps) > 2:
        steps = steps[:2]
    if steps[-1] == "text" and "asks" in steps:
        steps = steps[:-1]
    holder: Any = changed
    for step in steps[:-1]:
        if isinstance(holder, list):
            if int(step) >= len(holder):
                return None
            holder = holder[int(step)]
            continue
        present = holder.get(step)
        if step in ("data", "questions") and present is None:
            return None
        if isinstance(present, str):
            holder[step] = {SHORT.get(step, "name"): present}
        elif isinstance(present, list) and step == "learning_rate":
            holder[step] = {"rounds": present}
        holder = holder.setdefault(step, {})
    key = next(iter(holder), "extra") if steps[-1] == "*" else steps[-1]
    holder[key] = value
    return changed


SHORT = {"notation": "base", "learning_rate": "start", "blank": "lines"}
"""The key that a choice written short is for."""


def seen(tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The trace, the documents, what is said on the terminal: each is made only if what came before is as it was."""
    marked = parse(json.dumps(tree), "case.yaml")
    solution = derive.solve(problem_of(marked))
    yield to_json(solution, "case")
    for kind in KINDS:
        yield to_latex(Edition.of(solution, "case", kind))
    yield sorted(said(marked, solution, monkeypatch))


def said(marked: Marked, solution: derive.Solution, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of keys that the command line says to have no effect."""
    found: list[str] = []
    monkeypatch.setattr(console, "warning", lambda text: found.append(text.split("`")[1]))
    problem, solved = solution.problem, Solved(Path("case.yaml"), marked, solution)
    job = Job("case", Path("case.yaml"), (solved,), problem, problem.style, problem.language)

    def make(other: Job) -> str:
        return to_latex(Edition.of(other.solved[0].solution, "case"))

    def document(other: Job) -> Document:
        return document_of(Edition.of(other.solved[0].solution, "case"))

    text = make(job)
    tell_unused(job, Making(document, make, text, text))
    return found


def effect(tree: dict[str, Any], usual: list[Any], monkeypatch: pytest.MonkeyPatch) -> str:
    try:
        for before, now in zip(usual, seen(tree, monkeypatch), strict=True):
            if before != now:
                return "changed"
    except DeriveError:
        return "refused"
    return "none"


QUICK = ("network",)
"""The problems of every run; the others are exhaustive."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.exhaustive) for name in PROBLEMS]
)
def test_every_key_alone_changes_something_or_is_refused(name, monkeypatch):
    tree = parse(PROBLEMS[name], name).tree
    usual = list(seen(tree, monkeypatch))
    lost = []
    for path, values in VALUES.items():
        for value in values:
            changed = put(tree, path, value)
            if changed in (None, tree) or path in DEPENDS_ON_NUMBERS:
                continue
            if effect(changed, usual, monkeypatch) == "none":
                lost.append((path, value))
    assert lost == []


NUMBERS = """
equations: {d: x*2, a: x*y, b: a/8, c: a*z}
values: {x: 0.5, y: 0.25, z: 0.0001}
rounding: {places: 2}
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [("mode", "half-even"), ("mode", "cut"), ("small", "scientific"), ("zeros", "drop"), ("zeros", "inexact")],
)
def test_rounding_that_shows_in_some_numbers_only(key, value, monkeypatch):
    """0.125 is a tie of two places, 1 and no other is exact with two, 0.0000125 is small."""
    tree = parse(NUMBERS, "numbers").tree
    usual = list(seen(tree, monkeypatch))
    assert effect(put(tree, f"rounding.{key}", value), usual, monkeypatch) == "changed"
