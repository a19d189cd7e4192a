"""The answer as outputs of a notebook: what they show, what they cost, and that nothing gets out of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.sinks.notebook.pages import Cell, Reader, body

from slipstream import dialects, events as e
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message
from slipstream.sinks.html import HTML
from slipstream.sinks.notebook import Notebook
from slipstream.sinks.notebook.sheet import CHUNK

TEXT = """# Title

Prices of $5 and $6, **bold**, `code` and $x^2$.

- one
- two
    - three

```python
print("<b>")
```

| a | b |
|---|---|
| 1 | 2 |

> quoted 中文

Last line"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def whole(text: str) -> str:
    html = HTML()
    html.feed(text)
    html.end()
    return html.html


def deltas(text: str, size: int = 4) -> list[Event]:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return [e.TextStart(), *[e.TextDelta(piece) for piece in pieces], e.TextEnd(), e.Finish()]


@pytest.mark.parametrize("size", [1, 4, 50, 10_000])
def test_the_outputs_are_the_html_of_the_whole_text(size: int) -> None:
    cell = Cell().run(deltas(TEXT, size))
    assert body(cell) == whole(TEXT)
    assert cell.plain == TEXT


@settings(max_examples=60, deadline=None)
@given(text=st.text("ab*_`#>-1.|\n $[](:)^<&", max_size=80), cut=st.integers(1, 9))
def test_any_text_cut_anywhere(text: str, cut: int) -> None:
    cell = Cell().run(deltas(text, cut))
    assert body(cell) == whole(text)
    Reader(cell.html)
    assert cell.plain.strip() == text.strip()


