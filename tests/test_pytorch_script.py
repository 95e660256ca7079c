"""Scripts for PyTorch as text: Python that is safe, tidy and complete; running them is for `test_torch_script.py`."""

import ast
import io
import re
import tokenize

import pytest
from conftest import TABLE, solution_of
from own_layers import Line, RunningSum, Scale, ScaleByRule, Transposed1d
from own_layers import solved as own_solved

import derive
from derive.cli.main import main
from derive.errors import InputError
from derive.exports.pytorch import to_pytorch
from derive.sources import assets

IMPORTED = {"math", "sys", "decimal", "itertools", "torch", "torch.nn.functional"}
HOSTILE = (
    '"""\nimport os; os.abort()\n"""',
    '""" + exit(3) + r"""',
    "ends in a backslash \\",
    '\\"""\\',
    "coding: utf-7",
    "# -*- coding: rot13 -*-",
    "one\ntwo\r\nthree\x0cfour\x0bfive\x85six\u2028seven",
    "\N{RIGHT-TO-LEFT OVERRIDE}turned \N{NO-BREAK SPACE}\x00\x1b[31mred",
    "{braces} %s << loss >> <% if title %>",
    "\\N{BULLET} \\x41 \\u0041 \\",
    "'''",
    "การแพร่ย้อนกลับ 反向傳播 & <b>",
)


def scripts():
    return [pytest.param(name, id=name) for name in assets.examples()]


def parsed(script):
    """The tree of a script and its docstring, taken out of it."""
    tree = ast.parse(script)
    docstring = ast.get_docstring(tree, clean=False)
    del tree.body[0]
    return ast.dump(tree), docstring


@pytest.mark.parametrize("name", scripts())
def test_a_script_is_tidy_python(name):
    script = to_pytorch(solution_of(name), f"{name}.yaml")
    tree = ast.parse(script)
    assert all(len(line) <= 120 and line == line.rstrip() for line in script.splitlines())
    assert script.endswith(")\n")
    assert "\n\n\n\n" not in script
    imported = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= IMPORTED
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound = {one.asname or one.name for node in ast.walk(tree) if hasattr(node, "names") for one in node.names}
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    assert (stored | bound) - used <= {"_"}
    assert re.search(rf"^ROUNDS = {solution_of(name).plan.updates}  # change me", script, re.MULTILINE)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_problem_gets_out_of_the_docstring(text):
    plain, _ = parsed(to_pytorch(solution_of(TABLE, title="x"), "x.yaml"))
    script = to_pytorch(solution_of(TABLE, title=text), text)
    found, docstring = parsed(script)
    assert found == plain
    assert tokenize.detect_encoding(io.BytesIO(script.encode()).readline)[0] == "utf-8"
    shown = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    assert docstring.count(shown) == 2
    assert len(docstring.splitlines()) == len(
        ast.get_docstring(ast.parse(to_pytorch(solution_of(TABLE), "x")), False).splitlines()
    )


def test_what_is_written_in_place_is_refused():
    layers = [{"units": 2, "weights": [[1, 2]], "biases": 0}, {"units": 1, "weights": 1, "biases": 0}]
    tree = {"network": {"inputs": 1, "layers": layers}, "data": [{"x": 1, "y": 0}], "learning_rate": 1}
    in_place = derive.Problem.model_validate({**tree, "updates": "in place"})
    with pytest.raises(InputError, match=r"`updates: in place` works dL/df1_1 with w2_11_new.*`updates: simultaneous`"):
        to_pytorch(derive.solve(in_place), "x.yaml")
    single = {**tree, "network": {"inputs": 1, "layers": [{**layers[1]}]}}
    alone = derive.Problem.model_validate({**single, "updates": "in place"})
    assert "    optimizer.step()\n" in to_pytorch(derive.solve(alone), "x.yaml")


