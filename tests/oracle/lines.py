"""Lines of a trace worked again from their own text: the right side in names, the carried numbers, the rounding."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

from oracle.tape import DIGITS, context

MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "cut": ROUND_DOWN}
SETTLED = 55
"""Digits to which a computed number is taken for exact, so that a tie is a tie."""

_FUNCTIONS = {
    "exp": context.exp,
    "tanh": context.tanh,
    "sqrt": context.sqrt,
    "erf": context.erf,
    "sin": context.sin,
    "cos": context.cos,
    "tan": context.tan,
    "abs": abs,
    "sign": context.sign,
    "floor": context.floor,
    "sigmoid": lambda x: 1 / (1 + context.exp(-x)),
    "relu": lambda x: max(context.zero, x),
    "max": max,
    "int": int,
    "min": min,
    "pi": context.pi,
    "log": lambda x, base=None: context.log(x) if base is None else context.log(x) / context.log(base),
}


class Trace:
    """The lines of one round: names, right sides, numbers."""

    def __init__(self, quantities):
        self.quantities = {one["name"]: one for one in quantities}
        names = "|".join(map(re.escape, sorted(self.quantities, key=len, reverse=True)))
        self.pattern = re.compile(rf"(?<![\w@])(?:{names})(?![\w@]|,\d)")

    def worked(self, name):
        """The right side of a line, evaluated on what its operands carry."""
        text = self.quantities[name]["symbolic"]
        mentioned = []

        def slot(match):
            mentioned.append(context.mpf(self.quantities[match[0]]["carried"]))
            return f"NAMES_[{len(mentioned) - 1}]"

        python = self.pattern.sub(slot, text)
        python = re.sub(r"\)\[(NAMES_\[\d+\])\]", r")[int(\1) - 1]", python)
        python = re.sub(r"(?<![_)])\[([^\[\]]*(?:NAMES_\[\d+\][^\[\]]*)*)\]", _gate, python)
        python = re.sub(
            r"(?<![\w\[.])\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w\]])", r"EXACT_('\g<0>')", python.replace("^", "**")
        )
        scope = {**_FUNCTIONS, "NAMES_": mentioned, "EXACT_": context.mpf, "__builtins__": {}}
        return context.mpf(eval(python, scope))


def _gate(match):
    """A condition in brackets: 1 where it holds, 0 elsewhere."""
    condition = re.sub(r"(?<![<>=])=(?!=)", "==", match[1])
    return f"(1 if {condition} else 0)"


def rounded(value, places, significant, mode):
    """A number at a precision, as a Decimal; `places` or `significant` is None."""
    with localcontext() as local:
        local.prec = DIGITS + 40
        exact = Decimal(context.nstr(value, SETTLED, strip_zeros=False))
        if not exact:
            return Decimal(0)
        step = -places if significant is None else exact.adjusted() - significant + 1
        result = exact.quantize(Decimal(1).scaleb(step), MODES[mode])
        if significant is not None and result.adjusted() > exact.adjusted():
            result = exact.quantize(Decimal(1).scaleb(step + 1), MODES[mode])
        return result


def precision(rounding, quantity, number):
    """The places and figures of a quantity in a round: the most specific exception, else the policy's own.

    An entry goes before a block, a block before a kind, then one that names the round; of two alike the later one.
    """
    name, best = quantity["name"], (-1, rounding.get("places"), rounding.get("significant"))
    if rounding.get("carry") == "rounded" and best[2] is None and _is_of_state(quantity):
        best = (-1, None, max(4, int(best[1] or 4)))
    for one in rounding.get("exceptions", []):
        wanted, kind, of = one.get("quantity"), one.get("kind"), one.get("round")
        block = name.partition("@")[0]
        is_block = wanted is not None and wanted != name and re.fullmatch(rf"{re.escape(wanted)}(_?\d+)?", block)
        if (of is not None and int(of) != number) or (kind is not None and kind != quantity["kind"]):
            continue
        if wanted is not None and wanted != name and not is_block:
            continue
        weight = (4 if wanted == name else 2 if wanted else 0) * 4 + (2 if kind else 0) + (1 if of else 0)
        if weight >= best[0]:
            best = (weight, one.get("places"), one.get("significant"))
    places, significant = (None if n is None else int(n) for n in best[1:])
    return (4, None) if places is None and significant is None else (places, significant)


def _is_of_state(quantity):
    """Whether a number is what an optimizer keeps, or is worked from it: the moments, and those corrected."""
    return quantity["kind"] == "state" or re.match("[mv]hat_", quantity["name"])


def faults(trace, rounding):
    """Every line whose number does not follow from its own text, or is not rounded as the policy says."""
    found = []
    mode, carried_is_shown = rounding.get("mode", "half-up"), rounding.get("carry") == "rounded"
    for part in trace["rounds"]:
        lines = Trace(part["quantities"])
        for name, quantity in lines.quantities.items():
            if quantity["symbolic"] is None:
                continue
            value = lines.worked(name)
            full = context.mpf(quantity["full"])
            if abs(value - full) > context.mpf(10) ** -35 * (1 + abs(value)):
                found.append(f"{name} in round {part['round']}: {quantity['symbolic']} is {value}, not {full}")
                continue
            wanted = rounded(value, *precision(rounding, quantity, part["round"]), mode)
            shown = Decimal(quantity["shown"])
            carried = Decimal(quantity["carried"])
            small = not carried_is_shown and not wanted and value
            if (carried_is_shown and carried != wanted) or (not small and shown != wanted):
                found.append(f"{name} in round {part['round']}: {value} prints as {quantity['shown']}, not {wanted}")
            if small and shown != rounded(value, None, 3, mode):
                found.append(f"{name} in round {part['round']}: the small {value} prints as {quantity['shown']}")
    return found
