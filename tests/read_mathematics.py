"""Mathematics read from LaTeX and from MathML, derive's own or a renderer's, into the same row of tokens.

A letter is followed by `~` where it stands upright and by `!` where it is bold; `_(`, `^(`, `frac(`, `sqrt(`,
`over(`, `under(`, `|(` and `table(` begin what `)` ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree as ET

SIGNS = {
    "times": "×", "cdot": "⋅", "div": "÷", "leftarrow": "←", "approx": "≈", "doteq": "≐", "odot": "⊙", "otimes": "⊗", "oslash": "⊘", "|": "‖", "star": "⋆",
    "partial": "∂", "sum": "∑", "ge": "≥", "le": "≤", "lfloor": "⌊", "rfloor": "⌋", "vdots": "⋮", "ldots": "…",
    "dots": "…", "cdots": "…", "vert": "|", "varepsilon": "ε", "varphi": "φ", "phi": "ϕ", "epsilon": "ϵ", "neq": "≠", "leq": "≤", "geq": "≥", "langle": "⟨", "rangle": "⟩", "prime": "′", "ell": "ℓ",
}  # fmt: skip
FUNCTIONS = {"max", "min", "exp", "log", "ln", "tanh", "sin", "cos", "tan"}
MIDDLE = {"bmatrix": "[]", "pmatrix": "()", "array": "  ", "cases": "{ ", "aligned": "  "}
NOTHING = {"left", "right", "Bigl", "Bigr", "bigl", "bigr", "scriptstyle", "mathrel", "mathord"} | {*",; !", "quad"}
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
ACCENT_SIGNS = {"ˆ": "^", "^": "^", "ˉ": "¯", "¯": "¯", "‾": "¯", "˜": "~", "~": "~"}
UNDERLINES = {"‾", "―", "\u0332"}
ALIKE = {"⋯": "…", "∣": "|", "∥": "‖"}
"""Signs that stand for one: which of two LaTeX chooses follows from what is beside it."""
TOKEN = re.compile(r"\\([A-Za-z]+|.)|(.)", re.DOTALL)


def letters(text: str, *, upright: bool) -> list[str]:
    return [
        f"{c}~" if upright and c.isalpha() else c for c in text if not c.isspace() and unicodedata.category(c) != "Cf"
    ]


class Latex:
    """A reader of the LaTeX that derive writes."""

    def __init__(self, text: str) -> None:
        self.tokens = [(match[1] and f"\\{match[1]}") or match[2] for match in TOKEN.finditer(text)]
        self.at = 0

    def read(self, *, upright: bool = False, until: str = "") -> list[str]:
        found: list[str] = []
        atom = len(found)
        while self.at < len(self.tokens) and self.tokens[self.at] != until:
            token = self.tokens[self.at]
            if token in ("_", "^", "'"):
                found[atom:] = self.scripts(found[atom:])
            else:
                atom = len(found)
                found += self.atom(upright=upright)
        return found

    def atom(self, *, upright: bool = False) -> list[str]:
        token = self.tokens[self.at]
        self.at += 1
        if token == "{":
            inside = self.read(upright=upright, until="}")
            self.at += 1
            return inside
        if not token.startswith("\\"):
            return letters({"-": "−", "*": "∗"}.get(token, token), upright=upright)
        name = token[1:]
        if name in ("left", "right") and self.tokens[self.at] == "|":
            self.at += 1
            return ["|(" if name == "left" else ")"]
        if name in NOTHING:
            return []
        if name in SIGNS:
            return [SIGNS[name]]
        if name in FUNCTIONS:
            return letters(name, upright=True)
        if name in ("frac", "tfrac", "dfrac"):
            return ["frac(", *self.argument(), ")", "(", *self.argument(), ")"]
        if name == "sqrt":
            return ["sqrt(", *self.argument(), ")"]
        if name in ("mathrm", "mathsf", "operatorname"):
            return self.argument(upright=True)
        if name == "mathit":
            return self.argument()
        if name in ("mathbf", "boldsymbol"):
            return [f"{letter.rstrip('~')}!" for letter in self.argument()]
        if name == "text":
            return letters("".join(self.argument()), upright=True)
        if name in ("hphantom", "phantom"):
            return ["unseen(", *self.argument(), ")"]
        if name == "underline":
            return ["under(", *self.argument(), ")"]
        if name in ACCENTS:
            return ["over(", *self.argument(), ")", ACCENTS[name]]
        if name == "xrightarrow":
            return ["→", "^(", *self.argument(), ")"]
        if name == "begin":
            return self.table("".join(self.argument()))
        size = "CAPITAL" if name[0].isupper() else "SMALL"
        letter = unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
        return letters(letter, upright=size == "CAPITAL")

    def argument(self, *, upright: bool = False) -> list[str]:
        while self.tokens[self.at] == " ":
            self.at += 1
        return self.atom(upright=upright)

    def scripts(self, base: list[str]) -> list[str]:
        below: list[str] = []
        above: list[str] = []
        while self.at < len(self.tokens) and self.tokens[self.at] in ("_", "^", "'"):
            mark = self.tokens[self.at]
            self.at += 1
            if mark == "'":
                above = ["′"]
            elif mark == "_":
                below = self.argument()
            else:
                above = self.argument()
        return [*base, *(["_(", *below, ")"] if below else []), *(["^(", *above, ")"] if above else [])]

    def table(self, name: str) -> list[str]:
        if name == "array":
            self.argument()
        opening, closing = MIDDLE[name]
        found = [opening, "table("]
        while self.tokens[self.at] != r"\end":
            token = self.tokens[self.at]
            if token in ("&", r"\\"):
                self.at += 1
                found.append(token)
                if token == r"\\" and self.tokens[self.at] == "[":
                    self.at = self.tokens.index("]", self.at) + 1
            elif token in (" ", r"\hline"):
                self.at += 1
            elif token in ("_", "^"):
                raise AssertionError("a script in a cell stands in braces")
            else:
                found += self.cell()
        self.at += 1
        self.argument()
        return [sign for sign in (*found, ")", closing) if sign != " "]

    def cell(self) -> list[str]:
        start, depth = self.at, 0
        while depth or self.tokens[self.at] not in ("&", r"\\", r"\end"):
            depth += {"{": 1, "}": -1, r"\begin": 1, r"\end": -1}.get(self.tokens[self.at], 0)
            self.at += 1
        return Latex("".join(self.tokens[start : self.at])).read()


def read_latex(text: str) -> list[str]:
    return Latex(text).read()


def read_mathml(inner: str) -> list[str]:
    """What stands in a `math` element, or the whole element."""
    root = ET.fromstring(f"<math>{inner.replace('&ApplyFunction;', '')}</math>")
    return list(_children(root))


def _children(node: ET.Element) -> Iterator[str]:
    for child in node:
        yield from _mathml(child)


def _mathml(node: ET.Element) -> Iterator[str]:
    text = "".join(node.itertext()).strip()
    match node.tag.rpartition("}")[2]:
        case "mi" | "mn":
            yield from _identifier(text, node.get("mathvariant", ""))
        case "mo" if len(text) > 1 and text.isalpha():
            yield from letters(text, upright=True)
        case "mo":
            yield from letters(ALIKE.get(text, text), upright=False)
        case "mtext":
            yield from letters(text, upright=True)
        case "mover" if (node[1].text or "") in ACCENT_SIGNS:
            yield from ("over(", *_mathml(node[0]), ")", ACCENT_SIGNS[node[1].text or ""])
        case "munder" if (node[1].text or "") in UNDERLINES:
            yield from ("under(", *_mathml(node[0]), ")")
        case "mfrac" | "msub" | "msup" | "msubsup" | "munder" | "mover" | "munderover" as tag:
            yield from _composed(tag, [list(_mathml(child)) for child in node])
        case "msqrt":
            yield from ("sqrt(", *_children(node), ")")
        case "mphantom":
            yield from ("unseen(", *_children(node), ")")
        case "mtd":
            yield from ("&", *_children(node))
        case "mtr":
            yield from (r"\\", *list(_children(node))[1:])
        case "mtable":
            yield from ("table(", *list(_children(node))[1:], ")")
        case "mrow" if len(node) and node[0].text in ("|", "∣"):
            yield from ("|(", *list(_children(node))[1:-1], ")")
        case "mspace" | "annotation":
            pass
        case "math" | "semantics" | "mrow" | "mpadded" | "mstyle":
            yield from _children(node)
        case other:
            raise AssertionError(other)


def _identifier(text: str, variant: str) -> list[str]:
    """Letters with their shape, which MathML gives by an attribute or by letters of that shape."""
    name = unicodedata.name(text[0], "") if text else ""
    shaped = name.startswith("MATHEMATICAL")
    upright = (len(text) > 1 and not shaped) or variant in ("normal", "sans-serif") or "SANS-SERIF" in name
    upright = upright and text not in SIGNS.values()
    bold = "bold" in variant or (shaped and "BOLD" in name)
    plain = unicodedata.normalize("NFKC", text) if shaped else text
    return [f"{letter}!" for letter in letters(plain, upright=False)] if bold else letters(plain, upright=upright)


def _composed(tag: str, parts: list[list[str]]) -> Iterator[str]:
    if tag == "mfrac":
        yield from ("frac(", *parts[0], ")", "(", *parts[1], ")")
    else:
        marks = {"msub": "_", "munder": "_", "msup": "^", "mover": "^"}.get(tag, "_^")
        yield from parts[0]
        for mark, part in zip(marks, parts[1:], strict=True):
            yield from (f"{mark}(", *part, ")") if part else ()
