"""Losses, penalties, clipping, updates and states of optimizers as statements of arrays."""

import pytest
from allpairspy import AllPairs
from array_statements import require_statements
from losses import problem_tree

import derive
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES

STATED = {"gamma": "0.5", "T": "2", "k": "0.5", "end": "0.01"}
RATES = {
    "one": "0.3",
    **{
        name: {"start": "0.3", "schedule": name, "constants": {key: STATED[key] for key in schedule.constants}}
        for name, schedule in SCHEDULES.items()
    },
}
PENALTIES = {
    "none": {},
    "l2": {"penalty": {"l2": "0.1"}},
    "whole l2": {"penalty": {"l2": "0.1", "half": False}},
    "l1": {"penalty": {"l1": "0.2"}},
    "both": {"penalty": {"l2": "0.1", "l1": "0.2", "biases": True}},
}
BEFORE = {
    "nothing": {},
    "clip value": {"clip_value": "0.4"},
    "clip norm": {"clip_norm": "0.5"},
    "decay": {"weight_decay": "0.1"},
    "all": {"clip_value": "0.4", "clip_norm": "0.5", "weight_decay": "0.1", "weight_decay_order": "before clipping"},
}
BATCHES = {
    "one": {},
    "added": {"batch": {"size": 3, "gradients": "summed"}},
    "averaged": {"batch": {"size": 3}},
    "own": {"batch": {"size": 2, "own_gradients": True}},
    "many": {"batch": {"size": 6}},
}
FORMS = {"descent": {}, "ascent": {"update_form": "ascent"}, "in place": {"updates": "in place"}}


def is_allowed(row):
    """All norms of gradients are known before the first update."""
    return len(row) < 6 or row[5] != "in place" or row[3] not in ("clip norm", "all")


CASES = list(
    AllPairs(
        [[*LOSSES], [*OPTIMIZERS], [*PENALTIES], [*BEFORE], [*BATCHES], [*FORMS], [*RATES], [1, 3]],
        filter_func=is_allowed,
    )
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_every_entry_is_the_worked_number(case):
    loss, optimizer, penalty, before, batch, form, rate, outputs = case
    optimizing = {"optimizer": {"name": optimizer, **BEFORE[before]}, "learning_rate": RATES[rate]}
    tree = problem_tree(
        loss, outputs, 7, samples=6, **PENALTIES[penalty], **BATCHES[batch], **FORMS[form], **optimizing
    )
    require_statements(derive.solve(derive.Problem.model_validate(tree)))
