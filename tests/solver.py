"""A solver of the tests' own: it works a problem by what its page states, as a student would, and by nothing else.

The formulas are the books' (Goodfellow, Bengio, Courville, Deep Learning, 6.5 and 8.3 to 8.5), written out by hand
for two inputs, two hidden units and one output or two. Whatever a page must state to be worked is asked for: without it
an `AssertionError`, a `KeyError` or a `TypeError` says so.
"""

from __future__ import annotations

import cmath
import math
import re
from decimal import ROUND_HALF_UP, Decimal

SGD = r"w \leftarrow w - \eta \times \mathrm{d}%s/\mathrm{d}w"
ASCENT = (
    r"w^{(1)}_{ij} \leftarrow w^{(1)}_{ij} + \eta \times \delta^{(1)}_{j} \times x_{i}",
    r"b^{(1)}_{j} \leftarrow b^{(1)}_{j} + \eta \times \delta^{(1)}_{j}",
    r"w^{(2)}_{i1} \leftarrow w^{(2)}_{i1} + \eta \times \delta^{(2)}_{1} \times f^{(1)}_{i}",
    r"b^{(2)}_{1} \leftarrow b^{(2)}_{1} + \eta \times \delta^{(2)}_{1}",
)
HALF = r"L = \tfrac{1}{2} (y_{1} - f^{(2)}_{1})^{2}"
HALF_OF_SAMPLE = r"L^{[n]} = \tfrac{1}{2} (y^{[n]}_{1} - f^{(2)[n]}_{1})^{2}"
AVERAGED = r"J = \tfrac{1}{2} \sum_{n} L^{[n]}"
SUMMED = r"J = \sum_{n} L^{[n]}"
PENALTY = r"J = L + \tfrac{\lambda}{2} \sum_{w} w^{2}"
BINARY = r"L = -(y_{1} \times \ln(f^{(2)}_{1}) + (1 - y_{1}) \times \ln(1 - f^{(2)}_{1}))"
CLASSES = r"L = -\sum_{k} y_{k} \times \ln(f^{(2)}_{k})"
SCHEDULE = r"\eta = \eta_{0} \times \gamma^{t - 1}"
VELOCITY = (r"v \leftarrow \mu \times v + \mathrm{d}L/\mathrm{d}w", r"w \leftarrow w - \eta \times v")
ADAM = (
    r"m \leftarrow \beta_{1} \times m + (1 - \beta_{1}) \times \mathrm{d}L/\mathrm{d}w",
    r"v \leftarrow \beta_{2} \times v + (1 - \beta_{2}) \times (\mathrm{d}L/\mathrm{d}w)^{2}",
    r"\hat{m} = m/(1 - \beta_{1}^{t})",
    r"\hat{v} = v/(1 - \beta_{2}^{t})",
    r"w \leftarrow w - \eta \times \hat{m}/(\sqrt{\hat{v}} + \varepsilon)",
)
CLIPPED = (
    r"\bar{g} = \max(-c, \min(c, \mathrm{d}L/\mathrm{d}w))",
    r"w \leftarrow w - \eta \times \bar{g}",
)
CLIPPED_FIRST = (CLIPPED[0], r"g = \bar{g} + \lambda \times w", r"w \leftarrow w - \eta \times g")
DECAYED_FIRST = (
    r"g = \mathrm{d}L/\mathrm{d}w + \lambda \times w",
    r"\bar{g} = \max(-c, \min(c, g))",
    r"w \leftarrow w - \eta \times \bar{g}",
)
FULL = r"Full precision is carried"
ROUNDED = r"All numbers are rounded half up to (\d) decimal places before use\."
AT_ZERO = r"The derivative of ReLU at 0 is taken as (\d)\."
AT_ONCE = "All parameters are updated at once, from the values that the round starts with"
IN_PLACE = "Parameters are updated from the output back: earlier layers use the new weights of later layers"
CLIPPING_FIRST = "Clipping comes first, weight decay after it: the decay is not clipped"
DECAY_FIRST = "Weight decay comes first, clipping after it: the decay is clipped too"
MEAN = r"The loss of a round is the mean over its samples \(2\); the gradients of the parameters are those of this mean"
SUM = r"The loss of a round is the sum over its samples \(2\); the gradients of the parameters are those of this sum"
NEGATIVE = r"stands for -.{0,60}so that updates add the learning rate times it"


