"""Words of the locales by what they stand for: no language says forward for backward, or half-up for half-even."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from derive.document.locale import REFERENCE
from derive.document.phrases import phrases
from derive.sources import assets
from derive.sources.marked import read

WORDS = yaml.safe_load((Path(__file__).parent / "data" / "words.yaml").read_text(encoding="utf-8"))
LANGUAGES = assets.names("locales")
OPPOSITES = (
    ("forward", "backward"),
    ("input", "output"),
    ("weight", "bias"),
    ("mean", "sum"),
    ("row", "column"),
    ("half up", "half to even"),
    ("half to even", "cut off"),
    ("full precision", "half up"),
    ("positive", "negative"),
    ("grow", "shrink"),
    ("numerator", "denominator"),
    ("above", "below"),
    ("square brackets", "angle brackets"),
    ("under the root", "beside the root"),
    ("entry by entry", "norm"),
    ("half", "no half"),
    ("full precision", "as shown"),
)
FREE = {
    "layer",
    "symbol_meanings.partial derivative",
    "layer_names.batch_norm",
    "layer_names.group_norm",
    "layer_names.layer_norm",
    "layer_names.rms_norm",
}
"""Phrases that a language may turn in words of its own."""


@cache
def said(language):
    """The phrases of a language by path."""
    tree = read(assets.find("locales", language)).tree
    wanted = {key: value for key, value in tree.items() if isinstance(value, (str, dict)) and key != "numbers"}
    return {".".join(map(str, path)): phrase for path, phrase in phrases(wanted) if phrase}


def words_of(phrase):
    """A phrase without what is filled in."""
    return re.sub(r"<\w+>", "", phrase)


def holds(word, language, phrase):
    return re.search(WORDS[word][language], words_of(phrase)) is not None


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != REFERENCE])
def test_what_english_says_every_language_says(language, word):
    own = said(language)
    missing = {
        path: own[path]
        for path, phrase in said(REFERENCE).items()
        if path in own and path not in FREE and holds(word, REFERENCE, phrase) and not holds(word, language, own[path])
    }
    assert missing == {}


@pytest.mark.parametrize(("word", "opposite"), [*OPPOSITES, *((b, a) for a, b in OPPOSITES)])
@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != REFERENCE])
def test_a_phrase_that_names_one_alone_does_not_name_its_opposite(language, word, opposite):
    own = said(language)
    wrong = {
        path: own[path]
        for path, phrase in said(REFERENCE).items()
        if path in own
        and holds(word, REFERENCE, phrase)
        and not holds(opposite, REFERENCE, phrase)
        and holds(opposite, language, own[path])
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_which_way_a_weight_goes(language):
    own = said(language)
    order = {
        key: re.findall(r"<(input|unit)>", own[f"conventions.index_order.{key}"]) for key in ("from-to", "to-from")
    }
    assert order == {"from-to": ["input", "unit"], "to-from": ["unit", "input"]}


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_needed(word):
    assert any(holds(word, REFERENCE, phrase) for phrase in said(REFERENCE).values())
    assert set(WORDS[word]) == set(LANGUAGES)
