"""Each choice of a notation: what its lines look like, what the page says about it, what is refused."""

import re
from pathlib import Path
from typing import get_args

import pytest
from conftest import compiled
from editions import to_latex_document

import derive
from derive.cli.main import main
from derive.document.locale import locale
from derive.errors import InputError
from derive.graph.quantity import Kind
from derive.problem.model import Problem
from derive.problem.notation import Mark, NotationChoice
from derive.render.trace import trace
from derive.writing.choices import chosen
from derive.writing.scripts import latex_letter

ROOT = Path(__file__).resolve().parent.parent
NET = """
network:
  inputs: 2
  layers:
    - {units: 2, activation: sigmoid, weights: [[0.15, 0.25], [0.2, 0.3]], biases: [0.35, 0.3]}
    - {units: 1, activation: sigmoid, weights: [0.4, 0.5], biases: 0.6}
learning_rate: 0.5
data: [{x: [0.05, 0.1], y: 0.01}, {x: [0.2, 0.3], y: 0.5}]
"""


def solved(notation="partials", more="", net=NET):
    return derive.solve(derive.loads(f"{net}\nnotation: {notation}\n{more}"))


def line(solution, name):
    return f"{solution.writer.symbol(solution[name].id)} = {solution[name].latex()}"


@pytest.mark.parametrize(
    ("choice", "name", "expected"),
    [
        ("{index_order: to-from}", "s1_1", r"s^{(1)}_{1} = w^{(1)}_{11} \times x_{1} + w^{(1)}_{12} \times x_{2} + b^{(1)}_{1}"),
        ("{index_order: from-to}", "s1_1", r"s^{(1)}_{1} = w^{(1)}_{11} \times x_{1} + w^{(1)}_{21} \times x_{2} + b^{(1)}_{1}"),
        ("{numbering: through}", "s1_1", r"s^{(1)}_{1} = w_{1} \times x_{1} + w_{3} \times x_{2} + b_{1}"),
        ("{numbering: through}", "s2_1", r"s^{(2)}_{1} = w_{5} \times f^{(1)}_{1} + w_{6} \times f^{(1)}_{2} + b_{3}"),
        ("{numbering: through, index_order: to-from}", "s1_1", r"s^{(1)}_{1} = w_{1} \times x_{1} + w_{2} \times x_{2} + b_{1}"),
        ("{first_index: 0}", "s1_2", r"s^{(1)}_{1} = w^{(1)}_{01} \times x_{0} + w^{(1)}_{11} \times x_{1} + b^{(1)}_{1}"),
        ("{numbering: through, first_index: 0}", "s2_1", r"s^{(2)}_{0} = w_{4} \times f^{(1)}_{0} + w_{5} \times f^{(1)}_{1} + b_{2}"),
        ("{layers: brackets}", "b2_1", None),
        ("{layers: below}", "s1_1", r"s_{1,1} = w_{1,11} \times x_{1} + w_{1,21} \times x_{2} + b_{1,1}"),
        ("{layers: above}", "dL/db1_1", r"\frac{\mathrm{d}L}{\mathrm{d}b^{1}_{1}} = \frac{\mathrm{d}L}{\mathrm{d}s^{1}_{1}}"),
        ("{derivative: partial}", "dL/db1_1", r"\frac{\partial L}{\partial b^{(1)}_{1}} = \frac{\partial L}{\partial s^{(1)}_{1}}"),
        ("{delta: delta}", "dL/dw1_11", r"\frac{\mathrm{d}L}{\mathrm{d}w^{(1)}_{11}} = \delta^{(1)}_{1} \times x_{1}"),
        ("{base: delta, delta: none}", "dL/dw1_11", r"\frac{\partial e}{\partial w^{(1)}_{11}} = \frac{\partial e}{\partial s^{(1)}_{1}} \, x^{(0)}_{1}"),
        ("{letters: {delta: e}}", "dL/dw1_11", r"\frac{\mathrm{d}L}{\mathrm{d}w^{(1)}_{11}} = e^{(1)}_{1} \times x_{1}"),
        ("{products: dot, layers: below}", "s2_1", r"s_{2,1} = w_{2,11} \cdot f_{1,1} + w_{2,21} \cdot f_{1,2} + b_{2,1}"),
        ("{products: plain, layers: below}", "s2_1", r"s_{2,1} = w_{2,11} \, f_{1,1} + w_{2,21} \, f_{1,2} + b_{2,1}"),
        (
            "{letters: {pre-activation: net, activation: h, weight: theta, bias: theta0, loss: E}}",
            "s2_1",
            r"\mathrm{net}^{(2)}_{1} = \theta^{(2)}_{11} \times h^{(1)}_{1} + \theta^{(2)}_{21} \times h^{(1)}_{2} + \theta^{(2)}_{0,1}",
        ),
        (
            "{letters: {output: yhat, target: y*, learning rate: alpha}}",
            "dL/df2_1",
            r"\frac{\mathrm{d}L}{\mathrm{d}\hat{y}^{(2)}_{1}} = \hat{y}^{(2)}_{1} - y^{*}_{1}",
        ),
    ],
)  # fmt: skip
def test_a_choice_changes_the_line(choice, name, expected):
    solution = solved(choice)
    if expected is None:
        assert solution.writer.symbol(solution[name].id) == "b^{[2]}_{1}"
        return
    found = line(solution, name).replace(r" \times 1", "")
    assert found == expected


