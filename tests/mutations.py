"""Problem files spoiled in one to three ways, each drawn from a seed: tokens, structure, types, sizes, names."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache

import yaml

from derive.catalog.layers import layers
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
    except (yaml.YAMLError, RecursionError):
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


_QUANTITIES = (
    *(
        "L",
        "J",
        "w",
        "w11",
        "w1_11",
        "w99",
        "w2_1,1",
        "b1",
        "s1",
        "f",
        "x1",
        "y1@n2",
        "h1@t3",
        "dL/dw11",
        "dL/dw",
        "dL/ds1@n9",
    ),
    *("dJ/dw1_11", "w11_new", "v_w11", "dL/d", "dL/dL", "*", "dL/d*", "q", "f[1]", "W", "", "dL/dw11 in round 99"),
)
"""Names of quantities, right ones and wrong ones."""
_ASKED = (
    *("closed form of {}", "differences of {} and {}", "differences of {} in round 9 with h = 0", "{}", "symbols"),
    *("matrix form of round 7", "gradient sizes of round 0", "round 99", "index form", "final parameters", "results"),
)


def _quantity(draw: random.Random, text: str) -> str:
    """A name of a quantity, often a wrong one, where a file may name one."""
    tree = _mapping(text)
    if tree is None:
        return text
    name, other = draw.choice(_QUANTITIES), draw.choice(_QUANTITIES)
    change = draw.randrange(4)
    if change == 0:
        asks = [draw.choice(_ASKED).format(name, other), *draw.sample(_ASKED[-5:], 2)]
        tree["questions"] = [{"title": "Q", "asks": asks, "points": draw.choice(_NUMBERS[:8])}]
    elif change == 1:
        tree["worksheet"] = {"blank": {"names": [name, other]}, "check_values": [draw.choice(_QUANTITIES)]}
    elif change == 2:
        named = draw.choice(
            ({"quantity": name}, {"kind": draw.choice(("loss", "weight", "state", "x"))}, {"round": "7"})
        )
        tree["rounding"] = {"exceptions": [{**named, draw.choice(("places", "significant")): draw.choice(_NUMBERS)}]}
    else:
        letters = {draw.choice(("weight", "bias", "node", "xhat", name)): draw.choice(("v", "theta", "w", "f", name))}
        tree["notation"] = {"letters": letters, "first_index": draw.choice(("0", "1"))}
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def _option(draw: random.Random, text: str) -> str:
    """An option of some layer on a layer of the file, or another layer in its place."""
    tree = _mapping(text)
    network = tree.get("network") if tree else None
    stated = network.get("layers") if isinstance(network, dict) else None
    found = [one for one in stated if isinstance(one, dict)] if isinstance(stated, list) else []
    if not found:
        return text
    layer = draw.choice(found)
    kind = draw.choice(sorted(layers()))
    key = draw.choice(sorted(layers()[kind].model_fields)).rstrip("_")
    value = draw.choice(
        (*_VALUES, *_NUMBERS, "same", "last", "test", ["2", "2"], "training", "relu", "softmax", "none")
    )
    layer[key] = kind if key == "layer" else value
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


_ARRAYS = (
    *("W @ x", "T(W)", "T(W) @ x", "x @ W", "W + x", "sum(W)", "x[2]", "x[9]", "W[1,2]", "norm(x)", "softmax(x)"),
    *("max(x)", "W*W", "W^2", "exp(W @ x)", "1/x", "mean(W @ x) - x[1]", "W @ W", "T(x) @ x", "log(x)", "min(W)^x"),
)


def _array(draw: random.Random, text: str) -> str:
    """A graph of equations over arrays, of shapes that fit or not."""
    del text
    rows, columns = draw.randrange(1, 4), draw.randrange(1, 4)
    matrix = [[draw.choice(("0", "-1", "0.5", "2")) for _ in range(columns)] for _ in range(rows)]
    vector = [draw.choice(("0", "-1", "0.5", "2")) for _ in range(draw.choice((columns, columns, rows, 2)))]
    stated = {name: draw.choice(_ARRAYS) for name in draw.choice(("f", "pf", "pqf"))}
    if draw.random() < 0.5:
        stated["L"] = draw.choice(("sum(f)", "f", "sum(f^2)", "mean(f)", "norm(f)", "f[1]"))
    tree = {"equations": stated, "values": {"W": matrix, "x": vector}}
    if draw.random() < 0.4:
        tree |= {"parameters": draw.choice((["W"], ["x", "W"], ["p"])), "learning_rate": "0.1", "rounds": "2"}
    return yaml.safe_dump(tree, sort_keys=False)


def _deep(draw: random.Random, text: str) -> str:
    """A list or a mapping inside itself many times, in place of a value."""
    depth = draw.choice((20, 200, 3000))
    opening, closing = draw.choice((("[", "]"), ("{a: ", "}")))
    head, colon, _ = text.rpartition(draw.choice((": ", "- ")))
    return f"{head}{colon}{opening * depth}1{closing * depth}\n" if colon else text


def _mapping(text: str) -> dict | None:
    try:
        tree = yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _containers(tree: object) -> list[dict | list]:
    """Every filled mapping and list of a tree."""
    inner = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    found = [one for value in inner for one in _containers(value)]
    return [tree, *found] if inner else found


_MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (
    *(_token, _lines, _number, _word, _tree, _tree),
    *(_quantity, _quantity, _option, _option, _array, _deep),
)
