"""Set random problems and look for what does not fit: `python -m tests.fit --problems 300` (needs TeX and pdftotext).

Every cell, row and column of a page is a TeX box that complains when it is too full, so that a log without such a
complaint says that nothing is clipped and nothing stands on its neighbour; `pdftotext` says where every word is.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from editions import to_latex_document

sys.path.insert(0, str(Path(__file__).parent))

from ugly import ugly

import derive
from derive.document.style import style
from derive.errors import DeriveError, InputError
from derive.tex.compile import compile_latex
from derive.tex.engine import find_engine

_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)
_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', re.DOTALL)
_MILLIMETRE = 72 / 25.4
_FOOT = 17 * _MILLIMETRE
_SLACK = 2.0
"""How far microtype lets letters of a text stand out, and what a font's box has below its letters."""
_SMALL_PRINT = 12 * _MILLIMETRE
"""How much further down the small print at the end may go."""
_TURNED_SIDE = 22.5 * _MILLIMETRE


def outside(pdf: bytes, width: float) -> list[str]:
    """The words of a PDF that stand outside of the text's width in millimetres or below its foot, with where they stand.

    The numbers of equations stand in the margin.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(pdf)
        done = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True)
    found = []
    for number, (across, height, words) in enumerate(_PAGE.findall(done.stdout.decode("utf-8")), 1):
        upright = float(across) < float(height)
        side = (float(across) - width * _MILLIMETRE) / 2 if upright else _TURNED_SIDE
        for x_min, _, x_max, y_max, word in _WORD.findall(words):
            left, right, low = float(x_min), float(x_max), float(y_max)
            within = side - _SLACK <= left and right <= float(across) - side + _SLACK
            numbered = re.fullmatch(r"\(\d+\)", word) is not None
            if not (within or numbered) or low > float(height) - _FOOT + _SMALL_PRINT + 3 * _SLACK:
                found.append(f"page {number}: {word!r} from {left:.1f} to {right:.1f} pt, down to {low:.1f}")
    return found


def complaints(problem: derive.Problem) -> list[str]:
    """What does not fit on the pages of a problem, and what TeX has against them."""
    result = compile_latex(to_latex_document(derive.solve(problem), "random.yaml"), find_engine())
    if result.pdf is None:
        return [result.error]
    return [*result.overfull, *outside(result.pdf, style(problem.style).style.page.width)]


def main() -> int:
    """Try the problems; print what is wrong with each and how many there were of which style."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first problem")
    chosen = parser.parse_args()
    tried, refused, wrong = Counter[str](), 0, 0
    for seed in range(chosen.first, chosen.first + chosen.problems):
        problem = ugly(seed)
        try:
            found = complaints(problem)
        except (InputError, DeriveError) as error:
            refused += 1
            print(f"{seed} {problem.style}: refused: {str(error).splitlines()[0]}")  # noqa: T201
            continue
        tried[problem.style] += 1
        if found:
            wrong += 1
            print(f"{seed} {problem.style}: {len(found)} complaints, such as {found[:3]}")  # noqa: T201
    settings = f"{sum(tried.values())} problems set {dict(tried)}"
    print(f"{settings}, {refused} refused, {wrong} with something that does not fit")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