def names_of(outputs: int) -> list[str]:
    """The symbols of the parameters."""
    first = [f"w^{{(1)}}_{{{i}{j}}}" for i in (1, 2) for j in (1, 2)] + ["b^{(1)}_{1}", "b^{(1)}_{2}"]
    units = range(1, outputs + 1)
    return [*first, *(f"w^{{(2)}}_{{{i}{j}}}" for i in (1, 2) for j in units), *(f"b^{{(2)}}_{{{j}}}" for j in units)]


class Solver:
    """The conventions that a page states, and the parameters that it works with them."""

    def __init__(self, page) -> None:
        self.page = page
        rounded = page.says(ROUNDED)
        assert rounded or page.says(FULL)
        self.places = int(rounded[1]) if rounded else None
        self.outputs = 2 if page.has(CLASSES) else 1
        self.names = names_of(self.outputs)
        self.in_place = bool(page.says(IN_PLACE))
        assert self.in_place or page.says(AT_ONCE)
        self.parameters = [page.numbers[name] for name in self.names]
        self.states = {letter: [page.numbers.get(letter)] * len(self.names) for letter in "vm"}
        self.signals: list[float] = []
        """The derivatives of the first round by the weighted sums of the outputs, as the page's symbols mean them."""

    def rounded(self, number: float) -> float:
        """A worked number as it is carried; the doubles that stand for decimals are a tie where those are."""
        if self.places is None:
            return number
        return float(Decimal(repr(round(number, 12))).quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP))

    def hidden(self, s: float) -> tuple[float, float]:
        """A hidden unit's value and its slope there."""
        at_zero = self.page.says(AT_ZERO)
        if self.page.says("ReLU"):
            assert at_zero
            return max(s, 0.0), float(at_zero[1]) if s == 0 else float(s > 0)
        f = self.rounded(sigmoid(s))
        return f, f * (1 - f)

    def by_sums(self, f: list[float], y: list[float]) -> list[float]:
        """The derivatives of the loss by the weighted sums of the outputs."""
        page, r = self.page, self.rounded
        if page.has(HALF) or page.has(HALF_OF_SAMPLE):
            by_output = r(f[0] - y[0])
            return [r(by_output * f[0] * (1 - f[0]))]
        assert page.has(BINARY) or page.has(CLASSES)
        return [one - target for one, target in zip(f, y, strict=True)]

    def gradients(self, x: list[float], y: list[float], update) -> list[float]:
        """Backpropagation by hand. `update` gives the new weights from the output layer's gradients, if in place."""
        p, r, n = self.parameters, self.rounded, self.outputs
        s = [r(p[k] * x[0] + p[2 + k] * x[1] + p[4 + k]) for k in (0, 1)]
        h, slopes = zip(*map(self.hidden, s), strict=True)
        sums = [r(p[6 + j] * h[0] + p[6 + n + j] * h[1] + p[6 + 2 * n + j]) for j in range(n)]
        f = [self.rounded(sigmoid(sums[0]))] if n == 1 else softmax(sums)
        signals = self.by_sums(f, y)
        self.signals = self.signals or [(-1 if self.page.says(NEGATIVE) else 1) * one for one in signals]
        last = [r(signals[j] * h[k]) for k in (0, 1) for j in range(n)] + signals
        used = update(last) if self.in_place else p[6:]
        by_hidden = [r(sum(signals[j] * used[n * k + j] for j in range(n))) for k in (0, 1)]
        hidden = [r(by_hidden[k] * slopes[k]) for k in (0, 1)]
        return [r(hidden[k] * x[i]) for i in (0, 1) for k in (0, 1)] + hidden + last

    def worked(self) -> list[float]:
        """The parameters after two rounds."""
        for t in (1, 2):
            self.round(t)
        return self.parameters

    def round(self, t: int) -> None:
        page = self.page
        batch = page.has(AVERAGED) or page.has(SUMMED)
        row = page.data[0 if batch else t - 1]
        marks = ["^{[1]}", "^{[2]}"] if batch else [""]
        units = range(1, self.outputs + 1)
        samples = [([row[f"x{m}_{{{i}}}"] for i in (1, 2)], [row[f"y{m}_{{{j}}}"] for j in units]) for m in marks]
        old = self.parameters

        def update(last):
            return [self.rounded(w - self.rate(t) * d) for w, d in zip(old[6:], last, strict=True)]

        each = [self.gradients(x, y, update) for x, y in samples]
        g = [sum(column) for column in zip(*each, strict=True)]
        if batch:
            assert page.says(MEAN if page.has(AVERAGED) else SUM)
            g = [one / 2 for one in g] if page.has(AVERAGED) else g
        if page.has(PENALTY):
            factors = [page.numbers[r"\lambda"] * name.startswith("w") for name in self.names]
            g = [d + factor * w for d, factor, w in zip(g, factors, old, strict=True)]
        self.parameters = [self.rounded(w) for w in self.updated(old, g, t)]

    def rate(self, t: int) -> float:
        numbers, listed = self.page.numbers, self.page.listed(r"The learning rate .{1,6}? is, round by round,")
        if r"\gamma" in numbers:
            assert self.page.has(SCHEDULE)
            return numbers[r"\eta_{0}"] * numbers[r"\gamma"] ** (t - 1)
        return listed[t - 1] if listed else numbers[r"\eta"]

    def updated(self, p: list[float], g: list[float], t: int) -> list[float]:
        """The update of the optimizer whose lines the page states."""
        page, n, rate = self.page, self.page.numbers, self.rate(t)

        def clip(numbers):
            return [max(-n["c"], min(n["c"], one)) for one in numbers]

        def decay(numbers):
            return [d + n[r"\lambda"] * w for d, w in zip(numbers, p, strict=True)]

        if all(map(page.has, ADAM)):
            return self.adam(p, g, t)
        if all(map(page.has, VELOCITY)):
            self.states["v"] = g = [n[r"\mu"] * v + d for v, d in zip(self.states["v"], g, strict=True)]
        elif all(map(page.has, CLIPPED_FIRST)):
            assert page.says(CLIPPING_FIRST)
            g = decay(clip(g))
        elif all(map(page.has, DECAYED_FIRST)):
            assert page.says(DECAY_FIRST)
            g = clip(decay(g))
        elif all(map(page.has, CLIPPED)):
            g = clip(g)
        else:
            assert page.has(SGD % "L") or page.has(SGD % "J") or all(map(page.has, ASCENT))
        return [w - rate * d for w, d in zip(p, g, strict=True)]

    def adam(self, p: list[float], g: list[float], t: int) -> list[float]:
        n = self.page.numbers
        b1, b2, small = n[r"\beta_{1}"], n[r"\beta_{2}"], n[r"\varepsilon"]
        self.states["m"] = [b1 * m + (1 - b1) * d for m, d in zip(self.states["m"], g, strict=True)]
        self.states["v"] = [b2 * v + (1 - b2) * d**2 for v, d in zip(self.states["v"], g, strict=True)]
        pairs = zip(p, self.states["m"], self.states["v"], strict=True)
        return [w - self.rate(t) * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + small) for w, m, v in pairs]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def softmax(scores: list[float]) -> list[float]:
    powers = [math.exp(one) for one in scores]
    return [one / sum(powers) for one in powers]


