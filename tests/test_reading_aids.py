"""Reading aids: numbered equations and what cites them, symbols, final parameters, conventions, the small print."""

import re
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import combinations, product

import pytest
from conftest import compiled, problem_of, solution_of
from editions import to_latex_document

import derive
from derive.document.aids.citations import Citation, EquationMark, EquationNumber
from derive.document.aids.convention_notes import CONVENTIONS, ConventionNote, chosen_notes, convention_notes
from derive.document.aids.small_print import small_print
from derive.document.aids.symbol_list import printed_mathematics
from derive.document.build import Edition, Solved, build
from derive.document.context import Context
from derive.document.document import Document
from derive.document.locale import locale
from derive.document.mathematics import Answer, Blank, Rich
from derive.document.model import FinalParameters, FunctionsTable, SymbolList, Working
from derive.document.style import style
from derive.graph.quantity import Kind, Role
from derive.problem.model import Problem
from derive.sources import assets

GALLERY = list(assets.examples())


@cache
def asked(name: str, *asks: str, working: bool = False, **changes: object) -> derive.Solution:
    """The solution of an example with one question for these parts."""
    question = {"title": "All", "asks": asks, "working": working}
    return derive.solve(
        Problem.model_validate({**dict(problem_of(name)), "questions": [question], "extra": None, **changes})
    )


def document_of(*solutions: derive.Solution, kind: str = "key") -> Document:
    """The document of one solution or of several, in the style of the first."""
    edition = Edition.of(solutions[0], "x.yaml", kind)
    every = replace(edition, solved=tuple(Solved(one, "x.yaml") for one in solutions))
    return build(every, style(edition.style).style, locale("en"))


def walk(value):
    """Everything in a document, in reading order."""
    yield value
    if isinstance(value, FunctionsTable):
        for column in zip(*value.rows, strict=True):
            yield from walk(column)
    elif isinstance(value, tuple):
        for one in value:
            yield from walk(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from walk(getattr(value, field.name))


def numbered(name: str, which: str = "all", **changes) -> derive.Solution:
    return asked(name, "functions", "rounds", working=True, style="table", equation_numbers=which, **changes)


@pytest.mark.parametrize("name", GALLERY)
def test_numbers_run_from_1_and_each_line_cites_the_equation_of_its_own_quantity(name):
    document = document_of(numbered(name))
    lines = [part for part in walk(document) if hasattr(part, "mark")]
    stated = {line.mark.number: line for line in lines if isinstance(line.mark, EquationNumber)}
    assert list(stated) == list(range(1, len(stated) + 1))
    cited = [line for line in lines if isinstance(line.mark, Citation)]
    assert len(cited) >= len(stated) // 2
    for line in cited:
        assert line.symbol == stated[line.mark.number].symbol
    marks = [part for part in walk(document) if isinstance(part, (EquationNumber, Citation))]
    assert len(marks) == len(stated) + len(cited)


@pytest.mark.parametrize("name", ["fra501-homework-4-1", "lstm-cell", "homework-2-1"])
def test_anchors_resolve(name):
    tex = to_latex_document(numbered(name), "x.yaml")
    places = re.findall(r"\\equationnumber\{([^}]*)\}\{(\d+)\}", tex)
    links = re.findall(r"\\equationcitation\{([^}]*)\}\{(\d+)\}", tex)
    assert len(set(places)) == len(places) > 0
    assert set(links) <= set(places)
    result = compiled(tex)
    assert result.overfull == ()
    assert "has been referenced but does not exist" not in result.log
    assert "has been already used" not in result.log


def test_only_what_is_cited_is_numbered_where_that_is_asked():
    document = document_of(numbered("fra501-homework-4-1", "cited"))
    numbers = {part.number for part in walk(document) if isinstance(part, EquationNumber)}
    links = {part.number for part in walk(document) if isinstance(part, Citation)}
    assert numbers == links != set()
    alone = document_of(asked("fra501-homework-4-1", "functions", equation_numbers="cited"))
    assert not any(isinstance(part, EquationNumber) for part in walk(alone))


def test_no_numbers_where_none_are_asked():
    document = document_of(numbered("fra501-homework-4-1", "none"))
    assert not any(isinstance(part, (EquationNumber, Citation)) for part in walk(document))
    assert (
        r"\equation"
        not in to_latex_document(numbered("fra501-homework-4-1", "none"), "x").partition(r"\begin{document}")[2]
    )


def test_the_index_form_numbers_a_family_once():
    """One equation for all weights; the lines of every weight's gradient cite it."""
    document = document_of(asked("fra501-homework-4-1", "index form", "round 1", working=True, equation_numbers="all"))
    lines = [line for part in walk(document) if isinstance(part, Working) for group in part.groups for line in group]
    weights = [line.mark for line in lines if r"\mathrm{d}w" in line.symbol]
    gradients = [mark for mark in weights if isinstance(mark, Citation)]
    assert len(gradients) >= 4
    assert len({mark.number for mark in gradients[:4]}) == 1


def test_numbers_go_on_through_the_problems_of_a_document():
    document = document_of(numbered("single-neuron"), numbered("fra501-homework-4-1"))
    numbers = [part.number for part in walk(document) if isinstance(part, EquationNumber)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(document.parts) == 2


_LETTER = re.compile(
    r"\\(?:mathrm|text|operatorname|mathsf|textit)\{[^{}]*\}|\\(?P<command>[A-Za-z]+)|(?P<letter>[A-Za-z])"
)
_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Phi",
        "Psi",
        "Omega",
    ]
)


