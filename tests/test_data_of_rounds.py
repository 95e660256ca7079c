"""What a round takes: its samples, its rate, its number, the parameters and states that the round before leaves."""

from decimal import Decimal

import pytest

import derive

SAMPLES = ((1, 10), (2, 20), (3, 30))


def solved(**more):
    layer = {"units": 1, "weights": [["0.5"], ["-0.25"]], "biases": ["0.125"]}
    tree = {"network": {"inputs": 2, "layers": [layer]}, "learning_rate": "0.01"}
    data = [{"x": [x, -x], "y": y} for x, y in SAMPLES]
    return derive.solve(derive.Problem.model_validate({**tree, "data": data, **more}))


def taken(solution, name):
    return [int(round[name].carried) for round in solution.rounds]


def test_each_round_takes_the_next_sample_and_the_first_again_after_the_last():
    solution = solved(rounds=5)
    assert taken(solution, "x1") == [1, 2, 3, 1, 2]
    assert taken(solution, "x2") == [-1, -2, -3, -1, -2]
    assert taken(solution, "y1") == [10, 20, 30, 10, 20]


def test_each_round_of_a_batch_takes_the_next_samples():
    solution = solved(rounds=3, batch={"size": 3})
    assert [taken(solution, f"x1@n{n}") for n in (1, 2, 3)] == [[1] * 3, [2] * 3, [3] * 3]
    assert [taken(solution, f"y1@n{n}") for n in (1, 2, 3)] == [[10] * 3, [20] * 3, [30] * 3]
    halves = solved(rounds=3, batch={"size": 2}, data=[{"x": [n, 0], "y": n} for n in (1, 2, 3, 4)])
    assert [taken(halves, f"x1@n{n}") for n in (1, 2)] == [[1, 3, 1], [2, 4, 2]]


def test_a_rate_a_round_and_the_number_of_the_round():
    assert [round["eta"].carried for round in solved(rounds=3, learning_rate=["0.3", "0.2", "0.1"]).rounds] == [
        Decimal(text) for text in ("0.3", "0.2", "0.1")
    ]
    schedule = {"schedule": "inverse time", "start": "0.6", "constants": {"k": 1}}
    solution = solved(rounds=3, learning_rate=schedule)
    assert taken(solution, "t") == [1, 2, 3]
    assert [round["eta"].carried for round in solution.rounds] == [Decimal(text) for text in ("0.6", "0.3", "0.2")]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_round_starts_with_what_the_round_before_leaves(optimizer):
    solution = solved(rounds=3, optimizer=optimizer)
    kept = [name for name in solution.graph.blocks.names if name.endswith("_new")]
    assert {"w11_new", "w21_new", "b1_new"} <= set(kept)
    assert any(name.startswith(("v_", "m_")) for name in kept) == (optimizer != "sgd")
    for before, after in ((1, 2), (2, 3)):
        for name in kept:
            old, new = (solution.rounds[n][text] for n, text in ((before, name), (after, name.removesuffix("_new"))))
            assert old.carried == new.carried, name
    assert len({solution.rounds[3][name].carried for name in ("w11", "w21", "b1")}) == 3


def test_a_round_after_the_last_update_is_a_forward_pass_alone():
    """Two updates and a final pass: the third round has a loss and nothing after it."""
    solution = solved(rounds=2, final_forward_pass=True)
    worked = [{solution.graph.blocks.names[e.output] for e in round.equations} for round in solution.rounds]
    assert len(worked) == 3
    assert all({"L", "dL/dw11", "w11_new", "b1_new"} <= names for names in worked[:2])
    assert worked[2] == {name for name in worked[0] if not name.startswith("dL/") and not name.endswith("_new")}
    assert "L" in worked[2]


def test_the_precision_of_a_round_is_its_own():
    exceptions = [{"round": 2, "places": 1}, {"quantity": "s1", "round": 3, "places": 6}]
    solution = solved(rounds=3, rounding={"places": 3, "exceptions": exceptions})
    decimals = {n: len(solution.rounds[n]["s1"].shown.partition(".")[2]) for n in (1, 2, 3)}
    assert decimals == {1: 3, 2: 1, 3: 6}
    assert len(solution.rounds[3]["f1"].shown.partition(".")[2]) == 3


def test_the_target_of_a_class_is_1_at_its_place():
    layer = {"units": 3, "weights": [[1, 2, 3]], "biases": 0}
    tree = {"network": {"inputs": 1, "layers": [layer]}, "loss": "cross-entropy on logits", "learning_rate": 1}
    data = [{"x": 1, "class": n} for n in (1, 2, 3)]
    solution = derive.solve(derive.Problem.model_validate({**tree, "data": data, "rounds": 3}))
    assert [[int(round[f"y{k}"].carried) for k in (1, 2, 3)] for round in solution.rounds] == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    ]
    steps = {**tree, "network": {"inputs": [2, 1], "layers": [layer]}, "data": [{"x": [[1], [2]], "class": [3, 1]}]}
    found = derive.solve(derive.Problem.model_validate(steps)).rounds[1]
    assert [[int(found[f"y{k}@t{t}"].carried) for k in (1, 2, 3)] for t in (1, 2)] == [[0, 0, 1], [1, 0, 0]]