def test_names_of_the_trace_stay_the_same_whatever_the_notation():
    """Only the LaTeX of the trace is the notation's."""

    def plain(solution):
        rounds = trace(solution, "x")["rounds"]
        return [{k: v for k, v in q.items() if k != "latex"} for r in rounds for q in r["quantities"]]

    other = "{base: delta, numbering: through, first_index: 0, layers: below, letters: {weight: theta}, delta: none}"
    assert plain(solved()) == plain(solved(other))


def test_the_adjoint_and_the_update_follow_numbering_through():
    solution = solved("{numbering: through}")
    assert line(solution, "w2_21_new") == r"w_{6} = w_{6} - \eta \times \frac{\mathrm{d}L}{\mathrm{d}w_{6}}"


SEQUENCE = """
network: {inputs: [3, 1], layers: [{units: %d, activation: tanh, weights: 0.5, biases: 0.1}]}
learning_rate: 0.1
data: [{x: [[1], [2], [3]], y: %s}]
"""


@pytest.mark.parametrize(
    ("time", "units", "expected"),
    [
        ("below", 1, ("f_{2}", "x_{2}")),
        ("below", 2, ("f_{2,1}", "x_{2}")),
        ("above", 1, ("f^{2}_{1}", "x^{2}_{1}")),
        ("parentheses", 2, ("f^{(2)}_{1}", "x^{(2)}_{1}")),
        ("angles", 2, (r"f^{\langle 2 \rangle}_{1}", r"x^{\langle 2 \rangle}_{1}")),
    ],
)
def test_time_steps(time, units, expected):
    targets = str([[0] * units] * 3)
    solution = solved(f"{{time: {time}}}", net=SEQUENCE % (units, targets))
    assert tuple(solution.writer.symbol(solution[name].id) for name in ("f1@t2", "x1@t2")) == expected


def test_samples_above_in_parentheses():
    solution = solved("{base: partials, samples: parentheses, layers: brackets}", "batch: {size: 2}")
    assert solution.writer.symbol(solution["s1_1@n2"].id) == "s^{[1](2)}_{1}"


def test_marks_that_would_look_alike_are_refused():
    with pytest.raises(InputError, match=r"layer and sample would be written in the same place on .*s1"):
        solved("{samples: parentheses, layers: parentheses}", "batch: {size: 2}").writer.symbol(0)
    assert solved("{samples: parentheses, layers: parentheses}").writer


GIVEN_LETTERS = """
network: {inputs: 1, layers: [{units: 1, weights: 0.5, biases: 0.1, bias_form: threshold}]}
learning_rate: 0.1
data: [{x: 1, y: 1}]
optimizer: momentum
"""


def test_letters_of_what_a_layer_or_an_optimizer_names_itself():
    solution = solved("{letters: {theta: phi, mu: beta, v: m}}", net=GIVEN_LETTERS)
    assert line(solution, "s1") == r"s_{1} = w_{11} \times x_{1} - \varphi_{1}"
    assert r"\beta \times m_{w_{11}}" in line(solution, "v_w11_new")


