"""Markup from outside as blocks: nothing hostile comes through, no word is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.apps.wire.markup import part_any, part_html, part_markdown, plain

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<p>One &amp; <em>two</em></p>\n<p></p><p>Three</p>", ["One &amp; <em>two</em>", "Three"]),
        ("Loose <P>Then a paragraph", ["Loose", "Then a paragraph"]),
        ("One\n\nTwo <i>x</i>", ["One", "Two <i>x</i>"]),
        ("One<br><br/>Two<br>Three<br>", ["One", "Two<br>Three"]),
        ("<div><div>One</div>Two</div>", ["One", "Two"]),
        ("<p>One<script>alert(1)</script><img src=x onerror=alert(1)></p>", ["One"]),
        ("<figure><figcaption>Caption</figcaption></figure><p>Text</p>", ["Text"]),
        ("<p>&nbsp;</p><p>…</p><p>a&nbsp;b</p>", ["a b"]),
        ("<p>a<span>b</span><span>c</span></p>", ["ab c"]),
        ("<table><tr><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr></table>", ["A · 1", "B · 2"]),
        ("<blockquote><p>Said</p></blockquote>", ["Said"]),
    ],
)  # fmt: skip
def test_paragraphs(markup: str, blocks: list[str]) -> None:
    assert part_html(markup) == [("paragraph", text) for text in blocks]


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://a.example/x", True),
        ("mailto:a@a.example", True),
        ("", False),
        ("/relative", False),
        ("$(HOME)/x", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_links_to_the_web_stay(href: str, kept: bool) -> None:
    linked = f'<a href="{href}">here</a>' if kept else "here"
    assert part_html(f'<p>Look <a href="{href}" onclick="x()">here</a>.</p>') == [
        ("paragraph", f"Look {linked}.")
    ]


def test_headings_and_lists() -> None:
    markup = (
        "<h2>What <b>now</b></h2><ul><li>One<ul><li>Two</li></ul></li><li><p>Three</p></li></ul>"
    )
    assert part_html(markup + "<p><strong>Next</strong></p><p><b>Bold.</b></p>") == [
        ("crosshead", "What now"),
        ("list", ("One", "Two", "Three")),
        ("crosshead", "Next"),
        ("paragraph", "<b>Bold.</b>"),
    ]
    assert part_html("</ul><p>a</p><ol><li>b") == [("paragraph", "a"), ("list", ("b",))]


def test_depth_is_no_danger() -> None:
    assert part_html("<div>" * 20_000 + "deep") == [("paragraph", "deep")]


def test_markdown() -> None:
    text = (
        "# Head\n\nOne **two** [three](https://a.example).\n\n- a\n- b\n\n{% x %}{{ y }}\n\n![p](q)"
    )
    assert part_markdown(text) == [
        ("crosshead", "Head"),
        ("paragraph", 'One <strong>two</strong> <a href="https://a.example">three</a>.'),
        ("list", ("a", "b")),
    ]
    assert part_markdown("Plain & simple.\n\n Indented.") == [
        ("paragraph", "Plain &amp; simple."),
        ("paragraph", "Indented."),
    ]
    assert part_markdown("**Bold**\n\n  <script>x</script>  Not code") == [
        ("crosshead", "Bold"),
        ("paragraph", "Not code"),
    ]


def test_text_says_itself_what_it_is() -> None:
    assert part_any("<p>a</p>") == [("paragraph", "a")]
    assert part_any("a &lt; b") == [("paragraph", "a &lt; b")]
    assert part_any("1 < 2 > 0 <and> so") == [("paragraph", "1 &lt; 2 &gt; 0 &lt;and&gt; so")]


def test_plain() -> None:
    assert plain(" a\n <b>b</b> &amp;<script>x</script> c ") == "a b & c"
    assert plain("a b") == "a b"


@given(st.text(alphabet="<>/apbh1 ulix\"'=&;\n", max_size=120))
def test_nothing_comes_out_that_is_not_clean(markup: str) -> None:
    for part in (part_html, part_markdown, part_any):
        for kind, value in part(markup):
            for text in value if kind == "list" else (value,):
                assert text.strip() == text != ""
                assert "<p" not in text
                assert "\n" not in text
