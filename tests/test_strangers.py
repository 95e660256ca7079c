"""Styles, flavours, notations and languages that came from elsewhere run no command and read no file.

One test for each attack, and one for each mistake in a template: a message at its file and line.
"""

import json
import os
import shutil
from dataclasses import replace
from itertools import product

import pytest
from conftest import MATRIX, TABLE, compiled, solution_of
from everyday import first_of_each

from derive.cli.main import main
from derive.document.build import Edition
from derive.errors import InputError
from derive.exports.markdown import to_markdown
from derive.exports.notebook import to_notebook
from derive.exports.tex_fragment import to_tex_fragment
from derive.network.solution import solve
from derive.problem.read import load, loads
from derive.render.html import to_html
from derive.render.latex import to_latex
from derive.render.sandbox import Sandbox, data_names
from derive.sources import assets
from derive.writing.notation import notation

STYLES = assets.templates() / "styles"


def edition(folder, name=TABLE, **changes):
    return replace(Edition.of(solution_of(name), f"{name}.yaml"), style=str(folder), **changes)


def style(tmp_path, base="table", **files):
    """A style of a stranger's: a built-in one with templates of its own; `_` in a name stands for a dot."""
    folder = tmp_path / "theirs"
    shutil.copytree(STYLES / base, folder)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


def refusal(make, *arguments):
    with pytest.raises(InputError) as caught:
        make(*arguments)
    (first, *_) = caught.value.messages
    return first


TEX_ATTACKS = {
    "input": (r"\input{/etc/passwd}", r"\input"),
    "primitive input": (r"\csname @@input\endcsname /etc/passwd", r"\csname"),
    "pdfobj": (r"\immediate\pdfobj stream file {/etc/passwd}", r"\immediate"),
    "pdffiledump": (r"\pdffiledump length 99 {/etc/passwd}", r"\pdffiledump"),
    "openin": (r"\openin5=/etc/passwd", r"\openin"),
    "read": (r"\read5 to\x", r"\read"),
    "write": (r"\write18{touch owned}", r"\write"),
    "special": (r"\special{pdf:file}", r"\special"),
    "directlua": (r"\directlua{os.execute('touch owned')}", r"\directlua"),
    "catcode": (r"\catcode`\!=0 !input x", r"\catcode"),
    "catcode of tables": (r"\catcodetable", r"\catcodetable"),
    "hats": ("^^5cinput{x}", "^^"),
    "csname": (r"\csname in\string put\endcsname", r"\csname"),
    "environment": (r"\begin{input}", r"\begin"),
    "end of an environment": (r"\end{csname}", r"\end"),
    "an environment without braces": (r"\begin i", r"\begin"),
    "definition": (r"\def\x{y}", r"\def"),
    "alias": (r"\let\x\frac", r"\let"),
    "expansion": (r"\expandafter\x\y", r"\expandafter"),
    "scantokens": (r"\scantokens{x}", r"\scantokens"),
    "picture": (r"\includegraphics{/etc/x.png}", r"\includegraphics"),
    "font of a file": (r"\font\x=/etc/x", r"\font"),
    "package": (r"\usepackage{catchfile}", r"\usepackage"),
    "lowercase": (r"\lowercase{\x}", r"\lowercase"),
    "internal": (r"\makeatletter\@@input /etc/passwd", r"\makeatletter"),
    "internal alone": (r"\@@input /etc/passwd", r"\@@input"),
    "launch": (r"\href{run:/bin/sh}{x}", r"\href"),
    "put together by Jinja": ("<< ('\\\\' ~ 'inp' ~ 'ut{/etc/passwd}')|safe >>", r"\input"),
    "put together of pieces": (r"\in<# #>put{/etc/passwd}", r"\input"),
    "escaped in a text of Jinja": (r"<< '\x5cinput{/etc/passwd}'|safe >>", r"\input"),
    "cut out of a trusted template": (
        '<% set all %><% include "preamble.tex.jinja" %><% endset %><< all[:1] >>\\input x',
        r"\input",
    ),
    "a control character": ("\x7f", r"\x7f"),
}


