"""The words of the statement of a problem."""

from __future__ import annotations

from derive.sources.validate import Model


class StatementWords(Model):
    """Sentences that state a problem: what is given, the loss, how parameters are updated."""

    given: str
    equations: str
    activation: str
    loss: str
    upstream: str
    rates: str
    update: str
    update_of_one: str
    fixed: str
    start: str
    counter: str
