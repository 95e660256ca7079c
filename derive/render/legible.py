"""MathML that stays right where its elements are taken away.

Notebooks that are not trusted, and sites that show notebooks, keep the text of MathML and drop its elements: a half
would be read as twelve. Signs that no browser draws stand between the parts, so that what is left is `(1)/(2)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from types import MappingProxyType
from xml.etree import ElementTree as ET

_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;)[A-Za-z]+;")
_NAMESPACE = re.compile(r' xmlns="[^"]*"')
Element = ET.Element


def legible(html: str) -> str:
    """HTML with such signs in every formula; a browser shows it as before."""
    return _MATH.sub(lambda found: _signed(found[0]), html)


def _signed(mathml: str) -> str:
    namespace = _NAMESPACE.search(mathml)
    plain = _ENTITY.sub(lambda found: unescape(found[0]), _NAMESPACE.sub("", mathml))
    root = ET.fromstring(plain)  # noqa: S314 - it reads what derive wrote
    for element in list(root.iter()):
        if element.tag in _SIGNS:
            _SIGNS[element.tag](element)
    written = ET.tostring(root, encoding="unicode")
    return written.replace("<math", f"<math{namespace[0]}", 1) if namespace else written


def _between(before: str, after: str) -> Callable[[Element, int], None]:
    """What puts signs around a part of an element."""

    def put(element: Element, place: int) -> None:
        part = element[place]
        row = Element("mrow")
        row.extend([_unseen(before), part, _unseen(after)])
        row.tail, part.tail = part.tail, None
        element[place] = row

    return put


def _unseen(sign: str) -> Element:
    made = Element("mtext", style="display:none")
    made.text = sign
    return made


_ABOVE, _BELOW = _between("^(", ")"), _between("_(", ")")


def _fraction(element: Element) -> None:
    _between("(", ")")(element, 0)
    _between("/(", ")")(element, 1)


def _root(element: Element) -> None:
    element.insert(0, _unseen("√("))
    element.append(_unseen(")"))


def _both(element: Element) -> None:
    _BELOW(element, 1)
    _ABOVE(element, 2)


_SIGNS: Mapping[str, Callable[[Element], None]] = MappingProxyType(
    {
        "mfrac": _fraction,
        "msup": lambda element: _ABOVE(element, 1),
        "msub": lambda element: _BELOW(element, 1),
        "mover": lambda element: _ABOVE(element, 1),
        "munder": lambda element: _BELOW(element, 1),
        "msubsup": _both,
        "munderover": _both,
        "msqrt": _root,
        "mtd": lambda element: element.append(_unseen(" ")),
        "mtr": lambda element: element[-1].append(_unseen("; ")),
    }
)
