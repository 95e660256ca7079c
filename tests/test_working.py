"""Index forms become scalar equations: by rules with groups where they can, and always to the numbers they expand to."""

from decimal import Decimal

import pytest
from test_views import close, numbers_of

from derive.errors import FormulaError
from derive.graph.builder import GraphBuilder
from derive.graph.quantity import Kind, Role
from derive.graph.rule import Rule, renumber
from derive.graph.tensor import Tensor, of
from derive.graph.views import index_form
from derive.graph.views.application import Application
from derive.graph.views.stated import Stated
from derive.graph.views.working import Working


def working(numbers=None, lengths=None, **shapes):
    """A place with arrays of these shapes."""
    builder = GraphBuilder()
    tensors = {name: of(builder.block(Kind.NODE, Role.GIVEN, shape, name)) for name, shape in shapes.items()}
    return Working(builder, tensors, Kind.NODE, numbers or {}, {}, lengths or {})


def rules(made):
    return [equation.rule.rule.text for equation in made.builder.equations]


WINDOW = {"d": 2, "p": 1}
CASES = [
    ("s[j] = sum(i, w[i,j]*x[i]) + b[j]", "sum(w*x)+b", {"w": (3, 2), "x": (3,), "b": (2,)}, {}, {}),
    ("s[j] = sum(i, w[i,j]*x[i]) + b[j]", "sum(w*x)", {"w": (3, 2), "x": (3,)}, {}, {}),
    (
        "s_f[j] = sum(i, w_f[i,j]*x[i]) + sum(k, u_f[k,j]*h[k]) - b_f",
        "sum(w*x)-b",
        {"w_f": (3, 2), "x": (3,), "u_f": (2, 2), "h": (2,), "b_f": ()},
        {},
        {},
    ),
    ("v = sum(i, (x[i]-mu)^2)/count(i)", "sum((x-mu)^2)/count(x)", {"x": (4,), "mu": ()}, {}, {}),
    ("f[i] = x[i]/sqrt(sum(k, x[k]^2)/count(k) + c)", "x/sqrt(sum(x2^2)/count(x2)+c)", {"x": (3,), "c": ()}, {}, {}),
    (
        "f[j] = exp(-sum(i, (x[i]-c[i,j])^2)/(2*w[j]^2))",
        "exp(-sum((x-c)^2)/(2*w^2))",
        {"x": (2,), "c": (2, 3), "w": (3,)},
        {},
        {},
    ),
    ("s[i] = sum(k, w[k]*x[d*(i-1)+k-p])", "sum(w*x)", {"w": (3,), "x": (5,)}, WINDOW, {"i": 3}),
    ("s[i] = sum(k, w[k]*x[d*(i-1)+4-k-p])", "sum(w*x)", {"w": (3,), "x": (5,)}, WINDOW, {"i": 3}),
    ("m[i] = max(k=1..d, x[d*(i-1)+k])", "max(x)", {"x": (6,)}, WINDOW, {"i": 3}),
    ("a[i] = sum(k=1..d, x[d*(i-1)+k-p])/(d*d)", "sum(x)/4", {"x": (5,)}, WINDOW, {"i": 3}),
    ("a[i] = x[i]/sum(k=1..4, 1 <= i+k-2 <= 3, 1)", "x/3", {"x": (3,)}, {}, {}),
    ("y[t] = sum(u=1..t, w[t,u]*x[u])", "sum(w*x)", {"x": (4,), "w": (4, 4)}, {}, {}),
    ("y[t] = sum(u=t..3, x[u])", "sum(x)", {"x": (3,)}, {}, {"t": 3}),
    ("y[t] = sum(u, t-1 <= u <= t+1, x[u])*x[t]", "sum(x)*x2", {"x": (4,)}, {}, {}),
    ("z[i] = sum(k, a[k]*x[i])/sum(k, b[k])", "sum(a*x)/sum(b)", {"a": (3,), "b": (3,), "x": (2,)}, {}, {}),
    ("q[c,i,j] = g[c]*z[c,i,j] + b[c]", "g*z+b", {"g": (2,), "z": (2, 3, 2), "b": (2,)}, {}, {}),
    ("m[g] = sum(c, n, x[g,c,n])/(count(c)*count(n))", "sum(x)/6", {"x": (2, 3, 2)}, {}, {}),
    (
        "o[c,i] = sum(r, k[c,i-d*(r-1)]*x[c,r]) + b[c]",
        "sum(k*x)+b",
        {"k": (2, 3), "x": (2, 2), "b": (2,)},
        {"d": 2},
        {"i": 5},
    ),
]


def require_numbers(made, text):
    """Each equation gives the number that the expansion of the index form gives."""
    values = {q: Decimal(q * q % 11 + 1) / 4 for q in range(made.builder.next)}
    numbers = {name: str(one) for name, one in made.numbers.items()}
    expanded = dict(index_form.expand(Stated(text).equation, Application(made.tensors, {}, numbers)))
    assert [equation.output for equation in made.builder.equations] == sorted(expanded)
    for rule, output, operands, _ in made.builder.equations:
        found = numbers_of([renumber(rule.formula, dict(enumerate(operands)))], values)
        assert close(found, numbers_of([expanded[output]], values))


