"""Losses of differences between targets and outputs: squared, absolute, Huber's."""

from __future__ import annotations

from types import MappingProxyType

from derive.catalog.losses.base import LossEntry, Met, Step, TorchLoss
from derive.graph.quantity import Kind
from derive.graph.rule import Rule

_ERROR = Step("e", Kind.ERROR, Rule("error", "{error}"))
_SQUARED = Step("q", Kind.SQUARED_ERROR, Rule("squared error", "e^2"))
_GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning (2016)"
_HASTIE = "Hastie, Tibshirani, Friedman, The Elements of Statistical Learning (2009), section 10.6"


def _delta_of_huber(met: Met) -> str:
    return "" if met.constants["delta"] > 0 else "F.huber_loss takes no delta of 0"


DIFFERENCES = (
    LossEntry(
        "half squared error",
        "sum(({error})^2/2)",
        "f-y",
        "Bishop, Pattern Recognition and Machine Learning (2006), equation 5.14",
        (_ERROR, _SQUARED),
        "sum(q)/2",
        "half sum",
        torch=TorchLoss("F.mse_loss(f, y)", " / 2"),
    ),
    LossEntry(
        "squared error",
        "sum(({error})^2)",
        "2*(f-y)",
        _HASTIE,
        (_ERROR, _SQUARED),
        "sum(q)",
        "sum of squares",
        torch=TorchLoss("F.mse_loss(f, y)"),
    ),
    LossEntry(
        "mean squared error",
        "sum(({error})^2)/count(f)",
        "2*(f-y)/count(f)",
        f"{_GOODFELLOW}, equation 5.4, the mean being over the outputs",
        (_ERROR, _SQUARED),
        "sum(q)/count(q)",
        "mean of squares",
        torch=TorchLoss("F.mse_loss(f, y)", mean=True),
    ),
    LossEntry(
        "absolute error",
        "sum(abs({error}))",
        "sign(f-y)",
        _HASTIE,
        (_ERROR,),
        "sum(abs(e))",
        kinks=("f = y, where the derivative is taken as 0",),
        torch=TorchLoss("F.l1_loss(f, y)"),
    ),
    LossEntry(
        "mean absolute error",
        "sum(abs({error}))/count(f)",
        "sign(f-y)/count(f)",
        _HASTIE,
        (_ERROR,),
        "sum(abs(e))/count(e)",
        kinks=("f = y, where the derivative is taken as 0",),
        torch=TorchLoss("F.l1_loss(f, y)", mean=True),
    ),
    LossEntry(
        "huber",
        "sum(case(delta-abs({error}), ({error})^2/2, delta*(abs({error})-delta/2), 1))",
        "max(-delta, min(delta, f-y))",
        f"Huber, Robust estimation of a location parameter (1964); {_HASTIE}",
        (
            Step("e", Kind.ERROR, _ERROR.rule, letter="e"),
            Step(
                "l",
                Kind.LOSS,
                Rule("loss of one output", "case(delta-abs(e), e^2/2, delta*(abs(e)-delta/2), 1)"),
                letter="l",
            ),
        ),
        "sum(l)",
        constants=MappingProxyType({"delta": "1"}),
        torch=TorchLoss("F.huber_loss(f, y, delta=delta)", differs=_delta_of_huber),
    ),
)
