"""Text made safe for LaTeX: every character is printed as itself, or refused by name."""

from __future__ import annotations

import unicodedata
from types import MappingProxyType

from pylatex.utils import escape_latex

from derive.errors import InputError

_SPECIAL = MappingProxyType(
    {
        "\n": " ",
        "\t": " ",
        "\N{NO-BREAK SPACE}": "~",
        "\N{EM SPACE}": r"\quad{}",
        "\N{THIN SPACE}": r"\,",
        "\N{EN DASH}": r"\textendash{}",
        "\N{EM DASH}": r"\textemdash{}",
        "\N{LEFT SINGLE QUOTATION MARK}": r"\textquoteleft{}",
        "\N{RIGHT SINGLE QUOTATION MARK}": r"\textquoteright{}",
        "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
        "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
        "\N{DOUBLE LOW-9 QUOTATION MARK}": r"\quotedblbase{}",
        "\N{HORIZONTAL ELLIPSIS}": r"\textellipsis{}",
        "\N{BULLET}": r"\textbullet{}",
        "\N{MINUS SIGN}": r"\ensuremath{-}",
        "\N{EURO SIGN}": r"\texteuro{}",
        '"': r"\textquotedbl{}",
        "'": r"\textquotesingle{}",
        "`": r"\char0{}",
        "^": r"\char94{}",
        "~": r"\char126{}",
        "-": r"{-}",
        "[": r"{[}",
        "]": r"{]}",
        ",": r",{}",
        "?": r"{?}",
        "!": r"{!}",
        "¿": r"\textquestiondown{}",
        "¡": r"\textexclamdown{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "\N{MULTIPLICATION SIGN}": r"\ensuremath{\times}",
        "\N{DIVISION SIGN}": r"\ensuremath{\div}",
        "\N{PLUS-MINUS SIGN}": r"\ensuremath{\pm}",
        "\N{MIDDLE DOT}": r"\ensuremath{\cdot}",
        "\N{RIGHTWARDS ARROW}": r"\ensuremath{\rightarrow}",
        "\N{LESS-THAN OR EQUAL TO}": r"\ensuremath{\le}",
        "\N{GREATER-THAN OR EQUAL TO}": r"\ensuremath{\ge}",
        "\N{ALMOST EQUAL TO}": r"\ensuremath{\approx}",
        "\N{NOT EQUAL TO}": r"\ensuremath{\ne}",
        "\N{INFINITY}": r"\ensuremath{\infty}",
        "\N{PARTIAL DIFFERENTIAL}": r"\ensuremath{\partial}",
        "\N{N-ARY SUMMATION}": r"\ensuremath{\sum}",
        "\N{SQUARE ROOT}": r"\ensuremath{\surd}",
        "\N{CIRCLED TIMES}": r"\ensuremath{\otimes}",
        "\N{CIRCLED DOT OPERATOR}": r"\ensuremath{\odot}",
        "\N{SUPERSCRIPT TWO}": r"\ensuremath{^2}",
        "\N{SUPERSCRIPT THREE}": r"\ensuremath{^3}",
        "\N{SUPERSCRIPT ONE}": r"\ensuremath{^1}",
        "\N{DEGREE SIGN}": r"\ensuremath{^\circ}",
        "\N{MICRO SIGN}": r"\ensuremath{\mu}",
        "\N{NOT SIGN}": r"\ensuremath{\neg}",
        "\N{SECTION SIGN}": r"\textsection{}",
        "\N{PILCROW SIGN}": r"\textparagraph{}",
        "\N{COPYRIGHT SIGN}": r"\textcopyright{}",
        "\N{POUND SIGN}": r"\textsterling{}",
    }
)
_GREEK = MappingProxyType(
    {
        unicodedata.lookup(f"GREEK {size} LETTER {'LAMDA' if name == 'lambda' else name.upper()}"): (
            rf"\ensuremath{{\{name if size == 'SMALL' else name.capitalize()}}}"
        )
        for size, names in (
            ("SMALL", "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
             "upsilon phi chi psi omega"),
            ("CAPITAL", "gamma delta theta lambda xi pi sigma phi psi omega"),
        )
        for name in names.split()
    }
)
_LATIN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž"
)


def escape(text: str) -> str:
    """`text` as LaTeX that prints it.

    Raises `InputError` naming the first character that the PDF's font does not have.
    """
    return "".join(_character(character, text) for character in unicodedata.normalize("NFC", text))


def _character(character: str, text: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _GREEK:
        return _GREEK[character]
    if character.isascii() and character.isprintable():
        return str(escape_latex(character))
    if character in _LATIN:
        return character
    name = unicodedata.name(character, "a control character")
    start = text.strip()[:40]
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in start)
    raise InputError.single(
        f"the PDF's font has no U+{ord(character):04X} ({name}) in the text that begins {shown!r}; "
        "write it in another way, or use --format text or json"
    )
