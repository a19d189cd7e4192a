"""The helpers on recorded streams: the events and final objects of the official SDKs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

from slipstream import sdk

CASES = [(folder, name) for folder in ("openai_chat", "glm", "glm_via_others") for name in r.names(folder)]
# Their chunks have no `object`, without which the official helper passes them over.
UNREADABLE = ("04-req_llm", "05-req_llm", "06-req_llm", "07-req_llm")
LATER = ("10-rig", "12-vercel", "13-vercel", "14-vercel")
CLAUDE = [name for name in r.names("anthropic") if not name.startswith(LATER)]
BETA = ("01-anthropic-sdk", "02-anthropic-sdk", "03-anthropic-sdk")


def plain(value: Any) -> Any:
    """An event as data, without what is `None` and without the chunk and snapshot objects, which are held up alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pydantic's, about blocks the official SDK does not know
        dumped = value.to_dict(mode="json", exclude_unset=True)
    return without_none(dumped)


def without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_none(item) for name, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


def chat(client: Any) -> tuple[list[Any], Any]:
    """The events, and the answer as far as both have it."""
    with client, client.chat.completions.stream(model="m", messages=r.MESSAGES) as stream:
        events = [call_event(plain(event)) for event in stream if event.type != "chunk"]
        try:
            return events, essence(plain(stream.get_final_completion()))
        except openai.LengthFinishReasonError:  # an answer that was cut; it may be had from us
            return events, None


def call_event(event: dict[str, Any]) -> dict[str, Any]:
    """An event in which arguments that never came are no arguments, where the official helper has None."""
    return {"arguments": "", **event} if event["type"].startswith("tool_calls.") else event


JOINED_WRONGLY = ("role", "reasoning_details")
"""Fields that the official helper joins from every delta: `assistantassistant`."""


def essence(completion: dict[str, Any]) -> list[Any]:
    """What an answer says, but for what the official helper gets wrong or forgets."""
    choices = []
    for choice in completion["choices"]:
        for call in choice["message"].get("tool_calls", ()):
            call["function"].setdefault("arguments", "")
        message = {name: value for name, value in choice["message"].items() if name not in JOINED_WRONGLY}
        choices.append((choice["index"], choice["finish_reason"], message))
    return [completion["id"], completion["model"], choices]


@pytest.mark.parametrize(("folder", "name"), CASES)
def test_chat_events_are_those_of_the_official_helper(
    server: ReplayServer, corpora: Path, folder: str, name: str
) -> None:
    server.serve(body=r.body(folder, name))
    events, ours = chat(sdk.OpenAI(base_url=server.url, api_key="k"))
    assert [event for event in events if event["type"].endswith(".done")]
    if name.startswith(UNREADABLE):
        return
    expected, theirs = chat(openai.OpenAI(base_url=server.url, api_key="k"))
    assert events == expected
    assert theirs in (None, ours)


def messages(client: Any) -> tuple[list[Any], Any]:
    with client, client.messages.stream(model="m", max_tokens=9, messages=r.MESSAGES) as stream:
        events = list(stream)
        return events, plain(stream.get_final_message())


def shown(event: Any) -> Any:
    """An event as far as both have it: our value of half a JSON text shows more than the official one."""
    found = plain(event)
    return {name: value for name, value in found.items() if (found["type"], name) != ("input_json", "snapshot")}


@pytest.mark.parametrize("name", CLAUDE)
def test_message_events_are_those_of_the_official_helper(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=r.body("anthropic", name))
    events, ours = messages(sdk.Anthropic(base_url=server.url, api_key="k"))
    assert events[-1].type == "message_stop"
    if name.startswith(BETA):
        return  # blocks of the beta API, which the official helper takes for text
    expected, message = messages(anthropic.Anthropic(base_url=server.url, api_key="k"))
    assert [shown(event) for event in events] == [shown(event) for event in expected]
    assert ours == message


@pytest.mark.parametrize("name", CLAUDE)
def test_a_message_adds_up_to_what_its_deltas_say(server: ReplayServer, corpora: Path, name: str) -> None:
    data = r.body("anthropic", name)
    server.serve(body=data)
    _, message = messages(sdk.Anthropic(base_url=server.url, api_key="k"))
    deltas = [frame["delta"] for frame in r.frames(data) if frame["type"] == "content_block_delta"]
    for kind, field in (("text", "text"), ("thinking", "thinking")):
        whole = "".join(block.get(field, "") for block in message["content"] if block["type"] == kind)
        assert whole == "".join(delta[field] for delta in deltas if delta["type"] == f"{field}_delta")


@pytest.mark.parametrize("ask", [chat, messages])
def test_a_helper_can_be_asked_at_any_moment(server: ReplayServer, ask: Callable[[Any], Any]) -> None:
    server.serve(path="/v1/messages", body=r.MESSAGE).serve(body=r.ANSWER)
    if ask is chat:
        with (
            sdk.OpenAI(base_url=server.url, api_key="k") as client,
            client.chat.completions.stream(model="m", messages=r.MESSAGES) as stream,
        ):
            seen = [stream.current_completion_snapshot.choices[0].message.content for _ in stream]
        assert seen[-1] == "冷知识：章鱼有三颗心。"
    else:
        with (
            sdk.Anthropic(base_url=server.url, api_key="k") as claude,
            claude.messages.stream(model="m", max_tokens=9, messages=r.MESSAGES) as events,
        ):
            texts = [[block.text for block in events.current_message_snapshot.content] for _ in events]
        assert texts[0] == []
        assert texts[-1] == ["An octopus has three hearts."]
