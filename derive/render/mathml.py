"""LaTeX mathematics as MathML, by math-core; a formula is cut where a line may break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from types import MappingProxyType

from math_core import LatexError, LatexToMathML

from derive.errors import InputError

MATHML = "http://www.w3.org/1998/Math/MathML"
LONGEST = 20
"""Characters of a formula that no line need break; a longer one is cut between its terms too, or else its factors."""
_STAND_IN = re.compile("<mi>([\ue000-\uf8ff])</mi>")
_ROW_GAP = re.compile(r"(?<=\\\\)\[[\d.]+pt\]")
"""What more room a row of a table has below it, which the converter does not know."""
_DECIMAL_COMMA = re.compile(r'(?<=\d)</mn><mo rspace="0">,</mo><mn>(?=\d)')
_DOTS = re.compile(r"(?:<mo[^>]*>([.·])</mo>)(?:<mo[^>]*>\1</mo>){2}")
_ELLIPSES = MappingProxyType({".": "<mo>…</mo>", "·": '<mo lspace="0" rspace="0">⋯</mo>'})
_UNSEEN_MINUS = "<mphantom><mo>−</mo></mphantom>"
_TAG = re.compile(r"<(/?)\w+[^>]*?(/?)>")
_RELATION = re.compile(r"<mo[^>]*>([=≈←≐])</mo>")
_BETWEEN_TERMS = re.compile(r"<mo>([+−])</mo>")
_BETWEEN_FACTORS = re.compile(r"<mo[^>]*>([×⋅⊙⊗⊘])</mo>")
_SIGNS = (_RELATION, _BETWEEN_TERMS, _BETWEEN_FACTORS)
_OPENING = re.compile(r"<mo[^>]*>[(\[⌊]</mo>")
_CLOSING = re.compile(r"(?:<msu[bp]+>)?<mo[^>]*>[)\]⌋]</mo>")


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


def to_mathml(latex: str, *, displayed: bool = False) -> str:
    """What the `math` element of a formula holds, its fractions large if it is `displayed`.

    Raises `InputError` for LaTeX that has no MathML.
    """
    try:
        whole = _converter().convert_with_local_state(_ROW_GAP.sub("", latex), displaystyle=displayed)
    except LatexError as error:
        raise InputError.single(f"{latex!r} cannot be written as MathML: {error}") from error
    return _mended(whole[whole.index(">") + 1 : -len("</math>")])


def formula_mathml(formula: str) -> str:
    """A formula as one MathML element, displayed; it may be put into a page or a text processor."""
    return f'<math xmlns="{MATHML}" display="block">{to_mathml(formula, displayed=True)}</math>'


def _mended(inner: str) -> str:
    """MathML with an ellipsis as one character, and an unseen minus as wide as before a number."""
    inner = _DOTS.sub(lambda dots: _ELLIPSES[dots[1]], _DECIMAL_COMMA.sub(",", inner))
    return inner.replace(_UNSEEN_MINUS, '<mphantom><mo lspace="0" rspace="0">−</mo></mphantom>')


class Row:
    """A formula put together from LaTeX and from MathML that stands in it as one piece."""

    def __init__(self) -> None:
        self._latex: list[str] = []
        self._pieces: dict[str, str] = {}
        self._stand_ins = map(chr, count(0xE000))

    def add_latex(self, latex: str) -> None:
        """Go on with LaTeX, which may open what later LaTeX closes."""
        self._latex.append(latex)

    def add_piece(self, mathml: str) -> None:
        """Go on with MathML."""
        stand_in = next(self._stand_ins)
        self._latex.append(stand_in)
        self._pieces[stand_in] = mathml

    def formulas(self, *, displayed: bool = False) -> str:
        """The row as one `math` element, or as several between which a line may break."""
        inner = to_mathml(" ".join(self._latex), displayed=displayed)
        start = '<math displaystyle="true">' if displayed else "<math>"
        return " ".join(f"{start}{self._filled(formula)}</math>" for formula in _cut(inner))

    def _filled(self, mathml: str) -> str:
        return _STAND_IN.sub(lambda match: self._pieces[match[1]], mathml)


def _cut(inner: str) -> Iterator[str]:
    """A formula cut before its relations and, where it is long, between its terms or else its factors."""
    start = 0
    children = list(_children(inner))
    outer = list(_outside_brackets(children))
    long = len(_TAG.sub("", inner)) > LONGEST
    terms = {index for index in outer if _BETWEEN_TERMS.fullmatch(children[index])}
    factors = {index for index in outer if _BETWEEN_FACTORS.fullmatch(children[index])}
    ends = {index for index in outer if _RELATION.fullmatch(children[index])} | ((terms or factors) if long else set())
    for index in sorted(ends - {0}):
        yield _beginning(children[start:index])
        start = index
    yield _beginning(children[start:])


def _outside_brackets(children: Sequence[str]) -> Iterator[int]:
    """The places of the children that stand in no brackets."""
    depth = 0
    for index, child in enumerate(children):
        depth -= bool(_CLOSING.match(child))
        if not depth:
            yield index
        depth += bool(_OPENING.fullmatch(child))


def _beginning(children: Sequence[str]) -> str:
    """The children as a formula of their own; a sign that begins it stays one between terms, without space before."""
    first = children[0] if children else ""
    sign = next((found for signs in _SIGNS if (found := signs.fullmatch(first))), None)
    return "".join([f'<mo form="infix" lspace="0">{sign[1]}</mo>' if sign else first, *children[1:]])


def _children(inner: str) -> Iterator[str]:
    """The elements that a `math` element holds, one after another."""
    depth = start = 0
    for tag in _TAG.finditer(inner):
        depth += 0 if tag[2] else -1 if tag[1] else 1
        if not depth:
            yield inner[start : tag.end()]
            start = tag.end()