@pytest.mark.parametrize(("text", "rule", "shapes", "numbers", "lengths"), CASES, ids=[case[0] for case in CASES])
def test_rules_of_index_forms(text, rule, shapes, numbers, lengths):
    made = working(numbers, lengths, **shapes)
    stated = Stated(text)
    made.work(stated)
    assert rule in rules(made)
    present = text if "b" in shapes or "+ b[j]" not in text else text.replace(" + b[j]", "")
    require_numbers(made, present)


@pytest.mark.parametrize(
    ("text", "rule", "shapes", "lengths"),
    [
        ("f[i] = f[i-1] + x[i]", "a1", {"x": (3,)}, {}),
        ("y[i] = x[i+1] - x[i]", "-a1", {"x": (3,)}, {}),
        ("y = sum(i, sum(j, w[i,j])^2)", "(a1+a2)^2+(a3+a4)^2", {"w": (2, 2)}, {}),
        ("y[j] = sum(i, w[i,j]) * sum(k, x[k])", "(a1+a2)*(a3+a4+a5)", {"w": (2, 1), "x": (3,)}, {}),
        ("y[i] = sum(u=1..2, x[i+u-2] + w[u])", "a1+a2+a3", {"x": (3,), "w": (2,)}, {"i": 3}),
        ("s[i] = sum(r, k[i-4*(r-1)]*x[r]) + b", "a1", {"k": (2,), "x": (2,), "b": ()}, {"i": 6}),
        ("s[i] = sum(r, k[i-4*(r-1)]*x[r])", "0", {"k": (2,), "x": (2,)}, {"i": 6}),
    ],
)
def test_entries_that_no_rule_with_groups_says_are_written_out(text, rule, shapes, lengths):
    made = working({}, lengths, **shapes)
    made.work(Stated(text))
    assert rule in rules(made)
    require_numbers(made, text)


def test_alike_equations_go_by_one_rule():
    """Rules compare by identity: their partials and printed templates are found once."""
    shapes = {"w_f": (2, 2), "w_i": (2, 2), "x": (2,), "u_i": (3, 2), "h": (3,), "b_f": (2,), "b_i": (2,)}
    made = working(**shapes)
    made.work(Stated("s_f[j] = sum(i, w_f[i,j]*x[i]) + b_f[j]", names={"sum(w*x)+b": "weighted sum"}))
    made.work(Stated("s_i[j] = sum(i, w_i[i,j]*x[i]) + sum(k, u_i[k,j]*h[k]) + b_i[j]", names="weighted sum"))
    first, *_, last = made.builder.equations
    assert first.rule.rule is last.rule.rule
    assert (first.rule.size, last.rule.size, last.rule.name) == (2, 5, "weighted sum")
    w, x, u, h = (list(made.tensors[name].ids) for name in ("w_i", "x", "u_i", "h"))
    assert list(last.operands) == [*w[1::2], *u[1::2], *x, *h, made.tensors["b_i"].ids[1]]


def test_a_rule_of_several_outputs():
    softmax = Rule("softmax", "exp(s)/sum(exp(s))", frozenset({"s"}), "p", {"s": "p*(1-p)"}, others={"s": "-p*p_j"})
    made = working(x=(2, 3))
    made.work(Stated("f[t,j] = exp(x[t,j])/sum(m, exp(x[t,m]))", rule=softmax))
    ids = list(made.tensors["f"].ids)
    assert [equation.rule.member for equation in made.builder.equations] == [0, 1, 2, 0, 1, 2]
    assert [list(equation.peers) for equation in made.builder.equations] == [ids[:3]] * 3 + [ids[3:]] * 3
    require_numbers(made, "f[t,j] = exp(x[t,j])/sum(m, exp(x[t,m]))")


def test_a_rule_that_says_something_else_is_refused():
    made = working(x=(2,), y=(2,))
    with pytest.raises(FormulaError, match=r"the rule a\*b .* is not that of its equation, x\+y"):
        made.work(Stated("f[i] = x[i] + y[i]", rule=Rule("product", "a*b")))


def test_what_does_not_fit_is_refused():
    for text, message in (
        ("s[k] = x[i]", "nothing says how far k runs"),
        ("s = x", "x has 1 axes"),
        ("s[i] = w[i]", "i runs to|w has 2 axes"),
        ("s[i+1] = x[i]", "one index alone for each of its axes"),
    ):
        with pytest.raises(FormulaError, match=message):
            working(x=(2,), w=(2, 2)).work(Stated(text))


def test_what_is_made_of_nothing_that_is_there_is_left_out():
    made = working(x=(2,))
    made.work(Stated("f[i] = g[i]*z[i]"))
    assert made.builder.equations == []
    assert "f" not in made.tensors


def test_equations_stand_in_the_order_of_their_blocks():
    """An array that is laid out another way than its block is worked in the block's order."""
    made = working(x=(2, 2))
    block = made.builder.block(Kind.NODE, Role.FORWARD, (2, 2), "f")
    made.tensors["f"] = Tensor([block.ids[place] for place in (0, 2, 1, 3)], (2, 2))
    made.work(Stated("f[i,j] = 2*x[i,j]"))
    x = list(made.tensors["x"].ids)
    assert [(e.output, e.operands) for e in made.builder.equations] == [
        (output, (operand,)) for output, operand in zip(block.ids, (x[0], x[2], x[1], x[3]), strict=True)
    ]
