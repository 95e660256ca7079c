"""The HTML page in headless Chromium: it renders, unfolds, prints, fits a phone, and axe finds nothing serious."""

import re
import shutil
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import MATRIX, TABLE, program_or_skip
from documents import page_of
from playwright.sync_api import sync_playwright

from derive.sources import assets

PHONES = (320, 375)
PRINTED = 627
"""Pixels that an A4 page leaves between its margins."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
CLIPPED = """
[...document.querySelectorAll('.wide')].filter(e => e.scrollHeight > e.clientHeight).map(e => e.outerHTML.slice(0, 300))
"""
SAMPLES = [
    (TABLE, "table"),
    (MATRIX, "matrix"),
    ("convolution-pooling", "worked"),
    ("two-gates", "graph"),
    (TABLE, "steps"),
]
KINDS = ["key", "worksheet", "marking"]


@pytest.fixture(scope="module")
def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("missing: Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens a page of the gallery; at the end, nothing was asked of the network and nothing was refused."""
    contexts, complaints = [], []

    def opening(name, style=None, *, kind="key", width=1000, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith("file:") or complaints.append(request.url))
        path = tmp_path / f"{name}.html"
        path.write_text(page_of(name, kind, **({"style": style} if style else {})), encoding="utf-8")
        page.goto(path.as_uri())
        return page

    yield opening
    for context in contexts:
        context.close()
    assert complaints == []


def serious(page):
    violations = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in violations if v["impact"] in ("serious", "critical")]


def visible_steps(page):
    return page.evaluate(
        "[...document.querySelectorAll('[data-step]')].filter(e => e.checkVisibility({contentVisibilityAuto: true})"
        " && (e.localName !== 'details' || e.open)).length"
    )


@pytest.mark.parametrize(("name", "style"), SAMPLES)
def test_mathematics_is_drawn(opened, name, style):
    page = opened(name, style)
    boxes = page.evaluate("[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().toJSON())")
    assert len(boxes) > 40
    assert all(box["width"] > 3 and box["height"] > 3 for box in boxes)
    for fraction in page.locator("mfrac").all()[:5]:
        above, below = (fraction.locator(f"> :nth-child({k})").bounding_box() for k in (1, 2))
        assert above["y"] + above["height"] <= below["y"] + 1


def test_matrices_stand_in_brackets_as_tall_as_they_are(opened):
    page = opened(MATRIX)
    for table in page.locator("mtable").all()[:8]:
        bracket = table.locator("xpath=preceding-sibling::*[1]").bounding_box()
        assert bracket["height"] >= table.bounding_box()["height"] - 1


@pytest.mark.parametrize(("name", "style"), SAMPLES)
def test_steps_unfold_by_mouse(opened, name, style):
    page = opened(name, style)
    total = page.locator("[data-step]").count()
    assert total > 5
    assert visible_steps(page) == total
    page.get_by_role("button", name="Step by step").click()
    assert visible_steps(page) == 1
    for count in (2, 3):
        page.get_by_role("button", name="Next step").click()
        assert visible_steps(page) == count
    assert page.get_by_role("status").inner_text() == f"Step 3 of {total}"
    page.get_by_role("button", name="Back").click()
    assert visible_steps(page) == 2
    page.locator("summary").last.click()
    assert visible_steps(page) == total
    page.get_by_role("button", name="Step by step").click()
    assert visible_steps(page) == total


def test_steps_unfold_by_keyboard(opened):
    page = opened(MATRIX)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert visible_steps(page) == 1
    for key, count in (("ArrowRight", 2), ("n", 3), ("ArrowLeft", 2), ("p", 1), ("p", 0), ("p", 0), ("n", 1)):
        page.keyboard.press(key)
        assert visible_steps(page) == count
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert visible_steps(page) == 2


def test_a_group_is_closed_and_opened_by_mouse_and_keyboard(opened):
    page = opened(TABLE)
    group, line = page.locator("details").first, page.locator("details .line").first
    group.locator("summary").click()
    assert not line.is_visible()
    page.keyboard.press("Enter")
    assert line.is_visible()
    page.keyboard.press("Space")
    assert not line.is_visible()


