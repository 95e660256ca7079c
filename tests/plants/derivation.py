"""Faults in the derivation and its numbers: the chain rule, losses, updates, rounds, rounding, names, checks."""

from __future__ import annotations

from collections.abc import Iterator

from plants.fault import Fault, changes

_ROUNDING = ("tests/test_rounding.py", "-k", "not saturated")
_ADJOINTS = (
    "tests/test_oracle.py::test_graphs_of_equations[20]",
    "tests/test_check.py::test_nothing_goes_back_beyond_a_window",
    "tests/test_names.py",
)
_BATCHES = ("tests/test_oracle.py::test_dense_networks_of_every_option[0]",)
_UPDATES = ("tests/test_optimizers.py",)
_ASCENT = ("tests/test_conventions.py", "-k", "gather or loops or delta_rule or sign or batch")
_NAMES = ("tests/test_names.py",)
_CHECK = ("tests/test_check.py",)
_WARNINGS = ("tests/test_warnings.py",)
_DATA = ("tests/test_data_of_rounds.py",)
_VIEWS = ("tests/test_views.py", "-k", "layer or dense or winner or offsets or sums or matrices or symbols")


def faults() -> Iterator[Fault]:
    """Every fault."""
    yield from _penalized()
    yield from _numbers()
    yield from _chain_rule()
    yield from _losses()
    yield from _optimizers()
    yield from _conventions()
    yield from _views()
    yield from _around()


def _penalized() -> Iterator[Fault]:
    yield from changes(
        "derive/network/lower.py",
        ("tests/test_batches_and_penalties.py",),
        ("counts or self.problem.penalty.biases", "counts"),
        ("counts or self.problem.penalty.biases", "counts or not self.problem.penalty.biases"),
        ("one.penalized and one.kind is not Kind.BIAS", "one.kind is not Kind.BIAS"),
        ("one.penalized and one.kind is not Kind.BIAS", "one.penalized"),
    )


def _numbers() -> Iterator[Fault]:
    yield from changes(
        "derive/arithmetic/rounding.py",
        _ROUNDING,
        ("Mode.HALF_UP: ROUND_HALF_UP", "Mode.HALF_UP: ROUND_HALF_EVEN"),
        ("Mode.HALF_EVEN: ROUND_HALF_EVEN", "Mode.HALF_EVEN: ROUND_HALF_UP"),
        ("Mode.CUT: ROUND_DOWN", "Mode.CUT: ROUND_HALF_UP"),
        ("number.adjusted() - self.count + 1", "number.adjusted() - self.count"),
        ("(level, -shared.index(self.quantity), in_round)", "(in_round, level, -shared.index(self.quantity))"),
        ("return (int(self.kind is not None), 0, in_round)", "return (4 * int(self.kind is not None), 0, in_round)"),
        ("rank >= best", "rank > best"),
        ("return rounded or Decimal(0)", "return rounded"),
        ("exact and rounded == number", "rounded == number"),
        ("Precision(_SMALL_DIGITS, significant=True)", "Precision(_SMALL_DIGITS + 1, significant=True)"),
    )
    yield from changes(
        "derive/network/work.py",
        _DATA,
        ("return number > self.updates", "return number >= self.updates"),
        ("zip(block.of.ids, block.ids, strict=True)})", "zip(block.of.ids, block.ids[::-1], strict=True)})"),
        ("precision_of(block, name, number)", "precision_of(block, name, 1)"),
    )
    yield from changes(
        "derive/network/lower.py",
        _DATA,
        ("((number - 1) * size + place) % len", "(number * size + place) % len"),
        ("((number - 1) * size + place) % len", "(number - 1 + place) % len"),
        ("learning_rate.of(number)", "learning_rate.of(1)"),
        ("{lowered.counter.first: Decimal(number)}", "{lowered.counter.first: Decimal(number - 1)}"),
        ("for place in range(1, width + 1))", "for place in range(width))"),
        ("classes if len(classes) == steps else classes * steps", "classes[:1] * steps"),
    )


def _chain_rule() -> Iterator[Fault]:
    yield from changes(
        "derive/graph/backward.py",
        _ADJOINTS,
        ("(self.first[quantity], *self.more.get(quantity, ()))", "(self.first[quantity],)"),
        ("(self.first[quantity], *self.more.get(quantity, ()))", "self.more.get(quantity, (self.first[quantity],))"),
        ("found[equation.output] = wanted[equation.output]", "found[equation.output] = True"),
        ("order += reversed(ready.get(place, []))", "order += ready.get(place, [])"),
    )
    yield from changes(
        "derive/graph/chain.py",
        _BATCHES,
        ("mean = (divided(add(terms), divisor),)", "mean = (add(terms),)"),
        ("return Quotient(above, multiply((number, below)))", "return Quotient(above, below)"),
        ("return negate(divided(argument, divisor))", "return divided(argument, divisor)"),
        ("more, arity = _terms(total, middle)", "more, arity = _terms(total, 0)"),
        ("replacements[index] = Position(start)", "replacements[index] = Position(index)"),
    )


