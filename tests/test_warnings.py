"""What would embarrass an instructor is said before printing."""

import derive

TEXT = """
network: {{inputs: 1, layers: [{{units: {units}, activation: {activation}, weights: {weights}, biases: 0}}]}}
learning_rate: {rate}
data: [{{x: 1, y: {target}}}]
rounds: 2
"""


def warnings(units=1, activation="identity", weights="0.5", rate="0.1", target="1"):
    text = TEXT.format(units=units, activation=activation, weights=weights, rate=rate, target=target)
    return derive.solve(derive.loads(text)).warnings


def test_nothing_to_say():
    assert warnings() == ()


def test_a_dead_unit():
    (sentence,) = warnings(units=2, activation="relu", weights="[[0.5, -0.5]]", target="[1, 1]")
    assert sentence.startswith("unit 2 of layer 1 (relu) is dead from the start")


def test_a_saturated_unit():
    sentences = warnings(activation="sigmoid", weights="9")
    assert sentences[0].startswith("unit 1 of layer 1 (sigmoid) is saturated in round 1 (its output is 0.9999)")


def test_a_rising_loss():
    first, second = warnings(rate="3")
    assert first.startswith("the update of round 1 raises the loss of its own sample from 0.1250 to 3.1250")
    assert "round 2" in second


def test_samples_that_take_turns_do_not_count_as_rising(table):
    losses = [round["L"].carried for round in table.rounds]
    assert losses[2] > losses[1]
    assert table.warnings == ()
