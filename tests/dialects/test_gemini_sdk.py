"""google-genai, the official SDK, over what we write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.dialects.gemini_wire import needed
from tests.dialects.test_gemini_encode import STORY, encoded

from slipstream import dialects, events as e
from slipstream.dialects import Reply
from slipstream.events import Event, Message

genai = needed("google.genai")

THOUGHT: list[Event] = [
    *STORY[:5], e.ReasoningEnd(signature="s"), e.Heartbeat(comment="x"), e.Progress(state="answering"), *STORY[6:8],
    e.Retry(2, 0.1, "X"), e.ToolCall(id="w", name="web_search", input={}, provider_executed=True),
    e.ToolResult(id="w", output=[1], name="web_search", provider_executed=True), *STORY[8:],
]  # fmt: skip


class Slowly(httpx.SyncByteStream):
    """A body in pieces."""

    def __init__(self, body: bytes, size: int) -> None:
        self._body, self._size = body, size

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self._body), self._size):
            yield self._body[at : at + self._size]


def chunks_of(body: bytes, size: int = 7) -> list[Any]:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Slowly(body, size), headers={"content-type": "text/event-stream"})

    options = genai.types.HttpOptions(httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with genai.Client(api_key="k", http_options=options) as client:
        return list(client.models.generate_content_stream(model="m", contents="q"))


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_it_reads_text_thoughts_calls_and_usage(size: int) -> None:
    chunks = chunks_of(encoded(THOUGHT, Reply(ids="epoch")), size)
    parts = [part for one in chunks for part in one.candidates[0].content.parts or () if one.candidates[0].content]
    assert "".join(part.text for part in parts if part.text and not part.thought) == "ab\u2028"
    assert "".join(part.text for part in parts if part.text and part.thought) == "hm?"
    (call,) = [part.function_call for part in parts if part.function_call]
    assert (call.id, call.name, call.args) == ("c", "f", {"x": 1})
    assert [part.inline_data.data for part in parts if part.inline_data] == [b"\x01"]
    last = chunks[-1]
    assert last.candidates[0].finish_reason == "STOP"
    assert last.usage_metadata.prompt_token_count == 3
    assert last.usage_metadata.candidates_token_count == 5
    assert last.usage_metadata.thoughts_token_count == 4
    assert (last.model_version, last.response_id) == ("m", "r")


def test_it_reads_sources() -> None:
    last = [one for one in chunks_of(encoded(STORY)) if one.candidates[0].grounding_metadata][-1]
    assert [one.web.uri for one in last.candidates[0].grounding_metadata.grounding_chunks] == ["https://a", "https://b"]


@pytest.mark.parametrize("end", [e.Error("no room", "OverloadedError", status=503), e.Abort("enough"), None])
def test_it_raises_errors(end: Event | None) -> None:
    with pytest.raises(genai.errors.APIError) as raised:
        chunks_of(encoded([*STORY[:8], *([end] if end else [])]))
    assert raised.value.message in ("no room", "enough", "the answer ended without its end mark")


def test_it_sends_back_what_must_come_back() -> None:
    chunks = chunks_of(encoded(THOUGHT))
    contents = [genai.types.Content(role="user", parts=[genai.types.Part(text="q")])]
    contents += [one.candidates[0].content for one in chunks if one.candidates[0].content]
    told = [content.model_dump(mode="json", by_alias=True, exclude_none=True) for content in contents]
    asked = dialects.get("gemini").read({"contents": told}).request
    thoughts = [part for message in asked.messages for part in message.parts if getattr(part, "signature", None)]
    assert [thought.signature for thought in thoughts] == ["s"]  # type: ignore[union-attr]


def test_what_the_sdk_hands_out_is_read_again() -> None:
    """As `slipstream.wrap` reads it: dumped, with bytes in the other alphabet of base64."""
    picture = e.File("image/png", b"\xfb\xff\xfe")
    events = [*THOUGHT[:-4], picture, *THOUGHT[-3:]]
    decoder = dialects.get("gemini").decoder()
    found: list[Event] = []
    for one in chunks_of(encoded(events)):
        wire = one.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
        found += decoder.feed_wire(wire)
    found += decoder.end()
    message = Message.of(found)
    assert (message.text, message.reasoning, message.files) == ("ab\u2028", "hm?", [picture])
    assert e.ReasoningEnd(signature="s") in found
    assert message.finish_reason == "tool_calls"


def test_it_reads_a_whole_answer_and_an_error() -> None:
    gemini = dialects.get("gemini")
    status, refusal = gemini.encode_error(e.Error("wrong", "InvalidRequestError"), argument="contents")
    bodies = [(200, gemini.encode_body(Message.of(THOUGHT))), (status, refusal)]

    def answer(_: httpx.Request) -> httpx.Response:
        code, body = bodies.pop(0)
        return httpx.Response(code, content=body, headers={"content-type": "application/json"})

    options = genai.types.HttpOptions(httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with genai.Client(api_key="k", http_options=options) as client:
        found = client.models.generate_content(model="m", contents="q")
        assert found.candidates[0].finish_reason == "STOP"
        assert [part.text for part in found.candidates[0].content.parts if part.text] == ["hm?", "ab\u2028"]
        with pytest.raises(genai.errors.ClientError, match="wrong") as raised:
            client.models.generate_content(model="m", contents="q")
        assert raised.value.code == 400
