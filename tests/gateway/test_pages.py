"""`respond` and `encode` with the dialects that a page shows."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.client.answers import KEY
from tests.faults.hostile import HostileServer, reached, read_request, send, silence, wait_for
from tests.faults.wire import chunk, frame, head, refusal
from tests.flow.made import recordings
from tests.gateway.asgi import Exchange
from tests.sinks.html.test_append import balanced

from slipstream import AsyncClient, Client
from slipstream.codec import SSEDecoder
from slipstream.dialects import Reply
from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    Finish,
    Message,
    ReasoningDelta,
    RefusalDelta,
    Restart,
    Retract,
    Source,
    Start,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputDelta,
    ToolInputStart,
)
from slipstream.gateway import encode, respond
from slipstream.gateway.carrier import spoken_by
from slipstream.sinks.html import Patch, apply

ANSWER: list[Event] = [
    TextStart(),
    TextDelta("# Hi\n\nsome **bo"),
    ReasoningDelta("secret"),
    TextDelta("ld** <script>x</script>"),
    ToolInputDelta("secret", id="1"),
    TextStart(id="text-1"),
    TextDelta("- a\n- b"),
    TextDelta("other", choice=1),
    Finish(),
]
PAGE = (
    "<h1>Hi</h1>\n<p>some <strong>bold</strong> &lt;script&gt;x&lt;/script&gt;</p>\n"
    "<ul>\n<li>a\n</li>\n<li>b\n</li>\n</ul>\n"
)


def frames(body: bytes) -> list[tuple[str, Any]]:
    decoder = SSEDecoder()
    return [(found.event, json.loads(found.data)) for found in [*decoder.feed(body), *decoder.end()]]


def shown(body: bytes) -> str:
    patches = [patch for name, data in frames(body) if name == "message" for patch in data]
    return apply(msgspec.convert(patches, list[Patch]))


async def test_a_page_comes_with_its_head_and_nothing_but_the_answer() -> None:
    exchange = await Exchange().run(respond(ANSWER, "html"))
    body = exchange.body.decode()
    assert body.startswith('<!doctype html>\n<meta charset="utf-8">')
    assert body.endswith(f'<div class="answer answer-1">\n{PAGE}</div>\n')
    assert exchange.headers["content-type"] == "text/html; charset=utf-8"
    assert exchange.headers["content-security-policy"].startswith("default-src 'none';")
    assert exchange.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in body
    assert "other" not in body


async def test_patches_come_as_frames_and_end_with_their_own() -> None:
    exchange = await Exchange().run(respond(ANSWER, "html-patches"))
    assert exchange.headers["content-type"].startswith("text/event-stream")
    assert frames(exchange.body)[-1] == ("finish", {"reason": "stop"})
    assert "<li>a</li>" in shown(exchange.body)
    assert shown(exchange.body).startswith("<h1>Hi</h1>\n<p>some <strong>bold</strong> &lt;script&gt;")
    assert b"secret" not in exchange.body


@pytest.mark.parametrize("dialect", ["html", "html-patches"])
async def test_each_piece_passes_while_the_provider_holds_the_next(dialect: str) -> None:
    script = [
        read_request, send(head() + chunk(frame({"content": "```\none\n"}))), reached("one"), wait_for("go"),
        send(chunk(frame({"content": "two"}))), silence,
    ]  # fmt: skip
    with HostileServer(script) as server:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client:
            exchange = Exchange()
            running = asyncio.ensure_future(exchange.run(respond(client.stream("Hi", model="m"), dialect)))
            await exchange.until(lambda: b"one" in exchange.body)
            assert b"two" not in exchange.body
            server.go("go")
            await exchange.until(lambda: b"two" in exchange.body)
            exchange.leave()
            await running


@pytest.mark.parametrize("dialect", ["html", "html-patches"])
async def test_a_failure_is_told(dialect: str) -> None:
    events = [TextDelta("one <"), Error("it <b>broke</b>", kind="ServerError", retryable=True)]
    exchange = await Exchange().run(respond(events, dialect))
    if dialect == "html":
        assert exchange.body.endswith(b'<p>one &lt;</p>\n</div>\n<p class="error">it &lt;b&gt;broke&lt;/b&gt;</p>\n')
    else:
        told = {"kind": "ServerError", "message": "it <b>broke</b>", "retryable": True}
        assert frames(exchange.body)[-1] == ("failure", told)
        assert shown(exchange.body) == "<p>one &lt;</p>\n"


@pytest.mark.parametrize(("dialect", "kind"), [("html", "text/plain"), ("html-patches", "application/json")])
async def test_a_refusal_keeps_its_status(dialect: str, kind: str) -> None:
    with HostileServer([read_request, send(refusal(429))]) as server:
        async with AsyncClient(base_url=server.url, api_key=KEY, max_retries=0) as client:
            exchange = await Exchange().run(respond(client.stream("Hi", model="m"), dialect, wait=5))
    assert exchange.status == 429
    assert exchange.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("event", [Restart(), Retract("sensitive")])
async def test_what_is_void_is_taken_from_the_page(event: Event) -> None:
    events = [TextDelta("void **x"), event, TextDelta("again"), Finish()]
    patched = await Exchange().run(respond(events, "html-patches"))
    assert shown(patched.body) == "<p>again</p>\n"
    page = (await Exchange().run(respond(events, "html"))).body.decode()
    balanced(page.partition("</style>\n")[2])
    assert "</div>\n<style>.answer-1{display:none}</style>\n" in page
    assert page.endswith('<div class="answer answer-2">\n<p>again</p>\n</div>\n')


async def test_a_refusal_of_the_model_is_shown() -> None:
    exchange = await Exchange().run(respond([RefusalDelta("I *cannot*."), Finish()], "html"))
    assert exchange.body.endswith(b"<p>I <em>cannot</em>.</p>\n</div>\n")


def test_an_iterator_for_other_frameworks() -> None:
    with (
        HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), silence]) as server,
        Client(base_url=server.url, api_key=KEY) as client,
        encode(client.stream("Hi", model="m"), "html") as body,
    ):
        assert next(body).startswith(b"<!doctype html>")
        assert body.content_type == "text/html; charset=utf-8"


def test_signs_of_life_are_content_nowhere() -> None:
    encoder = spoken_by("html").encoder()
    assert encoder.heartbeat().startswith(b"<!doctype html>")
    assert encoder.heartbeat() == b"<!-- -->"
    assert encoder.feed(TextDelta("```\nx")) == b'<div class="answer answer-1">\n<pre><code>x'
    assert spoken_by("html-patches").encoder().heartbeat() == b": \n\n"


def test_what_was_left_out_is_named() -> None:
    encoder = spoken_by("html").encoder()
    for event in ANSWER:
        encoder.feed(event)
    assert encoder.carried == {
        "reasoning-delta": "left out",
        "tool-input-delta": "left out",
        "text-delta": "left out",
    }


async def test_the_reply_says_what_the_page_may_hold() -> None:
    options = {"images": ["cdn.example.com"], "title": "</title><script>", "rel": "nofollow", "footnotes": False}
    events = [TextDelta("![a](https://cdn.example.com/a.png) <https://b.c>"), Finish()]
    exchange = await Exchange().run(respond(events, "html", reply=Reply(options=options)))
    assert b'<img src="https://cdn.example.com/a.png" alt="a" />' in exchange.body
    assert b"<title>&lt;/title&gt;&lt;script&gt;</title>" in exchange.body
    assert b'rel="nofollow"' in exchange.body
    assert "img-src cdn.example.com;" in exchange.headers["content-security-policy"]


async def test_a_page_may_be_a_part_of_another() -> None:
    exchange = await Exchange().run(respond(ANSWER, "html", reply=Reply(options={"document": False})))
    assert exchange.body.decode() == f'<!-- --><div class="answer answer-1">\n{PAGE}</div>\n'


async def test_frames_are_numbered_where_that_is_asked_for() -> None:
    exchange = await Exchange().run(respond(ANSWER, "html-patches", reply=Reply(ids="s")))
    decoder = SSEDecoder()
    ids = [found.id for found in decoder.feed(exchange.body)]
    assert ids[-1] == f"s-{len(ANSWER)}"


@pytest.mark.parametrize(
    ("dialect", "options", "named"),
    [
        ("html", {"image": True}, "image"),
        ("html", {"images": "x"}, "images"),
        ("html", {"document": 1}, "document"),
        ("html", {"title": 1}, "title"),
        ("html-patches", {"document": False}, "document"),
        ("html-patches", {"links": ["javascript"]}, "links"),
    ],
)
def test_a_bad_option_is_refused_by_name(dialect: str, options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        respond(ANSWER, dialect, reply=Reply(options=options))


def test_the_names_are_listed_where_one_is_wrong() -> None:
    with pytest.raises(InvalidRequestError, match="html, html-patches"):
        respond(ANSWER, 5)  # type: ignore[arg-type]
    with pytest.raises(UnknownModelError, match="html, html-patches"):
        respond(ANSWER, "htm")


def told(events: list[Event], dialect: str, **options: Any) -> bytes:
    encoder = spoken_by(dialect).encoder(Reply(options=options))
    return b"".join(map(encoder.feed, events)) + encoder.end()


THOUGHT: list[Event] = [
    ReasoningDelta("secret"),
    ReasoningDelta("more"),
    ToolInputStart(id="1", name="secret"),
    ReasoningDelta("again"),
    ReasoningDelta("other", choice=1),
    TextDelta("one "),
    TextDelta("two"),
    Finish(),
]


def test_patches_say_what_the_model_does_when_it_changes() -> None:
    body = told(THOUGHT, "html-patches")
    said = [data["status"] for name, data in frames(body) if name == "status"]
    assert said == ["thinking", "calling", "thinking", "writing"]
    assert b"secret" not in body
    assert shown(body) == "<p>one two</p>\n"


def test_a_page_says_that_the_model_thinks_until_it_writes() -> None:
    encoder = spoken_by("html").encoder()
    first = encoder.heartbeat() + encoder.feed(ReasoningDelta("secret"))
    assert first.endswith('</style>\n<p class="thinking">Thinking …</p>\n'.encode())
    assert encoder.feed(ReasoningDelta("more")) == b""
    assert encoder.heartbeat() == b"<!-- -->"
    hidden = '<style>.thinking{display:none}</style>\n<div class="answer answer-1">\n'
    assert encoder.feed(TextDelta("```\nx")).decode() == f"{hidden}<pre><code>x"
    assert encoder.feed(ReasoningDelta("late")) == b""
    assert told(THOUGHT, "html").count(b"Thinking") == 1


def test_what_fails_while_the_model_thinks_hides_the_thinking() -> None:
    body = told([ReasoningDelta("x"), Error("broken", kind="ServerError")], "html", document=False).decode()
    assert body.endswith('none}</style>\n<div class="answer answer-1">\n</div>\n<p class="error">broken</p>\n')


CITED: list[Event] = [
    Source(id="0", url="https://void.example/"),
    Restart(),
    TextDelta("so"),
    Source(id="1", url="https://a.example/?a&b=' c", title="A <b>\n title"),
    Source(id="2", url="https://a.example/?a&b=' c", title="A <b>\n title"),
    Source(id="3", url="javascript:alert(1)", title="bad"),
    Source(id="4", title="a document"),
    Source(id="5", url="https://b.example/"),
    Source(id="6", url="https://other.example/", choice=1),
    Finish(),
]
SOURCES = (
    '<section class="sources">\n<p>Sources</p>\n<ol>\n'
    '<li><a href="https://a.example/?a&amp;b=&#x27;%20c" rel="nofollow">A &lt;b&gt; title</a></li>\n'
    "<li>bad</li>\n<li>a document</li>\n"
    '<li><a href="https://b.example/" rel="nofollow">https://b.example/</a></li>\n'
    "</ol>\n</section>\n"
)


def test_sources_are_listed_at_the_end() -> None:
    assert told(CITED, "html", rel="nofollow").decode().endswith(f"<p>so</p>\n{SOURCES}</div>\n")
    body = told(CITED, "html-patches", rel="nofollow")
    assert shown(body) == f"<p>so</p>\n{SOURCES}"
    assert frames(body)[-2][1][-1] == {"op": "close", "block": 0, "html": ""}


def test_sources_that_came_before_a_failure_are_listed() -> None:
    events = [TextDelta("so"), Source(id="1", url="https://a.example/"), Error("broken")]
    assert "https://a.example/" in shown(told(events, "html-patches"))


def test_sources_without_a_text() -> None:
    assert shown(told([Source(id="1", title="a"), Finish()], "html-patches")).startswith('<section class="sources">')


def test_the_page_has_the_style_that_is_part_of_the_package() -> None:
    style = files("slipstream").joinpath("web/answer.css").read_text("utf-8")
    assert "<" not in style
    assert style in told([Finish()], "html").decode()


def test_recorded_answers_with_tools_thinking_and_sources(corpora: Path) -> None:
    said: Counter[str] = Counter()
    for events in recordings(corpora):
        body = told(events, "html-patches")
        said.update(data["status"] for name, data in frames(body) if name == "status")
        told_alone: list[Event] = [
            event for event in events if isinstance(event, (TextStart, TextDelta, RefusalDelta, Source))
        ]
        assert shown(body) == shown(told(told_alone, "html-patches"))
        assert frames(body)[-1][0] in ("finish", "failure")
        balanced(told(events, "html", document=False).decode())
    assert all(said[name] for name in ("thinking", "calling", "writing"))


def test_a_whole_message() -> None:
    body = spoken_by("html").encode_body(Message.of(ANSWER))
    assert b"<h1>Hi</h1>" in body


WHOLE: list[Event] = [
    Start(id="1", model="m"),
    ReasoningDelta("secret"),
    TextStart(),
    TextDelta("# So *far*"),
    TextEnd(),
    TextStart(id="text-1", index=1),
    TextDelta("and on[^1]\n\n[^1]: note\n\n", id="text-1"),
    TextEnd(id="text-1"),
    RefusalDelta("I *cannot*."),
    Source(id="1", url="https://a.example/", title="A"),
    File(id="f", data=b"secret", media_type="image/png"),
]
ENDS: dict[str, list[Event]] = {
    "cut": [Finish("length")],
    "cancelled": [Abort()],
    "failed": [Error("it broke", kind="ServerError", retryable=True)],
    "not over": [],
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_whole_message_is_told_as_its_events_are(end: list[Event]) -> None:
    message = Message.of([*WHOLE, *end])
    body = spoken_by("html-patches").encode_body(message)
    assert body == told([*WHOLE, *end], "html-patches")
    page = shown(body)
    assert all(part in page for part in ("<h1>So <em>far</em></h1>", "I <em>cannot</em>.", '<a href="https://a.exam'))
    assert frames(body)[-1][0] == ("finish" if message.finish_reason in ("length", "cancelled") else "failure")
    assert spoken_by("html").encode_body(message) == told([*WHOLE, *end], "html")


def test_a_whole_message_says_why_it_ended() -> None:
    body = spoken_by("html-patches").encode_body(Message.of([*WHOLE, *ENDS["cut"]]))
    assert frames(body)[-1] == ("finish", {"reason": "length"})
    assert b"secret" not in body
