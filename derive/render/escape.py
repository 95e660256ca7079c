"""Text made safe for LaTeX: every character is printed as itself, or refused by name."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from pylatex.utils import escape_latex

from derive.errors import InputError
from derive.render.scripts import is_shown

_SPECIAL = MappingProxyType(
    {
        "\n": " ",
        "\t": " ",
        "\N{NO-BREAK SPACE}": "~",
        "\N{EM SPACE}": r"\quad{}",
        "\N{THIN SPACE}": r"\,",
        "\N{NARROW NO-BREAK SPACE}": r"\,",
        "\N{EN DASH}": r"\textendash{}",
        "\N{EM DASH}": r"\textemdash{}",
        "\N{LEFT SINGLE QUOTATION MARK}": r"\textquoteleft{}",
        "\N{RIGHT SINGLE QUOTATION MARK}": r"\textquoteright{}",
        "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
        "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
        "\N{DOUBLE LOW-9 QUOTATION MARK}": r"\quotedblbase{}",
        "\N{HORIZONTAL ELLIPSIS}": r"\textellipsis{}",
        "«": r"\guillemotleft{}",
        "»": r"\guillemotright{}",
        "‹": r"\guilsinglleft{}",
        "›": r"\guilsinglright{}",
        "\N{SINGLE LOW-9 QUOTATION MARK}": r"\quotesinglbase{}",
        "º": r"\textordmasculine{}",
        "ª": r"\textordfeminine{}",
        "½": r"\ensuremath{\tfrac12}",
        "¼": r"\ensuremath{\tfrac14}",
        "¾": r"\ensuremath{\tfrac34}",
        "\N{HYPHEN}": r"{-}",
        "\N{PRIME}": r"\ensuremath{'}",
        "\N{BULLET}": r"\textbullet{}",
        "\N{MINUS SIGN}": r"\ensuremath{-}",
        "\N{EURO SIGN}": r"\texteuro{}",
        '"': r"\textquotedbl{}",
        "'": r"\textquotesingle{}",
        "`": r"\textasciigrave{}",
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
_SMALL_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu "
    "nu xi pi rho sigma tau upsilon phi chi psi omega"
)
_GREEK = MappingProxyType(
    {
        unicodedata.lookup(f"GREEK {size} LETTER {'LAMDA' if name == 'lambda' else name.upper()}"): (
            rf"\ensuremath{{\{name if size == 'SMALL' else name.capitalize()}}}"
        )
        for size, names in (
            ("SMALL", _SMALL_GREEK),
            ("CAPITAL", "gamma delta theta lambda xi pi sigma phi psi omega"),
        )
        for name in names.split()
    }
)
_LATIN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž"
)


_PLAIN = frozenset(string.ascii_letters + string.digits + " .,:;/()+-")


def escape(text: str) -> str:
    """`text` as LaTeX that prints it.

    A character of a script of `templates/scripts.yaml` stands as it is. Raises `InputError` naming the first one for
    which no font is known.
    """
    return "".join(_character(character, text) for character in unicodedata.normalize("NFC", text))


def _character(character: str, text: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _GREEK:
        return _GREEK[character]
    if character.isascii() and character.isprintable():
        return str(escape_latex(character))
    if character in _LATIN or is_shown(character):
        return character
    raise InputError.single(_refusal(character, text))


def is_latin(character: str) -> bool:
    """Whether the fonts of a Latin document have a character, once it is composed."""
    return character in _SPECIAL or character in _GREEK or character in _LATIN or character.isascii()


def _refusal(character: str, text: str) -> str:
    name = unicodedata.name(character, "a control character")
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text.strip()[:40])
    return (
        f"no font of the PDF is known to have U+{ord(character):04X} ({name}), in the text that begins {shown!r}; "
        "write it in another way, or use --format html, which needs no font"
    )


def refusals(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a tree of keys and lists that cannot be printed: its path and why."""
    if isinstance(value, str):
        try:
            escape(value)
        except InputError as error:
            yield path, error.diagnostics[0].message
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from refusals(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from refusals(inner, (*path, index))


def printable(text: str) -> str:
    """`text` with a question mark for every character that the fonts of a Latin document do not have."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(one if is_latin(one) and not any(refusals(one)) else "?" for one in composed)


def metadata(text: str) -> str:
    """`text` as the properties of a PDF hold it: plain where it is plain, by its number where it is not."""
    return "".join(one if one in _PLAIN else f'\\unichar{{"{ord(one):04X}}}' for one in text)
