"""Bad problem files: every mistake at once, each with its place and what was expected."""

import re
from pathlib import Path

import pytest

import derive
from derive.errors import InputError
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
