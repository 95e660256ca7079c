"""A letter with its marks: superscripts and subscripts gathered, each place once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_MARK = re.compile(r"([\^_])\{(.*)\}", re.DOTALL)
_OWN = re.compile(r"(?P<base>.+?)(?P<marks>(?:[\^_](?:\{[^{}]*\}|\\?\w+|.))*)", re.DOTALL)
_ONE = re.compile(r"([\^_])(\{[^{}]*\}|\\?\w+|.)", re.DOTALL)
_GREEK = frozenset(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell",
    )
)
_ACCENTS = (("hat", r"\hat"), ("bar", r"\bar"), ("tilde", r"\tilde"))
_SIGNS = {"": "", "*": "^{*}", "'": r"^{\prime}"}
GREEK_SHAPES = {"epsilon": r"\varepsilon", "phi": r"\varphi"}


@lru_cache(maxsize=4096)
def latex_letter(name: str) -> str:
    r"""A name in plain ASCII as LaTeX: `eta` is `\eta`, `xhat` is `\hat{x}`, `w0` is `w_{0}`, `net` stands upright.

    `y*` has its star above, `boldW` is bold.
    """
    stem = re.fullmatch(r"([A-Za-z]+?)_?(\d*)([*']?)", name)
    if stem is None:
        return rf"\mathrm{{{name.replace('_', '-')}}}"
    letters, digits, sign = stem.groups()
    index = _SIGNS[sign] + (f"_{{{digits}}}" if digits else "")
    bold = letters.removeprefix("bold")
    if bold != letters and (len(bold) == 1 or bold in _GREEK):
        return (rf"\mathbf{{{bold}}}" if len(bold) == 1 else rf"\boldsymbol{{{latex_letter(bold)}}}") + index
    if len(letters) == 1 or letters in _GREEK:
        return (letters if len(letters) == 1 else GREEK_SHAPES.get(letters, f"\\{letters}")) + index
    for ending, accent in _ACCENTS:
        inner = letters.removesuffix(ending)
        if inner != letters and (len(inner) == 1 or inner in _GREEK):
            return f"{accent}{{{latex_letter(inner)}}}{index}"
    return rf"\mathrm{{{letters}}}{index}"


def capital(letter: str) -> str:
    r"""A letter as a capital, its accent and its marks as they are: `x` is `X`, `\hat{x}` is `\hat{X}`.

    Greek letters that have no capital of their own, and names of several letters, stay.
    """
    match = _OWN.fullmatch(letter)
    base, marks = (match["base"], match["marks"]) if match else (letter, "")
    greek = base[1:2].upper() + base[2:]
    if base.startswith("\\") and greek in _GREEK:
        return f"\\{greek}{marks}"
    return re.sub(r"(?<![A-Za-z\\])([a-z])(?![A-Za-z])", lambda one: one[1].upper(), base) + marks


def marked(letter: str, marks: Iterable[str]) -> str:
    """A letter with marks such as `^{(2)}` and `_{1}`: superscripts run together, subscripts take commas.

    A mark of any other form is put behind the letter as it is.
    """
    match = _OWN.fullmatch(letter)
    base, own = (match["base"], _ONE.findall(match["marks"])) if match else (letter, [])
    above = [text.strip("{}") for place, text in own if place == "^"]
    below = [text.strip("{}") for place, text in own if place == "_"]
    behind = ""
    for mark in filter(None, marks):
        found = _MARK.fullmatch(mark)
        if found is None:
            behind += mark
        else:
            (above if found[1] == "^" else below).append(found[2])
    return base + _script("^", above, "") + _script("_", below, ",") + behind


def _script(place: str, texts: list[str], between: str) -> str:
    return f"{place}{{{between.join(texts)}}}" if texts else ""