def letters(texts) -> set[str]:
    """Every letter that mathematics prints, read off the LaTeX; upright words and scripts of tags left out."""
    found = set()
    for text in texts:
        for match in _LETTER.finditer(text):
            name = match["letter"] or (match["command"] if match["command"] in _GREEK else None)
            if name:
                found.add(name)
    return found


def _symbols(name: str, *asks: str, **changes: object) -> tuple[SymbolList, set[str]]:
    """The table of symbols of an example, and every letter that the rest of the document prints."""
    document = document_of(asked(name, *asks, "symbols", equation_numbers="none", **changes))
    found = [part for part in walk(document) if isinstance(part, SymbolList)]
    rest = [
        (part.exercise, tuple(one for question in part.questions for one in question.sections if one is not found[0]))
        for part in document.parts
    ]
    texts = (re.sub(r"\\(begin|end)\{\w+\}(\{\w+\})?", "", text) for text in printed_mathematics(tuple(rest)))
    return found[0], letters(texts)


INDICES = {"i", "j", "k", "p", "q", "l", "t", "n"}
"""Letters that the table uses to speak of any entry, layer, step or sample."""
SPOKEN = {
    "d": "the dilation of a cross-correlation, below its sign",
    "e": "exp",
    "k": "the index of a sum",
    "n": "the bound of a bracket that its note explains",
    "sigma": "the author's own text",
    "theta": "any parameter, as the statement of the update says",
}


@pytest.mark.parametrize("name", GALLERY)
def test_the_table_of_symbols_has_every_letter_that_is_printed_and_no_other(name):
    table, printed = _symbols(name, "functions", "rounds")
    listed = letters(row.symbol for row in table.rows)
    assert printed - listed <= SPOKEN.keys()
    assert listed - printed <= INDICES
    assert all(row.meaning and " ." not in f"{row.meaning.parts[-1]}." for row in table.rows)


def test_a_family_has_one_row_with_its_meaning_and_its_size():
    table, _ = _symbols("fra501-homework-4-1", "rounds", working=True)
    rows = {str(row.symbol): ("".join(row.meaning.parts), row.size) for row in table.rows}
    assert rows["w_{ij}"] == ("weight from input i to unit j", "2 × 2")
    assert rows[r"\eta"] == ("learning rate", "= 1")
    assert rows["s_{j}"] == ("pre-activation of unit j", "2")
    assert len(rows) == len(table.rows)


def test_only_what_a_document_prints_is_in_its_table():
    """The momentum is a symbol of the update, which an exercise without an update does not state."""
    with_update, _ = _symbols("momentum-valley", "functions")
    without, _ = _symbols("two-gates", "functions")
    assert r"\mu" in {row.symbol for row in with_update.rows}
    assert {r"\mu", r"\eta"}.isdisjoint({row.symbol for row in without.rows})


def test_an_index_letter_is_none_that_writes_a_quantity():
    table, _ = _symbols("lstm-cell", "rounds")
    symbols = [row.symbol for row in table.rows]
    assert any("_{jk}" in symbol for symbol in symbols)
    assert "i_{t}" in symbols


def test_every_kind_has_a_meaning():
    known = locale("en").symbol_meanings
    assert {kind.value for kind in Kind} <= known.keys()


