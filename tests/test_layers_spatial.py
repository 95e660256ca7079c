"""Convolutions, poolings and embeddings against plain loops, and what is theirs alone."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from layer_problems import avoids_ties, embedded, radial, spatial, transposed
from plain_layers import check

import derive
from derive.catalog.layers import layers
from derive.errors import InputError
from derive.network.ties import Tie, ties


@settings(max_examples=20, deadline=None)
@given(spatial())
def test_convolutions_and_poolings(problem):
    solution = derive.solve(problem)
    assume(avoids_ties(solution))
    check(solution)


@settings(max_examples=4, deadline=None)
@given(transposed())
def test_transposed_convolutions(problem):
    check(derive.solve(problem))


@settings(max_examples=8, deadline=None)
@given(radial())
def test_radial_basis_functions(problem):
    check(derive.solve(problem))


@settings(max_examples=8, deadline=None)
@given(embedded())
def test_embeddings(problem):
    check(derive.solve(problem))


def solved(layers, x, y="[0]", **more):
    inputs = more.pop("inputs")
    lines = [f"network: {{inputs: {inputs}, layers: [{layers}]}}", "learning_rate: 0.1", f"data: [{{x: {x}, y: {y}}}]"]
    return derive.solve(derive.loads("\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())])))


LAST = "{layer: flatten}, {units: 1, weights: 0.5, biases: none}"
IMAGE = "[[1, 2, 3], [4, 5, 6], [7, 8, 10]]"


@pytest.mark.parametrize(
    ("options", "name", "line"),
    [
        ("", "cross-correlation without bias", "k1_11 * x11 + k1_12 * x12 + k1_21 * x21 + k1_22 * x22"),
        (
            ", flipped: true",
            "convolution with the kernel flipped, without bias",
            "k1_11 * x22 + k1_12 * x21 + k1_21 * x12 + k1_22 * x11",
        ),
        (", padding: 1", "cross-correlation without bias", "k1_22 * x11"),
        (", padding: 1, flipped: true", "convolution with the kernel flipped, without bias", "k1_11 * x11"),
    ],
)
def test_the_kernel_as_it_stands_and_turned_round(options, name, line):
    solution = solved(
        f"{{layer: conv2d, kernels: [[1, 2], [3, 4]], biases: none{options}}}, {LAST}", IMAGE, inputs=[3, 3]
    )
    first = solution.graph.forward[0]
    assert (first.rule.name, solution.plain_writer.formula(first)) == (name, line)


def test_a_weight_that_is_used_in_many_places_adds_up():
    solution = solved(f"{{layer: conv1d, kernels: [2, 1], biases: 1}}, {LAST}", "[1, 2, 3, 4]", inputs=4)
    rounds = solution.rounds[1]
    line = solution.plain_writer.formula(solution.graph.equation_of[solution["dL/dk1_2"].id])
    assert line == "dL/ds1_1 * x2 + dL/ds1_2 * x3 + dL/ds1_3 * x4"
    delta = rounds["dL/ds1_1"].unrounded
    assert rounds["dL/dk1_2"].unrounded == delta * (2 + 3 + 4)
    assert rounds["dL/db1_1"].unrounded == 3 * delta


@pytest.mark.parametrize(
    ("inputs", "options", "shape"),
    [
        ((5, 5), {"kernels": [[1, 1], [1, 1]]}, (4, 4)),
        ((5, 5), {"kernels": [[[1, 1], [1, 1]]]}, (4, 4)),
        ((5, 5), {"kernels": [[[1, 1], [1, 1]]] * 3}, (3, 4, 4)),
        ((1, 5, 5), {"kernels": [[[1, 1], [1, 1]]]}, (1, 4, 4)),
        ((1, 5, 5), {"kernels": [[[[1, 1], [1, 1]]]]}, (1, 4, 4)),
        ((2, 5, 5), {"kernels": [[[[1, 1], [1, 1]]] * 2] * 3}, (3, 4, 4)),
        ((5, 5), {"kernels": 1, "size": 3, "filters": 2}, (2, 3, 3)),
        ((5, 6), {"kernels": 1, "size": [2, 3], "stride": [2, 3]}, (2, 2)),
        ((5, 6), {"kernels": 1, "size": 3, "padding": "same", "stride": 2}, (3, 3)),
        ((5, 6), {"kernels": 1, "size": 3, "padding": [1, 0]}, (5, 4)),
        ((5,), {"layer": "conv1d", "kernels": [1, 1]}, (4,)),
        ((3, 5), {"layer": "conv1d", "kernels": [[1, 1]] * 3}, (1, 4)),
        ((5, 5), {"layer": "max_pool2d", "size": 2}, (2, 2)),
        ((3, 5, 5), {"layer": "average_pool2d", "size": 2, "stride": 1, "padding": 1}, (3, 6, 6)),
        ((2, 6), {"layer": "max_pool1d", "size": 3, "stride": 2}, (2, 2)),
    ],
)
def test_shapes(inputs, options, shape):
    options = {"layer": "conv2d", **options}
    options |= {"biases": "none"} if options["layer"].startswith("conv") else {}
    layer = layers()[options["layer"]].model_validate(options)
    assert layer.output_shape((inputs,)) == shape


def test_an_axis_of_one_filter_is_left_out_of_the_kernels_names():
    solution = solved(
        f"{{layer: conv2d, kernels: [[[[1]], [[2]]]], biases: none}}, {LAST}", "[[[1]], [[2]]]", inputs=[2, 1, 1]
    )
    assert [q.name for q in solution.quantities if q.block.kind == "kernel" and q.block.role == "given"] == [
        "k1_111",
        "k1_211",
    ]


@pytest.mark.parametrize(("convention", "winner", "loser"), [("first", "s1_12", "s1_21"), ("last", "s1_21", "s1_12")])
def test_a_tie_is_said_and_goes_one_way(convention, winner, loser):
    one = "{layer: conv2d, kernels: [[1]], biases: none}"
    pool = f"{{layer: max_pool2d, size: 2, ties: {convention}}}"
    solution = solved(f"{one}, {pool}, {LAST}", "[[1, 3], [3, 2]]", inputs=[2, 2])
    (tie,) = ties(solution.lowered, solution.values[0])
    assert tie == Tie("m2_11", ("s1_12", "s1_21"), winner)
    assert (
        f"max pooling in round 1: s1_12 and s1_21 tie for m2_11; the gradient goes to {winner} alone"
        in solution.warnings
    )
    assert solution.rounds[1][f"dL/d{winner}"].unrounded != 0
    assert solution.rounds[1][f"dL/d{loser}"].unrounded == 0


def test_no_tie_is_said_where_there_is_none():
    layers_ = f"{{layer: max_pool2d, size: 2}}, {LAST}"
    assert not ties((one := solved(layers_, "[[1, 3], [2.9, 2]]", inputs=[2, 2])).lowered, one.values[0])
    many = solved(f"{{layer: max_pool2d, size: 1, stride: 1}}, {LAST}", IMAGE, inputs=[3, 3])
    assert not ties(many.lowered, many.values[0])


def test_many_ties_are_counted():
    zeros = "[[0, 0, 0], [0, 0, 0], [0, 0, 0]]"
    pool = "{layer: max_pool2d, size: 2, stride: 1}"
    first = "{layer: conv2d, kernels: [[1]], biases: none}"
    said = [one for one in solved(f"{first}, {pool}, {LAST}", zeros, rounds=2, inputs=[3, 3]).warnings if "max" in one]
    assert len(said) == 5
    assert said[0].startswith("max pooling in round 1: s1_11, s1_12, s1_21 and s1_22 tie for m2_11;")
    assert said[-1] == "max pooling: 4 more ties"


def test_a_pooled_image_on_the_page():
    solution = solved(
        f"{{layer: conv1d, kernels: [1], biases: none}}, {{layer: max_pool1d, size: 2}}, {LAST}", "[1, 2]", inputs=2
    )
    assert solution["dL/ds1_2"].latex().endswith(r"[s^{(1)}_{2} = m^{(2)}_{1}]")


def test_an_entry_of_a_shared_kernel_is_not_called_dead():
    layer = "{layer: conv1d, kernels: [1], biases: none, activation: relu}"
    assert solved(f"{layer}, {LAST}", "[-1, 2]", inputs=2).warnings == ()


EMBEDDED = "{layer: embedding, table: [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]}, " + LAST


def test_a_lookup_on_the_page():
    solution = solved(EMBEDDED, "[3, 3]", inputs=2)
    equation = solution.graph.forward[0]
    assert solution.plain_writer.formula(equation) == "(E1_11, E1_21, E1_31)[x1]"
    assert solution.plain_writer.substituted(equation, solution.values[0]) == "0.5"
    assert solution["e1_1@t2"].latex() == r"(E^{(1)}_{11}, E^{(1)}_{21}, E^{(1)}_{31})_{x_{2}}"
    gradient = solution.graph.equation_of[solution["dL/dE1_31"].id]
    assert solution.plain_writer.formula(gradient) == "dL/de1_1@t1 * [x1 = 3] + dL/de1_1@t2 * [x2 = 3]"
    assert solution.rounds[1]["dL/dE1_11"].shown == "0.0000"
    assert solution.rounds[1]["E1_11_new"].unrounded == solution.rounds[1]["E1_11"].unrounded


def test_one_graph_serves_samples_with_other_tokens():
    network = f"network: {{inputs: 1, layers: [{EMBEDDED}]}}\nlearning_rate: 0.1\n"
    solution = derive.solve(derive.loads(f"{network}data: [{{x: 1, y: 0}}, {{x: 3, y: 1}}]\n"))
    rows = [[r[f"dL/dE1_{row}1"].unrounded != 0 for row in (1, 2, 3)] for r in solution.rounds]
    assert rows == [[True, False, False], [False, False, True]]


def test_a_table_of_one_number():
    layer = layers()["embedding"].model_validate({"table": 0.1, "vocabulary": 7, "dimension": 3, "layer": "embedding"})
    assert layer.output_shape(((2,),)) == (2, 3)
    assert layer.misreads(Decimal(8))
    assert not layer.misreads(Decimal(7))


def test_tensors_by_name():
    solution = solved(
        f"{{layer: conv2d, kernels: [[1, 2], [3, 4]], biases: 1}}, {{layer: average_pool2d, size: 2}}, {LAST}",
        IMAGE,
        inputs=[3, 3],
    )
    shapes = [
        {name: t.shape for name, t in placed.views[0].items() if not isinstance(t, int)}
        for placed in solution.lowered.placed[:2]
    ]
    assert shapes == [
        {"x": (1, 3, 3), "k": (1, 1, 2, 2), "b": (1,), "s": (1, 2, 2), "f": (1, 2, 2)},
        {"x": (1, 2, 2), "a": (1, 1, 1)},
    ]


@pytest.mark.parametrize(("padding_counts", "shares"), [("true", (9, 9, 9, 9)), ("false", (4, 6, 6, 9))])
def test_zeros_that_count_in_a_mean_and_zeros_that_do_not(padding_counts, shares):
    """Windows of 3 x 3 on a 3 x 3 image with a border: 4 real entries in a corner, 6 at an edge, 9 in the middle."""
    one = "{layer: conv2d, filters: 1, size: 1, kernels: [[1]], biases: none}"
    pool = f"{{layer: average_pool2d, size: 3, stride: 1, padding: 1, padding_counts: {padding_counts}}}"
    solution = solved(f"{one}, {pool}, {LAST}", IMAGE, inputs=[3, 3])
    check(solution, 1)
    values = solution.rounds[1]
    sums = (1 + 2 + 4 + 5, 1 + 2 + 3 + 4 + 5 + 6, 1 + 2 + 4 + 5 + 7 + 8, 46)
    for name, total, share in zip(("11", "12", "21", "22"), sums, shares, strict=True):
        assert abs(values[f"a2_{name}"].unrounded - Decimal(total) / share) < Decimal("1e-25")


def test_a_kernel_and_an_image_are_never_turned_round():
    """Rows by units and the order of a weight's indices are about the weights of dense layers."""
    layers_ = f"{{layer: conv2d, kernels: [[1, 2, 3]], biases: none}}, {LAST}"
    solution = solved(layers_, "[[4, 5, 6], [7, 8, 9]]", inputs=[2, 3], notation="{index_order: to-from}")
    written = solution.writer.formula(solution.graph.forward[0])
    assert written == r"k^{(1)}_{11} \times x_{11} + k^{(1)}_{12} \times x_{12} + k^{(1)}_{13} \times x_{13}"
    text = f"network: {{inputs: [2, 3], rows: units, layers: [{layers_}]}}\nlearning_rate: 1\n"
    turned = derive.solve(derive.loads(f"{text}data: [{{x: [[4, 5, 6], [7, 8, 9]], y: 0}}]\n"))
    assert turned.values[0][turned["s1_21"].id].unrounded == 7 + 2 * 8 + 3 * 9
    gradients = [line.name for line in turned.rounds[1].lines if line.name.startswith("dL/dk")]
    assert gradients == ["dL/dk1_11", "dL/dk1_12", "dL/dk1_13"]


