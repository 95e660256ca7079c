"""A problem file's tree with every name and every short form written out, before it is checked and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers import layers
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.spellings import (
    ACTIVATION_SPELLINGS,
    LAYER_SPELLINGS,
    LIKELIHOOD_OF,
    LOSS_SPELLINGS,
    OPTIMIZER_SPELLINGS,
    Spellings,
    is_likelihood,
)
from derive.problem.tree import entries, keys, whole
from derive.sources.marked import Marked

_ACTIVATIONS = (*ACTIVATIONS, "softmax", "none")
_KEYS = {"lr": "learning_rate"}
"""Keys by their abbreviations."""


def written_out(marked: Marked) -> Marked:
    """A marked tree with its names and short forms written out; what is renamed keeps its line and column."""
    if not isinstance(marked.tree, dict):
        return marked
    renamed = {short: key for short, key in _KEYS.items() if short in marked.tree and key not in marked.tree}
    marks = {(renamed.get(str(path[0]), path[0]), *path[1:]) if path else path: at for path, at in marked.marks.items()}
    return replace(marked, tree=tree_written_out(marked.tree), marks=marks)


def tree_written_out(tree: Any) -> Any:
    """The same for a plain tree; anything that is no group of keys is left as it is.

    `rounding: 4` is read as `{places: 4}`, `batch: 2` as `{size: 2}`, `asks: round 1` as `[round 1]`, `lr` as
    `learning_rate`, and names of layers, activations, losses and optimizers as the catalog spells them.
    """
    if not isinstance(tree, dict):
        return tree
    result = {_KEYS[key] if key in _KEYS and _KEYS[key] not in tree else key: value for key, value in tree.items()}
    for key, inner in (("rounding", "places"), ("batch", "size")):
        if isinstance(result.get(key), (str, int)) and whole(result[key]) is not None:
            result[key] = {inner: result[key]}
    if isinstance(result.get("network"), dict):
        result["network"] = _network(result["network"])
    if "loss" in result:
        result["loss"] = _named(_likelihood(result), LOSS_SPELLINGS, LOSSES, _outputs(result))
    if "optimizer" in result:
        result["optimizer"] = _named(result["optimizer"], OPTIMIZER_SPELLINGS, OPTIMIZERS)
    if isinstance(result.get("questions"), (list, tuple)):
        result["questions"] = [_question(question) for question in result["questions"]]
    return result


def _network(network: Mapping[str, Any]) -> dict[str, Any]:
    stated = network.get("layers")
    return (
        {**network, "layers": [_layer(layer) for layer in stated]} if isinstance(stated, (list, tuple)) else {**network}
    )


def _layer(layer: Any) -> Any:
    if not isinstance(layer, dict):
        return layer
    result = dict(layer)
    if isinstance(layer.get("layer"), str):
        result["layer"] = LAYER_SPELLINGS.resolve(layer["layer"], layers())
    if "activation" in layer:
        result["activation"] = _named(layer["activation"], ACTIVATION_SPELLINGS, _ACTIVATIONS)
    return result


def _named(stated: Any, spellings: Spellings, known: Iterable[str], outputs: int | None = None) -> Any:
    """A name alone, or a group of keys with its `name`, spelled as the catalog spells it."""
    if isinstance(stated, str):
        return spellings.resolve(stated, known, outputs)
    if isinstance(stated, dict) and isinstance(stated.get("name"), str):
        return {**stated, "name": spellings.resolve(stated["name"], known, outputs)}
    return stated


def _likelihood(tree: Mapping[str, Any]) -> Any:
    """The loss; for a name of the negative log-likelihood the one that the last activation makes probabilities for."""
    stated = entries(keys(tree.get("network")).get("layers"))
    ending = keys(stated[-1]).get("activation") if stated else None
    named = ending if isinstance(ending, str) else keys(ending).get("name")
    fitting = LIKELIHOOD_OF.get(str(named)) if is_likelihood(tree["loss"]) else None
    return fitting or tree["loss"]


def _outputs(tree: Mapping[str, Any]) -> int | None:
    """How many units the last layer has, where it says so."""
    stated = entries(keys(tree.get("network")).get("layers"))
    return next((count for layer in reversed(stated) if (count := whole(keys(layer).get("units"))) is not None), None)


def _question(question: Any) -> Any:
    if isinstance(question, dict) and isinstance(question.get("asks"), str):
        return {**question, "asks": [question["asks"]]}
    return question
