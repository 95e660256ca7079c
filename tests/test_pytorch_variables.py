"""Arrays as expressions over a script's variables: each is worth the quantities that it stands for."""

import random

import pytest

from derive.errors import FormulaError
from derive.exports.pytorch.index_printer import IndexForm, index_value
from derive.exports.pytorch.variables import Variable, Variables
from derive.graph.tensor import Tensor
from derive.graph.views.language import parse_index_form

torch = pytest.importorskip("torch", reason="optional: PyTorch (pip install the torch extra)")
NAMES = {"torch": torch}
FIRST, SECOND = torch.arange(24).reshape(2, 3, 4), torch.arange(24, 30).reshape(2, 3)
SQUARE = torch.arange(30, 46).reshape(4, 4)


def known():
    found = Variables()
    for name, array in (("a", FIRST), ("b", SECOND), ("c", SQUARE)):
        found.add(Variable(name, Tensor(array.flatten().tolist(), tuple(array.shape))))
    return found


def text_of(array):
    return known().whole(Tensor(array.flatten().tolist(), tuple(array.shape))).text


WANTED = {
    "a": FIRST,
    "a[1]": FIRST[1],
    "a[0, 2]": FIRST[0, 2],
    "a[:, 1:]": FIRST[:, 1:],
    "a[1, :, 1::2]": FIRST[1, :, 1:4:2],
    "b.T": SECOND.T,
    "a[0].T": FIRST[0].T,
    "b[None]": SECOND[None],
    "b.flatten()": SECOND.flatten(),
    "a.flatten(1)": FIRST.flatten(1),
    "a.permute(1, 0, 2)": FIRST.permute(1, 0, 2),
    "a.permute(1, 0, 2).flatten(1)": FIRST.permute(1, 0, 2).flatten(1),
    "torch.cat([a[0, 0], b[1]])": torch.cat([FIRST[0, 0], SECOND[1]]),
    "torch.stack([a[1, 1, :3], b[1]])": torch.stack([FIRST[1, 1, :3], SECOND[1]]),
    "torch.stack([a[0, 0, 3], a[0, 0, 0], a[1, 2, 1]])": torch.tensor([3, 0, 21]),
}


@pytest.mark.parametrize("text", WANTED)
def test_an_array_reads_as_a_person_takes_it(text):
    assert text_of(WANTED[text]) == text
    assert torch.equal(eval(text, {**NAMES, "a": FIRST, "b": SECOND}), WANTED[text])


@pytest.mark.parametrize("seed", range(200))
def test_any_array_is_worth_its_quantities(seed):
    pick = random.Random(seed)
    wanted = pick.choice((FIRST, SECOND))
    for _ in range(pick.randint(1, 3)):
        axis = pick.randrange(wanted.dim())
        change = pick.choice(("cut", "swap", "pick", "more", "flat", "repeat"))
        if change == "cut":
            wanted = wanted.narrow(axis, *pick.choice([(0, 1), (wanted.shape[axis] - 1, 1), (0, wanted.shape[axis])]))
        elif change == "swap":
            wanted = wanted.transpose(axis, pick.randrange(wanted.dim()))
        elif change == "pick":
            rows = [pick.randrange(wanted.shape[axis]) for _ in range(pick.randint(1, 3))]
            wanted = wanted.index_select(axis, torch.tensor(rows))
        elif change == "more":
            wanted = wanted.unsqueeze(axis)
        elif change == "repeat":
            wanted = torch.stack([wanted, wanted], axis)
        else:
            wanted = wanted.flatten()
    text = text_of(wanted)
    assert torch.equal(eval(text, {**NAMES, "a": FIRST, "b": SECOND}), wanted), text


def test_rows_and_columns_that_are_picked_are_no_pairs():
    """`c[[0, 1, 3], [0, 1, 3]]` would be the three entries of a diagonal."""
    wanted = SQUARE[[0, 1, 3]][:, [0, 1, 3]]
    assert torch.equal(eval(text_of(wanted), {**NAMES, "c": SQUARE}), wanted)


def test_a_number_that_is_not_worked_yet_is_refused():
    with pytest.raises(FormulaError, match="worked after it"):
        known().array(Tensor([46], (1,)))


FORMS = {
    "s[i] = sum(j, b[i,j]*a[j])": ("b @ a", lambda v: (v["b"] * v["a"]).sum(1)),
    "s[j] = sum(i, b[i,j]*c[i])": ("c @ b", lambda v: (v["b"] * v["c"][:, None]).sum(0)),
    "s[i,j] = sum(k, b[i,k]*d[k,j])": ("b @ d", lambda v: (v["b"][:, :, None] * v["d"]).sum(1)),
    "s[i] = sum(j, b[i,j]*e[i,j])": ('torch.einsum("ij, ij -> i", b, e)', lambda v: (v["b"] * v["e"]).sum(1)),
    "s = sum(i, j, b[i,j]*e[i,j])": ('torch.einsum("ij, ij -> ", b, e)', lambda v: (v["b"] * v["e"]).sum()),
    "s[i] = sum(j, b[i,j])/count(j)": ("b.mean(-1)", lambda v: v["b"].sum(1) / 3),
    "s[j] = sum(i, (b[i,j]-c[i])^2)": (
        "((b.T - c) ** 2).sum(-1)",
        lambda v: (v["b"] - v["c"][:, None]).square().sum(0),
    ),
    "s[i,j] = c[i]*a[j]": ("c[:, None] * a", lambda v: torch.outer(v["c"], v["a"])),
    "s[i] = sum(j, c[i])": ("3 * c", lambda v: v["c"] * 3),
}
"""Equations in index form, how they read in a script, and what they are worth."""
REFUSED = ("s[i] = max(j=1..3, b[i,j])", "s[i] = a[i+1]", "s[i] = all(j, b[i,j])")
ARRAYS = {"a": (3,), "b": (2, 3), "c": (2,), "d": (3, 4), "e": (2, 3)}


def known_arrays():
    """The variables, the arrays that they hold, and numbers for them."""
    variables, tensors, values, start = Variables(), {}, {}, 0
    for name, shape in ARRAYS.items():
        size = torch.Size(shape).numel()
        tensors[name] = Tensor(range(start, start + size), shape)
        values[name] = torch.arange(start, start + size, dtype=torch.float64).reshape(shape).sin()
        variables.add(Variable(name, tensors[name]))
        start += size
    return variables, tensors, values


def form_of(equation, tensors):
    parsed = parse_index_form(equation)
    left = tuple(one.name for one in getattr(parsed.left, "indices", ()))
    lengths = {"i": 2, "j": 4 if "d[" in equation else 3, "k": 3}
    return IndexForm(parsed.right, (), left, tensors, lengths)


@pytest.mark.parametrize("equation", FORMS)
def test_an_equation_in_index_form_is_an_operation_of_arrays(equation):
    variables, tensors, values = known_arrays()
    text, worth = FORMS[equation]
    found = index_value(form_of(equation, tensors), variables, 0)
    assert found.text == text
    worked, wanted = eval(text, {**NAMES, **values}), worth(values)
    assert worked.shape == wanted.shape
    assert torch.allclose(worked, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("equation", REFUSED)
def test_what_no_operation_says_is_left_to_the_entries(equation):
    variables, tensors, _ = known_arrays()
    with pytest.raises(FormulaError, match="the script has no operation for"):
        index_value(form_of(equation, tensors), variables, 0)
