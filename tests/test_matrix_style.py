"""The style `matrix` takes the whole gallery: keys, worksheets and marking schemes, as PDF and as a page."""

import pytest
from every_combination import PROBLEMS, Combination, require_sound_page, require_sound_pdf
from everyday import first_of_each

from derive.formats import KINDS

IN_TURN = [
    (name, tuple(KINDS)[(number + step) % len(KINDS)])
    for step in range(len(KINDS))
    for number, name in enumerate(PROBLEMS)
]


@pytest.mark.parametrize(("name", "kind"), first_of_each(IN_TURN))
def test_pages(name, kind):
    require_sound_page(Combination("matrix", "en", kind, "html", name))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("kind", [*KINDS])
def test_documents(name, kind):
    require_sound_pdf(Combination("matrix", "en", kind, "pdf", name))
