"""Losses of probabilities: cross-entropies, on probabilities and fused with what makes them, and KL divergence."""

from __future__ import annotations

from derive.catalog.layers.activated import SOFTMAX
from derive.catalog.losses.base import LossEntry, Outputs, Step, Targets
from derive.graph.quantity import Kind
from derive.graph.rule import Rule

_BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
_SIGMOID = Rule("sigmoid", "1/(1+exp(-f))", label="sigmoid", torch="torch.sigmoid(f)")

PROBABILITIES = (
    LossEntry(
        "binary cross-entropy",
        "-sum(y*log(f{base})+(1-y)*log(1-f{base}))",
        "(f-y)/(f*(1-f){times})",
        f"{_BISHOP}, equation 4.90",
        outputs=Outputs.PROBABILITY,
        targets=Targets.SHARE,
        domain="0 < f < 1",
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
        counterpart="binary cross-entropy",
    ),
)
