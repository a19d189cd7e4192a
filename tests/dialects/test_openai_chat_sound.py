"""Sound and its transcript: text to readers, and told as a transcript to clients of this shape."""

from __future__ import annotations

import base64
import json
from typing import Any

from openai.types.chat import ChatCompletion
from tests.dialects.chat_strict import payloads, strict
from tests.dialects.chat_told import again, told
from tests.dialects.chat_wire import DONE, chunk, decode, events_of, finish, sse, text

from slipstream import dialects, events as e
from slipstream.events import Event, Message

OPENAI = dialects.get("openai_chat")
RESPONSES = dialects.get("openai_responses")
DATA = base64.b64encode(b"\x01\x02").decode()


def sound(index: int = 0, **audio: Any) -> Any:
    return chunk({"audio": audio}, index=index)


SPOKEN = (
    sound(id="au", transcript="he"), sound(data=DATA), sound(transcript="y"), sound(expires_at=5), finish(),
)  # fmt: skip


def deltas(events: list[Event]) -> list[Any]:
    """What the choices say, without roles and ends."""
    wires = [json.loads(payload) for payload in payloads(told(events)) if payload != b"[DONE]"]
    found = [choice["delta"] for wire in wires for choice in wire["choices"]]
    return [delta for delta in found if delta and "role" not in delta]


def test_a_transcript_is_text_and_told_as_a_transcript() -> None:
    events = events_of(sse(*SPOKEN) + DONE)
    assert Message.of(events).text == decode(*SPOKEN).text == "hey"
    assert deltas(events) == [
        {"audio": {"id": "au"}},
        {"audio": {"transcript": "he"}},
        {"audio": {"data": DATA}},
        {"audio": {"transcript": "y"}},
        {"audio": {"expires_at": 5}},
    ]
    assert again(events) == events
    strict(told(events))


def test_content_beside_a_transcript_is_content() -> None:
    wires = (text("a"), sound(id="au", transcript="b"), text("c"), sound(transcript="d"), text("e"), finish())
    events = events_of(sse(*wires) + DONE)
    assert [block.text for block in Message.of(events).blocks] == list("abcde")
    assert [delta for delta in deltas(events) if delta != {"audio": {"id": "au"}}] == [
        {"content": "a"}, {"audio": {"transcript": "b"}}, {"content": "c"}, {"audio": {"transcript": "d"}},
        {"content": "e"},
    ]  # fmt: skip
    assert again(events) == events


def test_blocks_that_a_stage_has_laid_side_by_side() -> None:
    mark = e.Metadata({"audio": {"id": "au", "transcript": ["b"]}})
    events = [e.StepStart(), e.TextStart("a"), e.TextDelta("1", "a"), mark, e.TextStart("b", 1), e.TextDelta("2", "b"),
              e.TextDelta("3", "a"), e.TextDelta("4", "b")]  # fmt: skip
    assert [delta for delta in deltas([*events, e.Finish()]) if "id" not in delta.get("audio", {})] == [
        {"content": "1"}, {"audio": {"transcript": "2"}}, {"content": "3"}, {"audio": {"transcript": "4"}},
    ]  # fmt: skip


def test_the_transcripts_of_two_choices() -> None:
    wires = (sound(id="a", transcript="x"), sound(1, id="b", transcript="y"), sound(1, data=DATA), finish(),
             finish(index=1))  # fmt: skip
    events = events_of(sse(*wires) + DONE)
    told_again = Message.of(again(events))
    assert [choice.text for choice in told_again.choices] == ["x", "y"]
    whole = json.loads(OPENAI.encode_body(Message.of(events)))
    assert [choice["message"]["audio"]["transcript"] for choice in whole["choices"]] == ["x", "y"]
    assert all(choice["message"]["content"] is None for choice in whole["choices"])


def test_a_tag_in_a_transcript_is_no_thinking() -> None:
    assert decode(sound(transcript="<think>a</think>"), finish()).text == "<think>a</think>"


def test_a_whole_answer_keeps_its_sound() -> None:
    audio = {"id": "au", "data": DATA, "expires_at": 5, "transcript": "hey"}
    wire = {"id": "c", "object": "chat.completion", "created": 7, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": None, "refusal": None, "audio": audio},
         "logprobs": None, "finish_reason": "stop"},
    ]}  # fmt: skip
    events = OPENAI.decode_body(json.dumps(wire).encode())
    assert [type(event) for event in events].count(e.Metadata) == 1
    assert Message.of(events).text == "hey"
    assert json.loads(OPENAI.encode_body(Message.of(events))) == wire
    streamed = Message.of(events_of(sse(*SPOKEN) + DONE))
    found = ChatCompletion.model_validate_json(OPENAI.encode_body(streamed)).choices[0].message
    assert found.content is None
    assert found.audio is not None
    assert found.audio.model_dump() == audio


def test_sound_without_a_transcript() -> None:
    message = decode(text("a"), sound(id="au", data=DATA), finish())
    said = json.loads(OPENAI.encode_body(message))["choices"][0]["message"]
    assert said["content"] == "a"
    assert said["audio"] == {"id": "au", "data": DATA, "expires_at": 0, "transcript": ""}


def test_a_new_beginning_forgets_which_text_was_spoken() -> None:
    mark = e.Metadata({"audio": {"id": "au", "transcript": ["text-0"]}})
    encoder = OPENAI.encoder()
    body = b"".join(map(encoder.feed, [e.StepStart(), e.Metadata({"audio": {"transcript": ["text-0"]}}),
                                       e.Restart(attempt=2), e.StepStart(), e.TextDelta("a")]))  # fmt: skip
    assert b'"content":"a"' in body
    odd = e.Metadata({"audio": {"id": 5, "transcript": ["text-0"]}})
    assert deltas([e.StepStart(), odd, e.TextDelta("a"), mark, e.Finish()])[0] == {"content": "a"}


def test_a_transcript_behind_a_refusal_is_a_text_of_its_own_in_the_responses_api() -> None:
    wires = (text("a"), chunk({"refusal": "no"}), sound(transcript="b"), finish())
    events = events_of(sse(*wires) + DONE)
    encoder = RESPONSES.encoder()
    decoder = RESPONSES.decoder()
    body = b"".join(map(encoder.feed, events))
    message = Message.of(decoder.feed(body) + decoder.end())
    assert ([block.text for block in message.blocks], message.refusal) == (["a", "b"], "no")
    output = json.loads(encoder.final)["output"]  # type: ignore[attr-defined]
    assert [item["content"][0]["type"] for item in output] == ["output_text", "refusal", "output_text"]
