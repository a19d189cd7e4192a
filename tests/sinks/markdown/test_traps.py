"""What other renderers of half a text are known to get wrong."""

from __future__ import annotations

from typing import Final

import pytest
from tests.sinks.markdown.oracles import FOOTNOTES, by_comrak
from tests.sinks.markdown.page import Page, Renderer, to_html

from slipstream.sinks.markdown import BlockOpen, InlinePatch, Markdown, tree as nodes

TRAPS: Final = {
    "a tag is no heading": ("para\n#tag", "<p>para\n#tag</p>\n"),
    "three marks in a paragraph": ("para\n***bold***", "<p>para\n<em><strong>bold</strong></em></p>\n"),
    "a late definition": ("see [docs]\n\n[docs]: /url", '<p>see <a href="/url">docs</a></p>\n'),
    "marks in code": ("`*a* $b$`", "<p><code>*a* $b$</code></p>\n"),
    "marks in fenced code": ("```\n**a** $b$\n```", "<pre><code>**a** $b$\n</code></pre>\n"),
    "marks in math": ("$a*b*c$ and $d_e$ _f_", "<p><math>a*b*c</math> and <math>d_e</math> <em>f</em></p>\n"),
    "prices": ("It costs $5, not $10.", "<p>It costs $5, not $10.</p>\n"),
    "prices and math": ("$20 for $x+y$", "<p>$20 for <math>x+y</math></p>\n"),
    "math on lines of its own": ("$$\nx*y*\n$$\nz", "<math>x*y*\n</math>\n<p>z</p>\n"),
    "math in one line": ("$$x$$ then", "<math>x</math>\n<p>then</p>\n"),
    "math with brackets": ("\\[ x \\]", "<math> x </math>\n"),
    "math with a bracket of its own": ("\\[ x \\in (0,1] \\]\nz", "<math> x \\in (0,1] </math>\n<p>z</p>\n"),
    "math with an interval turned outwards": ("\\[ x \\in ]0,1[ \\]", "<math> x \\in ]0,1[ </math>\n"),
    "math with rows": ("\\[ a \\\\[2pt] b \\]", "<math> a \\\\[2pt] b </math>\n"),
    "math in brackets on lines of its own": ("\\[\n\nx\n\\]\nz", "<math>x\n</math>\n<p>z</p>\n"),
    "math that begins in its first line": (
        "\\[ x = 1\n+ [2]\n\n\\]\nz",
        "<math> x = 1\n+ [2]\n\n</math>\n<p>z</p>\n",
    ),
    "math with a long first line": ("\\[" + "+ x " * 80 + "]\n\\]", f"<math>{'+ x ' * 80}]\n</math>\n"),
    "a bracket that is no math": (
        "\\[1] Smith 2020 says so.\n\n# Heading\n",
        "<p>[1] Smith 2020 says so.</p>\n<h1>Heading</h1>\n",
    ),
    "a bracket within such a one": ("\\[[a] b] c\n\n# d", "<p>[[a] b] c</p>\n<h1>d</h1>\n"),
    "a link that is none": ("\\[x](u) y\n\n# d", "<p>[x](u) y</p>\n<h1>d</h1>\n"),
    "boxes that are none": ("- \\[ ] a\n- \\[x] b", "<ul>\n<li>[ ] a</li>\n<li>[x] b</li>\n</ul>\n"),
    "such a bracket in a paragraph": ("> a\n\\[1] b", "<blockquote>\n<p>a\n[1] b</p>\n</blockquote>\n"),
    "math in a line": ("so \\(x\\) and $$y$$", "<p>so <math>x</math> and <math display>y</math></p>\n"),
    "a star that is no list": ("2 * 3 * 4", "<p>2 * 3 * 4</p>\n"),
    "a snake": ("snake_case_name and __init__", "<p>snake_case_name and <strong>init</strong></p>\n"),
    "a list in an item": ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"),
    "code in an item": ("1. a\n\n   ```\n   b\n   ```\n2. c", None),
    "a fence in a longer fence": ("````\n```\na\n```\n````", "<pre><code>```\na\n```\n</code></pre>\n"),
    "a fence of tildes": ("~~~\n```\n~~~", "<pre><code>```\n</code></pre>\n"),
    "a fence that never closes": ("```py\nx = 1", '<pre><code class="language-py">x = 1\n</code></pre>\n'),
    "a table without outer bars": ("a|b\n-|-\n1|2", None),
    "a bar in a cell": ("| a |\n|---|\n| `x \\| y` |", None),
    "a short row": ("|a|b|\n|-|-|\n|1|", None),
    "a link with brackets": ("[a [b] c](/u(v))", '<p><a href="/u(v)">a [b] c</a></p>\n'),
    "a number at a line's beginning": ("in\n1986. A year", "<p>in\n1986. A year</p>\n"),
    "a date at a line's beginning": ("1986\\. A year", "<p>1986. A year</p>\n"),
    "two blanks and a line end": ("a  \nb", "<p>a<br />\nb</p>\n"),
    "bold that ends in punctuation": ("**Note:**text", "<p>**Note:**text</p>\n"),
    "Chinese that does": ("**注意：**请", "<p><strong>注意：</strong>请</p>\n"),
    "Chinese behind an address": (
        "见https://a.cn/b。谢谢",
        '<p>见<a href="https://a.cn/b">https://a.cn/b</a>。谢谢</p>\n',
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    text, page = TRAPS[name]
    whole = to_html([text])
    assert page is None or whole == page
    assert to_html(list(text)) == whole


SHOWN: Final = {
    "so **bold": "<p>so <strong>bold</strong></p>\n",
    "so **bold*": "<p>so <strong>bold</strong></p>\n",
    "so **": "<p>so</p>\n",
    "so `code": "<p>so <code>code</code></p>\n",
    "so [text": "<p>so [text</p>\n",
    "so [text](http://a": "<p>so text</p>\n",
    "so ![pic](http://a": "<p>so </p>\n",
    "so ![pic](u ti": "<p>so ![pic](u ti</p>\n",
    "so [text](u 'ti": "<p>so text</p>\n",
    "so [text](u ti": "<p>so [text](u ti</p>\n",
    "so [text](<u v": "<p>so text</p>\n",
    "so [text](<u v> w": "<p>so [text](<u v> w</p>\n",
    "so ![a [text](u": "<p>so </p>\n",
    "x `a[b](c`": "<p>x <code>a[b](c</code></p>\n",
    "x `a[b](c": "<p>x <code>a[b](c</code></p>\n",
    "`a [b](c` d": "<p><code>a [b](c</code> d</p>\n",
    "$a[b](c$ d": "<p><math>a[b](c</math> d</p>\n",
    "so `a <b c": "<p>so <code>a &lt;b c</code></p>\n",
    "so `a &am": "<p>so <code>a &amp;am</code></p>\n",
    "so \\<b c": "<p>so &lt;b c</p>\n",
    "so **a** <b": "<p>so <strong>a</strong></p>\n",
    "so ~~old": "<p>so <del>old</del></p>\n",
    "so $x": "<p>so $x</p>\n",
    "so <b class='x": "<p>so</p>\n",
    "so a < b": "<p>so a &lt; b</p>\n",
    "so &am": "<p>so</p>\n",
    "2 * 3": "<p>2 * 3</p>\n",
    "snake_ca": "<p>snake_ca</p>\n",
    "text\n--": "<p>text</p>\n",
    "text\n-": "<p>text</p>\n",
    "- a\n- ": "<ul>\n<li>a</li>\n</ul>\n",
    "- [": "",
    "- [x] do": '<ul>\n<li><input checked="" disabled="" type="checkbox"> do</li>\n</ul>\n',
    "a | b\n- | -": "<p>a | b</p>\n",
    "|a|b|\n|-|-": "<p>|a|b|</p>\n",
    "|a|b|\n|-|-|\n|1|**2": None,
    "```py\nx\n``": '<pre><code class="language-py">x\n</code></pre>\n',
    "```py": "",
    "$$\nx + y": "<math>x + y</math>\n",
    "$$\nx\n$": "<math>x\n</math>\n",
    "\\[ x": "",
    "\\[1] so": "",
    "\\[1] so\n": "<p>[1] so</p>\n",
    "\\[1] so" + " it" * 90: "<p>[1] so" + " it" * 90 + "</p>\n",
    "\\[ x" + " + x" * 70: "<math> x" + " + x" * 70 + "</math>\n",
    "\\[ x \\]": "<math> x </math>\n",
    "\\[ x" + " + x" * 40 + "\\]": "<math> x" + " + x" * 40 + "</math>\n",
    "\\[ [0,1) \\] so": "<math> [0,1) </math>\n<p>so</p>\n",
    "\\[ x\n": "<math> x</math>\n",
    "[docs]: /u": "",
    "#": "",
    "# Tit": "<h1>Tit</h1>\n",
    "> quo": "<blockquote>\n<p>quo</p>\n</blockquote>\n",
}


@pytest.mark.parametrize("prefix", SHOWN)
def test_what_a_prefix_shows(prefix: str) -> None:
    markdown, seen = Markdown(), Page()
    for char in prefix:
        seen.apply(markdown.feed(char))
    shown = Renderer().page(seen.root)
    expected = SHOWN[prefix]
    assert shown == (_rows("1", "<strong>2</strong>") if expected is None else expected)


def _rows(*cells: str) -> str:
    head = "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
    return head + "".join(f"<td>{cell}</td>\n" for cell in cells) + "</tr>\n</tbody>\n</table>\n"


@pytest.mark.parametrize(("policy", "at_once", "at_end"), [("patch", 1, 0), ("at_end", 0, 1), ("off", 0, 0)])
def test_a_late_definition_is_told_as_the_policy_says(policy: str, at_once: int, at_end: int) -> None:
    markdown = Markdown(late_refs=policy)  # type: ignore[arg-type]
    told = [
        event for event in markdown.feed("see [docs]\n\n[docs]: /url\n\nmore\n\n") if isinstance(event, InlinePatch)
    ]
    last = [event for event in markdown.end() if isinstance(event, InlinePatch)]
    assert (len(told), len(last)) == (at_once, at_end)
    assert all(event.id == 1 and event.reason == "link-definition" for event in told + last)


def test_a_leaf_is_patched_a_few_times_and_at_the_end() -> None:
    """Each patch is the whole leaf: of many late definitions of one leaf the first ones are told at once."""
    names = [f"r{at}" for at in range(12)]
    markdown = Markdown()
    markdown.feed(" ".join(f"[{name}]" for name in names) + "\n\n")
    told = [event for name in names for event in markdown.feed(f"[{name}]: /u\n\n") if isinstance(event, InlinePatch)]
    markdown.feed("more\n\n")
    last = [event for event in markdown.end() if isinstance(event, InlinePatch)]
    links = [sum(isinstance(node, nodes.Link) for node in event.inline) for event in told + last]
    assert links == [1, 2, 3, 4, 5, 6, 7, 8, 12]
    assert markdown.end() == []


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("[[a]](u[b])\n\n[a]: /a\n\n[b]: /b\n", '<p>[<a href="/a">a</a>](u<a href="/b">b</a>)</p>\n'),
        ("[[a][b]](u '[c]')\n\n[b]: /b\n\n[c]: /c\n", '<p>[<a href="/b">a</a>](u \'<a href="/c">c</a>\')</p>\n'),
        ("[[a]]([b])\n\n[a]:q\n[b]:'\n\n", '<p>[<a href="q">a</a>](<a href="&#x27;">b</a>)</p>\n'),
        ("# [[a]](u[b])\n\n[a]: /a\n\n[b]: /b\n", '<h1>[<a href="/a">a</a>](u<a href="/b">b</a>)</h1>\n'),
        ("[x[a]](u[^1])\n\n[a]: /a\n\n[^1]: note\n", None),
        ("[x[^1]](u[a])\n\n[^1]: note\n\n[a]: /a\n", None),
    ],
)
def test_a_late_definition_makes_room_for_other_references(text: str, page: str | None) -> None:
    """What was a link before lets the reader pass what then is looked for for the first time."""
    whole = to_html([text])
    assert whole == by_comrak(text, FOOTNOTES)
    assert page is None or whole == page
    assert to_html(text.splitlines(keepends=True)) == to_html(list(text)) == whole
    assert all(to_html([text[:at], text[at:]]) == whole for at in range(len(text)))
    assert to_html(list(text), late_refs="at_end") == whole


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("[^1]\n\n[^1]: n\n\n> x\n\n$$y$$ [^1]: /link\n\nend\n", False),
        ("[^ 1]\n\n[^1]: n\n\n$$y$$ [^ 1]: /link\n\nend\n", False),
        ("[^1]: n\n\n$$y$$ [^1]: /link\n\n[^1]\n", False),
        ("[^1]\n\n[a]: /u\n    [^1]: /link\n\n[^1]: n\n", True),
        ("[a]: /u\n    [^1]: /link\n\n[^1]: n\n\n[^1]\n", True),
    ],
)
def test_a_label_stays_what_it_was_defined_as_first(text: str, linked: bool) -> None:
    whole = to_html([text])
    assert ('href="/link"' in whole, "footnote-ref" in whole) == (linked, not linked)
    assert to_html(text.splitlines(keepends=True)) == to_html(list(text)) == whole
    assert all(to_html([text[:at], text[at:]]) == whole for at in range(len(text)))