@pytest.mark.parametrize(("text", "word"), TEX_ATTACKS.values(), ids=TEX_ATTACKS.keys())
def test_what_a_template_may_not_say_to_tex(text, word, tmp_path):
    folder = style(tmp_path, title_tex_jinja=f"\\noindent\n{text}\n")
    message = refusal(to_latex, edition(folder))
    assert message.startswith(str(folder))
    assert f": {word}: " in message
    assert "docs/safety.md" in message


def test_a_refused_word_has_its_file_and_line(tmp_path):
    folder = style(tmp_path, title_tex_jinja="\\noindent\n\\pdfobj stream file {/etc/passwd}\n")
    assert refusal(to_latex, edition(folder)).startswith(f"{folder / 'title.tex.jinja'}:2: \\pdfobj: ")


@pytest.mark.parametrize("text", [r"\pdfobj stream file {/etc/passwd}", "<% macro x() %><% endmacro %>^^5cinput"])
def test_a_template_within_derives_own_definitions_is_checked(text, tmp_path):
    """`page` and `class` are included by the preamble, whose own definitions strangers may not write."""
    page = (STYLES / "shared" / "page.tex.jinja").read_text(encoding="utf-8")
    assert refusal(to_latex, edition(style(tmp_path, page_tex_jinja=f"{page}{text}"))).startswith(str(tmp_path))


def test_a_trusted_style_says_what_it_wants(tmp_path):
    folder = style(tmp_path, title_tex_jinja=r"\def\x{y}\x")
    assert r"\def\x{y}" in to_latex(edition(folder, trusts_style=True))


@pytest.mark.parametrize(("name", "base"), first_of_each(product([TABLE, MATRIX], assets.names("styles"))))
def test_a_copy_of_a_style_with_a_touched_template_is_the_style(base, name, tmp_path):
    """What comes with derive passes the list, so that an author may copy it and change a word."""
    folder = style(tmp_path, base)
    for template in ("question.tex.jinja", "title.tex.jinja", "page.tex.jinja", "question.html.jinja"):
        own = folder / template
        text = (own if own.exists() else STYLES / "shared" / template).read_text(encoding="utf-8")
        if r"\newdimen" not in text and r"\ifbeamer" not in text:
            own.write_text(f"<# mine #>{text}", encoding="utf-8")
    theirs, ours = edition(folder, name), edition(base, name)
    small = (f" {folder.name} ", f" {base} ")
    for make in (to_latex, to_html, to_tex_fragment, lambda one: to_markdown(one, "quarto").content):
        assert make(theirs).replace(*small) == make(ours).replace(*small)


HTML_ATTACKS = {
    "script": ("<script>fetch('/etc/passwd')</script>", "<script"),
    "script from elsewhere": ('<script src="https://evil.example/x.js"></script>', "<script"),
    "script in a drawing": ("<svg><script>x()</script></svg>", "<script"),
    "handler": ('<p onclick="x()">x</p>', "onclick"),
    "handler without spaces": ('<svg/onload="x()">', "onload"),
    "handler in a style of a drawing": ("<svg><style><img src=x onerror=x()></style></svg>", "<"),
    "javascript": ('<a href="javascript:x()">x</a>', "href"),
    "javascript with a tab": ('<a href="java\tscript:x()">x</a>', "href"),
    "data": ('<a href="data:text/html,x">x</a>', "href"),
    "file": ('<a href="file:///etc/passwd">x</a>', "href"),
    "picture": ('<img src="https://evil.example/x.png">', "<img"),
    "picture in a style": ('<p style="background:url(https://evil.example/x)">x</p>', "style"),
    "import": ("<style>@import 'https://evil.example/x.css';</style>", "@import"),
    "frame": ('<iframe srcdoc="x"></iframe>', "<iframe"),
    "object": ('<object data="x"></object>', "<object"),
    "base": ('<base href="https://evil.example/">', "<base"),
    "link": ('<link rel="stylesheet" href="x.css">', "<link"),
    "form": ('<form action="https://evil.example/"><input name="x"></form>', "<form"),
    "refresh": ('<meta http-equiv="refresh" content="0;url=https://evil.example/">', "http-equiv"),
    "use": ('<svg><use href="https://evil.example/x.svg#a"/></svg>', "<use"),
    "animation": ('<svg><animate attributeName="href" values="javascript:x()"/></svg>', "<animate"),
    "comment": ("<!-- <script> -->", "<!--"),
    "cdata": ("<![CDATA[x]]>", "<!["),
    "instruction": ("<?php x() ?>", "<?"),
    "a title of the document taken as it is": ("<< '<img src=x>'|safe >>", "<img"),
}


