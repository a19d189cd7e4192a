"""Which URLs are links, and what is shown of them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from slipstream.sinks.terminal.layout import urls


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com/a?b=1#c", "https://example.com/a?b=1#c"),
        ("HTTP://example.com", "HTTP://example.com"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("https://example.com/路径 x", "https://example.com/%E8%B7%AF%E5%BE%84%20x"),
        ("https://a\x1b]8;;\x07b", "https://a%1B]8;;%07b"),
        ("https://a\ud800", "https://a?"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("ssh://host", ""),
        (" https://example.com", ""),
        ("/relative", ""),
        ("https://" + "a" * 3000, ""),
    ],
)
def test_targets(url: str, target: str) -> None:
    assert urls.link_target(url) == target


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_a_target_is_printable_ascii(rest: str) -> None:
    target = urls.link_target(f"https://{rest}")
    assert all("!" <= char <= "~" for char in target)


@pytest.mark.parametrize(
    ("text", "url", "disguised"),
    [
        ("the docs", "https://evil.example", False),
        ("https://bank.com/login", "https://evil.example", True),
        ("bank.com", "https://evil.example", True),
        ("www.bank.com", "https://bank.com/login", False),
        ("bank.com/login", "https://bank.com/login?a=1", False),
        ("main.py", "https://github.com/a/b/main.py", False),
    ],
)
def test_a_text_that_names_another_place(text: str, url: str, disguised: bool) -> None:
    assert urls.disguised(text, url) is disguised


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://img.example.com/a/b.png", "img.example.com"),
        ("pictures/cat.png?x=1", "cat.png"),
        ("data:image/png;base64,AAAA", "image/png"),
        ("data:,", "data"),
        ("http://[bad", "[bad"),
        ("", ""),
    ],
)
def test_where_an_image_is(url: str, place: str) -> None:
    assert urls.place_of(url) == place


def test_a_long_url_is_shown_in_part() -> None:
    assert urls.shown_url("x" * 500) == "x" * (urls.MAX_SHOWN - 1) + "…"
    assert urls.shown_url("a\x1bb\nc") == "a␛b c"
