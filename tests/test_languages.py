"""Documents in every language as PDF: the words arrive on the page, and a font or TeX that is missing is named."""

import re
import subprocess
import zlib
from contextlib import suppress
from functools import cache
from types import MappingProxyType

import pytest
from conftest import MATRIX, TABLE, compiled, engine_or_skip, program_or_skip, solution_of, text_of
from editions import to_latex_document

import derive
from derive.cli.main import main
from derive.document.locale import locale
from derive.errors import TexError
from derive.render import typesetting
from derive.render.scripts import scripts
from derive.sources import assets
from derive.tex.compile import compile_latex
from derive.tex.engine import engine_for

LANGUAGES = assets.names("locales")
LOOKS = {
    (TABLE, "table"): ("parameters", "forward_pass", "backward_pass", "updated_parameters", "round"),
    (MATRIX, "matrix"): ("input", "output", "loss", "gradient", "rule", "weights", "biases", "underlined"),
    ("leaky-units", "worked"): ("input_layer", "output_layer"),
}
CASES = [(language, *look) for language in LANGUAGES for look in LOOKS]


@cache
def tex_in(language, name=TABLE, look="table"):
    return to_latex_document(solution_of(name, language=language, style=look), f"{name}.yaml")


def squeezed(text):
    """Without spaces, and with what Thai composes in two ways in one."""
    return "".join(
        text.replace("\N{THAI CHARACTER SARA AM}", "\N{THAI CHARACTER NIKHAHIT}\N{THAI CHARACTER SARA AA}").split()
    )


@pytest.mark.parametrize(("language", "name", "look"), CASES)
def test_the_words_of_the_language_are_on_the_page(language, name, look, tmp_path):
    result = compiled(tex_in(language, name, look))
    assert result.pdf, result.error
    assert result.overfull == ()
    text, words = squeezed(text_of(result.pdf, tmp_path)), locale(language)
    phrases = [words.kinds["key"], *(getattr(words, phrase) for phrase in LOOKS[name, look])]
    assert [phrase for phrase in phrases if squeezed(phrase) not in text] == []


def test_latin_text_needs_no_xelatex_and_other_scripts_do():
    assert {name: program(tex_in(name)) for name in LANGUAGES} == {
        name: "pdflatex" if locale(name).script == "latin" else "xelatex" for name in LANGUAGES
    }


def program(tex):
    return re.search(r"^% !TeX program = (\w+)$", tex, re.MULTILINE)[1]


@pytest.mark.parametrize(
    ("title", "script"),
    [
        ("การบ้าน", "thai"),
        ("作業", "traditional-chinese"),
        ("Домашняя", "cyrillic"),
        ("Đỗ", "vietnamese"),
        ("숙제", "hangul"),
    ],
)
def test_one_word_in_another_script_is_enough(title, script):
    tex = to_latex_document(solution_of(TABLE, title=title), "x")
    assert program(tex) == "xelatex"
    assert rf"\newscript{{{script}}}" in tex
    assert title in tex


def test_a_character_belongs_to_the_script_of_the_documents_language():
    """The same characters of Han are set in the font of the language that the document is in."""
    han = {"traditional-chinese", "kana"}
    assert set(typesetting.typesetting(["作業"], locale("en")).scripts) <= han
    assert typesetting.typesetting([], locale("zh-TW")).line_breaks == "zh"
    assert typesetting.typesetting(["作業"], locale("th")).line_breaks == "th"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "th"])
def test_the_same_bytes_twice(language):
    tex = tex_in(language)
    assert compiled(tex).pdf == compile_latex(tex, engine_or_skip(tex)).pdf


def test_a_missing_font_is_named_with_what_to_install(monkeypatch):
    nowhere = scripts()["thai"].model_copy(update={"serif": ("No Such Font",), "sans": ("No Such Font Either",)})
    monkeypatch.setattr(typesetting, "scripts", lambda: MappingProxyType({"thai": nowhere}))
    tex = to_latex_document(solution_of(TABLE, language="th"), "x")
    result = compile_latex(tex, engine_or_skip(tex))
    assert result.pdf is None
    assert result.error.startswith("no font for Thai was found; Debian: apt install fonts-")
    assert "HTML needs none" in result.error


def test_a_character_that_the_font_lacks_is_named_and_no_page_comes_without_it():
    """An English key whose title has a rare character of Han: fonts have many of these, but not all."""
    tex = to_latex_document(solution_of(TABLE, title="a \N{CJK UNIFIED IDEOGRAPH-4F5C}"), "x")
    result = compile_latex(tex.replace("\N{CJK UNIFIED IDEOGRAPH-4F5C}", "\N{CUNEIFORM SIGN A}"), engine_or_skip(tex))
    assert result.pdf is None
    assert "\N{CUNEIFORM SIGN A}" in result.error
    assert "--format html" in result.error


def test_without_xelatex_the_message_says_how_to_get_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TexError, match="apt install texlive-xetex texlive-fonts-recommended"):
        engine_for(tex_in("th"))
    assert main(["--language", "th", "--latex", "-o", str(tmp_path)]) == 0
    assert main(["--language", "th", "-o", str(tmp_path)]) == TexError.exit_code
    assert "`--format html` needs no TeX" in capsys.readouterr().err


def test_the_command_line_overrides_the_files_language(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(assets.examples()[TABLE].read_text("utf-8") + "\nlanguage: fr\n", encoding="utf-8")
    for arguments, kind in (([], "Corrigé"), (["--language", "de"], "Musterlösung")):
        assert main([str(path), *arguments, "--latex", "-o", str(tmp_path / "out"), "--force"]) == 0
        assert kind in (tmp_path / "out" / "mine.tex").read_text("utf-8")


def test_an_unknown_language_is_refused_with_the_known_ones(tmp_path, capsys):
    assert main(["--language", "tlh", "--latex", "-o", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in LANGUAGES)


@pytest.mark.parametrize(("language", "title"), [("fr", "Devoir nº 1 – η & “α” (50 %)"), ("zh-TW", "作業一：反向傳播")])
def test_the_pdf_says_its_title_author_and_language(language, title, tmp_path):
    author = "Zoë Müller_{x}, R&D"
    tex = to_latex_document(solution_of(TABLE, language=language, title=title, author=author), "x")
    result = compiled(tex)
    assert result.pdf, result.error
    path = tmp_path / "x.pdf"
    path.write_bytes(result.pdf)
    done = subprocess.run([program_or_skip("pdfinfo"), str(path)], capture_output=True, check=True)
    shown = dict(line.split(":", 1) for line in done.stdout.decode("utf-8").splitlines() if ":" in line)
    assert shown["Title"].strip() == title
    assert shown["Author"].strip() == author
    assert shown["Subject"].strip() == locale(language).kinds["key"]
    assert language in languages_of(result.pdf)


def languages_of(pdf):
    """Every language that the PDF's objects name, those in compressed streams too."""
    streams = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            streams.append(zlib.decompressobj().decompress(packed))
    return {found.decode() for one in streams for found in re.findall(rb"/Lang ?\(([A-Za-z-]+)\)", one)}


def test_every_language_is_listed(capsys):
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"{name}  " in listed and locale(name).name in listed for name in LANGUAGES)


def test_hyphenation_is_the_languages_own_or_none():
    """German words are not broken by English rules: without German patterns there is no hyphenation at all."""
    for language, patterns in (("de", "ngerman"), ("en", "english")):
        assert rf"\ifcsname l@{patterns}\endcsname" in tex_in(language)
    assert "l@english" not in tex_in("de")
    assert derive.Problem.model_fields["language"].default == "en"
