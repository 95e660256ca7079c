"""Losses of margins: hinges."""

from __future__ import annotations

from types import MappingProxyType

from derive.catalog.losses.base import LossEntry, Met, Step, Targets, TorchLoss
from derive.graph.quantity import Kind
from derive.graph.rule import Rule

_AT_A_KINK = "the derivative of {} at a kink, which is met here, is {}"


def _hinge(met: Met) -> str:
    tie = any(y * f == 1 for targets, outputs in met.pairs for y, f in zip(targets, outputs, strict=True))
    return _AT_A_KINK.format("F.margin_ranking_loss", "-y") if tie and not met.at_zero else ""


def _class_hinge(met: Met) -> str:
    """Whether a margin is exactly 0 and the convention has 1 for the derivative there."""
    delta = met.constants["delta"]
    tie = any(
        not y and f - sum(t * o for t, o in zip(targets, outputs, strict=True)) + delta == 0
        for targets, outputs in met.pairs
        for y, f in zip(targets, outputs, strict=True)
    )
    return _AT_A_KINK.format("F.multi_margin_loss", "0") if tie and met.at_zero else ""


MARGINS = (
    LossEntry(
        "hinge",
        "sum(relu(1-y*f))",
        "-y*gate(1-y*f,{at_zero})",
        "Bishop, Pattern Recognition and Machine Learning (2006), equation 7.45",
        targets=Targets.SIGN,
        kinks=("y*f = 1",),
        torch=TorchLoss("F.margin_ranking_loss(f, torch.zeros_like(f), y, margin=1)", differs=_hinge),
    ),
    LossEntry(
        "multi-class hinge",
        "sum((1-y)*relu(f-sum(y*f)+delta))",
        "(1-y)*gate(m,{at_zero})-y*sum((1-y)*gate(m,{at_zero}))",
        "Weston, Watkins, Support vector machines for multi-class pattern recognition (ESANN 1999)",
        (Step("m", Kind.STEP, Rule("margin", "f-sum(y*f)+delta", frozenset({"f", "y"})), letter="m"),),
        "sum((1-y)*relu(m))",
        peers=("m",),
        constants=MappingProxyType({"delta": "1"}),
        targets=Targets.CLASS,
        kinks=("f[j] + delta = f[c] for a class j other than the right one, c",),
        torch=TorchLoss(
            "F.multi_margin_loss(f, y.argmax(-1), margin=delta)", " * {count}", of_vectors=True, differs=_class_hinge
        ),
    ),
)
