"""Losses of probabilities: cross-entropies, on probabilities and fused with what makes them, and KL divergence."""

from __future__ import annotations

from decimal import Decimal

from derive.catalog.layers.activated import SOFTMAX
from derive.catalog.losses.base import LossEntry, Met, Outputs, Step, Targets, TorchLoss
from derive.graph.quantity import Kind
from derive.graph.rule import Rule

_BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
_SIGMOID = Rule("sigmoid", "1/(1+exp(-f))", label="sigmoid", torch="torch.sigmoid(f)")

_LEAST = Decimal("1e-12")
"""What F.binary_cross_entropy takes for f (1 - f) in its derivative where it is less; it cuts logarithms at -100."""


def _saturated(met: Met) -> str:
    least = min((f * (1 - f) for _, outputs in met.pairs for f in outputs), default=Decimal(1))
    return "" if least > _LEAST else "F.binary_cross_entropy takes f (1 - f) for 1e-12 where it is less, as it is here"


def _shares(met: Met) -> str:
    """Whether targets are anything but the 1 of a class: F.nll_loss takes the numbers of classes."""
    classes = all(sorted(targets) == [0] * (len(targets) - 1) + [1] for targets, _ in met.pairs)
    return "" if classes else "F.nll_loss takes classes, and these targets are shares"


PROBABILITIES = (
    LossEntry(
        "binary cross-entropy",
        "-sum(y*log(f{base})+(1-y)*log(1-f{base}))",
        "(f-y)/(f*(1-f){times})",
        f"{_BISHOP}, equation 4.90",
        outputs=Outputs.PROBABILITY,
        targets=Targets.SHARE,
        domain="0 < f < 1",
        torch=TorchLoss("F.binary_cross_entropy(f, y)", "{per}", differs=_saturated),
        counterpart="cross-entropy",
    ),
    LossEntry(
        "binary cross-entropy on logits",
        "sum(log(1+exp(f){base})-y*f{per})",
        "(p-y){per}",
        f"{_BISHOP}, equations 4.90 and 4.91",
        (Step("p", Kind.PROBABILITY, _SIGMOID),),
        "-sum(y*log(p{base})+(1-y)*log(1-p{base}))",
        "binary cross-entropy",
        peers=("p",),
        outputs=Outputs.LOGIT,
        targets=Targets.SHARE,
        torch=TorchLoss("F.binary_cross_entropy_with_logits(f, y)", "{per}"),
        counterpart="cross-entropy on logits",
    ),
    LossEntry(
        "cross-entropy",
        "-sum(y*log(f{base}))",
        "-y/(f{times})",
        f"{_BISHOP}, equation 4.108",
        outputs=Outputs.PROBABILITIES,
        targets=Targets.DISTRIBUTION,
        domain="f > 0",
        torch=TorchLoss("F.nll_loss(torch.log(f), y.argmax(-1))", "{per}", of_vectors=True, differs=_shares),
        counterpart="binary cross-entropy",
    ),
    LossEntry(
        "cross-entropy on logits",
        "log(sum(exp(f)){base})-sum(y*f){per}",
        "(p-y){per}",
        f"{_BISHOP}, equations 4.108 and 4.109",
        (Step("p", Kind.PROBABILITY, SOFTMAX, ("f",)),),
        "-sum(y*log(p{base}))",
        "cross-entropy",
        peers=("p",),
        outputs=Outputs.LOGITS,
        targets=Targets.DISTRIBUTION,
        torch=TorchLoss("F.cross_entropy(f, y)", "{per}", of_vectors=True),
        counterpart="binary cross-entropy on logits",
    ),
    LossEntry(
        "kl divergence",
        "sum(case(y, y*log(y/f{base}), 0, 0))",
        "-y/(f{times})",
        "Cover, Thomas, Elements of Information Theory (2006), section 2.3",
        (
            Step(
                "l",
                Kind.LOSS,
                Rule(
                    "divergence of one output",
                    "case(y, y*log(y/f{base}), 0, 0)",
                    torch="(torch.xlogy(y, y) - torch.xlogy(y, f)){per}",
                ),
                letter="l",
            ),
        ),
        "sum(l)",
        outputs=Outputs.PROBABILITIES,
        targets=Targets.DISTRIBUTION,
        domain="f > 0; a target of 0 adds nothing (0 log 0 = 0)",
        torch=TorchLoss("F.kl_div(torch.log(f), y)", "{per}"),
        counterpart="binary cross-entropy",
    ),
)