@pytest.mark.parametrize(("text", "word"), HTML_ATTACKS.values(), ids=HTML_ATTACKS.keys())
def test_what_a_template_may_not_put_into_a_page(text, word, tmp_path):
    folder = style(tmp_path, title_html_jinja=f"<p>\n{text}\n</p>")
    message = refusal(to_html, edition(folder))
    assert message.startswith(str(folder))
    assert word in message
    to_html(edition(folder, trusts_style=True))


@pytest.mark.parametrize("template", ["page_js", "page_css"])
def test_a_page_has_derives_own_script(template, tmp_path):
    text = "fetch('x')" if template == "page_js" else "p { background: url(https://evil.example/x) }"
    folder = style(tmp_path, **{template: text})
    assert "style" in refusal(to_html, edition(folder))


def test_a_page_may_have_markup_and_looks_of_its_own(tmp_path):
    page = '<header class="title" style="color:#036"><h1><< document.title >></h1><a href="#content">x</a></header>'
    made = to_html(edition(style(tmp_path, title_html_jinja=page, page_css="h1 { color: #036 }")))
    assert '<header class="title" style="color:#036">' in made


MARKDOWN_ATTACKS = {
    "shortcode": ("{{< include /etc/passwd >}}", "quarto"),
    "cell": ("```{python}\nimport os\n```", "quarto"),
    "cell with tildes": ("~~~{r}\nsystem('x')\n~~~", "quarto"),
    "include": ("```{include} /etc/passwd\n```", "myst"),
    "literal include": (":::{literalinclude} /etc/passwd\n:::", "myst"),
    "code cell": ("```{code-cell} python\nimport os\n```", "myst"),
    "evaluated": ("```{eval-rst}\n.. include:: /etc/passwd\n```", "myst"),
    "role": ("{download}`/etc/passwd`", "myst"),
    "script": ("<script>x()</script>", "github"),
    "javascript": ("[x](javascript:x)", "github"),
    "file above": ("[x](../../secret)", "github"),
    "picture from elsewhere": ("![x](https://evil.example/x.png)", "github"),
    "inline code": ("`r system('x')`", "quarto"),
}


@pytest.mark.parametrize(("text", "flavour"), MARKDOWN_ATTACKS.values(), ids=MARKDOWN_ATTACKS.keys())
def test_what_a_template_may_not_put_into_markdown(text, flavour, tmp_path):
    folder = style(tmp_path, title_flow_jinja=f"\n{text}\n")
    assert refusal(to_markdown, edition(folder), flavour).startswith(str(folder))


def test_the_code_of_a_notebook_is_derives_own(tmp_path):
    pytest.importorskip("nbformat", reason="missing: nbformat")
    folder = style(tmp_path, numbers_flow_jinja="import os", problem_flow_jinja="import os")
    assert "import os" not in to_notebook(edition(folder))