def _losses() -> Iterator[Fault]:
    yield from changes(
        "derive/network/losing.py",
        ("tests/test_batches_and_penalties.py",),
        ('"sum(l)/count(l)"', '"sum(l)"'),
        ('Rule("sum over samples", "sum(l)",', 'Rule("sum over samples", "sum(l)/count(l)",'),
        ('problem.batch.gradients == "averaged"', 'problem.batch.gradients != "averaged"'),
        ("len(losses) if averaged else 1", "1"),
        ("(_MEAN if averaged else _SUM)", "(_SUM if averaged else _MEAN)"),
        ('"(1-a)*y+a/count(y)"', '"(1-a)*y+a"'),
        ('"l2/2*sum(w^2)" if half', '"l2/2*sum(w^2)" if not half'),
        ('else "l2*sum(w^2)"', 'else "2*l2*sum(w^2)"'),
        ('"l2/2*sum(w^2)"', '"l2/2*sum(abs(w))"'),
        ('"l1*sum(abs(w))"', '"l1*sum(w)"'),
    )

    yield from changes(
        "derive/network/lower.py",
        ("tests/test_batches_and_penalties.py",),
        ("if counts or self.problem.penalty.biases else []", "if counts else []"),
        ("if counts or self.problem.penalty.biases else []", "if self.problem.penalty.biases else []"),
        ("if counts or self.problem.penalty.biases else []", "if counts or not self.problem.penalty.biases else []"),
    )


def _optimizers() -> Iterator[Fault]:
    yield from changes(
        "derive/network/updating.py",
        _UPDATES,
        ('"max(-c, min(c, g))"', '"max(0, min(c, g))"'),
        ('"max(-c, min(c, g))"', '"min(-c, max(c, g))"'),
        ('"sum(g^2)"', '"sum(g)"'),
        ('"sqrt(q)"', '"q"'),
        ('"g*(c/max(n, c))"', '"g*(c/n)"'),
        ('"g*(c/max(n, c))"', '"g*(c/min(n, c))"'),
        ('"g*(c/max(n, c))"', '"g*(max(n, c)/c)"'),
        ('"g+l*p"', '"g+2*l*p"'),
        ('"g+l*p"', '"g-l*p"'),
        ('"g+l*p"', '"g+l/2*p"'),
        (
            "steps = (_clipped_by_value, _clipped_by_norm, _decayed)",
            "steps = (_decayed, _clipped_by_value, _clipped_by_norm)",
        ),
        (
            "steps = (_clipped_by_value, _clipped_by_norm, _decayed)",
            "steps = (_clipped_by_norm, _clipped_by_value, _decayed)",
        ),
        (
            "steps = (_decayed, _clipped_by_value, _clipped_by_norm)",
            "steps = (_clipped_by_value, _decayed, _clipped_by_norm)",
        ),
        (
            "steps = (_decayed, _clipped_by_value, _clipped_by_norm)",
            "steps = (_clipped_by_value, _clipped_by_norm, _decayed)",
        ),
        ('weight_decay_order == "before clipping"', 'weight_decay_order != "before clipping"'),
        ("starts.get(name, Decimal(0))", "starts.get(name, Decimal(1))"),
        ("stated.get(name, number)", "number"),
        ("for gradient in gradients.values() for q", "for gradient in list(gradients.values())[:1] for q"),
        ("columns[name + NEW] = output.ids", "columns[name + NEW] = states[name].ids"),
        ("g=g.ids, p=b.ids, l=(strength,)", "g=g.ids, p=g.ids, l=(strength,)"),
    )
    yield from changes(
        "derive/catalog/optimizers.py",
        _UPDATES,
        ("+epsilon)+lambda*p)", "+epsilon)+2*lambda*p)"),
        ("+epsilon)+lambda*p)", "+epsilon)+lambda*p/eta)"),
        ('"p-eta*(g+mu*v_new)"', '"p-eta*(g+mu*v)"'),
    )
    yield from changes(
        "derive/network/ordering.py",
        ("tests/test_conventions.py", "-k", "loops or in_place"),
        ("operands = tuple(new[q][0] if q in new and", "operands = tuple(new[q][0] if q in new and False and"),
        ("else q for q in equation.operands)", "else q for q in equation.operands[::-1])"),
        ("here and layer > here), reverse=True)", "here and layer >= here), reverse=True)"),
        ('if problem.update_form == "ascent":', 'if problem.update_form != "ascent":'),
    )


