"""Attention against a plain computation, its own index forms, and identities between its options."""

from decimal import Decimal

import numpy as np
import pytest
from sequences import Numbers, gradient, outputs, problem, solved, tensor

from derive.arithmetic.decimals import DecimalArithmetic
from derive.catalog.layers import layers
from derive.catalog.layers.base import Misfit
from derive.network.lower import lower


def attention(numbers, features, columns, values, *, biases=False, **options):
    shapes = {"query": (features, columns), "key": (features, columns), "value": (features, values)}
    stated = {key: numbers(*shape) for key, shape in shapes.items()}
    if biases:
        stated |= {f"{key}_biases": numbers(shape[1]) for key, shape in shapes.items()}
    return {"layer": "attention", **stated, **options}


def sample(numbers, steps, features, *target):
    return {"x": numbers(steps, features), "y": numbers(*target)}


def floats(numbers):
    return np.array(numbers, dtype=float)


def plain(layer, x, *, scale=True, causal=False):
    """Attention of one head, written with matrices."""
    q, k, v = (x @ floats(layer[key]) + floats(layer.get(f"{key}_biases", 0)) for key in ("query", "key", "value"))
    scores = q @ k.T / (np.sqrt(k.shape[1]) if scale else 1)
    if causal:
        scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True) @ v


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("causal", [True, False])
def test_one_head_against_matrices(seed, scale, causal):
    numbers = Numbers(seed)
    layer = attention(numbers, 2, 3, 2, biases=seed > 0, scale=scale, causal=causal)
    data = [sample(numbers, 3, 2, 3, 2)]
    solution = solved([layer], [3, 2], data)
    wanted = plain(layer, floats(data[0]["x"]), scale=scale, causal=causal)
    assert np.allclose(outputs(solution)[0], wanted, rtol=1e-12)


def test_heads_share_out_the_columns():
    numbers = Numbers(5)
    layer = attention(numbers, 2, 4, 2, heads=2)
    parts = []
    for number in (0, 1):
        shares = {"query": 2, "key": 2, "value": 1}
        own = {key: [row[number * n : (number + 1) * n] for row in layer[key]] for key, n in shares.items()}
        parts.append({"layer": "attention", **own, "from": ["input"], "name": f"head {number}"})
    data = [sample(numbers, 3, 2, 3, 2)]
    whole = solved([layer], [3, 2], data)
    apart = solved([*parts, {"layer": "concatenate", "from": ["head 0", "head 1"]}], [3, 2], data)
    assert np.allclose(outputs(whole), outputs(apart), rtol=1e-13)
    for number, block in enumerate(whole.lowered.parameters):
        halves = [gradient(apart, apart.lowered.parameters[number + 3 * part]) for part in (0, 1)]
        assert np.allclose(gradient(whole, block), np.hstack(halves), rtol=1e-11)


def test_a_causal_step_sees_itself_and_those_before():
    numbers = Numbers(6)
    layer = attention(numbers, 2, 1, 1, causal=True)
    first = sample(numbers, 3, 2, 3, 1)
    second = {**first, "x": [*first["x"][:2], numbers(2)]}
    one, other = (solved([layer], [3, 2], [data]) for data in (first, second))
    assert np.array_equal(outputs(one)[0][:2], outputs(other)[0][:2])
    assert not np.array_equal(outputs(one)[0][2], outputs(other)[0][2])
    scores = [b.size for b in one.graph.blocks.blocks if (b.kind, b.role) == ("score", "forward")]
    assert scores == [1, 2, 3]
    assert one["a1_1@t1"].value() == 1


def test_without_matrices_the_steps_are_queries_keys_and_values():
    numbers = Numbers(7)
    data = [sample(numbers, 3, 2, 3, 2)]
    identity = [["1", "0"], ["0", "1"]]
    dense = {"layer": "dense", "units": 2, "weights": numbers(2, 2), "biases": "none"}
    bare = solved([dense, {"layer": "attention"}], [3, 2], data)
    stated = {"layer": "attention", **dict.fromkeys(("query", "key", "value"), identity), "frozen": True}
    full = solved([dense, stated], [3, 2], data)
    assert np.allclose(outputs(bare), outputs(full), rtol=1e-14)
    (weights,) = bare.lowered.parameters
    assert np.allclose(gradient(bare, weights), gradient(full, full.lowered.parameters[0]), rtol=1e-12)


