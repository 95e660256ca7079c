"""The formulas of exports, taken out of their text as the programs that read them do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from read_mathematics import read_latex, read_mathml

_FENCE = re.compile(r"^```(?:math|\{math\})\n(?::\w+:[^\n]*\n)*(?P<formula>.*?)^```$", re.DOTALL | re.MULTILINE)
_DOLLARS = re.compile(r"^\$\$\n(?P<formula>.*?)^\$\$", re.DOTALL | re.MULTILINE)
_TICKED = re.compile(r"\$`(.+?)`\$")
_INLINE = re.compile(r"(?<![\\$])\$(?!\$)((?:[^$\\\n]|\\.)+?)\$")
_MACRO = re.compile(r"^\\formula\{([^{}]*)\}\{", re.MULTILINE)
_PICTURE = re.compile(r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}|^%[^\n]*", re.DOTALL | re.MULTILINE)
_ENVIRONMENT = re.compile(
    r"(?P<formula>\\begin\{(align\*|equation)\}.*?\\end\{\2\}|(?<=\\\[).*?(?=\\\]))",
    re.DOTALL,
)
_EQUATION = re.compile(r"\\(?:begin|end)\{equation\}|\\label\{[\w:-]+\}|\\tag\{\w+\}")
_ALIGNED = re.compile(r"\\begin\{(align\*|aligned)\}\n(.*)\n\\end\{\1\}", re.DOTALL)
_ROW_END = re.compile(r"\\\\(?:\[\w+\])?\n")
_NUMBER = re.compile(r"\d+(?:(?:\.|\{,\})\d+)?")
_PARTS = re.compile(
    r"<math[^>]*>(?P<math>.*?)</math>|<(?P<end>/?)(?P<tag>\w+)(?P<more>[^>]*)>|(?P<text>[^<]+)", re.DOTALL
)
_BLOCKS = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "summary", "div", "figure", "h1", "h2", "h3", "h4"})


def _of_text(block: re.Pattern[str], inline: re.Pattern[str], text: str) -> Iterator[str]:
    """Formulas in reading order, without the marks that number them."""
    start = 0
    for match in block.finditer(text):
        yield from inline.findall(text[start : match.start()])
        yield _EQUATION.sub("", match["formula"]).strip()
        start = match.end()
    yield from inline.findall(text[start:])


OF_MARKDOWN: Mapping[str, Callable[[str], Iterator[str]]] = {
    "github": partial(_of_text, _FENCE, _TICKED),
    "myst": partial(_of_text, _FENCE, _INLINE),
    "quarto": partial(_of_text, _DOLLARS, _INLINE),
}
"""The formulas of Markdown, by its flavour."""


def of_notebook(text: str) -> Iterator[str]:
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "markdown":
            yield from _of_text(_DOLLARS, _INLINE, "".join(cell["source"]))


def of_fragment(text: str) -> Iterator[str]:
    """The formulas of LaTeX without a preamble, those in drawings aside."""
    return _of_text(_ENVIRONMENT, _INLINE, _PICTURE.sub("", text))


def of_macros(text: str) -> dict[tuple[str, ...], str]:
    """The formulas of a file of macros by what asks for them: name, form and, where it matters, round."""
    whole = text.replace("}%\n", "}")
    return {tuple(match[1].split("|")): _group(whole, match.end()) for match in _MACRO.finditer(whole)}


def _group(text: str, start: int) -> str:
    """What stands in braces that open before `start`, its lines joined."""
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
        end += 1
    return text[start : end - 1].replace("\n", " ")


def rows(formula: str) -> list[str]:
    """The rows of an aligned formula, each a formula itself."""
    found = _ALIGNED.fullmatch(formula)
    return [row.replace("&", "", 1).strip() for row in _ROW_END.split(found[2])] if found else [formula]


def one_of_each_shape(formulas: Iterable[str]) -> list[str]:
    """Of formulas that differ in digits alone the first, in order."""
    return list({_NUMBER.sub("0", formula): formula for formula in reversed(list(formulas))}.values())[::-1]


def lines_of_latex(formulas: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Formulas as rows of tokens; a row of an aligned formula that has no left side goes on with the row above."""
    for formula in formulas:
        found = _ALIGNED.fullmatch(formula)
        whole: list[list[str]] = []
        for row in _ROW_END.split(found[2]) if found else [formula]:
            left, _, right = row.partition("&") if found else (row, "", "")
            tokens = [*read_latex(left.strip()), *read_latex(right.strip())]
            if left.strip() or not whole:
                whole.append(tokens)
            else:
                whole[-1] += tokens
        yield from map(seen, whole)


def lines_of_page(page: str) -> Iterator[tuple[str, ...]]:
    """The formulas of an HTML page as rows of tokens; formulas with nothing but space between are one."""
    row: list[str] = []
    in_cells = False
    for part in _PARTS.finditer(re.sub(r"<(svg|style|script)\b.*?</\1>", "", page, flags=re.DOTALL)):
        if part["math"] is not None:
            row += read_mathml(part["math"])
            continue
        tag = part["tag"]
        if tag == "table":
            in_cells = 'class="cells"' in part["more"]
        apart = tag in _BLOCKS and not (in_cells and tag in ("td", "th"))
        if row and (apart or (tag == "span" and not part["end"] and not part["more"]) or (part["text"] or "").strip()):
            yield seen(row)
            row = []


def seen(tokens: list[str]) -> tuple[str, ...]:
    """Tokens without those that only take room; what is underlined, as new entries are, stands as it is."""
    found: list[str] = []
    opened: list[str] = []
    for token in tokens:
        if token.endswith("("):
            opened.append(token)
        bracket = opened[-1] if opened and (token == ")" or token.endswith("(")) else ""
        if "unseen(" not in opened and bracket != "under(":
            found.append(token)
        if token == ")":
            opened.pop()
    return tuple(found)