@pytest.mark.parametrize("name", [name for name in GALLERY if solution_of(name).graph.update])
def test_the_final_parameters_are_those_of_the_trace(name):
    solution = asked(name, "final parameters")
    [section] = [part for part in walk(document_of(solution)) if isinstance(part, FinalParameters)]
    last = solution.rounds[solution.problem.round_count]
    shown = {part.name: part for part in walk(section) if isinstance(part, Answer) and part.name.endswith("_new")}
    blocks = solution.graph.blocks
    wanted = {
        name
        for block in blocks.blocks
        if block.role is Role.UPDATED and block.of in solution.lowered.parameters
        for name in block.names()
    }
    assert shown.keys() == wanted != set()
    for name, answer in shown.items():
        assert (answer.round, answer) == (last.number, solution.writer.number(last[name].shown))


def test_the_loss_before_and_after():
    """Of one sample in every round; the table's homework, which takes each sample once, says nothing."""
    solution = asked("homework-2-1", "final parameters")
    tex = to_latex_document(solution, "x")
    loss = solution.graph.loss
    before, after = (solution.rounds[number].shown[loss] for number in (1, 3))
    assert f"The loss ${solution.writer.symbol(loss)}$ is ${before}$ in round 1 and ${after}$ in round 3." in tex
    assert "in round 1 and" not in to_latex_document(asked("fra501-homework-4-1", "final parameters"), "x")
    alone = to_latex_document(asked("single-neuron", "final parameters", rounds=1), "x")
    assert "in round 1 and" not in alone


@pytest.mark.parametrize("name", assets.names("styles"))
def test_every_style_prints_the_numbers_that_its_lines_cite_and_one_citation_a_line(name):
    text = to_latex_document(asked("single-neuron", "functions", "round 1", style=name, equation_numbers="all"), "x")
    stated = re.findall(r"\\equationnumber\{([^#}]+)\}", text)
    cited = re.findall(r"\\equationcitation\{([^#}]+)\}", text)
    assert len(stated) == len(set(stated)) > 0
    assert len(cited) == len(set(cited))
    assert set(cited) <= set(stated)


@pytest.mark.parametrize(
    "name", ["fra501-homework-4-1", "homework-2-1", "lstm-cell", "convolution-pooling", "adam-parabola"]
)
def test_the_aids_set_without_an_overfull_box(name):
    result = compiled(
        to_latex_document(
            asked(name, "functions", "rounds", "symbols", "final parameters", working=True, equation_numbers="all"),
            "x.yaml",
        )
    )
    assert result.pdf, result.error
    assert result.overfull == ()


NET = """
network: {{inputs: 2, layers: [{layers}]}}
learning_rate: 0.1
data: [{{x: [1, 2], y: {y}}}, {{x: [2, 1], y: {y}}}]
{more}
"""
UNIT = "{units: 1, activation: sigmoid, weights: [0.5, -1], biases: 0.1}"
NORM = (
    "{units: 2, weights: [[1, 0.5], [2, 1]], biases: none}, {layer: layer_norm}, {units: 1, weights: [1, 2], biases: 0}"
)
RNN = "network: {{inputs: [3, 1], layers: [{{layer: rnn, units: 1, weights: 0.5, recurrent: 0.8, biases: 0, returns: last{}}}]}}\nlearning_rate: 0.1\ndata: [{{x: [[1], [2], [1]], y: 0.5}}]\n"
ATTENTION = "network: {{inputs: [2, 2], layers: [{{layer: attention, query: [[1, 0], [0, 1]], key: [[0.5, 0], [0, 1]], value: [[1, 2], [0, 1]]{}}}]}}\nlearning_rate: 0.1\ndata: [{{x: [[1, 2], [2, 1]], y: [[1, 0], [0, 1]]}}]\n"
CONV = "network: {{inputs: [2, 2], layers: [{{layer: conv2d, kernels: [[1]], biases: 0{}}}, {{layer: flatten}}, {{units: 1, weights: 1, biases: 0}}]}}\nlearning_rate: 0.1\ndata: [{{x: [[1, 2], [2, 1]], y: 1}}]\n"


def net(more: str = "", layers: str = UNIT, y: str = "1") -> str:
    return NET.format(layers=layers, more=more, y=y)