def test_branches_that_meet_by_hand():
    """x = (2, -3) doubled by the one branch and halved by the other: their product, and their sum."""
    branches = (
        "{units: 2, weights: [[2, 0], [0, 2]], biases: none, from: input, name: one}, "
        "{units: 2, weights: [[0.5, 0], [0, 0.5]], biases: none, from: input, name: other}"
    )
    for layer, expected in (("multiply", [2 * 2 * 0.5 * 2, -3 * 2 * -3 * 0.5]), ("add", [2 * 2.5, -3 * 2.5])):
        text = f"network: {{inputs: 2, layers: [{branches}, {{layer: {layer}, from: [one, other]}}]}}\n"
        solution = derive.solve(derive.loads(f"{text}learning_rate: 0.1\ndata: [{{x: [2, -3], y: [0, 0]}}]"))
        found = [float(solution.values[0][q].unrounded) for q in solution.lowered.placed[-1].outputs[0].ids]
        assert found == expected


def test_a_softmax_takes_vectors():
    softmax = "{layer: activation, activation: softmax}"
    with pytest.raises(InputError, match="a softmax takes a vector or a sequence of vectors, not 2 x 2 x 2"):
        derive.loads(
            f"network: {{inputs: [2, 2, 2], layers: [{softmax}, {{layer: flatten}}]}}\nlearning_rate: 1\n"
            "data: [{x: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], y: [0, 0, 0, 0, 0, 0, 0, 1]}]\n"
        )


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("stride: 2", [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]),
        ("stride: 1", [[0, 0, 1], [0, 4, 6], [4, 12, 9]]),
        ("padding: 1", [[4]]),
        ("stride: [3, 1], padding: [1, 0]", [[0, 2, 3], [0, 0, 0], [0, 2, 3]]),
    ],
)
def test_transposed_convolutions_by_hand(options, wanted):
    """Zhang, Lipton, Li, Smola, Dive into Deep Learning (2023), section 14.10, and windows that leave gaps or are cut."""
    layer = f"{{layer: conv_transpose2d, kernels: [[0, 1], [2, 3]], biases: none, {options}}}"
    last = "{layer: flatten}, {units: 1, weights: 0.5, biases: none}"
    solution = solved(f"{layer}, {last}", "[[0, 1], [2, 3]]", inputs=[2, 2])
    made = solution.lowered.placed[0].outputs[0]
    found = [float(solution.values[0][q].unrounded) for q in made.ids]
    assert made.shape == (len(wanted), len(wanted[0]))
    assert found == [one for row in wanted for one in row]