def test_a_letter_for_a_tagged_block_stands_for_letter_and_tag():
    from derive.graph.quantity import Block, Role

    block = Block(Kind.WEIGHT, Role.GIVEN, 1, (2, 2), 0, tag="f")
    plain, named = chosen(NotationChoice()), chosen(NotationChoice(letters={"wf": "U"}))
    assert (plain.letter(block), plain.names_whole(block)) == ("w", False)
    assert (named.letter(block), named.names_whole(block)) == ("U", True)
    assert chosen(NotationChoice(letters={"w": "v"})).letter(block) == "w"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("{letters: {weight: '\\input{x}'}}", "expected a plain name such as z, alpha, xhat, net, w0 or y*"),
        ("{letters: {weight: 'a b'}}", "expected a plain name"),
        ("{letters: {wieght: w}}", "no kind or quantity is named 'wieght'; did you mean weight?"),
        ("{index_order: up}", "unknown index_order 'up'"),
        ("{function: '$x$'}", "expected a plain name"),
        ("{base: partails}", "unknown notation 'partails'; did you mean partials?"),
        ("{bases: delta}", "unknown key `bases`; did you mean base?"),
        ("{product: Wx}", "unknown product 'Wx'; did you mean W x?"),
        ("[delta]", "expected keys and values"),
    ],
)
def test_what_a_problem_file_may_not_say(stated, message):
    with pytest.raises(InputError) as caught:
        solved(stated)
    assert message in str(caught.value)


def test_no_choice_holds_tex_of_its_own():
    """What a problem file says reaches the symbols as one of our own patterns, or as a plain letter."""
    for name in ("w", "net", "yhat", "boldW", "bolddelta", "x_12", "y*", "s'"):
        assert NotationChoice(letters={"weight": name}).letters["weight"] == name
        assert latex_letter(name).count("{") == latex_letter(name).count("}")
    for bad in ("w}", "\\w", "w^2", "", "a" * 30, "x y", "ß", "w%"):
        with pytest.raises(ValueError, match="plain name"):
            NotationChoice(letters={"weight": bad})


def test_the_command_line_replaces_the_base_only(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(f"{NET}\nnotation: {{base: partials, letters: {{loss: Q}}}}\n", encoding="utf-8")
    assert main([str(tmp_path / "a.yaml"), "--latex", "-o", "-", "--notation", "delta"]) == 0
    tex = capsys.readouterr().out
    assert r"\frac{\partial Q}{\partial w^{(1)}_{11}}" in tex


def test_capitals_of_whole_blocks():
    assert chosen(NotationChoice(letters={"weight": "theta"})).matrices[Kind.WEIGHT] == r"\Theta"
    assert chosen(NotationChoice(letters={"weight": "v"})).matrices[Kind.WEIGHT] == "V"
    assert chosen(NotationChoice(letters={"weight": "eta"})).matrices[Kind.WEIGHT] == r"\eta"


def choices():
    for key, field in NotationChoice.model_fields.items():
        if key not in ("base", "letters", "function"):
            options = [get_args(a) for a in (field.annotation, *get_args(field.annotation))]
            flat = [v for group in options for v in group]
            values = [v for v in flat if isinstance(v, str)] or [
                v for a in flat for v in get_args(a) if isinstance(v, str)
            ]
            yield from ((key, value) for value in (get_args(Mark) if key in ("layers", "time", "samples") else values))


def test_every_choice_has_its_sentence_in_the_locale():
    """Each choice is in the locale, and those that change where marks stand, or what they mean, say something."""
    words = locale("en").conventions
    found = list(choices())
    assert {("index_order", "to-from"), ("first_index", "0"), ("product", "x W"), ("time", "below")} <= set(found)
    for key, value in found:
        assert value in words[key], (key, value)
        if key in ("index_order", "layers", "time", "samples", "first_index", "product", "layout"):
            assert words[key][value]
    assert words["numbering"]["through"]
    assert words["delta"]["delta"]
    assert set(words["update_form"]) == set(get_args(Problem.model_fields["update_form"].annotation))
    assert set(words["updates"]) == set(get_args(Problem.model_fields["updates"].annotation))


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ("{index_order: to-from}", "$w^{(1)}_{12}$ is the weight to unit 1 from input 2."),
        ("{index_order: from-to}", "$w^{(1)}_{21}$ is the weight from input 2 to unit 1."),
        ("{numbering: through}", "numbered through all layers,{} each letter on its own."),
        ("{first_index: 0}", "Indices count from 0."),
        ("{layers: below}", "number stands below,{} before any index."),
        ("{delta: delta}", r"$\delta^{(2)}_{1}$ stands for $\frac{\mathrm{d}L}{\mathrm{d}s^{(2)}_{1}}$."),
    ],
)
@pytest.mark.parametrize("style", ["table", "matrix"])
def test_the_page_states_what_was_chosen(choice, sentence, style):
    assert sentence in to_latex_document(solved(choice, f"style: {style}"), "x")


