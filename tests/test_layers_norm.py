"""Dropouts and normalizations against plain loops, and what is theirs alone."""

from hypothesis import given, settings
from layer_problems import batch_normalized, dropped, normalized
from plain_layers import check

import derive


@settings(max_examples=8, deadline=None)
@given(dropped())
def test_dropouts(problem):
    check(derive.solve(problem))


@settings(max_examples=8, deadline=None)
@given(normalized())
def test_layer_and_rms_norms(problem):
    check(derive.solve(problem))


@settings(max_examples=12, deadline=None)
@given(batch_normalized())
def test_batch_norms(problem):
    check(derive.solve(problem))
