"""The style `matrix` takes the whole gallery: keys, worksheets and marking schemes, as PDF and as a page."""

import pytest
from every_combination import PROBLEMS, Combination, require_sound_page, require_sound_pdf

from derive.document.handouts.kinds import KINDS


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("kind", [*KINDS])
def test_pages(name, kind):
    require_sound_page(Combination("matrix", "en", kind, "html", name))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("kind", [*KINDS])
def test_documents(name, kind):
    require_sound_pdf(Combination("matrix", "en", kind, "pdf", name))
