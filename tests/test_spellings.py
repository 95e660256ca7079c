"""Names as PyTorch, Keras and others spell them, and short forms: read as what they mean, or explained."""

import pytest

import derive
from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers import layers
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.spellings import (
    ACTIVATION_SPELLINGS,
    LAYER_SPELLINGS,
    LOSS_SPELLINGS,
    OPTIMIZER_SPELLINGS,
    folded,
    loss_candidates,
)
from derive.errors import InputError

GROUPS = [
    (ACTIVATION_SPELLINGS, (*ACTIVATIONS, "softmax", "none")),
    (LAYER_SPELLINGS, layers()),
    (LOSS_SPELLINGS, LOSSES),
    (OPTIMIZER_SPELLINGS, OPTIMIZERS),
]


def text(activation="sigmoid", units=1, more=""):
    targets = [0] * units
    return f"""
network: {{inputs: 1, layers: [{{units: {units}, activation: {activation}, weights: 1, biases: 0}}]}}
learning_rate: 0.5
data: [{{x: 1, y: {targets}}}]
{more}
"""


@pytest.mark.parametrize(("spellings", "known"), GROUPS, ids=["activations", "layers", "losses", "optimizers"])
def test_every_spelling_means_an_entry_and_hides_none(spellings, known):
    names = {folded(name) for name in known}
    meant = {*spellings.same.values(), *spellings.averaged.values(), *sum(spellings.several.values(), ())}
    assert meant <= set(known)
    spelled = [*spellings.same, *spellings.averaged, *spellings.several]
    assert all(one == folded(one) and one not in names for one in spelled)
    assert len(spelled) == len(set(spelled))
    for name in known:
        assert spellings.resolve(name, known) == spellings.resolve(name.upper().replace(" ", "_"), known) == name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("ReLU", "relu"), ("LeakyReLU", "leaky relu"), ("Linear", "identity"), ("logistic", "sigmoid"), ("Swish", "silu")],
)
def test_activations(spelling, name):
    assert derive.loads(text(spelling)).layers[0].activation.name == name
    assert derive.loads(text(f"{{name: {spelling}}}")).layers[0].activation.name == name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("BCELoss", "binary cross-entropy"),
        ("BCE", "binary cross-entropy"),
        ("Binary_Crossentropy", "binary cross-entropy"),
        ("binary cross entropy loss", "binary cross-entropy"),
        ("MSELoss", "mean squared error"),
        ("Half Squared Error", "half squared error"),
    ],
)
def test_losses(spelling, name):
    assert derive.loads(text(more=f"loss: {spelling}")).loss.name == name


@pytest.mark.parametrize("spelling", ["MSE", "SSE", "NLL", "log loss", "NLLLoss", "L2"])
def test_what_means_several_losses_is_answered_with_their_formulas(spelling):
    with pytest.raises(InputError) as caught:
        derive.loads(text("identity", more=f"loss: {spelling}"), "case")
    candidates = LOSS_SPELLINGS.several[folded(spelling)]
    assert str(caught.value).startswith("case:5:1: ")
    assert all(f"{name}, L = " in str(caught.value) for name in candidates)


@pytest.mark.parametrize(
    ("activation", "units", "name"), [("Sigmoid", 1, "binary cross-entropy"), ("softmax", 2, "cross-entropy")]
)
def test_the_likelihood_of_the_outputs_is_the_loss_that_fits_them(activation, units, name):
    targets = "[1]" if units == 1 else "[1, 0]"
    problem = text(activation, units, more="loss: log loss").replace(f"y: {[0] * units}", f"y: {targets}")
    assert derive.loads(problem).loss.name == name


def test_a_loss_that_a_framework_averages_is_read_for_one_output_alone():
    assert "adds them up" in loss_candidates("BCELoss")
    with pytest.raises(InputError, match="averages over the outputs"):
        derive.loads(text(units=2, more="loss: BCELoss"))


def test_layers_and_optimizers():
    problem = derive.loads(
        "network: {inputs: 2, layers: [{layer: Linear, units: 1, weights: 1, biases: 0}]}\n"
        "learning_rate: 1\ndata: [{x: [1, 2], y: 1}]\noptimizer: {name: RMSProp}"
    )
    assert (problem.layers[0].layer, problem.optimizer.name) == ("dense", "rmsprop")


def test_short_forms():
    short = derive.loads(text(more="rounding: 3\nbatch: 1\nquestions: [{title: A, asks: round 1}]"))
    assert (short.rounding.places, short.batch.size, short.questions[0].asks) == (3, 1, ("round 1",))
    renamed = derive.loads(text().replace("learning_rate", "lr"))
    assert renamed == derive.loads(text())
    in_python = derive.Problem.model_validate({"lr": 0.5, "rounding": 3})
    assert (in_python.learning_rate.start, in_python.rounding.places) == (derive.loads(text()).learning_rate.start, 3)


@pytest.mark.parametrize(
    ("letter", "meant"), [("θ", "theta"), ("ϵ", "epsilon"), ("Δ", "Delta"), ("λ1", "lambda1"), ("w′", "w'")]
)
def test_a_letter_of_the_notation_as_it_stands_on_the_page(letter, meant):
    problem = derive.loads(text(more=f"notation: {{letters: {{weight: {letter}}}}}"))
    assert problem.notation.letters == {"weight": meant}


def test_mistakes_in_letters_are_at_their_line():
    problem = text(more="notation:\n  letters:\n    wieght: w")
    from derive.api.reading import solve_text

    with pytest.raises(InputError, match="case:7:5: no kind or quantity is named 'wieght'; did you mean weight"):
        solve_text(problem, "case")
