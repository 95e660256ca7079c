"""Losses of margins: hinges."""

from __future__ import annotations

from types import MappingProxyType

from derive.catalog.losses.base import LossEntry, Step, Targets
from derive.graph.quantity import Kind
from derive.graph.rule import Rule

MARGINS = (
    LossEntry(
        "hinge",
        "sum(relu(1-y*f))",
        "-y*gate(1-y*f,{at_zero})",
        "Bishop, Pattern Recognition and Machine Learning (2006), equation 7.45",
        targets=Targets.SIGN,
        kinks=("y*f = 1",),
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
    ),
)
