"""Problem files spoiled in one to three ways, each drawn from a seed: tokens, structure, types, sizes, names."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache

import yaml

from derive.sources import assets

_SIGNS = ":{}[],-#\"'&*!|>%@`?$\\~^_=<>() \t\n\N{NO-BREAK SPACE}\N{RIGHT-TO-LEFT OVERRIDE}\0é中θ"
_NUMBERS = (
    *("0", "-0", "-1", "1e-300", "1e300", "1e999", ".5", "5.", "1_000", "0x1f", "1/3", "0,5", "50%", "٣", "٫", "NaN"),
    *("inf", "1e-8", "99999999999999999999", "0." + "3" * 70, "true", "~", "", "2020-01-01", "1:30", "1000", "0.1e+1"),
)
_VALUES = (None, [], {}, [[]], [{}], "", "x", True, "0", "-1", ["1"], [["1", "2"], ["3"]], {"name": "adam"}, {"": ""})


@cache
def originals() -> tuple[str, ...]:
    """The texts of the gallery and of the starter file."""
    paths = [*assets.examples().values(), assets.templates() / "starter.yaml"]
    return tuple(path.read_text(encoding="utf-8") for path in paths)


@cache
def words() -> tuple[str, ...]:
    """Every key and every text of the originals."""
    return tuple(sorted({word for text in originals() for word in _words_of(yaml.load(text, yaml.BaseLoader))}))


def _words_of(tree: object) -> list[str]:
    if isinstance(tree, dict):
        return [word for key, value in tree.items() for word in (key, *_words_of(value))]
    if isinstance(tree, list):
        return [word for value in tree for word in _words_of(value)]
    return [str(tree)]


def mutated(seed: int) -> str:
    """A problem file spoiled in one to three ways."""
    draw = random.Random(seed)
    text = draw.choice(originals())
    for _ in range(draw.choice((1, 1, 2, 3))):
        text = draw.choice(_MUTATIONS)(draw, text)
    return text


def half_typed(seed: int) -> str:
    """A problem file as it stands in an editor: its beginning, or all of it with a line half typed."""
    draw = random.Random(seed)
    text = draw.choice(originals())
    end = draw.randrange(1, len(text))
    if draw.random() < 0.5:
        return text[:end]
    return text[:end] + text[text.index("\n", end) if "\n" in text[end:] else len(text) :]


def _token(draw: random.Random, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    sign = draw.choice(_SIGNS)
    return draw.choice((text[:at] + text[at + 1 :], text[:at] + sign + text[at:], text[:at] + sign + text[at + 1 :]))


def _lines(draw: random.Random, text: str) -> str:
    lines = text.split("\n")
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    change = draw.randrange(4)
    if change == 0:
        del lines[at]
    elif change == 1:
        lines.insert(other, lines[at])
    elif change == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = " " * draw.randrange(9) + lines[at].lstrip()
    return "\n".join(lines)


def _number(draw: random.Random, text: str) -> str:
    spots = [at for at, sign in enumerate(text) if sign.isdigit()]
    if not spots:
        return text
    start = end = draw.choice(spots)
    while end < len(text) and (text[end].isdigit() or text[end] == "."):
        end += 1
    return text[:start] + draw.choice(_NUMBERS) + text[end:]


def _word(draw: random.Random, text: str) -> str:
    word = draw.choice(words())
    return text.replace(word, draw.choice(words()), draw.choice((1, 1, -1)))


def _tree(draw: random.Random, text: str) -> str:
    """A value replaced, dropped, repeated, or put elsewhere, in the tree of the file."""
    try:
        tree = yaml.load(text, yaml.BaseLoader)
    except yaml.YAMLError:
        return text
    nodes = _containers(tree)
    if not nodes:
        return text
    node, other = draw.choice(nodes), draw.choice(nodes)
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    key = draw.choice(keys)
    change = draw.randrange(5)
    if change == 0:
        node.pop(key)
    elif change == 1:
        node[key] = draw.choice(_VALUES)
    elif change == 2:
        node[key] = [node[key]]
    elif change == 3 and isinstance(node, list):
        node.extend([node[key]] * draw.choice((1, 2, 30)))
    else:
        node[key] = json.loads(json.dumps(draw.choice(list(other.values()) if isinstance(other, dict) else other)))
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def _containers(tree: object) -> list[dict | list]:
    """Every filled mapping and list of a tree."""
    inner = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    found = [one for value in inner for one in _containers(value)]
    return [tree, *found] if inner else found


_MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (_token, _lines, _number, _word, _tree, _tree)
