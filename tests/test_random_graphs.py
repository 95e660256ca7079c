"""Random graphs with shared weights, branches and skips: the backward walk against differences of a plain program.

Every graph is made twice: as equations for the walk, and as a list of functions of numbers that knows neither rules
nor equations. A walk that drops or repeats one use of a shared weight must be found out.
"""

import random
from functools import cache

import pytest
from mpmath import MPContext
from sequences import Numbers, gru, lstm, problem, rnn

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import Evaluators
from derive.catalog.activations import activation
from derive.catalog.layers.activated import SOFTMAX
from derive.errors import CheckError
from derive.graph import backward
from derive.graph.backward import differentiate
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Roots
from derive.graph.quantity import Kind, Role
from derive.graph.rule import Rule

GRAPHS = 200
NUMBERS = MPContext()
NUMBERS.dps = 60
STEP = NUMBERS.mpf("1e-20")

SUM = Rule("sum", "sum(w*x)+b", frozenset({"w", "x"}))
PRODUCT = Rule("product", "a*b")
SKIP = Rule("skip", "a+b")
SQUARE = Rule("half square", "a^2/2")
TOTAL = Rule("total", "sum(l)", frozenset({"l"}))
ENTRYWISE = {
    "sigmoid": lambda s: 1 / (1 + NUMBERS.exp(-s)),
    "tanh": NUMBERS.tanh,
    "softplus": lambda s: NUMBERS.log(1 + NUMBERS.exp(s)),
    "relu": lambda s: s if s > 0 else NUMBERS.mpf(0),
    "silu": lambda s: s / (1 + NUMBERS.exp(-s)),
}


class Program:
    """A random graph as equations (`builder`), and as plain steps: a function, what it takes, what it gives."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.builder = GraphBuilder()
        self.start = {}
        self.steps = []
        self.inputs = self.given(Kind.INPUT, 3)
        self.weights = self.given(Kind.WEIGHT, self.random.randint(2, 4))
        self.known = [*self.inputs.ids, *self.weights.ids]
        makers = (self.weighted, self.weighted, self.activated, self.multiplied, self.skipped, self.softmax)
        for _ in range(self.random.randint(5, 14)):
            self.random.choice(makers)()
        self.loss = self.close()

    def given(self, kind, size):
        block = self.builder.block(kind, Role.GIVEN, (size,))
        self.start |= {
            q: NUMBERS.mpf(self.random.choice((-1, 1)) * self.random.randint(10, 150)) / 100 for q in block.ids
        }
        return block

    def output(self, rule, taken, function, size=1, kind=Kind.NODE):
        out = self.builder.block(kind, Role.FORWARD).first
        self.builder.equation(rule.sized(size), out, taken)
        self.steps.append((function, tuple(taken), (out,)))
        self.known.append(out)
        return out

    def pick(self, count):
        """Quantities made so far, the latest more often than others, some twice."""
        return [self.random.choice(self.known[-4:] if self.random.random() < 0.5 else self.known) for _ in range(count)]

    def weighted(self):
        size = self.random.randint(1, 3)
        weights = [self.random.choice(self.weights.ids) for _ in range(size + 1)]
        taken = [*weights[:size], *self.pick(size), weights[size]]
        self.output(SUM, taken, lambda *v: [sum(v[k] * v[size + k] for k in range(size)) + v[-1]], size)

    def activated(self):
        name = self.random.choice(sorted(ENTRYWISE))
        self.output(activation(name).rule, self.pick(1), lambda s: [ENTRYWISE[name](s)])

    def multiplied(self):
        self.output(PRODUCT, self.pick(2), lambda a, b: [a * b])

    def skipped(self):
        self.output(SKIP, self.pick(2), lambda a, b: [a + b])

    def softmax(self):
        taken = list(dict.fromkeys(self.pick(3)))
        block = self.builder.block(Kind.PROBABILITY, Role.FORWARD, (len(taken),))
        for member, out in enumerate(block.ids):
            self.builder.equation(SOFTMAX.sized(len(taken), member), out, taken, block.ids)

        def shares(*values):
            powers = [NUMBERS.exp(value) for value in values]
            return [power / sum(powers) for power in powers]

        self.steps.append((shares, tuple(taken), tuple(block.ids)))
        self.known += block.ids

    def close(self):
        """The loss: half the squares of the last quantities, of a product of two weights, and their sum."""
        ends = [
            *self.known[-3:],
            self.output(PRODUCT, self.random.choices(self.weights.ids, k=2), lambda a, b: [a * b]),
        ]
        squares = [self.output(SQUARE, [end], lambda a: [a**2 / 2]) for end in ends]
        return self.output(TOTAL, squares, lambda *v: [sum(v)], len(squares), Kind.LOSS)

    def run(self, moved=None, by=0):
        """All numbers of the plain program, one quantity moved wherever it is used."""
        values = dict(self.start)
        if moved in values:
            values[moved] += by
        for function, taken, given in self.steps:
            for quantity, number in zip(given, function(*(values[q] for q in taken)), strict=True):
                values[quantity] = number + (by if quantity == moved else 0)
        return values

    def difference(self, quantity):
        return (self.run(quantity, STEP)[self.loss] - self.run(quantity, -STEP)[self.loss]) / (2 * STEP)

    @property
    def shared(self):
        """The weights that are used more than once."""
        used = [q for e in self.builder.equations for q in e.operands]
        return [q for q in self.weights.ids if used.count(q) > 1]

    def at_a_kink(self):
        values = self.run()
        relu = [e for e in self.builder.equations if e.rule.name == "relu"]
        return any(abs(values[e.operands[0]]) < NUMBERS.mpf("1e-15") for e in relu)

    def adjoints(self):
        """The partial of every quantity that has one, by the backward walk."""
        differentiated = differentiate(self.builder, [self.weights], Roots(self.loss))
        arithmetic = DecimalArithmetic(60)
        evaluators = Evaluators(arithmetic)
        values = {q: arithmetic.number(NUMBERS.nstr(v, 20)) for q, v in self.start.items()}
        for equation in (*self.builder.equations, *differentiated):
            values[equation.output] = evaluators.of(equation.rule)([values[q] for q in equation.operands])
        mirrors = [b for b in self.builder.blocks if b.of is not None]
        return {q: values[d] for b in mirrors for q, d in zip(b.of.ids, b.ids, strict=True)}


def programs(count=GRAPHS):
    """Random programs whose relus are not at their kink."""
    seed = 0
    while count:
        program = Program(seed)
        seed += 1
        if not program.at_a_kink():
            count -= 1
            yield seed, program


@cache
def wanted(seed):
    program = Program(seed - 1)
    return {q: program.difference(q) for q in range(program.loss)}


def is_right(program, differences):
    """Whether every adjoint of the walk is the difference's, to 1e-10 of its size."""
    return all(
        abs(NUMBERS.mpf(str(found)) - differences[quantity])
        <= NUMBERS.mpf("1e-10") * abs(differences[quantity]) + NUMBERS.mpf("1e-30")
        for quantity, found in program.adjoints().items()
    )


