"""The layers that were read, put as a person would: activations in their layers, names only where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from derive.catalog.activations import ACTIVATIONS
from derive.importing.net import Laid, Tree
from derive.problem.shapes import INPUT

_ACTIVATED = ("dense", "conv1d", "conv2d")
_RECURRENT = ("rnn", "lstm", "gru")
_LEARNED = [name for name, entry in ACTIVATIONS.items() if entry.trainable]
_Merge = Callable[[Tree, Tree], Tree | None]


def tidied(laid: Sequence[Laid]) -> list[dict[str, Any]]:
    """The layers of a problem file."""
    found = _merged(_merged(list(laid), _activation_into), _last_step_into)
    names = _names(found)
    layers = []
    for number, one in enumerate(found, 1):
        name = {"name": names[number]} if number in names else {}
        wired = one.sources == (number - 1,)
        sources = {} if wired else {"from": [names[source] for source in one.sources]}
        layers.append({**name, **sources, **one.tree})
    return layers


def _activation_into(before: Tree, tree: Tree) -> Tree | None:
    """A layer with the activation that follows it; None where it takes none."""
    kind = before.get("layer", "dense")
    if tree.get("layer") != "activation" or kind not in _ACTIVATED or "activation" in before:
        return None
    choice = tree["activation"]
    learned = isinstance(choice, dict) and choice.get("name") in _LEARNED
    if (choice == "softmax" and kind != "dense") or (learned and tree.get("frozen") != before.get("frozen")):
        return None
    head = {key: before[key] for key in ("layer", "units") if key in before}
    return {**head, "activation": choice, **before}


def _last_step_into(before: Tree, tree: Tree) -> Tree | None:
    """A recurrent layer that gives its last state; None where another step is taken."""
    last = tree.get("layer") == "select" and "step" not in tree
    return {**before, "returns": "last"} if last and before.get("layer") in _RECURRENT else None


def _merged(laid: list[Laid], merge: _Merge) -> list[Laid]:
    """Layers merged into the one that they alone take from, wherever `merge` gives one layer for both."""
    place = 0
    while place < len(laid):
        one = laid[place]
        before = one.sources[0] if len(one.sources) == 1 else 0
        alone = before > 0 and sum(before in other.sources for other in laid) == 1
        tree = merge(laid[before - 1].tree, one.tree) if alone else None
        if tree is None:
            place += 1
            continue
        laid = [replace(other, tree=tree) if k == before else other for k, other in enumerate(laid, 1)]
        laid = _without(laid, place + 1, before)
    return laid


def _without(laid: Iterable[Laid], gone: int, instead: int) -> list[Laid]:
    """The layers without one of them, another taking its place as a source."""

    def moved(source: int) -> int:
        return instead if source == gone else source - (source > gone)

    return [
        replace(one, sources=tuple(map(moved, one.sources))) for number, one in enumerate(laid, 1) if number != gone
    ]


def _names(laid: Sequence[Laid]) -> dict[int, str]:
    """Names for the layers that some layer other than the next takes from, or takes beside others."""
    wanted = {s for number, one in enumerate(laid, 1) for s in one.sources if one.sources != (number - 1,)}
    names = {0: INPUT}
    for number in sorted(wanted - {0}):
        path, count = laid[number - 1].path, 2
        name = path
        while name in names.values():
            name, count = f"{path}_{count}", count + 1
        names[number] = name
    return {number: names[number] for number in wanted | {0}}