CLIPPED = "optimizer: {name: sgd, clip_norm: 1, weight_decay: 0.1}"
CLIPPED_LAST = CLIPPED.replace("}", ", weight_decay_order: before clipping}")
FROZEN = "{units: 2, weights: 1, biases: 0, frozen: true}"
PAIRS = {
    "half in the loss": (net(), net("loss: squared error")),
    "no half in the loss": (net("loss: squared error"), net()),
    "mean in the loss": (net("loss: mean squared error"), net("loss: squared error")),
    "mean of the absolute errors": (net("loss: mean absolute error"), net("loss: absolute error")),
    "absolute error at 0": (net("loss: absolute error"), net()),
    "natural logarithm": (net("loss: binary cross-entropy"), net("loss: {name: binary cross-entropy, log: 2}")),
    "base of the logarithm": (net("loss: {name: binary cross-entropy, log: 2}"), net("loss: binary cross-entropy")),
    "batch averaged": (net("batch: {size: 2}"), net()),
    "batch summed": (net("batch: {size: 2, gradients: summed}"), net("batch: {size: 2}")),
    "half in the penalty": (net("penalty: {l2: 0.1}"), net("penalty: {l2: 0.1, half: false}")),
    "no half in the penalty": (net("penalty: {l2: 0.1, half: false}"), net("penalty: {l1: 0.1}")),
    "penalty without biases": (net("penalty: {l2: 0.1}"), net("penalty: {l2: 0.1, biases: true}")),
    "penalty without biases and scales": (
        net("penalty: {l2: 0.1}", NORM),
        net("penalty: {l2: 0.1, biases: true}", NORM),
    ),
    "weight decay in the gradient": (net("optimizer: {name: sgd, weight_decay: 0.1}"), net("optimizer: adamw")),
    "weight decay apart": (net("optimizer: adamw"), net("optimizer: adam")),
    "clipped entry by entry": (
        net("optimizer: {name: sgd, clip_value: 1}"),
        net("optimizer: {name: sgd, clip_norm: 1}"),
    ),
    "clipped as a whole": (net("optimizer: {name: sgd, clip_norm: 1}"), net("optimizer: {name: sgd, clip_value: 1}")),
    "clipped before weight decay": (net(CLIPPED), net(CLIPPED_LAST)),
    "clipped after weight decay": (net(CLIPPED_LAST), net("optimizer: {name: sgd, weight_decay: 0.1}")),
    "penalty is clipped": (
        net("optimizer: {name: sgd, clip_value: 1}\npenalty: {l1: 0.1}"),
        net("optimizer: {name: sgd, weight_decay: 0.1}\npenalty: {l1: 0.1}"),
    ),
    "norm without frozen parameters": (net(CLIPPED, f"{FROZEN}, {UNIT}"), net(CLIPPED)),
    "frozen parameters do not decay": (
        net("optimizer: adamw", UNIT.replace("biases", "frozen_biases: true, biases")),
        net("optimizer: adam", f"{FROZEN}, {UNIT}"),
    ),
    "epsilon outside the root": (net("optimizer: adam"), net("optimizer: rmsprop inside")),
    "epsilon inside the root": (net("optimizer: rmsprop inside"), net("optimizer: adam")),
    "biased variance": (net(layers=NORM), net(layers=NORM.replace("layer_norm", "rms_norm"))),
    "epsilon of the norm": (net(layers=NORM), net()),
    "kernel not flipped": (CONV.format(""), CONV.format(", flipped: true")),
    "kernel flipped": (CONV.format(", flipped: true"), CONV.format("")),
    "truncated": (RNN.format(", truncate: 2"), RNN.format("")),
    "causal attention": (ATTENTION.format(", causal: true"), ATTENTION.format("")),
    "simultaneous updates": (net(layers=f"{UNIT}, {{units: 1, weights: 1, biases: 0}}"), net()),
}


def notes_of(text: str) -> list[str]:
    solution = derive.solve(derive.loads(text))
    context = Context(solution, style("table").style, locale("en"))
    return ["".join(note.parts) for note in convention_notes(context)]


def test_each_convention_has_a_sentence_and_a_pair_of_problems():
    assert PAIRS.keys() == locale("en").convention_notes.keys() == {one.key for one in CONVENTIONS}


