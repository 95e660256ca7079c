"""Texts of a problem file print as that text, or are refused; nothing of it is ever TeX."""

from pathlib import Path

import pytest
from conftest import compiled, engine_or_skip, text_of
from editions import to_latex_document

import derive
from derive.errors import InputError
from derive.render.escape import _GREEK, _LATIN, _SPECIAL, escape
from derive.tex.compile import compile_latex

BASE = {
    "network": {"inputs": 1, "layers": [{"units": 1, "weights": 1, "biases": 0}]},
    "learning_rate": 1,
    "data": [{"x": 1, "y": 2}],
}

ATTACKS = {
    "shell": r"\write18{touch owned}",
    "input": r"\input{/etc/passwd}",
    "pdfobj": r"\pdfobj stream file {/etc/passwd}",
    "openin": r"\openin5=/etc/passwd",
    "percent": "100 % of it",
    "hash and ampersand": "C# & D",
    "braces": "{ not } closed {{",
    "hat notation": "^^5cinput{x}",
    "dollars": "$5 and $$6$$",
    "mathematics that is none": r"$\input{/etc/passwd}$",
    "tilde and underscore": "a_b ~c^d",
    "ligatures": "a -- b --- c ?` !` << >> ,,x''",
    "quotes": '"it\'s" `so`',
    "end": r"\end{document}",
    "jinja": "<< document >> <% for %> {{ x }} {% y %}",
    "backslash": "\\",
    "csname": r"\csname end\endcsname \catcode`\@=11",
}


def document(text):
    fields = {"title": text, "course": text, "instructions": text, "header": text}
    exercise = {"title": text, "text": text, "points": text, "conditions": [text]}
    questions = [{"title": text, "asks": ["functions"], "note": text, "text": text, "points": text}]
    problem = derive.Problem.model_validate({**BASE, **fields, "exercise": exercise, "questions": questions})
    return to_latex_document(derive.solve(problem), f"{text}.yaml".replace("/", "_"))


def letters(text):
    """The characters without spaces, typographic quotes made straight."""
    return "".join(text.split()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_prints_as_its_text(text, tmp_path):
    tex = document(text)
    result = compiled(tex)
    assert result.pdf, result.error
    assert "(/etc/passwd" not in result.log
    assert "root:" not in text_of(result.pdf, tmp_path)
    assert letters(text_of(result.pdf, tmp_path)).count(letters(text)) >= 6


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("party \N{PARTY POPPER}", "PARTY POPPER"),
        ("שיעורי בית", "HEBREW LETTER SHIN"),
        ("abc\N{RIGHT-TO-LEFT OVERRIDE}def", "RIGHT-TO-LEFT OVERRIDE"),
        ("गृहकार्य", "DEVANAGARI LETTER GA"),
        ("zero\N{ZERO WIDTH SPACE}width", "ZERO WIDTH SPACE"),
        ("bell\x07", "a control character"),
    ],
)
def test_what_the_font_cannot_show_is_refused_by_name(text, name):
    with pytest.raises(InputError, match=name):
        document(text)


@pytest.mark.parametrize("label", [*ATTACKS.values(), "x}\\input{y", "สวิช", "größe", "two words", "a-b"])
def test_the_name_of_an_activation_stands_in_mathematics_and_is_a_plain_name(label):
    """It is not escaped there, so that nothing else may be let through."""
    layer = {"units": 1, "weights": 1, "biases": 0, "activation": {"formula": "s*sigmoid(s)", "label": label}}
    with pytest.raises(ValueError, match="expected a plain name such as swish"):
        derive.Problem.model_validate({**BASE, "network": {"inputs": 1, "layers": [layer]}})


def test_every_character_that_is_let_through_compiles(tmp_path):
    ascii_text = "".join(map(chr, range(33, 127)))
    rest = [*_LATIN, *_GREEK, *(c for c in _SPECIAL if not c.isspace() and not c.isascii())]
    text = " ".join([ascii_text, *sorted(rest)])
    tex = document("plain").replace("Made by derive", f"Made by {escape(text)} derive")
    result = compiled(tex)
    assert result.pdf, result.error
    assert "Missing character" not in result.log
    found = text_of(result.pdf, tmp_path)
    same_glyph = {"Đ"}  # in the T1 encoding the same glyph as Ð, and copied out of the PDF as that
    assert {character for character in _LATIN if character not in found} <= same_glyph
    assert letters(ascii_text) in letters(found)


@pytest.mark.parametrize(
    "body",
    [
        r"\immediate\write18{touch owned}\ifnum\pdfshellescape=0 \typeout{REFUSED}\fi",
        r"\openin5=/etc/hostname \ifeof5 \typeout{REFUSED}\fi",
    ],
)
def test_tex_runs_without_shell_and_outside_files(body):
    """Even TeX that is not derive's, such as an edited .tex, has no shell and reads no files above its folder."""
    result = compile_latex(rf"\documentclass{{article}}\begin{{document}}{body}\null\end{{document}}", engine_or_skip())
    assert "REFUSED" in result.log
    assert not Path("owned").exists()


def test_tex_does_not_write_outside_its_folder(tmp_path):
    target = tmp_path / "outside.txt"
    tex = rf"\documentclass{{article}}\begin{{document}}x\newwrite\w\immediate\openout\w={target}\immediate\write\w{{x}}\end{{document}}"
    compile_latex(tex, engine_or_skip())
    assert not target.exists()
