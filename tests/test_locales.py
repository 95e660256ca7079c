"""Every language is complete, in its own words, with its own numbers; nothing is shown in English instead."""

from functools import cache

import pytest

from derive.document.locale import REFERENCE, locale
from derive.document.phrases import OTHER, phrases
from derive.sources import assets
from derive.sources.marked import read

LANGUAGES = assets.names("locales")
OTHERS = [name for name in LANGUAGES if name != REFERENCE]
OF_THE_FILE = {"language", "name", "script", "hyphenation", "numbers", "same_as_english"}


@cache
def tree(name):
    return read(assets.find("locales", name)).tree


@cache
def by_place(name):
    """The phrases by path, the forms of a counted phrase under one path."""
    found = {}
    for place, phrase in phrases({key: value for key, value in tree(name).items() if key not in OF_THE_FILE}):
        counted = isinstance(tree(name)[place[0]], dict) and OTHER in tree(name)[place[0]]
        found.setdefault(".".join(place[:1] if counted else place), []).append(phrase)
    return found


def test_the_languages_of_the_issue_are_there():
    assert {"en", "th", "zh-TW", "de", "fr", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_locale_is_valid_and_names_itself(name):
    assert locale(name).language == name
    assert locale(name).name


@pytest.mark.parametrize("name", OTHERS)
def test_no_phrase_is_missing_or_superfluous(name):
    assert set(by_place(name)) == set(by_place(REFERENCE))


@pytest.mark.parametrize("name", OTHERS)
def test_a_sentence_that_english_needs_is_there_in_every_language(name):
    english, own = by_place(REFERENCE), by_place(name)
    needs_no_space = {"between_sentences"}
    assert {p for p in english if any(english[p]) != any(own[p])} <= needs_no_space


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_is_left_in_english(name):
    """A phrase that is the same as in English is listed as meant, and nothing else is."""
    english, own = by_place(REFERENCE), by_place(name)
    same = {place for place, found in own.items() if any(found) and set(found) & set(english[place])}
    assert same == set(locale(name).same_as_english)