KINDS = {
    "kernel": (
        "{layer: conv1d, name: a, kernels: [1, 2], biases: none}",
        "{layer: conv1d, name: a, kernels: [1, 2], biases: none, flipped: true}",
    ),
    "truncation": tuple(
        f"{{layer: rnn, units: 1, weights: 0.5, recurrent: 0.8, biases: 0{more}}}"
        for more in ("", ", truncate: 2", ", truncate: 3")
    ),
    "variance": (
        "{layer: layer_norm}",
        "{layer: rms_norm}",
        "{layer: batch_norm}",
        "{layer: batch_norm, phase: test, running_mean: 0, running_variance: 1}",
    ),
}
"""For each topic in which layers may differ, a layer with each choice; two of them stand one after another."""
INPUTS = {
    "kernel": ("8", "x: [1, 2, 3, 1, 2, 0, 1, 2]", "{units: 1, weights: 1, biases: 0}"),
    "truncation": ("[4, 1]", "x: [[1], [2], [1], [3]]", "{layer: flatten}, {units: 1, weights: 1, biases: 0}"),
    "variance": ("2", "x: [1, 2]", "{units: 1, weights: 1, biases: 0}"),
}


def chosen_of(text: str) -> list[ConventionNote]:
    solution = derive.solve(derive.loads(text))
    return list(chosen_notes(Context(solution, style("table").style, locale("en"))))


def require_no_contradiction(notes: list[ConventionNote]) -> None:
    """No two notes of one topic hold for the same layer, the whole problem being every layer."""
    for first, second in combinations(notes, 2):
        if first.topic == second.topic:
            assert first.layers, (first, second)
            assert second.layers, (first, second)
            assert not set(first.layers) & set(second.layers), (first, second)


@pytest.mark.parametrize(
    ("topic", "one", "other"),
    [(topic, *pair) for topic, texts in KINDS.items() for pair in product(texts, repeat=2)],
)
def test_two_layers_that_choose_otherwise_do_not_contradict(topic, one, other):
    inputs, x, after = INPUTS[topic]
    notes = chosen_of(
        f"network: {{inputs: {inputs}, layers: [{one}, {other.replace('name: a', 'name: b')}, {after}]}}\n"
        f"learning_rate: 0.1\nbatch: {{size: 2}}\ndata: [{{{x}, y: 1}}, {{{x.replace('1', '4')}, y: 0}}]\n"
    )
    require_no_contradiction(notes)
    own = [note for note in notes if note.topic == topic]
    if topic == "kernel" and one != other:
        assert {note.key: note.layers for note in own} == {
            "kernel flipped": (1 + ("flipped" in other),),
            "kernel not flipped": (2 - ("flipped" in other),),
        }


def test_choices_of_a_problem_do_not_contradict():
    for text in {text for pair in PAIRS.values() for text in pair}:
        require_no_contradiction(chosen_of(text))


def test_a_contradiction_is_found():
    layers = [ConventionNote("kernel", key, {}) for key in ("kernel flipped", "kernel not flipped")]
    with pytest.raises(AssertionError):
        require_no_contradiction(layers)


def test_a_note_that_does_not_hold_for_all_layers_names_its_own():
    text = (
        "network: {inputs: 5, layers: [{layer: conv1d, name: a, from: input, kernels: [1, 2, 3], biases: none, flipped: true},"
        " {layer: conv1d, name: b, from: input, kernels: [1, 2, 3], biases: none}, {layer: concatenate, from: [a, b]},"
        " {units: 1, weights: 1, biases: none}]}\nlearning_rate: 0.1\ndata: [{x: [1, 0, 2, -1, 1], y: 2}]\n"
    )
    notes = notes_of(text)
    assert "Layer 1: Kernels are flipped (convolution)." in notes
    assert "Layer 2: Kernels are not flipped (cross-correlation)." in notes
    page = to_latex_document(derive.solve(derive.loads(text)), "x")
    assert "alt={A network of the layers convolution, cross-correlation, concatenate, dense.}" in page


@pytest.mark.parametrize("key", PAIRS)
def test_a_convention_is_stated_where_it_matters_and_only_there(key):
    start = locale("en").convention_notes[key].split("<")[0]
    having, lacking = PAIRS[key]
    assert any(note.startswith(start) for note in notes_of(having))
    assert not any(note.startswith(start) for note in notes_of(lacking))


def _value(text: str, name: str) -> Decimal:
    return derive.solve(derive.loads(text)).rounds[1][name].unrounded