def test_one_upstream_number_stands_for_every_output():
    layer = "{layer: conv_transpose2d, kernels: [[0, 1], [2, 3]], stride: 2, biases: none}"
    text = f"network: {{inputs: [2, 2], layers: [{layer}]}}\nloss: upstream gradient\nlearning_rate: 1\n"
    data = "data: [{x: [[0, 1], [2, 3]], upstream: %s}]\n"
    one, each = (derive.solve(derive.loads(text + data % given)) for given in ("1", [[1] * 4] * 4))
    assert one.values[0][one.lowered.targets[0].ids[-1]].shown == "1"
    assert [v.shown for v in one.values[0].values()] == [v.shown for v in each.values[0].values()]


@pytest.mark.parametrize(
    ("network", "x", "names"),
    [
        (
            "inputs: [3, 3], layers: [{layer: conv2d, kernels: [[1, 0], [0, 1]], biases: none}]",
            [[1] * 3] * 3,
            "u11 u12",
        ),
        ("inputs: [2, 3], layers: [{units: 1, weights: [1, 2, 3], biases: none}]", [[1] * 3] * 2, "u1@t1 u1@t2"),
        ("inputs: 2, layers: [{layer: embedding, table: [[1, 2], [3, 4]]}]", [1, 2], "u1@t1 u2@t1"),
    ],
)
def test_upstream_gradients_of_an_image_are_no_steps(network, x, names):
    data = f"loss: upstream gradient\nlearning_rate: 1\ndata: [{{x: {x}, upstream: 1}}]\n"
    blocks = derive.solve(derive.loads(f"network: {{{network}}}\n{data}")).lowered.graph.blocks
    assert [name for name in blocks.names if name.startswith("u")][:2] == names.split()
