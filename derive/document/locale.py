"""Locales: every word of a document, in a file for each language. Phrases hold `<placeholders>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from derive.document.phrases import OTHER, phrases, placeholder_mistakes
from derive.document.statement_words import StatementWords
from derive.document.step_phrases import StepPhrases
from derive.sources import assets
from derive.sources.marked import read
from derive.sources.validate import Model, mistake, validate
from derive.writing.dialect import Numerals

REFERENCE = "en"
"""The locale whose phrases say which placeholders a phrase must hold."""


def _to_forms(value: Any) -> Any:
    """One phrase for every number, or a phrase for some numbers and one for all others. Raises `ValueError`."""
    forms = value if isinstance(value, dict) else {OTHER: value}
    wrong = [key for key in forms if key != OTHER and not str(key).isdecimal()]
    if OTHER not in forms or wrong:
        raise mistake(f"expected phrases by number and one for `{OTHER}`, such as {{1: .., {OTHER}: ..}}")
    return forms


Forms = Annotated[dict[str, str], BeforeValidator(_to_forms)]


Mark = Annotated[str, Field(pattern=r"^[.,:;'|/\u00b7\u066b\u066c\u060c\u3001\uff0c\uff1b]$")]
"""A sign that means itself in mathematics, in every format."""


class NumberMarks(Model):
    """How numbers are written: the decimal mark, and the mark between the numbers of a list."""

    decimal: Mark = "."
    list: Mark = ","


class PageWords(Model):
    """What stands on a page for the screen beside the document."""

    skip: str
    contents: str
    step_by_step: str
    next: str
    back: str
    progress: str
    dark: str
    wide_region: str


class MaterialWords(Model):
    """What stands in course material beside the document: captions, and what leads to them."""

    network: str
    data: str
    network_shown: str
    data_shown: str
    by: str
    recomputed: str


class SheetWords(Model):
    """The names of a spreadsheet's sheets, and the note above its rounds."""

    rounds: str
    unrounded: str
    note: str


class Locale(Model):
    """The phrases of a language; a locale file must have them all.

    `language` is the code that a PDF or a web page names (BCP 47), `name` what the language calls itself, `script`
    an entry of `templates/scripts.yaml` where it is not Latin, `hyphenation` the names under which TeX may have its
    patterns. `same_as_english` lists the phrases that are meant to be the same as in English.
    """

    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    name: str
    script: str = "latin"
    hyphenation: tuple[Annotated[str, Field(pattern=r"^[A-Za-z-]+$")], ...] = ()
    numbers: NumberMarks = NumberMarks()
    same_as_english: tuple[str, ...] = ()
    comma: str
    """What stands between the parts of a list in a sentence."""
    between_sentences: str
    round_at_axis: str
    gradient_in_head: str
    loss_in_drawing: str
    kinds: dict[str, str]
    form: str
    fields: dict[str, str]
    scored: str
    working_space: str
    marks_sum: str
    strip: str
    strip_note: str
    strip_left_out: str
    strip_rounds_left_out: str
    strip_levels: dict[str, str]
    drawing_to_fill_in: str
    untitled: str
    due: str
    points: Forms
    worth: str
    round: str
    parameters: str
    forward_pass: str
    backward_pass: str
    both_passes: str
    updated_parameters: str
    functions: str
    round_title: str
    losses: str
    results: str
    left_out: str
    input_layer: str
    hidden_layer: str
    only_hidden_layer: str
    output_layer: str
    working: str
    places: Forms
    significant: Forms
    working_full: str
    working_rounded: str
    approximate: str
    network_alternative: Forms
    plot_alternative: str
    plot_empty_alternative: str
    losses_apart: str
    losses_single: str
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
    rounding_states: str
    dotted: str
    underlined: str
    bias_line: str
    bias_line_column: str
    shortened: str
    continued: str
    """What is said of what goes on from the slide before."""
    at_zero: str
    at_kink: Forms
    tie: str
    near_tie: str
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
    unrolled_alternative: str
    truncation: str
    truncation_alternative: str
    graph_alternative: str
    note_of_layers: str
    cross_correlation: str
    local_partials: str
    local_partials_rounded: str
    local_partials_cut: str
    symbol: str
    meaning: str
    shape_or_value: str
    symbol_meanings: dict[str, str]
    """By the kind of a quantity, alone or with its letter, its tag or its number of indices."""
    final_parameters: str
    loss_before_after: str
    loss_of_same_samples: str
    layer_names: dict[str, str]
    steps: StepPhrases
    made_from: str
    drawn_by: str
    provenance: str
    provenance_part: str
    layer_of_pass: str
    optimizer: str
    sheet: SheetWords
    page: PageWords
    material: MaterialWords
    statement: StatementWords
    conventions_title: str
    convention_notes: dict[str, str]
    """By convention, a sentence for where it changes numbers."""
    conventions: dict[str, dict[str, str]]
    """By key and value of the problem file, a sentence; empty where none is needed."""

    @field_validator("numbers")
    @classmethod
    def _has_two_marks(cls, numbers: NumberMarks) -> NumberMarks:
        if numbers.decimal == numbers.list:
            raise mistake("`numbers`: expected another mark between numbers than within them")
        return numbers

    @property
    def numerals(self) -> Numerals:
        """How this language writes numbers in mathematics."""
        return Numerals(self.numbers.decimal, self.numbers.list)

    def layer_name(self, layer: str) -> str:
        """The name of a layer in words; of one that the language has no word for, its name in a problem file."""
        return self.layer_names.get(layer, layer.replace("_", " "))

    def layers(self, numbers: Sequence[int]) -> str:
        """Some layers by their numbers, as a list in words."""
        names = [self.layer_number.replace("<n>", self.number(str(number))) for number in numbers]
        return self.comma.join(names[:-1]) + (self.and_ if len(names) > 1 else "") + "".join(names[-1:])

    def number(self, text: str) -> str:
        """A number that is written with a decimal point as this language writes it in a sentence."""
        return text.replace(".", self.numbers.decimal)

    def counted(self, forms: Mapping[str, str], count: str) -> str:
        """The phrase that goes with a number; its placeholders are still to be filled."""
        return forms.get(count, forms[OTHER])


@lru_cache(maxsize=16)
def locale(name: str) -> Locale:
    """The locale of that name or at that path. Raises `InputError`, also for a placeholder too many or too few."""
    marked = read(assets.find("locales", name))
    reference = dict(phrases(read(assets.find("locales", REFERENCE)).tree))
    return validate(Locale, marked, tuple(placeholder_mistakes(marked, reference)))