def _conventions() -> Iterator[Fault]:
    yield from changes(
        "derive/graph/ascent.py",
        _ASCENT,
        ("gathered(negate(formula) if turned else formula)", "gathered(formula)"),
        ("return above != below, Quotient(top, bottom)", "return above, Quotient(top, bottom)"),
        ("% 2 == 1, multiply(", "% 2 == 0, multiply("),
        ("if all(negative for negative, _ in parts):", "if any(negative for negative, _ in parts):"),
        ("return Sum((second, Negative(first)))", "return Sum((first, Negative(second)))"),
        ("return not negative, size", "return negative, size"),
    )
    yield from changes(
        "derive/graph/views/augmenting.py",
        ("tests/test_matrix_lines.py", "-k", "the_example or rule or products"),
        ('return Call("tail", (node,))', "return node"),
        ("return Border((ONE,) * columns)", "return Border((ZERO,) * columns)"),
        ("return ViewEquation(equation.left, product), _bordered(application, borders)", "return use"),
    )
    yield from changes(
        "derive/document/views/laid_out.py",
        ("tests/test_matrix_lines.py", "-k", "the_example or rule or products"),
        ('return gradient != (notation.product == ("W x"', 'return gradient == (notation.product == ("W x"'),
    )


def _views() -> Iterator[Fault]:
    yield from changes(
        "derive/graph/views/index_form.py",
        _VIEWS,
        ("for place in range(first, last + 1):", "for place in range(first, last):"),
        ("return least <= index <= most", "return least < index <= most"),
        ('if function == "sum" else _largest', 'if function != "sum" else _largest'),
        ("Number(str(candidates.index(own) + 1))", "Number(str(candidates.index(own)))"),
        ("if any(not 1 <= place <= length", "if any(not 1 <= place < length"),
        ("return ZERO if is_zero else with_children", "return with_children"),
    )
    yield from changes(
        "derive/graph/views/affine.py",
        _VIEWS,
        ("plus(affine(argument, numbers), -1)", "plus(affine(argument, numbers))"),
        ("return self.constant + sum(factor", "return sum(factor"),
    )
    yield from changes(
        "derive/graph/views/matrix_form.py",
        _VIEWS,
        ("return add_all(parts)", "return add_all(parts[:1])"),
        ("ZERO if above == ZERO else Quotient(above, below)", "ZERO if above == ZERO else Quotient(below, above)"),
        ("tuple((add_all(row),) for row in matrix)", "tuple((row[0],) for row in matrix)"),
        ('"T": _transpose', '"T": lambda matrix: matrix'),
        ("_transpose(_softmax_of_rows(_transpose(matrix)))", "_softmax_of_rows(matrix)"),
        ("i if len(matrix) > 1 else 0", "0"),
    )


def _around() -> Iterator[Fault]:
    yield from changes(
        "derive/graph/quantity.py",
        _NAMES,
        ('return f"{name}_new"', 'return f"{name}_old"'),
        ('return f"delta_{name}"', 'return f"d_{name}"'),
        ('f"d{self.letter}/d{name}"', 'f"dL/d{name}"'),
        ('(f"@n{self.sample}" if self.sample else "")', '""'),
        ('f"@t{self.time}" if self.time', 'f"@t{self.time + 1}" if self.time'),
        ('"," if max(self.shape) > 9 and', '"," if max(self.shape) > 99 and'),
        ("index.append(part + 1)", "index.append(part)"),
        ("product(*(range(1, length + 1)", "product(*(range(length)"),
        ('(str(self.layer) if self.layered else "")', '(str(self.layer + 1) if self.layered else "")'),
    )
    yield from changes(
        "derive/network/check.py",
        _CHECK,
        ("if not difference <= TOLERANCE:", "if not difference <= 1e9 * TOLERANCE:"),
        ("TOLERANCE = 1e-9", "TOLERANCE = 1e-2"),
        ("MOST_OPERANDS = 10_000_000", "MOST_OPERANDS = 10"),
        ("for number in range(len(starts)) for place", "for number in range(1) for place"),
        ("largest = max(largest, difference)", "largest = min(largest, difference)"),
        ("number.copy_negate() if graph", "number if graph"),
        (".sample == sample)", ".sample >= sample)"),
        ("math.floor(math.log10(self.largest)) + 1", "math.floor(math.log10(self.largest))"),
    )
    yield from changes(
        "derive/network/warnings.py",
        _WARNINGS,
        ('SATURATED = Decimal("0.01")', 'SATURATED = Decimal("0.0001")'),
        ('SATURATED = Decimal("0.01")', 'SATURATED = Decimal("0.5")'),
        ("if after > before:", "if after < before:"),
        ("and not any(slope for each", "and any(slope for each"),
        ("if slopes[equation][0] < SATURATED:", "if slopes[equation][0] > SATURATED:"),
        ("if after > before:", "if after >= before:"),
    )
    yield from changes(
        "derive/network/ties.py",
        ("tests/test_layers_spatial.py",),
        ("if len(largest) > 1]", "if len(largest) > 2]"),
        ("largest, largest[0]) for output", "largest, largest[-1]) for output"),
        ("[*largest, *alike], largest[0])", "[*largest, *alike], alike[0])"),
        ("values[q].shown == most.shown", "values[q].shown != most.shown"),
    )
