"""A choice for the page that changes nothing is named, and finding that out costs little."""

from pathlib import Path

import pytest

import derive
from derive.cli import console
from derive.cli.effects import Making, tell_unused
from derive.cli.jobs import Job, Solved
from derive.document.build import Edition, document_of
from derive.problem.read import problem_of
from derive.render.html import to_html
from derive.render.latex import to_latex
from derive.sources.marked import parse

PROBLEM = """
title: Effects
network:
  inputs: 2
  layers: [{units: 2, activation: sigmoid, weights: [[0.1, 0.2], [0.3, 0.4]], biases: [0.1, 0.2]}]
learning_rate: 0.5
data: [{x: [1, 2], y: [1, 0]}]
"""
LETTERS = "notation: {letters: {weight: v, bias: theta, input: u, target: t, output: o, loss: E}}\n"


def told(text, style, monkeypatch, write=to_latex):
    """The choices that are named, and how often the document was built and written again to find them."""
    named, counts = [], {"built": 0, "written": 0}
    monkeypatch.setattr(console, "warning", lambda sentence: named.append(sentence.split("`")[1]))
    marked = parse(PROBLEM + text, "case.yaml")
    solution = derive.solve(replaced(problem_of(marked), style))
    problem, solved = solution.problem, Solved(Path("case.yaml"), marked, solution)
    job = Job("case", Path("case.yaml"), (solved,), problem, problem.style, problem.language)

    def edition(other):
        return Edition.of(other.solved[0].solution, "case")

    def count(key, make):
        def counted(other):
            counts[key] += 1
            return make(edition(other))

        return counted

    text = write(edition(job))
    tell_unused(job, Making(count("built", document_of), count("written", write), text, text))
    return named, counts


def replaced(problem, style):
    return problem.model_copy(update={"style": style})


@pytest.mark.parametrize("write", [to_latex, to_html])
@pytest.mark.parametrize("style", ["table", "worked", "steps", "matrix", "summary", "exam", "slides"])
def test_letters_that_are_read_on_the_page_cost_one_document_value(style, write, monkeypatch):
    assert told(LETTERS, style, monkeypatch, write) == ([], {"built": 1, "written": 0})


def test_a_letter_of_a_quantity_that_the_problem_does_not_have(monkeypatch):
    named, counts = told("notation: {letters: {weight: v, mask: r}}\n", "table", monkeypatch)
    assert named == ["mask"]
    assert counts["written"] == 0


def test_a_choice_that_the_value_holds_and_the_page_leaves_out_is_written_again(monkeypatch):
    """An exercise without a title has no heading to hold its points."""
    assert told("exercise: {points: 40}\n", "table", monkeypatch) == (["points"], {"built": 2, "written": 1})
    assert told("exercise: {title: T, points: 40}\n", "table", monkeypatch) == ([], {"built": 2, "written": 0})


def test_a_number_that_is_read_elsewhere_too_is_no_proof(monkeypatch):
    assert told("exercise: {title: T, number: 1}\n", "table", monkeypatch)[0] == []
    assert told("exercise: {number: 1}\n", "table", monkeypatch)[0] == ["number"]


def test_words_of_the_page_are_read_whole(monkeypatch):
    """The 5 points of an exercise are not read in the 15 points of a question."""
    asks = "questions: [{title: A, asks: [round 1], points: 15}]\n"
    assert told(f"exercise: {{points: 5}}\n{asks}", "table", monkeypatch)[0] == ["points"]


def test_a_document_of_many_characters_is_not_made_again(monkeypatch):
    monkeypatch.setattr("derive.cli.effects.LARGEST", 100)
    assert told("exercise: {title: T, points: 40}\n", "exam", monkeypatch) == ([], {"built": 0, "written": 0})
