"""Text with mathematics between dollar signs, written in words and names, never in TeX.

`$dL/dw11$` becomes that quantity in the key's notation; `$sum_n (y_n - f_n)^2 / 2$` is translated token by
token. What stands between dollar signs but is not in this small language stays text, dollar signs included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from derive.document.mathematics import Math, Rich
from derive.writing.dialect import POINT, Numerals, latex_decimal
from derive.writing.scripts import GREEK_SHAPES

Lookup = Callable[[str], str | None]
"""The symbol of a name of the trace, or None."""

_MATH = re.compile(r"\$(?=\S)([^$\n]{1,300}?)(?<=[^\s+\-*/=<>,:(])\$(?!\d)")
_NAME = r"[A-Za-z]+(?:\d+(?:_\d+)?(?:,\d+)?)?"
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<fraction>\d+/\d+)|(?P<number>\d+(?:\.\d+)?)|(?P<dots>\.\.\.)"
    rf"|(?P<name>{_NAME}(?:/d{_NAME}|_new)?)"
    r"|(?P<script>'|[_^](?:\{[A-Za-z0-9,+\-() ]{1,20}\}|\([A-Za-z0-9+\-]{1,8}\)|[A-Za-z0-9]+|\*))"
    r"|(?P<sign>[-+*/=()\[\]<>,:.|])",
    re.ASCII,
)
_PLACEHOLDERS = re.compile(r"(<\w+>)")
_DECIMAL = re.compile(r"\d\.\d", re.ASCII)
_WORDS = frozenset(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega sum times exp log tanh max min partial",
    )
)
_NAMED = ("sigmoid", "relu", "ReLU", "softmax", "MSE")
_SIGNS = {"*": r"\times "}
_NO_BASE = frozenset("+-=/<>,:.([") | {r"\times", r"\dots", r"\tfrac"}


def rich(text: str, lookup: Lookup, numerals: Numerals = POINT) -> Rich:
    """The text with its mathematics translated."""
    parts: list[str | Math] = []
    start = 0
    for match in _MATH.finditer(text):
        translated = translate(match[1], lookup, numerals)
        if translated is None:
            continue
        parts += [text[start : match.start()], translated]
        start = match.end()
    parts.append(text[start:])
    return Rich(tuple(part for part in parts if part))


def translate(text: str, lookup: Lookup, numerals: Numerals = POINT) -> Math | None:
    """Mathematics in words as LaTeX; None where it holds something outside the language.

    Numbers take the decimal mark of `numerals`; beside a decimal number, commas take its list mark.
    """
    marks = {",": numerals.list} if _DECIMAL.search(text) else {}
    atoms: list[str] = []
    start = 0
    while start < len(text):
        match = _TOKEN.match(text, start)
        if match is None:
            return None
        kind, token = match.lastgroup or "", match[match.lastgroup or 0]
        written = _script(atoms, token) if kind == "script" else _token(kind, token, lookup)
        if kind == "number":
            written = token.replace(".", latex_decimal(numerals))
        written = marks.get(token, written)
        if written is None:
            return None
        atoms.append(written)
        start = match.end()
    return Math("".join(atoms).strip())


def unread_names(text: str, is_known: Callable[[str], bool]) -> Iterator[str]:
    """The names between dollar signs for which mathematics stays text, being none of a quantity, function or letter."""

    def lookup(name: str) -> str | None:
        return name if is_known(name) else None

    for match in _MATH.finditer(text):
        tokens = _TOKEN.finditer(match[1]) if translate(match[1], lookup) is None else ()
        yield from (one["name"] for one in tokens if one["name"] and _name(one["name"], lookup) is None)


def _script(atoms: list[str], text: str) -> str | None:
    """A subscript, superscript or prime with what it belongs to, in braces where that has one already."""
    if not atoms or not atoms[-1].strip() or atoms[-1].strip() in _NO_BASE:
        return None
    base = atoms.pop()
    script = "'" if text == "'" else f"{text[0]}{{{text[1:].strip('{}')}}}"
    taken = "_" if script.startswith("_") else ("^", "'")
    return f"{{{base}}}{script}" if any(mark in base for mark in taken) else f"{base}{script}"


def _token(kind: str, text: str, lookup: Lookup) -> str | None:
    match kind:
        case "space":
            return " "
        case "fraction":
            above, below = text.split("/")
            return rf"\tfrac{{{above}}}{{{below}}}"
        case "dots":
            return r"\dots "
        case "name":
            return _name(text, lookup)
        case "sign":
            return _SIGNS.get(text, text)
        case _:
            return text


def _name(text: str, lookup: Lookup) -> str | None:
    symbol = lookup(text)
    if symbol is not None:
        return symbol
    if text in _WORDS:
        return GREEK_SHAPES.get(text, f"\\{text}") + " "
    if text in _NAMED:
        return rf"\mathrm{{{text}}}"
    letters = re.fullmatch(r"([A-Za-z])(\d*)", text)
    if letters is None:
        return None
    return f"{letters[1]}_{{{letters[2]}}}" if letters[2] else letters[1]


def phrase(pattern: str, **parts: object) -> Rich:
    """A phrase of a locale with its placeholders filled; mathematics stays mathematics.

    Raises `LookupError` for a placeholder that nothing fills.
    """
    pieces: list[str | Math] = []
    for piece in _PLACEHOLDERS.split(pattern):
        if not _PLACEHOLDERS.fullmatch(piece):
            pieces.append(piece)
            continue
        part = parts.get(piece[1:-1])
        if part is None:
            raise LookupError(f"nothing fills {piece} in {pattern!r}")
        if isinstance(part, Rich):
            pieces.extend(part.parts)
        else:
            pieces.append(part if isinstance(part, Math) else str(part))
    return Rich(tuple(piece for piece in pieces if piece))


def join(*runs: Rich, between: str) -> Rich:
    """Sentences one after another, with what stands `between` two."""
    parts: list[str | Math] = []
    for run in runs:
        if run and parts:
            parts.append(between)
        parts.extend(run.parts)
    return Rich(tuple(parts))