PYTHON_ATTACKS = {
    "class": "<< document.__class__ >>",
    "subclasses": "<< ''.__class__.__mro__[1].__subclasses__() >>",
    "attribute by a filter": "<< document|attr('__class__') >>",
    "attribute by a map": "<< [document]|map(attribute='__class__')|list >>",
    "item": "<< document['__class__'] >>",
    "globals of a macro": "<% macro m() %><% endmacro %><< m.__globals__ >>",
    "globals of Jinja": "<< cycler.__init__.__globals__.os.popen('id').read() >>",
    "environment": "<< self._TemplateReference__context.environment >>",
    "format": "<< '{0.__class__}'.format(document) >>",
    "a method of a text": "<< document.title.encode() >>",
    "a method of derive's": "<< page.on('a4') >>",
    "a method of pydantic": "<< page.model_dump() >>",
    "assignment": "<% set document.title = 'x' %>",
    "outside by include": '<% include "../../../../../../etc/passwd" %>',
    "outside by an absolute path": '<% include "/etc/passwd" %>',
    "lipsum": "<< lipsum.__globals__ >>",
}


@pytest.mark.parametrize("text", PYTHON_ATTACKS.values(), ids=PYTHON_ATTACKS.keys())
def test_a_template_reaches_nothing_of_python(text, tmp_path):
    folder = style(tmp_path, title_tex_jinja=f"\n{text}\n")
    assert refusal(to_latex, edition(folder, trusts_style=True)).startswith(f"{folder / 'title.tex.jinja'}:")


ENDLESS = {
    "loops": "<% for a in range(100000) %><% for b in range(100000) %><% endfor %><% endfor %>",
    "loop": "<% for a in range(1000000000) %><% endfor %>",
    "recursion": "<% macro m() %><< m() >><% endmacro %><< m() >>",
    "two calls each": "<% macro m(n) %><% if n %><< m(n-1) >><< m(n-1) >><% endif %><% endmacro %><< m(60) >>",
    "inclusion": '<% include "title.tex.jinja" %>',
    "a power": "<< 10 ** 10 ** 10 >>",
    "a product": "<% set n = namespace(x=3) %><% for a in range(99) %><% set n.x = n.x * n.x %><% endfor %>",
    "a long text": "<< 'x' * 10000000000 >>",
    "a long list": "<< ([1] * 10000000000)|length >>",
    "doubling": "<% set n = namespace(x='x') %><% for a in range(99) %><% set n.x = n.x ~ n.x %><% endfor %>",
    "doubling by a sum": "<% set n = namespace(x=[1]) %><% for a in range(99) %><% set n.x = n.x + n.x %><% endfor %>",
    "doubling by a block": (
        "<% set n = namespace(x='x') %><% for a in range(99) %><% set n.x %><< n.x >><< n.x >><% endset %><% endfor %>"
    ),
    "replacing": "<% set n = namespace(x='x') %><% for a in range(99) %><% set n.x = n.x|replace('x','xx') %><% endfor %>",
    "joining": "<< range(100000)|join('x' * 100000) >>",
    "filling in": "<< '%1000000000d' % 1 >>",
    "centring": "<< 'x'|center(1000000000) >>",
}


LONGEST = "two calls each"


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=name, marks=[pytest.mark.exhaustive] * (name == LONGEST)) for name, text in ENDLESS.items()],
)
def test_a_template_that_does_not_end_is_stopped(text, tmp_path):
    folder = style(tmp_path, title_tex_jinja=f"\n{text}\n")
    assert refusal(to_latex, edition(folder, trusts_style=True)).startswith(f"{folder / 'title.tex.jinja'}:")