def test_a_late_footnote() -> None:
    markdown = Markdown()
    events = markdown.feed("so[^1]\n\n[^1]: note\n")
    assert [event.reason for event in events if isinstance(event, InlinePatch)] == ["footnote"]


def test_math_never_turns_into_something_else() -> None:
    """`$$` opens like a fence: from its first character on the block is math, whatever follows."""
    markdown = Markdown()
    opened = [event for event in markdown.feed("$$\nx\n\n# y\n\n- z\n") if isinstance(event, BlockOpen)]
    assert [event.kind for event in opened] == ["math"]


def test_ids_count_up_and_depths_are_told() -> None:
    opened = [event for event in Markdown().feed("- a\n  - b\n\n    c\n") if isinstance(event, BlockOpen)]
    assert [event.id for event in opened] == list(range(1, len(opened) + 1))
    assert [event.attrs["depth"] for event in opened if event.kind == "list"] == [1, 2]


@pytest.mark.parametrize(
    ("text", "off", "on"),
    [
        ("**注意：**请", "**注意：**请", "<strong>注意：</strong>请"),
        ("これは**「强调」**です", "これは**「强调」**です", "これは<strong>「强调」</strong>です"),
        ("한국어**(강조)**는", "한국어**(강조)**는", "한국어<strong>(강조)</strong>는"),
        ("**Note:**text", "**Note:**text", "**Note:**text"),
        (
            "https://a.cn，b",
            '<a href="https://a.cn%EF%BC%8Cb">https://a.cn，b</a>',
            '<a href="https://a.cn">https://a.cn</a>，b',
        ),
    ],
)
def test_cjk_is_an_option(text: str, off: str, on: str) -> None:
    assert to_html([text], cjk=False) == f"<p>{off}</p>\n"
    assert to_html([text]) == to_html(list(text)) == f"<p>{on}</p>\n"
