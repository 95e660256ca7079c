"""Convolutions, poolings and embeddings against plain loops, and what is theirs alone."""

from hypothesis import assume, given, settings
from layer_problems import avoids_ties, embedded, spatial
from plain_layers import check

import derive


@settings(max_examples=20, deadline=None)
@given(spatial())
def test_convolutions_and_poolings(problem):
    solution = derive.solve(problem)
    assume(avoids_ties(solution))
    check(solution)


@settings(max_examples=8, deadline=None)
@given(embedded())
def test_embeddings(problem):
    check(derive.solve(problem))
