"""Every problem is lowered to the blocks and equations that it always was: names, rules, order, partials."""

import json

import pytest
from lowered_graphs import DIGESTS, digest, problems, text_of

from derive.network.lower import lower

KNOWN = json.loads(DIGESTS.read_text(encoding="utf-8"))
GROUPS = sorted({" ".join(name.split(" ")[:2]) if "random" not in name else "random" for name in KNOWN})


@pytest.mark.parametrize("group", GROUPS)
def test_lowered_graphs(group):
    """`python tests/lowered_graphs.py 'gallery xor'` prints what one problem is lowered to."""
    names = [name for name in KNOWN if f"{name} ".startswith(f"{group} ")]
    assert names
    assert {name: digest(problems()[name]) for name in names} == {name: KNOWN[name] for name in names}


def test_no_problem_is_left_out():
    assert problems().keys() == KNOWN.keys()


def test_a_digest_tells_operands_apart():
    lines = list(text_of(lower(problems()["gallery xor"])))
    assert len(set(lines)) == len(lines)
