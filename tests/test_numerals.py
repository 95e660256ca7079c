"""Numbers as a language writes them: every printed number, over the gallery, and what a problem file may hold."""

import re
from dataclasses import fields, is_dataclass
from functools import cache

import pytest
from conftest import solution_of

import derive
from derive.document.build import Edition, build
from derive.document.locale import locale
from derive.document.mathematics import Answer, Math
from derive.document.pictures.geometry import Drawing, Label
from derive.document.style import style
from derive.errors import InputError
from derive.render.terminal import to_text
from derive.render.trace import to_json
from derive.sources import assets
from derive.writing.dialect import Numerals, latex_decimal

POINT = re.compile(r"\d\.\d")
CASES = [(name, look) for name in assets.examples() for look in ("table", "matrix", "worked")]


def leaves(value):
    """Every text and drawing of a document, in order."""
    if isinstance(value, (str, Drawing)):
        yield value
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from leaves(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))


@cache
def document(name, look, language):
    solution = solution_of(name)
    return build(Edition.of(solution, name), style(look).style, locale(language))


def printed(name, look, language):
    """What derive itself prints: mathematics, labels and text alternatives; the author's own prose aside."""
    for leaf in leaves(document(name, look, language)):
        if isinstance(leaf, Drawing):
            yield leaf.alternative
            yield from (shape.text for shape in leaf.shapes if isinstance(shape, Label))
        elif isinstance(leaf, Math):
            yield leaf


def supported(name, look):
    try:
        document(name, look, "en")
    except InputError:
        return False
    return True


@pytest.mark.parametrize(("name", "look"), CASES)
def test_no_number_has_a_point_in_german(name, look):
    if supported(name, look):
        assert [text for text in printed(name, look, "de") if POINT.search(text)] == []


@pytest.mark.parametrize(("name", "look"), CASES)
def test_the_numbers_in_german_are_those_of_the_trace(name, look):
    """Every answer, read back with a point, is what the trace holds, and every formula is the English one."""
    if not supported(name, look):
        return
    rounds = solution_of(name).rounds
    for leaf in leaves(document(name, look, "de")):
        if isinstance(leaf, Answer) and leaf.facet == "value" and leaf.round and leaf.name in named(name):
            mantissa, _, exponent = leaf.replace("{,}", ".").partition(r" \times 10^{")
            number = mantissa + (f"e{exponent.rstrip('}')}" if exponent else "")
            assert number in (rounds[leaf.round][leaf.name].shown, f"({rounds[leaf.round][leaf.name].shown})")
    read = [leaf.replace("{,}", ".").replace(";", ",") for leaf in leaves(document(name, look, "de")) if is_math(leaf)]
    assert read == [leaf.replace(";", ",") for leaf in leaves(document(name, look, "en")) if is_math(leaf)]


@cache
def named(name):
    solution = solution_of(name)
    return {n for n, q in solution.graph.blocks.by_name.items() if all(q in v for v in solution.values)}


def is_math(leaf):
    return isinstance(leaf, Math)


@pytest.mark.parametrize(("name", "look"), CASES)
def test_lists_of_numbers_have_the_mark_of_the_language(name, look):
    if supported(name, look):
        numbers = [text for text in printed(name, look, "de") if re.search(r"\d, ?-?\d+\{,\}|\}\d+, ?-?\d", text)]
        assert numbers == []


def test_arguments_of_functions_stand_apart_by_the_list_mark():
    solution = derive.solve(derive.loads(RELU))
    writer = solution.writer_of(stacked=True, tells_first=False, numerals=Numerals(",", ";"))
    line = next(e for e in solution.rounds[1].equations if "max" in solution.writer.formula(e))
    assert writer.formula(line) == solution.writer.formula(line).replace(",", ";") == r"\max(0; s^{(1)}_{1})"
    assert writer.substituted(line, solution.rounds[1].values) == r"\max(0; 0{,}5000)"


RELU = """
network: {inputs: 1, layers: [{units: 1, activation: relu, weights: 1, biases: 0}, {units: 1, weights: 1, biases: 0}]}
learning_rate: 0.1
data: [{x: 0.5, y: 1}]
"""


def test_a_comma_takes_no_space_after_it_in_mathematics():
    assert latex_decimal(Numerals(",", ";")) == "{,}"
    assert latex_decimal(Numerals()) == "."


def test_the_trace_and_the_terminal_keep_the_point():
    name = "leaky-units"
    german = solution_of(name, language="de")
    assert to_text(german) == to_text(solution_of(name))
    assert to_json(german, "x") == to_json(solution_of(name), "x")
    assert "." in german["L"].shown()
    assert "{,}" in german["L"].latex("value")


def test_mathematics_in_an_authors_text_is_written_in_the_language():
    problem = derive.loads(RELU + 'title: x\nexercise: {title: y, conditions: ["$(0.25, -1)$ and $x_1, x_2$"]}')
    found = build(Edition.of(derive.solve(problem), "x"), style("table").style, locale("de"))
    parts = found.parts[0].exercise.conditions[0][1].parts
    assert parts == ("(0{,}25; -1)", " and ", "x_{1}, x_{2}")


@pytest.mark.parametrize(
    ("data", "message"), [("{x: '0,3', y: 1}", "such as 0.3"), ('{x: ["0,3"], y: 1}', "such as 0.3")]
)
def test_a_decimal_comma_in_a_problem_file_is_explained(data, message):
    with pytest.raises(InputError, match=f"decimal point, {message}"):
        derive.loads(RELU.replace("{x: 0.5, y: 1}", data))


@pytest.mark.parametrize(("count", "words"), [(1, "1 Nachkommastelle"), (2, "2 Nachkommastellen")])
def test_a_phrase_goes_with_its_number(count, words):
    german = locale("de")
    assert german.counted(german.places, str(count)).replace("<n>", str(count)) == words
    assert german.number("1.5") == "1,5"
