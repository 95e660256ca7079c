"""Documents of every style, language, kind and format over the gallery, and what must hold of each.

`python tests/every_combination.py` makes every combination of the four, each of one problem of the gallery in turn;
`--all-problems` makes each of all problems. The tests make every pair.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from allpairspy import AllPairs
from conftest import compiled, solution_of
from documents import parsed, require_equal_to_trace

from derive.document.build import Edition
from derive.document.locale import locale
from derive.errors import InputError
from derive.formats import KINDS
from derive.render.html import to_html
from derive.render.latex import to_latex
from derive.sources import assets


@dataclass(frozen=True)
class Combination:
    """One document: its looks, and the problem of the gallery that it is of."""

    style: str
    language: str
    kind: str
    format: str
    problem: str

    def __str__(self) -> str:
        return f"{self.style}-{self.language}-{self.kind}-{self.format}-{self.problem}"

    @property
    def edition(self) -> Edition:
        solution = solution_of(self.problem, style=self.style, language=self.language)
        return Edition.of(solution, f"{self.problem}.yaml", self.kind)


def require_sound_pdf(combination: Combination) -> None:
    """TeX sets it, and nothing sticks out."""
    result = compiled(to_latex(combination.edition))
    assert not result.error, result.error
    assert result.overfull == ()


def require_sound_page(combination: Combination) -> None:
    """It is one page of good HTML, its anchors resolve, its numbers are those of the trace."""
    text = to_html(combination.edition)
    page = parsed(text)
    ids = [element.attrs["id"] for element in page.query("[id]")]
    assert len(ids) == len(set(ids))
    assert {element.attrs["href"].removeprefix("#") for element in page.query("[href]")} <= set(ids)
    decimal = locale(combination.language).numbers.decimal
    numbers = require_equal_to_trace(combination.edition.solved[0].solution, text, decimal)
    assert numbers or combination.kind == "worksheet"


FORMATS: Mapping[str, Callable[[Combination], None]] = MappingProxyType(
    {"pdf": require_sound_pdf, "html": require_sound_page}
)
FACTORS: tuple[Sequence[str], ...] = (assets.names("styles"), assets.names("locales"), tuple(KINDS), tuple(FORMATS))


PROBLEMS = tuple(sorted(assets.examples()))


def pairs() -> Iterator[Combination]:
    """Enough combinations for every pair of style, language, kind and format, the problems in turn."""
    for place, row in enumerate(AllPairs(FACTORS)):
        yield Combination(*row, PROBLEMS[place % len(PROBLEMS)])


def every() -> Iterator[Combination]:
    """Every combination of the four, the problems in turn."""
    for place, row in enumerate(product(*FACTORS)):
        yield Combination(*row, PROBLEMS[place % len(PROBLEMS)])


def all_problems() -> Iterator[Combination]:
    """Every combination of the four, of every problem."""
    for row in product(*FACTORS):
        for name in PROBLEMS:
            yield Combination(*row, name)


def main(arguments: Sequence[str]) -> int:
    """Make the combinations that are asked for; say which are not sound."""
    parser = argparse.ArgumentParser(description="Make a document of every style, language, kind and format.")
    parser.add_argument("--all-problems", action="store_true", help="each of every problem of the gallery")
    chosen = list(all_problems() if parser.parse_args(arguments).all_problems else every())
    failed = 0
    for place, combination in enumerate(chosen, 1):
        try:
            FORMATS[combination.format](combination)
        except (AssertionError, InputError) as error:
            failed += 1
            sys.stdout.write(f"{combination}: {str(error)[:500]}\n")
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{place}/{len(chosen)}")
    sys.stdout.write(f"{len(chosen)} documents, {failed} not sound\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