REFUSED = {
    "a name that it has not": ("f = g * q", r"f1_1: `g \* q`, which is stated for PyTorch, names `q`, which is"),
    "a bare argument that it has not": ("f = torch.mul(x, q)", "names `q`, which is none of its arrays and numbers"),
    "no Python": ("f = g * (x", r"`g \* \(x`, which is stated for PyTorch, is no expression"),
    "a statement": ("f = import x", "is no expression"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_of_a_layer_that_cannot_run_is_refused(name):
    class Own(Scale):
        torch = REFUSED[name][0]

    with pytest.raises(InputError, match=f"--format pytorch: .*{REFUSED[name][1]}"):
        to_pytorch(own_solved(Own(factors=[1, 2]), [1, 2]), "x")


def test_an_array_whose_entries_rest_on_one_another_is_refused():
    with pytest.raises(InputError, match="--format pytorch: f1_1: it rests on a number that is worked after it, or"):
        to_pytorch(own_solved(RunningSum(factors=1), [1, 2, 3]), "x")


def test_a_rule_with_a_function_that_no_script_knows_is_refused():
    message = r"f1_1: `scaled_by\(g, x\)`, which is stated for PyTorch, names `scaled_by`, which is none of"
    with pytest.raises(InputError, match=message):
        to_pytorch(own_solved(ScaleByRule(factors=[1, 2]), [1, 2]), "x")


def test_the_letters_of_windows_are_a_layers_own():
    script = to_pytorch(own_solved(Line(slopes=[2, 3], shifts=[0, 1]), [1, 2]), "x")
    assert "    f1 = n1 * x + p1 + (3 - 3)\n" in script
    spread = to_pytorch(own_solved(Transposed1d(kernel=[1, 2, 3], biases=0, stride=2, padding=1), [1, 2]), "x")
    assert "    f1 = F.conv_transpose1d(x[None], k1[None, None], b1, stride=2, padding=1)[0]\n" in spread


IDIOMS = {
    TABLE: [
        *("s = x @ w + b", "f = torch.sigmoid(s)", "q = e**2", 'L = F.mse_loss(f, y, reduction="sum") / 2'),
        *("optimizer = torch.optim.SGD([w, b], lr=eta)", "optimizer.step()", "optimizer.zero_grad()"),
    ],
    "convolution-pooling": ["F.conv2d(x[None], k1[None, None], b1)[0]", "F.max_pool2d(", "m2.flatten() @ w4 + b4"],
    "attention-three-tokens": ["s1 = q1 @ k1.T / math.sqrt(2)", "a1 = torch.softmax(s1, -1)", "f1 = a1 @ v1"],
    "lstm-cell": ["sf_t2 = x[1] @ wf + h_t1 @ uf + bf", "c_t2 = f_t2 * c_t1 + i_t2 * g_t2"],
    "rnn-truncated": ["hbar_t3 = h_t2.detach()"],
    "batch-norm-three-samples": [
        "mu2 = s1.mean(0)",
        "v2 = ((s1 - mu2) ** 2).mean(0)",
        "J = L.mean()",
        '@n{0}", s1.grad)',
    ],
    "word-embedding": ["e1 = E1[x.long() - 1]"],
    "matrix-graph": ["s = W @ x + b", "p = torch.softmax(s, -1)", "L = -(t * torch.log(p)).sum()"],
    "own-activation": ["f1 = s1 * torch.sigmoid(s1)"],
    "leaky-units": ["f1 = F.leaky_relu(s1, alpha1)"],
    "adam-parabola": [
        "optimizer = torch.optim.Adam([theta], lr=eta, betas=(beta1, beta2), eps=epsilon)",
        'mhat_theta = optimizer.state[theta]["exp_avg"] / (1 - beta1**t)',
        '**entries("v_theta_new", optimizer.state[theta]["exp_avg_sq"])',
    ],
    "clipped-gradient": [
        "Q = (w.grad**2).sum() + (b.grad**2).sum()",
        "# clip_grad_norm_ divides by the norm + 1e-6, the key by the norm: the bound is raised by as much",
        "torch.nn.utils.clip_grad_norm_([w, b], c * (1 + 1e-6 / norm))",
        '**entries("ghat_w{0}{1}", w.grad)',
    ],
    "weight-decay": ["J = L + lambda_ / 2 * (w**2).sum()"],
    "dropout-mask": ["f2 = m2 * f1 / (1 - p2)"],
    "schedule": ["eta = eta0 * gamma ** math.floor((t - 1) / T)"],
    "rnn-every-step": ["L_steps = ", "L = L_steps.sum()"],
}


CONVOLUTIONS = {
    "padding: same": "F.conv2d(F.pad(x[None], (0, 1, 0, 1)), k1[None, None])[0]",
    "padding: 1": "F.conv2d(x[None], k1[None, None], padding=(1, 1))[0]",
    "stride: 2, flipped: true": "F.conv2d(x[None], k1[None, None].flip(-2, -1), stride=(2, 2))[0]",
}


@pytest.mark.parametrize("options", CONVOLUTIONS)
def test_padding_that_is_longer_at_the_end_is_put_on_first(options):
    text = (
        f"network: {{inputs: [4, 4], layers: [{{layer: conv2d, size: 2, kernels: 0.5, biases: none, {options}}}, "
        "{layer: flatten}, {units: 1, weights: 0.5, biases: none}]}\n"
        "learning_rate: 0.1\ndata: [{x: 1, y: 0}]\n"
    )
    text = text.replace("x: 1", "x: [[1, 2, 0, 1], [0, 1, 3, 2], [1, 1, 1, 0], [2, 0, 1, 4]]")
    assert f"    s1 = {CONVOLUTIONS[options]}\n" in to_pytorch(derive.solve(derive.loads(text)), "x")


@pytest.mark.parametrize("name", IDIOMS)
def test_the_lines_are_those_that_a_person_writes(name):
    script = to_pytorch(solution_of(name), name)
    assert [line for line in IDIOMS[name] if line not in script] == []


def test_the_table_of_a_long_key_goes_on_below():
    solution = solution_of(TABLE, rounds=30)
    script = to_pytorch(solution, "x")
    assert max(map(len, script.splitlines())) <= 120
    table = script.split('TABLE = """\n')[1].split('"""')[0]
    rows = [line.split() for line in table.splitlines() if line]
    shown = [number for name, *numbers in rows if name == "w11_new" for number in numbers]
    assert shown == [round["w11_new"].shown for round in solution.rounds]


def test_the_command_line_writes_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = str(assets.examples()["two-gates"])
    assert main([path, "--format", "pytorch"]) == 0
    written = (tmp_path / "output" / "two-gates.py").read_text("utf-8")
    capsys.readouterr()
    assert main([path, "--format", "pytorch", "-o", "-"]) == 0
    assert capsys.readouterr().out == written == to_pytorch(solution_of("two-gates"), "two-gates.yaml")
