"""Mathematics as runs of text: what a cell, which knows sub- and superscripts and no more, can show of a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import groupby
from xml.etree import ElementTree as ET

from derive.render.mathml import to_mathml

_ACCENTS = {"ˆ": "\u0302", "^": "\u0302", "¯": "\u0304", "‾": "\u0304", "˜": "\u0303", "~": "\u0303"}
_NAMED = re.compile(r"&(?!amp;|lt;|gt;|quot;)\w+;")
_BINARY = frozenset("+−=×⋅·⊙⊗⊘←≈")
_SCRIPTS = {"msub": ("sub",), "msup": ("sup",), "msubsup": ("sub", "sup")}


@dataclass(frozen=True, slots=True)
class Run:
    """Text that stands alike; `script` is empty, `sub` or `sup`."""

    text: str
    italic: bool = False
    script: str = ""

    @property
    def look(self) -> tuple[bool, str]:
        """What the text looks like."""
        return (self.italic, self.script)


@lru_cache(maxsize=4096)
def runs(latex: str) -> tuple[Run, ...]:
    """Mathematics in runs, neighbours of one look joined; a fraction is written with a slash."""
    inner = _NAMED.sub(lambda match: unescape(match[0]), to_mathml(latex))
    tree = ET.fromstring(f"<math>{inner}</math>")  # noqa: S314 - made by derive
    found = [run for run in _of(tree, "") if run.text]
    return tuple(
        Run("".join(run.text for run in same), *look) for look, same in groupby(found, key=lambda run: run.look)
    )


def _of(node: ET.Element, script: str) -> Iterator[Run]:
    children, text = list(node), node.text or ""
    match node.tag:
        case "mi":
            upright = len(text) > 1 or node.get("mathvariant") == "normal"
            yield Run(text, not upright and text.isalpha(), script)
        case "mn" | "mtext":
            yield Run(text, script=script)
        case "mo":
            spaced = text in _BINARY and not script and node.get("lspace") != "0"
            yield Run(f" {text} " if spaced else text.replace("\u2061", ""), script=script)
        case "mspace" | "mphantom":
            return
        case "msub" | "msup" | "msubsup":
            base, *others = children
            yield from _of(base, script)
            placed = dict(zip(_SCRIPTS[node.tag], others, strict=True))
            for place in ("sup", "sub"):
                if place in placed:
                    yield from _of(placed[place], script or place)
        case "mfrac":
            yield from _of(children[0], script)
            yield Run("/", script=script)
            yield from _of(children[1], script)
        case "mover":
            yield from _of(children[0], script)
            yield Run(_ACCENTS.get(children[1].text or "", ""), script=script)
        case _:
            for child in children:
                yield from _of(child, script)
