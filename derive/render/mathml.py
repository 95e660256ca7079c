"""LaTeX mathematics as MathML, by math-core; a long formula is cut where a line may break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import count

from markupsafe import Markup, escape
from math_core import LatexError, LatexToMathML

from derive.errors import InputError

LONGEST = 44
"""Characters of a formula that browsers need not break; a longer one becomes several formulas, cut before its signs."""
_FIRST_STAND_IN = 0xE000
_STAND_IN = re.compile("<mi>([\ue000-\uf8ff])</mi>")
_DECIMAL_COMMA = re.compile(r'(?<=\d)</mn><mo rspace="0">,</mo><mn>(?=\d)')
_DOTS = '<mo>.</mo><mo lspace="0" rspace="0.1667em">.</mo><mo lspace="0" rspace="0">.</mo>'
_TAG = re.compile(r"<(/?)\w+[^>]*?(/?)>")
_RELATION = re.compile(r"<mo[^>]*>[=≈←≐]</mo>")
_SIGN = re.compile(r"<mo>([+−])</mo>")
_OPENING = re.compile(r"<mo[^>]*>[(\[⌊]</mo>")
_CLOSING = re.compile(r"<mo[^>]*>[)\]⌋]</mo>|<m\w+><mo[^>]*>[)\]⌋]</mo>")


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


def fragment(latex: str) -> str:
    """What a `math` element of the formula holds. Raises `InputError` for LaTeX that has no MathML."""
    try:
        whole = _converter().convert_with_local_state(latex, displaystyle=False)
    except LatexError as error:
        raise InputError.single(f"the notation writes {latex!r}, which cannot be shown in HTML: {error}") from error
    inner = whole.removeprefix("<math>").removesuffix("</math>")
    return _DECIMAL_COMMA.sub(",", inner).replace(_DOTS, "<mo>…</mo>")


class Row:
    """A formula put together from LaTeX and from MathML that stands in it as one piece."""

    def __init__(self) -> None:
        self._latex: list[str] = []
        self._pieces: dict[str, str] = {}
        self._stand_ins = map(chr, count(_FIRST_STAND_IN))

    def add_latex(self, latex: str) -> None:
        """Go on with LaTeX, which may open what later LaTeX closes."""
        self._latex.append(latex)

    def add_piece(self, mathml: str) -> None:
        """Go on with one piece of MathML."""
        stand_in = next(self._stand_ins)
        self._latex.append(stand_in)
        self._pieces[stand_in] = mathml

    def formulas(self) -> Markup:
        """The row as one `math` element, or as several between which a line may break."""
        inner = fragment(" ".join(self._latex))
        return Markup(" ".join(f"<math>{_filled(chunk, self._pieces)}</math>" for chunk in _chunks(inner)))


def _filled(mathml: str, pieces: Mapping[str, str]) -> str:
    return _STAND_IN.sub(lambda match: pieces[match[1]], mathml)


def piece(mathml: str, attributes: Mapping[str, object]) -> Markup:
    """MathML grouped under attributes."""
    return Markup(f"<mrow{written(attributes)}>{mathml}</mrow>")


def written(attributes: Mapping[str, object]) -> str:
    """Attributes as they stand in a tag, escaped."""
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _chunks(inner: str) -> Iterator[str]:
    """A formula cut before its relations and, where it is long, before the signs between its terms."""
    children = list(_children(inner))
    long = len(_TAG.sub("", inner)) > LONGEST
    start = depth = 0
    for index, child in enumerate(children):
        cuts = _RELATION.fullmatch(child) or (long and _SIGN.fullmatch(child))
        if cuts and not depth and index > start:
            yield _joined(children[start:index])
            start = index
        depth += bool(_OPENING.fullmatch(child)) - bool(_CLOSING.match(child))
    yield _joined(children[start:])


def _joined(children: Sequence[str]) -> str:
    """The children of one formula; a sign that begins it stays a sign between terms."""
    first = _SIGN.sub(r'<mo form="infix" lspace="0">\1</mo>', children[0], count=1) if children else ""
    return first + "".join(children[1:])


def _children(inner: str) -> Iterator[str]:
    """The elements that a fragment holds, one after another."""
    depth = start = 0
    for tag in _TAG.finditer(inner):
        depth += 0 if tag[2] else -1 if tag[1] else 1
        if not depth:
            yield inner[start : tag.end()]
            start = tag.end()
