"""Bad problem files: every mistake at once, each with its place and what was expected."""

import contextlib
import re
from pathlib import Path

import pytest
import yaml

import derive
from derive.errors import DeriveError, InputError
from derive.sources.marked import read_text

CASES = re.findall(
    r"^=== (.*?)\n(.*?)^--- expected\n(.*?)(?=^=== |\Z)",
    (Path(__file__).parent / "data" / "bad_input.txt").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("title", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_every_mistake_is_named(title, text, expected):
    with pytest.raises(InputError) as caught:
        derive.loads(text, "case")
    assert str(caught.value) == expected.rstrip("\n")


def test_there_are_enough_cases():
    assert len(CASES) >= 20


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("title: Übung".encode("utf-16"), "this file is UTF-16; save it as UTF-8"),
        (b"a: 1\nb: caf\xe9\n", ":2: byte 0xe9 is not UTF-8"),
        (b"#" * 3_000_000, "3,000,000 bytes; a file of at most 1,000,000 bytes"),
        (b"a: \x00\n", "not YAML"),
        (b"[" * 100, "nested deeper than 40 levels"),
    ],
)
def test_files_that_are_not_text(tmp_path, data, message):
    path = tmp_path / "case.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(message)):
        derive.load(path)


def test_a_directory_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="this is a directory"):
        read_text(tmp_path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_text(tmp_path / "nothing.yaml")


NETWORK = {
    "network": {"inputs": 1, "layers": [{"units": 1, "weights": [["0.5"]], "biases": ["0.1"], "activation": "tanh"}]},
    "learning_rate": "1",
    "data": [{"x": ["1"], "y": ["0"]}],
    "questions": [{"title": "a", "asks": ["round 1"]}],
}
GRAPH = {
    "equations": {"q": "x*w"},
    "values": {"x": "1", "w": "2"},
    "targets": "1",
    "parameters": ["w"],
    "learning_rate": "0.1",
}


def every_key(model=derive.Problem):
    """The path of every key of the schema, three levels deep; 0 is the first entry of a list."""
    schema = model.model_json_schema()

    def alternatives(node):
        if "$ref" in node:
            return alternatives(schema["$defs"][node["$ref"].rpartition("/")[2]])
        inner = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        return [one for part in inner for one in alternatives(part)] or [node]

    def within(node, path):
        for one in alternatives(node):
            for key, inside in one.get("properties", {}).items():
                yield (*path, key)
                if len(path) < 3:
                    yield from within(inside, (*path, key))
            if path and len(path) < 3 and isinstance(one.get("items"), dict):
                yield from within(one["items"], (*path, 0))

    return sorted(set(within(schema, ())), key=str)


def with_value(tree, path, value):
    """A tree with a value at a path, the groups and lists on the way made where they are not there."""
    first, *rest = path
    if not rest:
        return {**tree, first: value}
    if isinstance(first, int):
        entries = tree if isinstance(tree, list) and tree else [{}]
        return [with_value(entries[0] if isinstance(entries[0], dict) else {}, rest, value), *entries[1:]]
    inner = tree.get(first)
    return {**tree, first: with_value(inner if isinstance(inner, (dict, list)) else {}, rest, value)}


@pytest.mark.parametrize("base", [NETWORK, GRAPH], ids=["network", "graph"])
@pytest.mark.parametrize("value", [None, [], {}], ids=["nothing", "an empty list", "an empty group"])
def test_every_key_of_the_schema_left_empty(base, value):
    """A key without a value is a mistake of its own; an empty list or group is one, or means what it says."""
    paths = [path for path in every_key() if path[0] in base or path[0] not in ("network", "equations")]
    assert len(paths) > 120
    for path in paths:
        text = yaml.safe_dump(with_value(base, path, value), default_flow_style=True)
        if value is None:
            with pytest.raises(InputError, match=rf"`{path[-1]}` is empty|unknown key `{path[-1]}`"):
                derive.loads(text)
            continue
        with contextlib.suppress(DeriveError):
            derive.solve(derive.loads(text))


def test_a_problem_made_in_python_is_checked_too():
    layer = {"units": 2, "weights": [[1, 2, 3]], "biases": 0}
    problem = derive.Problem.model_validate(
        {"network": {"inputs": 1, "layers": [layer]}, "learning_rate": 0.1, "data": [{"x": [1], "y": [1, 2]}]}
    )
    with pytest.raises(InputError, match="1 x 3, expected 1 x 2"):
        derive.solve(problem)


def test_an_exception_for_a_quantity_that_is_not_there():
    problem = derive.loads(
        "network: {inputs: 1, layers: [{units: 1, weights: 1, biases: 0}]}\nlearning_rate: 1\n"
        "data: [{x: 1, y: 1}]\nrounding: {exceptions: [{quantity: s2, places: 3}]}\n"
    )
    with pytest.raises(InputError, match="there is no quantity 's2'"):
        derive.solve(problem)