def test_what_the_sentences_say_is_so():
    """Each is checked on numbers: a loss or a gradient is the stated multiple of another one."""
    error = 1 - _value(net(), "f1")
    tiny = Decimal("1e-20")
    assert abs(_value(net(), "L") - error**2 / 2) < tiny
    assert abs(_value(net(), "dL/df1") + error) < tiny
    assert abs(_value(net("loss: squared error"), "dL/df1") + 2 * error) < tiny
    natural, binary = (_value(net(f"loss: {{name: binary cross-entropy, log: {b}}}"), "dL/df1") for b in ("natural", 2))
    assert abs(binary * Decimal(2).ln() - natural) < Decimal("1e-20")
    averaged, summed = (
        _value(net(f"batch: {{size: 2, gradients: {how}}}"), "dJ/dw11") for how in ("averaged", "summed")
    )
    assert abs(summed - 2 * averaged) < tiny
    with_half, without = (_value(net(f"penalty: {{l2: 0.1, half: {half}}}"), "dJ/dw11") for half in ("true", "false"))
    plain = _value(net(), "dL/dw11")
    assert abs((without - plain) - 2 * (with_half - plain)) < tiny
    assert _value(net("penalty: {l2: 0.1}"), "dJ/db1") == _value(net(), "dL/db1")
    assert _value(net("penalty: {l2: 0.1, biases: true}"), "dJ/db1") != _value(net(), "dL/db1")


@pytest.mark.parametrize(
    ("name", "place"),
    [("table", "end"), ("matrix", "exercise"), ("worked", "paragraph"), ("steps", "exercise"), ("graph", "end")],
)
def test_each_style_states_the_conventions_once(name, place):
    chosen = style(name).style
    assert chosen.remarks == place
    tex = to_latex_document(asked("fra501-homework-4-1", "rounds", style=name), "x")
    assert tex.count("The loss has the factor") == 1
    before_questions = tex.index("The loss has the factor") < tex.index(r"\question{1}")
    assert before_questions == (place != "end")


def test_the_layout_and_the_product_are_stated_where_matrices_are_shown():
    matrix = to_latex_document(asked("homework-2-1", "rounds"), "x")
    assert "Gradients are in denominator layout" in matrix
    assert "Vectors are columns" in matrix
    table = to_latex_document(asked("homework-2-1", "rounds", style="table"), "x")
    assert "denominator layout" not in table


def test_the_approximate_sign_is_explained_only_where_lines_have_it():
    for working in (True, False):
        tex = to_latex_document(asked("lstm-cell", "rounds", style="table", working=working), "x")
        assert (r"\approx" in tex.partition(r"\begin{document}")[2]) == working


def test_the_small_print_says_how_to_make_the_pages_again():
    solution = solution_of("homework-2-1")
    context = Context(solution, style("matrix").style, locale("en"))
    text = "".join(small_print(context, "some/homework-2-1.yaml", (Rich(("Seed 7.",)),)).parts)
    assert text.startswith(
        f"Made by derive {derive.__version__} from homework-2-1.yaml, style matrix, notation delta. Seed 7. The 46"
    )
    assert "/tmp" not in text


def test_a_date_is_printed_only_where_the_problem_has_one():
    dated = Problem.model_validate({**dict(problem_of("single-neuron")), "date": "2026-11-22"})
    assert "2026{-}11{-}22" in to_latex_document(derive.solve(dated), "x")
    assert not re.search(
        r"20\d\d", to_latex_document(solution_of("single-neuron"), "x").partition(r"\begin{document}")[2]
    )


def test_a_marking_scheme_has_marks_and_no_numbers_of_equations():
    """Both stand in parentheses beside a line."""
    solution = solution_of("fra501-homework-4-1")
    found = {
        kind: [part for part in walk(document_of(solution, kind=kind)) if isinstance(part, EquationMark)]
        for kind in ("key", "worksheet", "marking")
    }
    assert len(found["key"]) == len(found["worksheet"]) > 0
    assert found["marking"] == []


def test_the_seed_of_a_worksheet_is_in_the_small_print():
    worksheet = {"blank": {"share": "0.5", "seed": "7"}}
    problem = Problem.model_validate({**dict(problem_of("single-neuron")), "worksheet": worksheet})
    assert "drawn with the seed 7." in to_latex_document(derive.solve(problem), "x")
    assert "seed" not in to_latex_document(solution_of("single-neuron"), "x").partition(r"\provenance{")[2]


def test_a_worksheet_gives_no_final_parameter_away():
    data = problem_of("fra501-homework-4-1").data[:1]
    solution = asked("fra501-homework-4-1", "rounds", "final parameters", "symbols", data=data, rounds=4)
    sheet = document_of(solution, kind="worksheet")
    [section] = [part for part in walk(sheet) if isinstance(part, FinalParameters)]
    assert len([part for part in walk(section) if isinstance(part, Blank)]) == 6 + 2
    assert not [part for part in walk(section) if isinstance(part, Answer)]