def test_without_script_everything_is_open(opened):
    page = opened(TABLE, java_script_enabled=False)
    assert page.locator("details").count() == page.locator("details[open]").count() > 0
    assert not page.locator("#tools").is_visible()
    page.locator("summary").first.click()
    assert not page.locator("details .line").first.is_visible()


@pytest.mark.parametrize(("name", "style"), SAMPLES)
def test_axe_finds_nothing_serious_in_the_light(opened, name, style):
    assert serious(opened(name, style, color_scheme="light")) == []


@pytest.mark.parametrize(("name", "style"), SAMPLES)
def test_axe_finds_nothing_serious_in_the_dark_in_the_middle_of_the_steps(opened, name, style):
    page = opened(name, style, color_scheme="dark")
    page.get_by_role("button", name="Step by step").click()
    for _ in range(12):
        page.keyboard.press("n")
    assert serious(page) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_axe_finds_nothing_serious_on_a_phone(opened, name, kind):
    assert serious(opened(name, kind=kind, width=PHONES[0])) == []


def test_axe_would_find_something(opened):
    page = opened(TABLE)
    page.evaluate("document.querySelector('main').style.color = '#eee'")
    assert "color-contrast" in dict(serious(page))


def lightness(page):
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 765


@pytest.mark.parametrize(("scheme", "light"), [("light", True), ("dark", False)])
def test_light_and_dark(opened, scheme, light):
    page = opened(TABLE, color_scheme=scheme)
    button = page.get_by_role("button", name="Dark")
    assert (lightness(page) > 0.5) == light
    assert button.get_attribute("aria-pressed") == str(not light).lower()
    button.click()
    assert (lightness(page) > 0.5) != light
    assert button.get_attribute("aria-pressed") == str(light).lower()


def require_fitting(page):
    """Only what scrolls by itself, and says so, is wider than a phone; nothing is wider than paper."""
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            "[...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth + 1)"
            ".map(e => [e.tabIndex, e.getAttribute('role'), e.getAttribute('aria-label')])"
        )
        assert all(found == [0, "region", "Scrolls sideways"] for found in wide)
        assert page.evaluate(CLIPPED) == []
    page.set_viewport_size({"width": PRINTED, "height": 900})
    page.emulate_media(media="print")
    cut = page.evaluate(
        "[...document.querySelectorAll('.wide, .columns, .right, p, li')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).display !== 'inline').map(e => [e.outerHTML.slice(0, 300), e.scrollWidth, e.clientWidth])"
    )
    assert cut == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_it_fits_phones_and_paper(opened, name):
    require_fitting(opened(name, width=PHONES[0]))


@pytest.mark.parametrize("style", sorted(assets.names("styles")))
def test_every_style_fits_phones_and_paper(opened, style):
    require_fitting(opened(TABLE, style, width=PHONES[0]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [TABLE, MATRIX, "convolution-pooling"])
def test_every_kind_fits_phones_and_paper(opened, name, kind):
    require_fitting(opened(name, kind=kind, width=PHONES[0]))


@pytest.mark.parametrize("name", [TABLE, "convolution-pooling"])
def test_it_prints_whole_and_light_even_in_the_middle_of_the_steps(opened, tmp_path, name):
    program = program_or_skip("pdftotext")
    page = opened(name, color_scheme="dark")
    numbers = page.evaluate("[...document.querySelectorAll('[data-name]')].map(e => e.textContent)")
    page.get_by_role("button", name="Step by step").click()
    path = tmp_path / "printed.pdf"
    page.pdf(path=path, format="A4")
    text = subprocess.run([program, "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
    assert "Step by step" not in text
    missing = [number for number in numbers if text.count(number) < numbers.count(number)]
    assert missing == []
    page.emulate_media(media="print", color_scheme="dark")
    assert lightness(page) > 0.9
