"""The phrases of a page in steps: titles, and the reasons that stand beside them."""

from __future__ import annotations

from derive.sources.validate import Model


class StepPhrases(Model):
    """The words of steps. Reasons name quantities by placeholders; which one applies is found from the graph."""

    downhill: str
    optimizer: str
    start: str
    through: str
    through_several: str
    through_equation: str
    parameters: str
    of_layer: str
    at_step: str
    names: str
    forward_title: str
    and_so_on: str
    kinds: dict[str, str]
    """By kind of quantity, what is worked or gone back to."""
    as_in_step: str
    as_in_round: str
    the_loss: str
    direct: str
    given_gradient: str
    folded_start: str
    only_through: str
    only_through_two: str
    only_through_many: str
    two_ways: str
    many_ways: str
    shared_steps: str
    shared_samples: str
    averaged: str
    shared: str
    penalty: str
    edge_weight: str
    weight_and_bias: str
    weight_alone: str
    bias_alone: str
    sum_passes: str
    product_swaps: str
    new_weights: str
    both_negative: str
    both_positive: str
    against_each_other: str
    off_unit: str
    off_units: str
    all_grow: str
    all_shrink: str
    each_against: str
    forward_rules: dict[str, str]
    """By rule of the catalog, what its forward step does."""
    loss: str
    slopes: dict[str, str]
    """By rule of the catalog, what its derivative is."""
    optimizers: dict[str, str]
    """By optimizer, what a step does."""
