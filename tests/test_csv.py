"""The rounds as comma-separated values, in the words of the trace."""

import csv
import io

import pytest
from conftest import MATRIX, TABLE, solution_of

import derive
from derive.exports.csv_table import _harmless, to_csv
from derive.sources import assets


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_every_number_of_every_round_stands_in_its_column(name):
    solution = solution_of(name)
    text = to_csv(solution)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    names = solution.graph.blocks.names
    for round in solution.rounds:
        shown = {name: row[f"round {round.number}"] for name, row in rows.items()}
        assert {names[q]: value.shown for q, value in round.values.items()} == {n: t for n, t in shown.items() if t}


def test_a_row_says_what_its_quantity_is():
    rows = list(csv.reader(io.StringIO(to_csv(solution_of(TABLE)))))
    assert rows[0] == ["name", "kind", "role", "layer", "symbolic", "round 1", "round 2", "round 3", "round 4"]
    found = {row[0]: row[1:6] for row in rows}
    assert found["s1"] == ["pre-activation", "forward", "1", "w11 * x1 + w21 * x2 + b1", "0.46"]
    assert found["dL/dw11"] == ["gradient", "backward", "1", "dL/ds1 * x1", "-0.036722"]
    assert found["eta"] == ["learning rate", "given", "", "", "1"]


def test_no_text_is_taken_for_a_formula():
    text = "equations: {a: -b, q: a * b}\nvalues: {b: 2}\nparameters: [b]\nlearning_rate: 0.1\n"
    solution = derive.solve(derive.loads(text))
    found = {row[0]: row for row in csv.reader(io.StringIO(to_csv(solution)))}
    assert found["a"][4] == "'-b"
    assert found["a"][5] == "-2.0000"


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@SUM(A1)", "\tx", "\rx", "\nx", "-1-a", "-1.5e", "+1"])
def test_what_a_spreadsheet_would_work_has_an_apostrophe(text):
    assert _harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "-0.25", "-1.5e-9", "2", "a=b", "", "w11 * x1", "f1-y1"])
def test_numbers_and_other_texts_stand_as_they_are(text):
    assert _harmless(text) == text


def test_numbers_and_names_are_those_of_the_trace_in_every_language():
    assert to_csv(solution_of(MATRIX, language="de")) == to_csv(solution_of(MATRIX))


def test_what_a_round_starts_with_comes_first():
    roles = [row["role"] for row in csv.DictReader(io.StringIO(to_csv(solution_of(MATRIX)), newline=""))]
    assert roles == sorted(roles, key=["given", "forward", "backward", "optimizer", "updated"].index)
