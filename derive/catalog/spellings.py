"""Names that people know entries of the catalog by: those of PyTorch, Keras and MATLAB, and common abbreviations.

A name is compared without its case, spaces, hyphens and underscores. What means one thing is read as the catalog's own
name; what means several is answered with the candidates and their formulas, because the factor decides on the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from derive.catalog.losses import LOSSES, loss

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Spellings:
    """The other spellings of one group of names.

    `same` maps a folded spelling to the name that it means. `averaged` does so for losses that a framework averages
    over the outputs where the catalog adds them up, so that they are the same for one output alone. `several` maps a
    folded spelling to the names that it may mean.
    """

    same: Mapping[str, str]
    averaged: Mapping[str, str] = field(default_factory=lambda: _NONE)
    several: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def resolve(self, stated: str, known: Iterable[str], outputs: int | None = None) -> str:
        """The name that a spelling means; the spelling itself where it means none, or several.

        `outputs` is the number of outputs that a loss is taken over, None where it is not known.
        """
        names = {folded(name): name for name in known}
        key, plain = folded(stated), folded(stated.casefold().removesuffix(" loss"))
        if key in self.averaged and outputs == 1:
            return self.averaged[key]
        return names.get(key) or self.same.get(key) or names.get(plain) or self.same.get(plain) or stated


def folded(name: str) -> str:
    """A name without its case, spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", name.casefold())


ACTIVATION_SPELLINGS = Spellings(
    {
        "linear": "identity",
        "purelin": "identity",
        "logistic": "sigmoid",
        "expit": "sigmoid",
        "logsig": "sigmoid",
        "tansig": "tanh",
        "hyperbolictangent": "tanh",
        "rectifier": "relu",
        "lrelu": "leaky relu",
        "prelu": "parametric relu",
        "swish": "silu",
        "heaviside": "step",
        "unitstep": "step",
        "hardlimit": "step",
        "hardlim": "step",
    }
)
OPTIMIZER_SPELLINGS = Spellings(
    {"gradientdescent": "sgd", "gd": "sgd", "nag": "nesterov", "nesterovmomentum": "nesterov"}
)
LAYER_SPELLINGS = Spellings(
    {
        "linear": "dense",
        "fullyconnected": "dense",
        "fc": "dense",
        "simplernn": "rnn",
        "maxpooling1d": "max_pool1d",
        "maxpooling2d": "max_pool2d",
        "avgpool1d": "average_pool1d",
        "avgpool2d": "average_pool2d",
        "averagepooling1d": "average_pool1d",
        "averagepooling2d": "average_pool2d",
        "batchnorm1d": "batch_norm",
        "batchnormalization": "batch_norm",
        "layernormalization": "layer_norm",
        "multiheadattention": "attention",
        "concat": "concatenate",
    }
)
_SQUARED = ("half squared error", "squared error", "mean squared error")
_LIKELIHOODS = ("cross-entropy", "cross-entropy on logits", "binary cross-entropy")
LOSS_SPELLINGS = Spellings(
    {
        "mseloss": "mean squared error",
        "l1loss": "mean absolute error",
        "mae": "mean absolute error",
        "crossentropyloss": "cross-entropy on logits",
        "categoricalcrossentropy": "cross-entropy",
        "sparsecategoricalcrossentropy": "cross-entropy",
        "bce": "binary cross-entropy",
        "bcewithlogits": "binary cross-entropy on logits",
        "kldivloss": "kl divergence",
        "kld": "kl divergence",
    },
    {
        "bceloss": "binary cross-entropy",
        "bcewithlogitsloss": "binary cross-entropy on logits",
        "huberloss": "huber",
    },
    {
        "mse": _SQUARED,
        "sse": _SQUARED[:2],
        "rss": _SQUARED[:2],
        "l2": _SQUARED,
        "l2loss": _SQUARED,
        "quadratic": _SQUARED,
        "squarederrorloss": _SQUARED,
        "ce": _LIKELIHOODS,
        "nll": _LIKELIHOODS,
        "nllloss": _LIKELIHOODS,
        "negativeloglikelihood": _LIKELIHOODS,
        "logloss": _LIKELIHOODS,
        "log": _LIKELIHOODS,
        "softmaxcrossentropy": _LIKELIHOODS[:2],
    },
)
"""MSELoss, L1Loss, CrossEntropyLoss, BCELoss and BCEWithLogitsLoss as in torch.nn; the categorical ones as in Keras."""


LIKELIHOOD_OF: Mapping[str, str] = MappingProxyType({"sigmoid": "binary cross-entropy", "softmax": "cross-entropy"})
"""The negative log-likelihood of the probabilities that an activation gives."""


def is_likelihood(stated: object) -> bool:
    """Whether a name means the negative log-likelihood of whatever probabilities there are."""
    return isinstance(stated, str) and LOSS_SPELLINGS.several.get(folded(stated)) == _LIKELIHOODS


def loss_candidates(stated: str) -> str:
    """What a spelling that means several losses may mean, each with its formula; empty for any other."""
    key = folded(stated)
    if key in LOSS_SPELLINGS.averaged:
        name = LOSS_SPELLINGS.averaged[key]
        return (
            f"{stated} averages over the outputs, and {name} adds them up, {_formula(name)}; with that, and the "
            "learning rate divided by the number of outputs, the updates are the same"
        )
    names = LOSS_SPELLINGS.several.get(key, ())
    if not names:
        return ""
    return f"{stated} may be {'; or '.join(f'{name}, {_formula(name)}' for name in names)}: write the one you mean"


def _formula(name: str) -> str:
    return f"L = {loss(name).rule.text}" if name in LOSSES else name