def test_the_matrix_page_states_product_and_layout_and_the_table_does_not():
    choice = "{product: x W, layout: numerator}"
    sentences = ("Vectors are rows", "Gradients are in numerator layout")
    assert all(sentence in to_latex_document(solved(choice, "style: matrix"), "x") for sentence in sentences)
    assert not any(sentence in to_latex_document(solved(choice), "x") for sentence in sentences)


@pytest.mark.parametrize(
    ("product", "layout", "gradient", "layer"),
    [
        ("W^T x", "denominator", r"x^{(0)} \, (\delta^{(1)})^{\mathsf T}", r"(W^{(2)})^{\mathsf T} \, x^{(1)}"),
        (
            "W^T x",
            "numerator",
            r"(\delta^{(1)})^{\mathsf T} \, (x^{(0)})^{\mathsf T}",
            r"(W^{(2)})^{\mathsf T} \, x^{(1)}",
        ),
        ("W x", "denominator", r"\delta^{(1)} \, (x^{(0)})^{\mathsf T}", r"W^{(2)} \, x^{(1)}"),
        ("W x", "numerator", r"x^{(0)} \, \delta^{(1)}", r"W^{(2)} \, x^{(1)}"),
        ("x W", "denominator", r"(x^{(0)})^{\mathsf T} \, \delta^{(1)}", r"x^{(1)} \, W^{(2)}"),
        ("x W", "numerator", r"\delta^{(1)} \, x^{(0)}", r"x^{(1)} \, W^{(2)}"),
    ],
)
def test_matrix_forms_in_symbols(product, layout, gradient, layer):
    tex = to_latex_document(
        solved(f"{{base: delta, bias: separate, product: {product}, layout: {layout}}}", "style: matrix"), "x"
    )
    assert f"{{}}={gradient}=" in tex
    assert layer in tex


SNIPPETS = re.findall(
    r"^```yaml\n(.*?)^```", (ROOT / "docs" / "conventions.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("text", SNIPPETS)
def test_every_combination_of_the_docs_is_printed(text):
    """The books and courses of docs/conventions.md: each is a key that compiles and states what was chosen."""
    tex = to_latex_document(derive.solve(derive.loads(text)), "x")
    result = compiled(tex)
    assert result.pdf, result.error
    assert result.overfull == ()
    assert r"\remark{" in tex


def test_the_docs_name_every_choice():
    page = (ROOT / "docs" / "conventions.md").read_text("utf-8")
    assert all(f"`{key}`" in page for key in NotationChoice.model_fields)
    assert all(f"`{value}`" in page for _, value in choices())


@pytest.mark.parametrize(
    ("layer", "notation", "names"),
    [
        ("activation: tanh", "{letters: {output: s, pre-activation: s}}", "s1 and f1"),
        ("bias_form: input", "{first_index: 0}", "x1 and x0"),
    ],
)
def test_two_quantities_never_share_a_symbol(layer, notation, names):
    text = f"""
network: {{inputs: 2, layers: [{{units: 2, weights: 1, biases: 0, {layer}}}]}}
learning_rate: 1
data: [{{x: [1, 2], y: [0, 1]}}]
notation: {notation}
"""
    with pytest.raises(InputError, match=rf"notation: {names} would both be written .*; choose another letter"):
        derive.solve(derive.loads(text))