def test_queries_from_one_branch_keys_and_values_from_another():
    numbers = Numbers(8)
    dense = {"layer": "dense", "units": 3, "weights": numbers(2, 3), "biases": numbers(3), "name": "asked"}
    layer = {
        "layer": "attention", "from": ["input", "asked"], "query": numbers(2, 2), "key": numbers(3, 2), "value": numbers(3, 1),
    }  # fmt: skip
    data = [sample(numbers, 2, 2, 2, 1)]
    solution = solved([dense, layer], [2, 2], data)
    x = floats(data[0]["x"])
    asked = x @ floats(dense["weights"]) + floats(dense["biases"])
    weights = np.exp((x @ floats(layer["query"])) @ (asked @ floats(layer["key"])).T / np.sqrt(2))
    wanted = weights / weights.sum(axis=1, keepdims=True) @ asked @ floats(layer["value"])
    assert np.allclose(outputs(solution)[0], wanted, rtol=1e-12)


def test_a_batch_and_a_selected_step():
    numbers = Numbers(9)
    layers = [attention(numbers, 2, 2, 2), {"layer": "select", "step": 1}]
    data = [sample(numbers, 3, 2, 2) for _ in range(2)]
    together = solved(layers, [3, 2], data, batch={"size": 2, "gradients": "summed"})
    alone = [solved(layers, [3, 2], [one]) for one in data]
    assert "a1_3@t1@n2" in together.graph.blocks.by_name
    for number, block in enumerate(together.lowered.parameters):
        each = sum(gradient(one, one.lowered.parameters[number]) for one in alone)
        assert np.allclose(gradient(together, block), each, rtol=1e-11)
    assert [tensor(together, placed.outputs[1]).shape for placed in together.lowered.placed] == [(3, 2), (2,)]


def counts(tokens, *, causal):
    """Equations forward and backward of attention with two columns."""
    numbers = Numbers(1)
    layer = attention(numbers, 2, 2, 2, causal=causal)
    graph = lower(problem([layer], [tokens, 2], [sample(numbers, tokens, 2, tokens, 2)])).graph
    return len(graph.forward), len(graph.backward)


@pytest.mark.parametrize("tokens", [1, 3, 8])
@pytest.mark.parametrize("causal", [True, False])
def test_equations_are_as_many_as_there_are_quantities(tokens, causal):
    pairs = tokens * (tokens + 1) // 2 if causal else tokens**2
    computed = 3 * 2 * tokens + 2 * pairs + 2 * tokens
    assert counts(tokens, causal=causal) == (computed + tokens + 1, computed + 3 * 4)


def test_the_square_root_of_the_width_is_printed():
    numbers = Numbers(2)
    solution = solved([attention(numbers, 2, 3, 2)], [2, 2], [sample(numbers, 2, 2, 2, 2)])
    assert r"\sqrt{3}" in solution["s1_1@t2"].latex()
    assert r"\sqrt{3}" in solution["dL/dq1_1@t2"].latex()


def test_causal_attention_has_as_many_keys_as_queries():
    layer = layers()["attention"](causal=True)
    assert layer.output_shape(((3, 2), (3, 2))) == (3, 2)
    with pytest.raises(Misfit, match="as many keys as queries"):
        layer.output_shape(((2, 2), (3, 2)))


def test_the_gradient_of_key_biases_is_zero():
    """A shift of all scores of a softmax changes nothing; the check and the digits know it."""
    numbers = Numbers(3)
    layer = attention(numbers, 2, 2, 1, biases=True)
    data = [sample(numbers, 3, 2, 3, 1) for _ in range(2)]
    solution = solved([layer], [3, 2], data, batch={"size": 2, "gradients": "summed"})
    assert [solution[f"dJ/dbK{column}"].value() for column in (1, 2)] == [0, 0]


def test_terms_that_have_cancelled_need_no_more_digits():
    arithmetic = DecimalArithmetic(50)
    third = arithmetic.divide(Decimal(1), Decimal(3))
    two = Decimal(2)
    assert arithmetic.add([third, third, third, Decimal(-1), two]) == two
    assert not arithmetic.needed
    arithmetic.add([Decimal(1), Decimal("1e-60"), Decimal(-1)])
    assert arithmetic.needed == 110
