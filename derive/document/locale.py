"""Locales: every word of a document, in a file for each language. Phrases hold `<placeholders>`."""

from __future__ import annotations

from functools import lru_cache

from derive.sources import assets
from derive.sources.marked import read
from derive.sources.validate import Model, validate


class Locale(Model):
    """The phrases of a language; a locale file must have them all."""

    language: str
    kinds: dict[str, str]
    untitled: str
    due: str
    points: str
    worth: str
    round: str
    parameters: str
    forward_pass: str
    backward_pass: str
    updated_parameters: str
    functions: str
    round_title: str
    losses: str
    input_layer: str
    hidden_layer: str
    only_hidden_layer: str
    output_layer: str
    working: str
    places: str
    significant: str
    working_full: str
    working_rounded: str
    approximate: str
    network_alternative: str
    plot_alternative: str
    pass_title: str
    back_title: str
    update_title: str
    input: str
    layer: str
    output: str
    loss: str
    sensitivity: str
    adjoint: str
    gradient: str
    rule: str
    weights: str
    biases: str
    all_equal: str
    learning_rate: str
    bias_first: str
    bias_row_unused: str
    bias_column_unused: str
    dashes: str
    dashes_column: str
    own_bias: str
    biases_differ: str
    iteration_number: str
    symbols_explained: str
    symbols_explained_ascent: str
    bias_row_left_out: str
    bias_column_left_out: str
    rounding_full: str
    rounding_half_up: str
    rounding_half_even: str
    rounding_cut: str
    rounding_exception: str
    rounding_exception_always: str
    rounding_exception_round: str
    dotted: str
    underlined: str
    bias_line: str
    bias_line_column: str
    at_zero: str
    at_kink: str
    tie: str
    and_: str
    index_title_forward: str
    index_title_backward: str
    matrix_title_forward: str
    matrix_title_backward: str
    layer_number: str
    adds_up: str
    euclidean_norm: str
    largest_entry: str
    ratio_to_next: str
    output_of: str
    sizes_note: str
    partial: str
    value: str
    central_difference: str
    relative_difference: str
    differences_note: str
    target: str
    layers_alternative: str
    graph_alternative: str
    local_partials: str
    layer_names: dict[str, str]
    made_from: str
    provenance: str
    provenance_part: str
    conventions: dict[str, dict[str, str]]
    """By key and value of the problem file, a sentence; empty where none is needed."""


@lru_cache(maxsize=16)
def locale(name: str) -> Locale:
    """The locale of that name or at that path. Raises `InputError`."""
    return validate(Locale, read(assets.find("locales", name)))
