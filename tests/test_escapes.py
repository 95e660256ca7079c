"""Characters that mean something, one by one: in LaTeX, in the properties of a PDF, in Markdown."""

import string

import pytest

from derive.errors import InputError
from derive.exports.markdown import after_mathematics, escaped, plain
from derive.render.escape import escape, metadata

LATEX = {
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "\\": r"\textbackslash{}",
    "^": r"\char94{}",
    "~": r"\char126{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "-": "{-}",
    ",": ",{}",
    "?": "{?}",
    "!": "{!}",
}
"""The last lines: a bracket after `\\\\` is an option, and two of -, , and ' or a mark before ` are other signs."""


@pytest.mark.parametrize("character", string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", ""))
def test_every_character_of_ascii_in_latex(character):
    wanted = " " if character in "\n\t" else LATEX.get(character, character)
    assert escape(character) == wanted
    assert escape(f"a{character}b") == f"a{wanted}b"


@pytest.mark.parametrize("character", ["\N{SNOWMAN}", "\N{RUNIC LETTER FEHU FEOH FE F}", "\x00"])
def test_what_no_font_has_is_refused_by_name(character):
    with pytest.raises(InputError, match=f"U\\+{ord(character):04X}"):
        escape(f"a{character}")


def test_properties_of_a_pdf_hold_plain_characters_and_numbers():
    assert metadata("Round 1, (a)") == "Round 1, (a)"
    assert metadata("a}b") == 'a\\unichar{"007D}b'
    assert metadata("\\#%") == '\\unichar{"005C}\\unichar{"0023}\\unichar{"0025}'
    assert metadata("é") == '\\unichar{"00E9}'


MARKS = frozenset("\\`*_[]<$|~#")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*b", r"a\*b"),
        ("a_b_c", r"a\_b\_c"),
        ("[x](y)", r"\[x\](y)"),
        ("<b>", r"\<b>"),
        ("$x$", r"\$x\$"),
        ("a|b", r"a\|b"),
        ("`code`", r"\`code\`"),
        ("back\\slash", r"back\\slash"),
        ("&amp; &#60; & co", r"\&amp; &\#60; & co"),
        ("a--b", r"a\--b"),
        ("a...b", r"a\...b"),
        ("1. one", r"1\. one"),
        ("a) one", r"a\) one"),
        ("3.14", "3.14"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("> quoted", r"\> quoted"),
        ("=====", r"\====="),
        ("%%%", r"\%%%"),
        (": colon", r"\: colon"),
        ("plain words", "plain words"),
    ],
)
def test_what_markdown_would_take_for_markup(text, expected):
    assert escaped(text, MARKS) == expected


def test_a_text_is_one_line_without_control_characters():
    assert plain("a\n\n# b\tc") == "a # b c"
    assert plain("a\x07b\x00c\x1b[31m") == "abc[31m"
    assert escaped("a\n- b", MARKS) == "a - b"


@pytest.mark.parametrize(
    ("text", "expected"), [("1st", "&#49;st"), ("x", "&#120;"), (", so", ", so"), ("é", "é"), ("", "")]
)
def test_a_letter_or_digit_that_touches_mathematics_is_written_by_its_number(text, expected):
    assert after_mathematics(text) == expected