def test_the_examples_of_the_specification(corpora: Path) -> None:
    lines = (corpora / "markdown" / "commonmark_examples.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        text = json.loads(line)["markdown"]
        assert body(Cell().run(deltas(text, 7))) == whole(text)


PARAGRAPH = "A sentence of *some* words that goes on for a while, as sentences do. " * 4 + "\n\n"


def test_an_answer_is_a_row_of_outputs_and_only_the_last_one_is_sent_again() -> None:
    cell = Cell().run(deltas(PARAGRAPH * 200, 40))
    assert len(cell.outputs) == pytest.approx(200 * len(PARAGRAPH) / CHUNK, rel=0.4)
    assert max(len(output.html) for output in cell.outputs.values()) < 2 * CHUNK


def test_twice_the_text_costs_twice_as_much() -> None:
    short, long = (Cell().run(deltas(PARAGRAPH * count, 40)).sent for count in (100, 200))
    assert long < 2.2 * short


def test_an_output_that_is_full_is_not_touched_any_more() -> None:
    cell = Cell()
    cell.run(deltas(PARAGRAPH * 40, 40)[:-2], end=False)
    before = cell.outputs[0]
    cell.page.on_event(e.TextDelta("More of it.\n\n" * 5))
    (changed,) = cell.page.changed
    assert changed >= max(cell.outputs) > 0
    assert cell.page.take(0) == before


def test_a_late_definition_changes_the_output_that_needs_it() -> None:
    text = "See [docs].\n\n" + PARAGRAPH * 40 + "[docs]: https://example.org\n"
    cell = Cell().run(deltas(text))
    assert '<a href="https://example.org">docs</a>' in cell.outputs[0].html
    assert body(cell) == whole(text)


def test_footnotes_of_two_answers_do_not_meet() -> None:
    text = "One[^1].\n\n[^1]: Said.\n"
    ids = [Reader(Cell(Notebook(prefix=name)).run(deltas(text)).html).attributes("a", "id") for name in ("a-", "b-")]
    assert ids[0] != ids[1]


def test_prices_are_no_mathematics_and_mathematics_is() -> None:
    html = Cell().run(deltas(TEXT)).html
    ignored, inside = html.split("mathjax_process", 1)
    assert 'class="slipstream mathjax_ignore tex2jax_ignore"' in ignored
    assert "$5 and $6" in ignored
    assert r"\(x^2\)" in inside


# ---- thinking


def thought(text: str = "Let me see.\n") -> list[Event]:
    return [e.ReasoningStart(), *[e.ReasoningDelta(piece) for piece in text.splitlines(keepends=True)]]


def test_thinking_is_open_while_it_comes_and_folded_after() -> None:
    cell = Cell().run(thought("Let me see.\nWell.\n"), end=False)
    assert cell.read.tags[1] == ("details", {"open": None})
    assert "Thinking…" in cell.read.text
    cell.run([e.ReasoningEnd(), *deltas("Yes.")])
    details = [attrs for tag, attrs in cell.read.tags if tag == "details"]
    assert details == [{}]
    assert "Let me see.\nWell." in cell.read.text
    assert cell.plain.endswith("Yes.")


def test_thinking_says_how_long_it_took() -> None:
    page = Notebook()
    page.on_event(e.ReasoningDelta("Hm."), 10.0)
    page.on_event(e.ReasoningEnd(), 12.34)
    assert "Thought for 2.3 s" in page.take_all()


def test_long_thinking_is_sent_once() -> None:
    text = "So, another thought about it all.\n" * 3_000
    cell = Cell().run([*thought(text), e.ReasoningEnd(), *deltas("Yes.")])
    assert cell.read.text.count("another thought") == 3_000
    assert cell.sent < 3_000 * 2_500  # each update shows the last lines


def test_thinking_may_be_left_open_or_out() -> None:
    events = [*thought("Let me see."), e.ReasoningEnd(), *deltas("Yes.")]
    shown, hidden = (Cell(Notebook(thinking=style)).run(events) for style in ("show", "hide"))
    assert shown.read.tags[1] == ("details", {"open": None})
    assert "Let me see" not in hidden.html
    assert hidden.plain == "Yes."


def test_thinking_that_is_encrypted_is_named() -> None:
    cell = Cell().run([e.ReasoningStart(), e.ReasoningEnd(redacted="x"), *deltas("Yes.")])
    assert "encrypted by the provider" in cell.read.text


def test_an_answer_that_stops_in_its_thinking_folds_it() -> None:
    assert "<details>" in Cell().run([*thought(), e.Abort()]).html


# ---- calls


def test_a_call_and_its_result() -> None:
    events: list[Event] = [e.ToolInputStart("c1", "weather")]
    events += [e.ToolInputDelta(piece, "c1") for piece in ('{"ci', 'ty":"Bei', 'jing"}')]
    cell = Cell().run(events, end=False)
    assert '{"city":"Beijing"}' in cell.read.text
    cell.run([e.ToolInputEnd("c1"), e.ToolCall("c1", "weather", {"city": "Beijing"}, '{"city":"Beijing"}')], end=False)
    assert "running…" in cell.read.text
    cell.run([e.ToolResult("c1", {"degrees": 21})], end=False)
    assert "running" not in cell.read.text
    assert '"degrees": 21' in cell.read.text
    assert len(cell.outputs) == 1
    assert '[weather({ "city": "Beijing" }) -> {\n  "degrees": 21\n}]' in cell.plain


def test_a_result_changes_the_output_where_its_call_stands() -> None:
    cell = Cell().run([e.ToolCall("c1", "slow", {}), *deltas(PARAGRAPH * 60, 100)], end=False)
    cell.run([e.ToolResult("c1", "found it")], end=False)
    assert "found it" in cell.outputs[0].html


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([e.ToolCall("c", "f", None, "{", error="unexpected end")], "wrong arguments: unexpected end"),
        ([e.ToolCall("c", "f", {}), e.ToolError("c", "no route to host")], "no route to host"),
        ([e.ToolCall("c", "f", {}), e.ToolResult("c", "half", preliminary=True)], "half"),
        ([e.ToolResult("x", "of nobody", name="search")], "search"),
        ([e.ToolCall("c", "f", {})], "no result"),
        ([e.ToolCall("c", "f", {}), e.ToolResult("c", object())], "object object"),
        ([e.ToolCall("c", "f", {}), e.ToolResult("c", "x" * 50_000)], "[30,000 characters more]"),
        ([e.ToolCall("c", "f", {"a": "y" * 50_000})], "characters more]"),
    ],
)
def test_calls_that_go_otherwise(events: list[Event], said: str) -> None:
    assert said in Cell().run(events).read.text


# ---- what else comes


def test_pictures_and_sounds_stand_in_the_page() -> None:
    files = [e.File("image/png", PNG), e.File("audio/wav", b"RIFF1234WAVE")]
    read = Cell().run(files).read
    assert read.attributes("img", "src")[0].startswith("data:image/png;base64,")
    assert read.attributes("audio", "src")[0].startswith("data:audio/wav;base64,")


@pytest.mark.parametrize(
    "file",
    [
        e.File("image/svg+xml", b"<svg onload='alert(1)'/>"),
        e.File("image/png", b"<svg onload='alert(1)'/>"),
        e.File("text/html", b"<script>alert(1)</script>"),
        e.File("application/pdf", b"%PDF-1.7"),
        e.File('audio/wav" onerror="alert(1)', b"x"),
        e.File("image/png", PNG + bytes(20_000_001)),
    ],
)
def test_files_of_other_kinds_are_named_only(file: e.File) -> None:
    cell = Cell().run([file])
    assert not [tag for tag, _ in cell.read.tags if tag not in ("div",)]
    assert "data:" not in cell.html
    assert "bytes" in cell.read.text or "KB" in cell.read.text


