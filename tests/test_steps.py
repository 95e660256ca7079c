"""A page in steps: every reason that it gives is true, every quantity is worked in one step, after what it rests on."""

import pytest
from conftest import problem_of, solution_of
from hypothesis import given, settings
from nets import problems

import derive
from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers import layers
from derive.catalog.layers.convolution import Conv1d
from derive.catalog.optimizers import OPTIMIZERS
from derive.document.build import Context
from derive.document.locale import locale
from derive.document.mathematics import Answer
from derive.document.model import WorkedLine
from derive.document.steps.findings import backward_findings, update_findings
from derive.document.steps.groups import backward_steps, forward_steps
from derive.document.steps.reasons import adjoint_of, backward_reasons, forward_reasons
from derive.document.steps.steps import backward_section, forward_section
from derive.document.style import style
from derive.graph.quantity import Kind, Role
from derive.problem.model import Problem
from derive.sources import assets

ONE_WAY = ("only_through", "only_through_two", "only_through_many")
NAMES = sorted(assets.examples())
STATEMENTS = [stated for layer in layers().values() for stated in layer.forward]
STATEMENTS += Conv1d.model_construct(flipped=True).stated()


def names_of(stated):
    """What the rule of a statement may be called."""
    return [stated.names] if isinstance(stated.names, str) else stated.names.values()


def context_of(solution, name="steps"):
    return Context(solution, style(name).style, locale("en"))


def consumers(solution, quantity):
    """The results that a quantity has an effect on the loss through, found by walking forward from each."""
    graph = solution.lowered.graph
    ends = {graph.loss, *graph.roots.samples, *graph.roots.sums}

    def used_by(q):
        for e in graph.forward:
            if any(operand == q and place not in e.rule.detached for place, operand in enumerate(e.operands)):
                yield e.output

    def reaches(q):
        found, waiting = set(), [q]
        while waiting:
            one = waiting.pop()
            if one in ends:
                return True
            new = set(used_by(one)) - found
            found |= new
            waiting += new
        return False

    return [output for output in dict.fromkeys(used_by(quantity)) if reaches(output)], ends


def steps_of(solution, round):
    blocks = solution.graph.blocks
    behind = [e for e in round.equations if blocks.of(e.output).role is not Role.FORWARD]
    return backward_steps(context_of(solution), behind)


def check_ways(solution):
    """What is said of ways to the loss is so; that there is one way is said of all and only those that have one."""
    context, round = context_of(solution), solution.rounds[1]
    blocks = solution.graph.blocks
    said, single = set(), set()
    for step in steps_of(solution, round):
        adjoints = [one for one in (adjoint_of(context, e) for e in step) if one is not None]
        for one in adjoints:
            found, ends = consumers(solution, one.quantity)
            given_ = blocks.of(one.quantity).role is Role.GIVEN and blocks.of(one.quantity).kind is not Kind.NODE
            if len(found) == 1 and found[0] not in ends and not given_:
                single.add(one.quantity)
        for reason in backward_reasons(context, adjoints):
            for quantity in reason.about:
                found, ends = consumers(solution, quantity)
                if reason.name in ONE_WAY:
                    assert len(found) == 1
                    assert found[0] not in ends
                    said.add(quantity)
                elif reason.name == "two_ways":
                    assert len(found) == 2
                elif reason.name == "many_ways":
                    assert len(found) > 2
                elif reason.name in ("direct", "given_gradient"):
                    assert found
                    assert set(found) <= ends
                elif reason.name in ("shared_steps", "shared_samples", "averaged", "shared"):
                    assert len(found) > 1
    return said, single


@pytest.mark.parametrize("name", [name for name in NAMES if "adjoint" not in problem_of(name).inline])
def test_ways_of_the_gallery(name):
    said, single = check_ways(solution_of(name))
    assert said == single


@settings(max_examples=30, deadline=None)
@given(problems(most_layers=3))
def test_ways_of_random_networks(problem):
    unfolded = Problem.model_validate({**dict(problem), "inline": ()})
    said, single = check_ways(derive.solve(unfolded))
    assert said == single


@settings(max_examples=30, deadline=None)
@given(problems(most_layers=3))
def test_what_numbers_are_said_to_show_they_show(problem):
    solution = derive.solve(problem)
    context = context_of(solution)
    for round in solution.rounds:
        for step in steps_of(solution, round):
            adjoints = [one for one in (adjoint_of(context, e) for e in step) if one is not None]
            for finding in backward_findings(context, round, adjoints):
                if finding.name in ("off_unit", "off_units"):
                    assert all(round.values[q].carried <= 0 for q in finding.about)
        claims = {finding.name for finding in update_findings(context, round)}
        moves = [
            (round[f"dL/d{name}"].carried, round[f"{name}_new"].carried - round[name].carried)
            for name in solution.graph.blocks.names
            if f"{name}_new" in solution.graph.blocks.by_name and f"dL/d{name}" in solution.graph.blocks.by_name
        ]
        assert ("all_grow" in claims) == all(slope < 0 < move for slope, move in moves)
        assert ("all_shrink" in claims) == all(move < 0 < slope for slope, move in moves)


FORK = """
network: {{inputs: 1, layers: [{{units: 1, weights: 1, biases: none}}, {{units: 2, weights: [[1, {second}]], biases: none}}]}}
learning_rate: 0.1
data: [{{x: 1, y: {targets}}}]
"""
"""f1 = 1 comes to both outputs, 1 and `second`; what comes back is (1 - y1) * 1 + (second - y2) * second."""
FLIPPED = """
equations: {h: w*x, u: 2*h, v: 3 - h, L: u^2 + v^2}
values: {w: 1, x: 1}
parameters: [w]
learning_rate: 0.1
"""
"""h = 1, u = 2, v = 2: what comes back to h is 4 * 2 and 4 * (-1)."""
PULLS = {
    "both negative": (FORK.format(second=1, targets="[3, 3]"), "both_negative"),
    "both positive": (FORK.format(second=1, targets="[0, 0]"), "both_positive"),
    "against each other": (FORK.format(second=1, targets="[3, 0]"), "against_each_other"),
    "a negative weight": (FORK.format(second=-1, targets="[0, 0]"), "both_positive"),
    "a weight that turns the sign": (FORK.format(second=-1, targets="[0, -2]"), "against_each_other"),
    "a difference": (FLIPPED, "against_each_other"),
}


