"""Every pair of style, language, kind and format is made of some problem of the gallery, and is sound."""

from itertools import combinations

import pytest
from every_combination import FACTORS, FORMATS, pairs

PAIRS = list(pairs())


@pytest.mark.parametrize("combination", PAIRS, ids=str)
def test_a_document_is_sound(combination):
    FORMATS[combination.format](combination)


def test_every_pair_is_made():
    made = [(one.style, one.language, one.kind, one.format) for one in PAIRS]
    for first, second in combinations(range(len(FACTORS)), 2):
        wanted = {(a, b) for a in FACTORS[first] for b in FACTORS[second]}
        assert {(row[first], row[second]) for row in made} == wanted