def test_a_file_elsewhere_is_a_link() -> None:
    read = Cell().run([e.File("image/png", url="https://example.org/cat.png")]).read
    assert read.attributes("a", "href") == ["https://example.org/cat.png"]
    assert not read.attributes("img", "src")


def test_a_picture_that_sharpens_replaces_itself() -> None:
    cell = Cell().run([e.File("image/png", PNG, id="a"), e.File("image/png", PNG + b"1", id="a")])
    assert len(cell.read.attributes("img", "src")) == 1


def test_pictures_without_an_id_are_many() -> None:
    assert len(Cell().run([e.File("image/png", PNG), e.File("image/png", PNG)]).read.attributes("img", "src")) == 2


def test_places_are_drawn_into_the_picture_or_listed() -> None:
    box = e.Box(points=(0.1, 0.2, 0.5, 0.8), label="cat")
    drawn = Cell(Notebook(picture=(PNG, 200, 100))).run([*deltas("A cat.")[:-1], box])
    assert drawn.read.attributes("rect", "x")[0] == "20"
    assert "data:image/png" in drawn.html
    listed = Cell().run([box, e.Box(points=(), pixels=(1, 2), kind="point")])
    assert "cat: 0.1, 0.2, 0.5, 0.8" in listed.read.text
    assert "[point: 1, 2 pixels]" in listed.plain


def test_sources_stand_at_the_end_each_once() -> None:
    source = e.Source("s1", "https://example.org/a", "A page")
    cell = Cell().run([source, *deltas("Text.")[:-1], source, e.Source("s2", title="A document"), e.Finish()])
    assert cell.read.attributes("a", "href") == ["https://example.org/a"]
    assert cell.plain.endswith("Sources\n1. A page https://example.org/a\n2. A document")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (e.Retry(2, 1.5, "RateLimitError"), "Attempt 2 in 1.5 s (RateLimitError)."),
        (e.Retry(2, 0, "hedge"), "A second request was sent"),
        (e.Resume(2, "StreamInterruptedError", "glm-4.6"), "goes on, by glm-4.6."),
        (e.Error("no room", kind="OverloadedError"), "OverloadedError: no room"),
    ],
)
def test_what_is_said_about_the_stream(event: Event, said: str) -> None:
    cell = Cell().run([*deltas("Before.")[:-2], event])
    assert said in cell.read.text
    assert "Before." in cell.read.text


@pytest.mark.parametrize("event", [e.Restart(2, "StreamInterruptedError"), e.Retract("sensitive")])
def test_what_is_void_is_taken_away(event: Event) -> None:
    cell = Cell().run([*thought(), *deltas(PARAGRAPH * 60, 100)[:-2]], end=False)
    count = len(cell.outputs)
    cell.run([event, *deltas("Anew.")])
    assert "sentence" not in cell.html + cell.plain
    assert "Let me see" not in cell.html + cell.plain
    assert [output.html for output in list(cell.outputs.values())[1:]] == [""] * (count - 1)
    assert "Anew." in cell.html


def test_a_refusal_is_text() -> None:
    cell = Cell().run([e.RefusalDelta("I can"), e.RefusalDelta("not."), e.Finish("content_filter")])
    assert "The model refuses:" in cell.read.text
    assert "I cannot." in cell.read.text
    assert "stopped by the provider's filter" in cell.read.text


def test_the_last_line_has_tokens_rate_and_reason() -> None:
    page, message = Notebook(), Message()
    times = {0: 0.0, 1: 1.0, 2: 3.0}
    for number, event in enumerate((e.TextDelta("a"), e.TextDelta("b"), e.TextDelta("c"))):
        page.on_event(event, times[number])
        message.fold(event)
    message.fold_all([e.Usage(output_tokens=61, reasoning_tokens=20), e.Finish("length")])
    page.end(message, 9.0)
    assert "61 tokens (20 thinking) · 20 tokens/s · cut at the token limit" in Reader(page.take_all()).text


def test_a_count_of_ours_says_so() -> None:
    cell = Cell().run([*deltas("abcdefghijk")[:-1], e.Usage(output_tokens=3, estimated=True), e.Finish()])
    assert "~3 tokens" in cell.read.text