MISTAKES = {
    "division": ("<< 1 / 0 >>", "this divides by 0"),
    "types": ("<< 1 + 'x' >>", "cannot be worked out"),
    "a list in the text": ("<< document.parts >>", "a template places text or mathematics, not tuple"),
    "a call of what is none": ("<< document.title() >>", "a text cannot be called"),
    "an undefined name": ("<< documnet >>", "'documnet' is undefined"),
    "an undefined call": ("<< nothing() >>", "'nothing' is undefined"),
    "a missing field": ("<< document.questions >>", "Document has no `questions`; it has above, author, "),
    "a missing entry": ("<< document.parts[9].exercise >>", "has no element 9"),
    "a missing block": ("<< self.head() >>", "has no"),
    "a missing template": ('<% include "head.tex.jinja" %>', "there is no template 'head.tex.jinja' to include"),
    "an unknown filter": ("<< document.title|shout >>", "No filter named 'shout'"),
    "an unknown test": ("<< document.title is loud >>", "No test named 'loud'"),
    "an unknown tag": ("<% loop %>", "unknown tag 'loop'"),
    "an open block": ("<% if document %>", "Unexpected end of template"),
    "an open expression": ("<< document.title", "unexpected end of template"),
    "a wrong argument": ("<< document.title|mm >>", "cannot be worked out"),
    "too many arguments": ("<% macro m() %><% endmacro %><< m(1) >>", "takes"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_template_is_a_message_at_its_line(text, message, tmp_path):
    folder = style(tmp_path, title_tex_jinja=f"\n{text}\n")
    found = refusal(to_latex, edition(folder))
    assert found.startswith(f"{folder / 'title.tex.jinja'}:2: ") or "nexpected end" in found
    assert message.lower() in found.lower()
    assert "Traceback" not in found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("questions: ", "own_question: ", "`questions` is missing"),
        ("questions: [", "questions: []  # [", "expected at least one entry"),
        ("  round: [round-table]\n", "", "`parts`: expected the sections of a `round` too"),
    ],
)
def test_a_style_without_what_it_needs(old, new, message, tmp_path):
    folder = style(tmp_path)
    text = (folder / "style.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "style.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        to_latex(edition(folder))
    assert any(one.startswith(f"{folder / 'style.yaml'}:") and message in one for one in caught.value.messages)


SHORTCODES = (
    "{{< include /etc/passwd >}}",
    "{{% video x %}}",
    "::: {.x}",
    "---",
    "```{python}",
    "+++",
    "(a)=",
    ":::{note}",
)


@pytest.mark.parametrize("flavour", ["quarto", "myst", "github"])
@pytest.mark.parametrize("text", SHORTCODES)
def test_what_means_something_to_a_book_is_text_in_a_text(text, flavour):
    stated = {"title": text, "course": text, "instructions": text, "exercise": {"title": text, "text": text}}
    gates = {"equations": {"f": "x*y"}, "values": {"x": 2, "y": 3}}
    made, plain = (
        to_markdown(Edition.of(solve(loads(json.dumps({**gates, **texts}))), "x.yaml"), flavour).content
        for texts in (
            stated,
            {"title": "x", "course": "x", "instructions": "x", "exercise": {"title": "x", "text": "x"}},
        )
    )
    for sign in ("{{<", "{{%"):
        assert sign not in made or flavour == "github"
    for begin in ("---", ":::", "```{python}", "+++", "(a)="):
        starts = [sum(line.startswith(begin) for line in one.splitlines()) for one in (made, plain)]
        assert starts[0] == starts[1]


def test_a_template_that_is_not_utf_8(tmp_path):
    folder = style(tmp_path)
    (folder / "title.tex.jinja").write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in refusal(to_latex, edition(folder))


# A system without symbolic links has none that could lead out of a folder.
@pytest.mark.skipif(not hasattr(os, "symlink"), reason="missing: symbolic links")
def test_a_link_out_of_a_style_is_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = style(tmp_path)
    (folder / "title.tex.jinja").symlink_to(secret)
    assert "link to a file outside" in refusal(to_latex, edition(folder, trusts_style=True))


def test_every_field_of_a_document_can_be_read_and_nothing_else():
    document = edition("table")
    assert {"solved", "heading", "style", "kind"} <= data_names(type(document))
    assert "of" not in data_names(type(document))
    assert not data_names(str)
    assert set(Sandbox().globals) == {"namespace", "range", "cycler", "joiner"}


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (r"delta: \delta", r"delta: \input{/etc/passwd}", r"\input"),
        (r"delta: \delta", r"delta: \href{javascript:x}{d}", r"\href"),
        (r"delta: \delta", "delta: ^^5cinput", "^^"),
        (r"delta: \delta", r"delta: $\delta$", "$"),
        (r"delta: \delta", r"delta: '}{'", "}"),
        ("bias: b", "bias: '<script>'", "<"),
        (r"names: ' \\, '", "", ""),
    ],
)
def test_a_notation_says_mathematics_alone(old, new, word, tmp_path):
    path = tmp_path / "theirs.yaml"
    text = (assets.templates() / "notations" / "delta.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace(old, new) if word else text, encoding="utf-8")
    if not word:
        assert notation(str(path)).delta == r"\delta"
        return
    message = refusal(notation, str(path))
    line = next(number for number, one in enumerate(path.read_text().splitlines(), 1) if new in one)
    assert message.startswith(f"{path}:{line}:")
    assert word in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hyphenation: [ngerman, german]", 'hyphenation: ["x\\\\endcsname\\\\input{/etc/passwd}"]'),
        ('decimal: ","', 'decimal: "\\\\"'),
    ],
)
def test_a_language_says_nothing_to_tex(old, new, tmp_path):
    from derive.document.locale import locale

    text = (assets.templates() / "locales" / "de.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "theirs.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert refusal(locale, str(path)).startswith(f"{path}:")


PROBLEM = "equations: {f: x*y}\nvalues: {x: 2, y: 3}\n"


@pytest.mark.parametrize("link", [False, True])
def test_a_file_outside_the_folder_of_the_problem_asks_for_a_flag(link, tmp_path, monkeypatch, capsys):
    shutil.copytree(STYLES / "table", tmp_path / "outside")
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    name = "../outside"
    if link:
        (tmp_path / "inside" / "linked").symlink_to(tmp_path / "outside")
        name = "./linked"
    path = tmp_path / "inside" / "mine.yaml"
    path.write_text(f"{PROBLEM}style: {name}\n")
    arguments = [str(path), "--latex", "-o", "-"]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert f"mine.yaml:3:1: `style`: '{name}' is outside the folder of this file" in error
    assert "--trust-outside" in error
    assert main([*arguments, "--trust-outside"]) == 0
    path.write_text(PROBLEM)
    assert main([*arguments, "--style", str(tmp_path / "outside")]) == 0


@pytest.mark.parametrize("place", ["style: {}", "notation: {}", "notation: {{base: {}}}", "language: {}"])
def test_every_path_of_a_problem_file_stays_in_its_folder(place, tmp_path):
    kind = place.partition(":")[0]
    source = {
        "style": STYLES / "table",
        "notation": assets.templates() / "notations" / "delta.yaml",
        "language": assets.templates() / "locales" / "de.yaml",
    }[kind]
    (tmp_path / "inside").mkdir()
    outside = tmp_path / source.name
    shutil.copytree(source, outside) if source.is_dir() else shutil.copy(source, outside)
    path = tmp_path / "inside" / "mine.yaml"
    path.write_text(f"{PROBLEM}{place.format(outside)}\n")
    assert "is outside the folder of this file" in refusal(load, path)
    load(path, trusts_outside=True)


def test_a_style_beside_the_problem_is_found_from_everywhere(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir("/")
    style(tmp_path)
    (tmp_path / "mine.yaml").write_text(f"{PROBLEM}style: ./theirs\n")
    assert main([str(tmp_path / "mine.yaml"), "--latex", "-o", "-"]) == 0


def test_a_strangers_style_makes_a_pdf(tmp_path):
    title = "\\noindent{\\headfont << document.title >>\\hfill << document.kind >>}\\par\\vskip 6pt\n"
    result = compiled(to_latex(edition(style(tmp_path, title_tex_jinja=title))))
    assert result.pdf, result.error