@pytest.mark.slow
def test_every_adjoint_of_random_graphs():
    shared = branches = 0
    for seed, program in programs():
        assert is_right(program, wanted(seed)), f"seed {seed - 1}"
        shared += bool(program.shared)
        branches += any(len(step[1]) != len(set(step[1])) for step in program.steps)
    assert shared > 150
    assert branches > 50


def test_forward_numbers_of_random_graphs():
    for _, program in programs(50):
        values, found = program.run(), {}
        evaluators = Evaluators(DecimalArithmetic(60))
        found = {q: evaluators.arithmetic.number(NUMBERS.nstr(v, 20)) for q, v in program.start.items()}
        for equation in program.builder.equations:
            found[equation.output] = evaluators.of(equation.rule)([found[q] for q in equation.operands])
            assert abs(NUMBERS.mpf(str(found[equation.output])) - values[equation.output]) < NUMBERS.mpf("1e-40")


def dropped(uses):
    """All uses but the last."""
    return uses[:-1]


def repeated(uses):
    """The first use counted twice."""
    return [uses[0], *uses]


def plant(monkeypatch, mistake):
    """Let the backward walk make a mistake with every parameter that is used more than once."""
    right = backward._Uses.of

    def wrong(self, quantity):
        uses = list(right(self, quantity))
        is_given = all(quantity != equation.output for equation in self.equations)
        return iter(mistake(uses) if is_given and len(uses) > 1 else uses)

    monkeypatch.setattr(backward._Uses, "of", wrong)


@pytest.mark.parametrize("mistake", [dropped, repeated])
def test_a_wrong_sum_over_the_uses_of_a_shared_weight_is_caught(monkeypatch, mistake):
    plant(monkeypatch, mistake)
    tried = caught = 0
    for seed, program in programs():
        if any(wanted(seed)[q] for q in program.shared):
            tried += 1
            caught += not is_right(program, wanted(seed))
    assert tried > 150
    assert caught >= 0.97 * tried


def networks():
    """Problems whose weights are shared between steps, and between a weight's own uses in a batch."""
    for seed in range(12):
        numbers = Numbers(seed)
        steps, units = numbers.choice(2, 3), numbers.choice(1, 2)
        layer = (rnn, lstm, gru)[seed % 3](numbers, 2, units, state=numbers(units))
        dense = {
            "layer": "dense",
            "units": 2,
            "activation": "sigmoid",
            "weights": numbers(units, 2),
            "biases": numbers(2),
        }
        yield problem([layer, dense], [steps, 2], [{"x": numbers(steps, 2), "y": numbers(steps, 2)}])


def test_networks_are_right_without_the_mistake():
    for network in networks():
        assert derive.solve(network).check.largest < 1e-10


@pytest.mark.parametrize("mistake", [dropped, repeated])
def test_solving_refuses_the_mistake(monkeypatch, mistake):
    plant(monkeypatch, mistake)
    for network in networks():
        with pytest.raises(CheckError, match="differs from the complex step"):
            derive.solve(network)