def test_an_answer_that_was_left_says_so_and_keeps_what_came() -> None:
    cell = Cell().run(deltas("Half of *an answer* and")[:-2])
    assert "<em>an answer</em> and" in cell.html
    assert cell.plain.endswith("[stopped]")


def test_what_arrived_and_was_not_given_is_shown() -> None:
    page = Notebook()
    page.on_event(e.TextDelta("First, "))
    message = Message.of([e.TextDelta("First, "), e.TextDelta("second."), e.Abort()])
    page.end(message)
    assert "<p>First, second.</p>" in page.take_all()


def test_of_several_answers_the_first_is_shown() -> None:
    cell = Cell().run([e.TextDelta("one"), e.TextDelta("two", choice=1), e.Finish()])
    assert "one" in cell.html
    assert "two" not in cell.html
    assert "the first of 2 answers" in cell.read.text


def test_a_message_is_shown_as_its_stream_was() -> None:
    events = [
        *thought(),
        e.ReasoningEnd(),
        *deltas(TEXT)[:-1],
        e.ToolCall("c", "f", {}),
        e.ToolResult("c", 1),
        e.Finish(),
    ]
    assert Reader(Notebook.of(Message.of(events)).take_all()).text == Cell().run(events).read.text.replace(
        "Thought for 0.0 s", "Thinking"
    )


# ---- safety

ATTACKS = (
    "</div></details><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!--",
    "javascript:alert(1)",
    "\x00\ud800<b>\x1b[2J\x9b2J\u202e",
)
ALLOWED = frozenset(
    ("a", "audio", "blockquote", "br", "code", "details", "div", "em", "g", "h1", "image", "img", "input", "li", "ol",
     "p", "path", "polygon", "pre", "rect", "span", "strong", "summary", "svg", "table", "text", "title", "ul")
)  # fmt: skip


def hostile(text: str) -> list[Event]:
    """Every field that a model, a tool or a provider fills."""
    return [
        e.ReasoningStart(), e.ReasoningDelta(text), e.ReasoningEnd(),
        e.TextStart(), e.TextDelta(f"{text}\n\n[a]({text}) ![b]({text}) `{text}`\n\n"), e.TextEnd(),
        e.ToolInputStart("1", text), e.ToolInputDelta(text, "1"),
        e.ToolCall("1", text, {text: text}, text), e.ToolResult("1", {text: text}, text),
        e.ToolCall("2", text, None, text, error=text), e.ToolError("2", text, text), e.ToolResult(text, text, text),
        e.RefusalDelta(text), e.Source(text, text, text), e.Source("3", f"https://example.org/{text}", text),
        e.File(text, text.encode("utf-8", "replace")), e.File(text, PNG), e.File("image/png", url=text),
        e.Box((0.1, 0.1, 0.5, 0.5), label=text, source=text),
        e.Retry(1, 1, text, text), e.Resume(1, text, text), e.Error(text, kind=text, code=text),
        e.Usage(output_tokens=1), e.Finish(text, text),  # type: ignore[arg-type]
    ]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("picture", [None, (PNG, 200, 100)])
def test_nothing_gets_out_of_any_field(attack: str, picture: Any) -> None:
    cell = Cell(Notebook(picture=picture)).run(hostile(attack))
    for output in cell.outputs.values():
        read = Reader(output.html)
        output.html.encode("utf-8")
        assert not set(output.plain) & set("\x00\x1b\x9b\u202e\ud800")
        assert {tag for tag, _ in read.tags} <= ALLOWED
        for _, attrs in read.tags:
            assert not [name for name in attrs if name.startswith("on")]
            for name in ("href", "src"):
                value = attrs.get(name) or "https:"
                assert value.startswith(("http", "data:image/png;base64,", "#")) or ":" not in value.split("/")[0]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_any_text_in_any_field(text: str) -> None:
    for output in Cell().run(hostile(text)).outputs.values():
        assert {tag for tag, _ in Reader(output.html).tags} <= ALLOWED | {"hr", "h2", "h3", "sup", "section", "del"}


@pytest.mark.parametrize(
    ("options", "named"),
    [({"thinking": "loud"}, "thinking"), ({"thinking": True}, "thinking"), ({"images": 3}, "images")],
)
def test_what_is_wrong_is_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        Notebook(**options)
    assert refusal.value.argument == named


def test_recorded_answers(corpora: Path) -> None:
    for path in sorted((corpora / "streams" / "glm").rglob("*.sse")):
        decoder = dialects.get("zhipu").decoder()
        events = [*decoder.feed(path.read_bytes()), *decoder.end()]
        text = Message.of(events).text
        assert text.strip() in Cell().run(events).plain
