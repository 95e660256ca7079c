"""The formulas of exports, taken out of their text as the programs that read them do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

_FENCE = re.compile(r"^```(?:math|\{math\})\n(?::\w+:[^\n]*\n)*(.*?)^```$", re.DOTALL | re.MULTILINE)
_DOLLARS = re.compile(r"^\$\$\n(.*?)^\$\$", re.DOTALL | re.MULTILINE)
_TICKED = re.compile(r"\$`(.+?)`\$")
_INLINE = re.compile(r"(?<![\\$])\$(?!\$)((?:[^$\\\n]|\\.)+?)\$")
_MACRO = re.compile(r"^\\formula\{([^{}]*)\}\{(.*)\}$", re.MULTILINE)
_TAG = re.compile(r"\\tag\{\w+\}")
_ALIGNED = re.compile(r"\\begin\{aligned\}\n(.*)\n\\end\{aligned\}", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:(?:\.|\{,\})\d+)?")


def _of_markdown(block: re.Pattern[str], inline: re.Pattern[str], text: str) -> Iterator[str]:
    """Formulas in reading order."""
    start = 0
    for match in block.finditer(text):
        yield from inline.findall(text[start : match.start()])
        yield match[1].strip()
        start = match.end()
    yield from inline.findall(text[start:])


OF_MARKDOWN: Mapping[str, Callable[[str], Iterator[str]]] = {
    "github": partial(_of_markdown, _FENCE, _TICKED),
    "myst": partial(_of_markdown, _FENCE, _INLINE),
    "quarto": partial(_of_markdown, _DOLLARS, _INLINE),
}
"""The formulas of Markdown, by its flavour."""


def without_tag(formula: str) -> str:
    return _TAG.sub("", formula)


def rows(formula: str) -> list[str]:
    """The rows of an aligned formula, each a formula itself."""
    found = _ALIGNED.fullmatch(formula)
    return [row.replace("&", "", 1).strip() for row in found[1].split("\\\\\n")] if found else [formula]


def of_macros(text: str) -> dict[tuple[str, ...], str]:
    """The formulas of a file of macros by what asks for them: name, form and, where it matters, round."""
    return {tuple(key.split("|")): formula for key, formula in _MACRO.findall(text)}


def one_of_each_shape(formulas: Iterable[str]) -> list[str]:
    """Of formulas that differ in digits alone the first, in order."""
    return list({_NUMBER.sub("0", formula): formula for formula in reversed(list(formulas))}.values())[::-1]