def worked_equations(page, equations: list[str], parameters: list[str], rounds: int) -> list[float]:
    """The parameters of a problem in equations after some rounds, by complex steps through the stated equations."""
    assert all(map(page.has, equations))
    assert page.has(r"\theta \leftarrow \theta - \eta \times \mathrm{d}L/\mathrm{d}\theta")
    assert page.says(AT_ONCE)
    values = {**page.numbers, **page.data[0]}
    for _ in range(rounds):
        steps = {}
        for name in parameters:
            changed = {**values, name: values[name] + 1e-30j}
            steps[name] = evaluated(equations, changed).imag / 1e-30
        values |= {name: values[name] - values[r"\eta"] * steps[name] for name in parameters}
    return [values[name] for name in parameters]


def evaluated(equations: list[str], values: dict[str, complex]) -> complex:
    """The last of some equations in LaTeX, with numbers for what they do not define."""
    known = dict(values)
    result: complex = 0
    for equation in equations:
        name, right = equation.split(" = ")
        text = re.sub(r"e\^\{([^{}]*)\}", r"exp(\1)", right).replace(r"\times", "*")
        text = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", text)
        found = {key: value for key, value in known.items() if key.isidentifier()}
        result = known[name] = eval(text, {"__builtins__": {}, "exp": cmath.exp}, found)
    return result