@pytest.mark.parametrize("case", PULLS)
def test_which_way_two_terms_pull(case):
    text, expected = PULLS[case]
    solution = derive.solve(derive.loads(text))
    context, round = context_of(solution), solution.rounds[1]
    found = []
    for step in steps_of(solution, round):
        adjoints = [one for one in (adjoint_of(context, e) for e in step) if one is not None]
        found += [finding.name for finding in backward_findings(context, round, adjoints)]
    assert found == [expected]


@pytest.mark.parametrize(
    ("targets", "expected"), [("[3, 3]", "all_grow"), ("[0, 0]", "all_shrink"), ("[0, 3]", "each_against")]
)
def test_which_way_parameters_go(targets, expected):
    """One unit less: gradients are (1 - y1) and (1 - y2), and of both signs where one target is above and one below."""
    text = "network: {inputs: 1, layers: [{units: 2, weights: [[1, 1]], biases: none}]}\nlearning_rate: 0.1\n"
    solution = derive.solve(derive.loads(f"{text}data: [{{x: 1, y: {targets}}}]"))
    (finding,) = update_findings(context_of(solution), solution.rounds[1])
    assert finding.name == expected


def test_a_unit_that_is_off_is_named():
    solution = solution_of("convolution-pooling")
    findings = [
        text
        for section in backward_section(context_of(solution), solution.rounds[1])
        for s in section.steps
        for text in s.findings
    ]
    assert any("off" in "".join(map(str, text.parts)) for text in findings)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_in_one_step_after_what_it_rests_on(name):
    solution = solution_of(name)
    context, blocks = context_of(solution), solution.graph.blocks
    for round in solution.rounds:
        ahead = [e for e in round.equations if blocks.of(e.output).role is Role.FORWARD]
        steps = (*forward_steps(context, ahead), *steps_of(solution, round))
        worked = [equation.output for step in steps for equation in step]
        assert sorted(worked) == sorted(e.output for e in round.equations)
        place = {output: place for place, output in enumerate(worked)}
        assert all(place[q] < place[e.output] for step in steps for e in step for q in e.operands if q in place)
        shown = [
            line
            for section in (*forward_section(context, round), *backward_section(context, round))
            for step in section.steps
            for line in step.lines
            if isinstance(line, WorkedLine)
        ]
        assert [blocks.by_name[line.result.name] for line in shown if isinstance(line.result, Answer)] == worked


def test_a_name_of_the_catalog_is_not_believed():
    """An author's activation that is labelled as a sigmoid has another derivative."""
    problem = problem_of("own-activation")
    layers_ = [{"units": 1, "activation": {"formula": "s^2", "label": "sigmoid"}, "weights": 1, "biases": 0}]
    changed = {
        **dict(problem),
        "network": {"inputs": 1, "layers": layers_},
        "data": [{"x": 1, "y": 1}],
        "questions": (),
    }
    solution = derive.solve(Problem.model_validate(changed))
    context = context_of(solution)
    names = {
        reason.name
        for step in steps_of(solution, solution.rounds[1])
        for reason in backward_reasons(context, [one for one in (adjoint_of(context, e) for e in step) if one])
    }
    names |= {reason.name for reason in forward_reasons(context, solution.rounds[1].equations)}
    assert not {"slope of sigmoid", "step of sigmoid"} & names


DERIVATIVES = {
    "sigmoid": "f*(1-f)",
    "tanh": "1-f^2",
    "relu": "gate(s,AT_ZERO)",
    "leaky relu": "case(s,1,alpha,AT_ZERO)",
    "parametric relu": "case(s,1,alpha,AT_ZERO)",
    "elu": "case(s,1,f+alpha,AT_ZERO)",
    "softplus": "1/(1+exp(-s))",
    "identity": "1",
    "hard tanh": "gate(s+1,0)*gate(1-s,0)",
}


def test_what_is_said_of_derivatives_is_what_the_catalog_states():
    """Each sentence about an activation's derivative was written for this formula of the catalog."""
    said = set(locale("en").steps.slopes) & set(ACTIVATIONS)
    assert {name: ACTIVATIONS[name].derivative for name in said} == DERIVATIVES


def test_every_phrase_is_of_something_that_exists():
    words = locale("en").steps
    assert set(words.optimizers) == set(OPTIMIZERS)
    assert {kind.value for kind in Kind} - set(words.kinds) <= {
        "weight",
        "bias",
        "kernel",
        "learning rate",
        "adjoint",
        "delta",
        "gradient",
        "state",
    }
    used = {equation.rule.name for name in NAMES for equation in solution_of(name).lowered.graph.forward}
    known = used | set(ACTIVATIONS) | {name for stated in STATEMENTS for name in names_of(stated)}
    assert set(words.slopes) <= known
    assert set(words.forward_rules) <= known


def test_later_rounds_refer_to_the_first():
    solution = solution_of("fra501-homework-4-1")
    context = context_of(solution)
    first, second = (forward_section(context, solution.rounds[n])[0] for n in (1, 2))
    assert not first.note
    assert second.note
    assert any(step.reasons for step in first.steps)
    assert not any(step.reasons for step in second.steps)
