"""Spoiled problem files and odd command lines are answered in sentences; `python -m tests.hostile` tries many more."""

import pytest
from hostile import command, fault_of_command, fault_of_file
from mutations import half_typed, mutated, originals

import derive
from derive.errors import Diagnostic, InputError


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_mutated_problem_files(first):
    texts = [mutated(seed) for seed in range(first, first + 20)]
    assert [fault_of_file(text, seed) for seed, text in enumerate(texts, first)] == [""] * 20


def test_half_typed_problem_files():
    assert [fault_of_file(half_typed(seed), seed) for seed in range(40)] == [""] * 40


@pytest.mark.parametrize("seed", range(6))
def test_command_lines(seed, monkeypatch):
    assert not fault_of_command(command(seed))


def test_a_fault_is_seen(monkeypatch):
    def fails(_text: str, _source: str) -> derive.Problem:
        raise KeyError("weights")

    monkeypatch.setattr(derive, "loads", fails, raising=False)
    assert "KeyError: 'weights'" in fault_of_file(originals()[0], 0)


def test_a_fault_that_the_last_net_turned_into_a_report_is_seen(monkeypatch):
    """The command line answers it with a sentence and exit code 3, and no exception comes out."""

    def fails(_options: object) -> int:
        raise KeyError("weights")

    monkeypatch.setattr("derive.cli.main_command.write", fails)
    assert fault_of_command(["nothing.yaml"]).startswith("exit code 3: error: derive itself failed")


def test_words_of_a_library_are_seen(monkeypatch):
    def fails(_text: str, _source: str) -> derive.Problem:
        raise InputError([Diagnostic("Input should be a valid dictionary", "case.yaml", 1, 1)])

    monkeypatch.setattr(derive, "loads", fails, raising=False)
    assert "unclear" in fault_of_file(originals()[0], 0)
