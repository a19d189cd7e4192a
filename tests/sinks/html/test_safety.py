"""Nothing that a text says gets tags, attributes, scripts or foreign hosts onto the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, strategies as st
from tests.sinks.html.attacks import ATTACKS
from tests.sinks.html.cases import TEXTS, Law, patches

from slipstream.errors import InvalidRequestError
from slipstream.sinks.html import HTML, HTMLStream, apply
from slipstream.sinks.html.options import LINK_SCHEMES, rules
from slipstream.sinks.html.safety import encoded, escape, host, scheme

TAGS = frozenset(
    (
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong",
        "del", "a", "img", "br", "table", "thead", "tbody", "tr", "th", "td", "sup", "span", "div", "section", "input",
    )
)  # fmt: skip
ATTRIBUTES = frozenset(
    (
        "href", "title", "src", "alt", "class", "id", "start", "align", "type", "checked", "disabled", "data-block",
        "data-footnotes", "data-footnote-ref", "data-footnote-backref", "data-footnote-backref-idx", "aria-label",
    )
)  # fmt: skip


class Reader(HTMLParser):
    """Refuses a page with anything but what it may hold."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name in ("href", "src"):
                assert urlsplit(value or "").scheme in ("", "http", "https", "mailto", "tel"), value
                assert not re.search(r"[\x00-\x20\x7f-\uffff\\<>\"]", value or "")


def pages(text: str, **options: Any) -> Iterator[str]:
    yield apply(patches([text], **options))
    yield apply(patches(list(text), **options))
    stream = HTMLStream(**options)
    yield "".join([*map(stream.feed, text), stream.end()])


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_gets_through(text: str) -> None:
    for page in pages(text):
        Reader().feed(page)
        assert "<img" not in page
    for page in pages(text, images=["good.example"]):
        assert "<img" not in page
    found = patches(list(text))
    Law(late=True).check(found)


@given(text=TEXTS | st.text(alphabet=st.characters(exclude_categories=())))
def test_no_text_gets_through(text: str) -> None:
    for page in pages(text, images=True):
        Reader().feed(page)


@given(url=st.text() | st.from_regex(r"[jJ][\x00-\x20aA]{1,3}vascript[\x00-\x20:]{0,3}.{0,9}", fullmatch=True))
@example("java\nscript:x")
@example("//evil.example")
def test_an_address_is_written_in_a_safe_alphabet(url: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9/:?#@!$&'()*+,;=%~._-]*", encoded(url))
    link = rules(False, LINK_SCHEMES, "", "").link(url)
    assert link == " " or scheme(link) in ("", *LINK_SCHEMES)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://a.example/x", "a.example"),
        ("https://A.Example:443?x", "a.example"),
        ("https://good.example@evil.example/", "evil.example"),
        ("https://good.example:x@evil.example/", "evil.example"),
        ("https://a@b@evil.example/", ""),
        ("https:evil.example", ""),
        ("https:///evil.example", ""),
        ("https:/%5Cevil.example", ""),
        ("//evil.example", ""),
        ("/x", ""),
        ("https://a.example%2F.evil.example/", "a.example%2f.evil.example"),
    ],
)
def test_the_host_is_the_one_a_browser_reads(url: str, found: str) -> None:
    assert host(url) == found


@pytest.mark.parametrize(
    ("images", "shown"),
    [
        (False, False),
        (True, True),
        (["cdn.example.com"], True),
        (["CDN.example.com"], True),
        (["example.com"], False),
        ((), False),
        (lambda url: url.startswith("https://cdn."), True),
        (lambda url: 1, False),
    ],
)
def test_images_are_shown_where_they_are_allowed(images: Any, shown: bool) -> None:
    text = '![a "b"](https://cdn.example.com/x.png "t")'
    said = "a &quot;b&quot;"
    image = f'<p><img src="https://cdn.example.com/x.png" alt="{said}" title="t" /></p>\n'
    link = f'<p><a href="https://cdn.example.com/x.png" title="t">{said}</a></p>\n'
    assert apply(patches([text], images=images)) == (image if shown else link)


def test_an_image_that_is_not_shown_is_told() -> None:
    assert apply(patches(["![](https://a.b/c.png)"])) == '<p><a href="https://a.b/c.png">https://a.b/c.png</a></p>\n'
    assert apply(patches(["[see ![pic](/p)](/u)"])) == '<p><a href="/u">see pic</a></p>\n'
    assert apply(patches(["![pic](data:image/png;base64,AAAA)"], images=True)) == "<p>pic</p>\n"


def test_links_of_other_schemes_are_text_unless_allowed() -> None:
    text = "[a](ftp://x) [b](tel:1) [c](#d) [e](HTTPS://f)"
    assert apply(patches([text])).count("<a ") == 3
    assert apply(patches([text], links=("FTP",))).count("<a ") == 2


def test_links_get_the_rel_that_is_asked_for() -> None:
    assert apply(patches(["<http://a.b>"], rel="noopener nofollow")).count(' rel="noopener nofollow"') == 1


def test_footnotes_of_several_answers_have_ids_of_their_own() -> None:
    page = apply(patches(["a[^1]\n\n[^1]: b"], prefix="m7-"))
    assert re.findall(r'(?:id|href)="([^"]*)"', page) == ["#fn-m7-1", "fnref-m7-1", "fn-m7-1", "#fnref-m7-1"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"images": "cdn.example.com"}, "images"),
        ({"images": 1}, "images"),
        ({"images": None}, "images"),
        ({"images": ["a; script-src *"]}, "images"),
        ({"links": "https"}, "links"),
        ({"links": ["JavaScript"]}, "links"),
        ({"links": ["data"]}, "links"),
        ({"links": ["https:"]}, "links"),
        ({"links": [5]}, "links"),
        ({"rel": '"'}, "rel"),
        ({"rel": None}, "rel"),
        ({"prefix": "a b"}, "prefix"),
    ],
)
@pytest.mark.parametrize("sink", [HTML, HTMLStream])
def test_a_bad_argument_is_refused_by_name(sink: Any, arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{named}: .*; accepted: ") as caught:
        sink(**arguments)
    assert caught.value.argument == named


def test_escape_leaves_nothing_that_ends_a_text_or_a_quoted_value() -> None:
    assert escape('<a b="c">&\'') == "&lt;a b=&quot;c&quot;&gt;&amp;'"


def test_what_a_text_does_not_say_is_not_in_the_page() -> None:
    html = HTML()
    html.feed('[paypal.com\u202e/moc.live](http://evil.com "a\u202eb") \x1b[2J\x9b \u2066 `\x07` \u200fשלום\u200e\n')
    html.end()
    assert html.html == (
        '<p><a href="http://evil.com" title="ab">paypal.com/moc.live</a> '
        "\u241b[2J\ufffd  <code>\u2407</code> \u200fשלום\u200e</p>\n"
    )
