"""`python -m benchmarks [--quick]`: the table of ratios."""

from __future__ import annotations

import argparse
import gc
import math
import sys
from collections.abc import Sequence

from benchmarks.cold import forget
from benchmarks.shapes import SHAPES, of_size
from benchmarks.sides import (
    cpu,
    derive_and_print,
    largest_difference,
    printed,
    sympy_expanded,
    sympy_per_equation,
)

SMALL = ((2, 2), (1, 2, 2, 1), (3, 4, 2))
DEEP = (2, 2, 2, 2, 2, 2, 2)
LARGE = (784, 128, 64, 10)
SAMPLE = 2000
failures: list[str] = []


def require(what: str, *, holds: bool) -> None:
    """Note a bound that does not hold; the command then exits with 1."""
    if not holds:
        failures.append(what)


def against_sympy(sizes: Sequence[int], bounds: tuple[float, float] = (0, 0)) -> None:
    """All partials derived and printed, against SymPy on the expanded loss, which is cold each time it is asked."""
    forget()
    cold, (lowered, _) = cpu(lambda: derive_and_print(sizes))
    repeats = 50
    warm_total, _ = cpu(lambda: [derive_and_print(sizes) for _ in range(repeats)])
    warm = warm_total / repeats
    forget()
    theirs, partials = cpu(lambda: sympy_expanded(lowered))
    difference = largest_difference(lowered, partials)
    name = "-".join(map(str, sizes))
    print(
        f"{name:>16}  {len(partials):>8}  {theirs:>9.3f} s  {cold * 1e3:>8.2f} ms  {theirs / cold:>8.0f}  "
        f"{warm * 1e3:>8.3f} ms  {theirs / warm:>9.0f}  {difference:>8.0e}"
    )
    require(f"{name}: numbers agree to 1e-9", holds=difference < 1e-9)
    require(f"{name}: {bounds[0]:.0f} times faster, cold", holds=theirs / cold >= bounds[0])
    require(f"{name}: {bounds[1]:.0f} times faster, warm", holds=theirs / warm >= bounds[1])


def large_net() -> None:
    """Every partial of 784-128-64-10 printed, against one SymPy expression an equation and `sympy.latex`."""
    forget()
    ours, (lowered, lines) = cpu(lambda: derive_and_print(LARGE))
    sample, _ = cpu(lambda: sympy_per_equation(lowered, SAMPLE))
    count = len(lowered.graph.backward)
    theirs = sample / SAMPLE * count
    parameters = sum(block.size for block in lowered.parameters)
    print(f"\n784-128-64-10: all {parameters:,} partials of the parameters and {count - parameters:,} others, as LaTeX")
    print(f"  derive and print, cold: {ours:.3f} s of CPU, {len(lines):,} lines")
    print(f"  one SymPy expression an equation and sympy.latex: {theirs:.1f} s ({SAMPLE:,} timed, scaled up)")
    print(f"  ratio: {theirs / ours:.0f}")
    require("784-128-64-10 in under 0.5 s of CPU", holds=ours < 0.5)
    require("784-128-64-10: 100 times faster", holds=theirs / ours >= 100)


def growth(*, quick: bool) -> None:
    """How time grows with the number of parameters: the slope of the line through log time and log size."""
    widths = (8, 26, 84, 265) if not quick else (8, 26, 84)
    points = []
    print("\ngrowth: n-n-n, derived and printed, warm, best of 5")
    for width in widths:
        sizes = (width, width, width)
        derive_and_print(sizes)
        gc.collect()
        best = min(cpu(lambda sizes=sizes: derive_and_print(sizes))[0] for _ in range(5))  # type: ignore[misc]
        parameters = 2 * width * (width + 1)
        points.append((math.log(parameters), math.log(best)))
        print(f"  {parameters:>8,} parameters  {best * 1e3:>9.3f} ms  {best / parameters * 1e6:>6.2f} us each")
    exponent = slope(points)
    print(f"  exponent: {exponent:.2f}")
    require("exponent at most 1.1", holds=exponent <= 1.1)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line through points, by least squares."""
    middle = [sum(column) / len(points) for column in zip(*points, strict=True)]
    above = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return above / sum((x - middle[0]) ** 2 for x, _ in points)


def shapes(*, quick: bool) -> None:
    """How time grows with the length of all equations, for layers that share weights and for batches.

    A softmax over n steps has n terms below the line, and a weight that is used n times n terms in its gradient: so
    what is counted is the quantities on the right sides.
    """
    print("\nshapes: derived and printed, warm, best of 3; terms are the quantities on all right sides")
    for title, (make, sizes) in SHAPES.items():
        points = []
        for size in sizes[:-1] if quick else sizes:
            derive = of_size(make, size)
            graph = derive().graph
            equations = (*graph.forward, *graph.backward)
            count = sum(len(equation.operands) for equation in equations)
            gc.collect()
            best = min(cpu(lambda derive=derive: printed(derive()))[0] for _ in range(3))  # type: ignore[misc]
            points.append((math.log(count), math.log(best)))
            print(
                f"  {title} {size:>4}: {len(equations):>7,} equations, {count:>8,} terms  {best * 1e3:>9.3f} ms  "
                f"{best / count * 1e6:>5.1f} us a term"
            )
        exponent = slope(points)
        print(f"    exponent: {exponent:.2f}")
        require(f"{title}: exponent at most 1.15", holds=exponent <= 1.15)


def main() -> int:
    """Print the tables; exit code 1 if a bound does not hold."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="without the deep net and the largest sizes")
    quick = options.parse_args().quick
    print("all partials derived and printed as LaTeX, in seconds of CPU")
    print("  SymPy: sympy.diff of the expanded loss by every parameter, then sympy.latex of each")
    print("  cold: derive with every cache empty, its rules derived within the time; warm: the mean of 50 more runs")
    print("  difference: the largest relative difference of the two sides' partials at random parameters")
    print(
        f"{'net':>16}  {'partials':>8}  {'SymPy':>11}  {'cold':>11}  {'ratio':>8}  {'warm':>11}  {'ratio':>9}  "
        "difference"
    )
    for sizes in SMALL:
        against_sympy(sizes)
    if not quick:
        against_sympy(DEEP, (300, 10_000))
    large_net()
    growth(quick=quick)
    shapes(quick=quick)
    for failure in failures:
        print(f"NOT MET: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
