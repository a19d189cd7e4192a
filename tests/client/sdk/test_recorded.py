"""Every recorded stream gives the chunks that the official SDK gives: their number, fields and text."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
import zai
from tests.client.sdk import recorded
from tests.client.sdk.recorded import MESSAGES
from tests.replay_server import ReplayServer

from slipstream import sdk

CASES = [
    (folder, name)
    for folder in ("openai_chat", "openai_compat", "glm", "glm_via_others")
    for name in recorded.names(folder)
]
GLM = recorded.names("glm")
CLAUDE = recorded.names("anthropic")

# Where the official SDK does not give what was sent: it drops a last frame that no blank line follows, takes blocks of
# the beta API for text, and stumbles over `[DONE]`. The last file holds two answers, of which the first is read here.
NOT_COMPARED = ("01-anthropic-sdk", "02-anthropic-sdk", "03-anthropic-sdk", "10-rig-gateway", "14-vercel-anthropic")


def chat(client: Any) -> list[Any]:
    """The chunks, and the client closed."""
    with client:
        return list(client.chat.completions.create(model="m", messages=MESSAGES, stream=True))


def messages(client: Any) -> list[Any]:
    with client:
        return list(client.messages.create(model="m", max_tokens=9, messages=MESSAGES, stream=True))


def both(ask: Callable[[Any], list[Any]], official: Any, ours: Any, url: str) -> tuple[Any, Any]:
    """What the two gave, or the errors they raised."""
    found: list[Any] = []
    for kind in (official, ours):
        try:
            found.append(ask(kind(base_url=url, api_key="k", max_retries=0)))
        except (openai.APIError, sdk.APIError) as error:
            found.append(error)
    return found[0], found[1]


def dumps(chunks: list[Any]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pydantic's, about blocks the official SDK does not know
        return [chunk.to_dict(mode="json") for chunk in chunks]


@pytest.mark.parametrize(("folder", "name"), CASES)
def test_openai_chunks_are_those_of_the_official_sdk(
    server: ReplayServer, corpora: Path, folder: str, name: str
) -> None:
    server.serve(body=recorded.body(folder, name))
    official, ours = both(chat, openai.OpenAI, sdk.OpenAI, server.url)
    if isinstance(official, Exception):
        assert isinstance(ours, sdk.APIStatusError)
        assert ours.message.split(":")[0] in str(official)
        return
    assert [repr(chunk) for chunk in ours] == [repr(chunk) for chunk in official]
    assert [chunk.model_dump() for chunk in ours] == [chunk.model_dump() for chunk in official]
    assert [json.loads(c.model_dump_json()) for c in ours] == [json.loads(c.model_dump_json()) for c in official]
    assert dumps(ours) == dumps(official) == recorded.frames(recorded.body(folder, name))


@pytest.mark.parametrize("name", GLM)
def test_glm_chunks_are_those_of_the_official_sdk(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=recorded.body("glm", name))
    official, ours = both(chat, zai.ZhipuAiClient, sdk.ZhipuAiClient, server.url)
    assert [repr(chunk) for chunk in ours] == [repr(chunk) for chunk in official]
    assert [chunk.model_dump() for chunk in ours] == [chunk.model_dump() for chunk in official]


@pytest.mark.parametrize("name", [name for name in CLAUDE if not name.startswith(NOT_COMPARED)])
def test_anthropic_events_are_those_of_the_official_sdk(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=recorded.body("anthropic", name))
    official, ours = both(messages, anthropic.Anthropic, sdk.Anthropic, server.url)
    assert dumps(ours) == dumps(official)
    assert [type(event).__name__ for event in ours] == [type(event).__name__ for event in official]


@pytest.mark.parametrize("name", CLAUDE)
def test_anthropic_events_are_the_frames(server: ReplayServer, corpora: Path, name: str) -> None:
    data = recorded.body("anthropic", name)
    server.serve(body=data)
    with sdk.Anthropic(base_url=server.url, api_key="k") as client:
        ours = dumps(list(client.messages.create(model="m", max_tokens=9, messages=MESSAGES, stream=True)))
    sent = [frame for frame in recorded.frames(data) if frame["type"] != "ping"]
    end = next(at for at, frame in enumerate(sent) if frame["type"] == "message_stop")
    assert ours == sent[: end + 1]


@pytest.mark.parametrize("name", ["13-vercel-azure-deepseek-reasoning-1-chunks-deepseek-v4-pro.0.chunks.txt"])
def test_a_chunk_survives_its_own_json(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=recorded.body("openai_chat", name))
    with sdk.OpenAI(base_url=server.url, api_key="k") as client:
        chunks = list(client.chat.completions.create(model="m", messages=MESSAGES, stream=True))
    assert [json.loads(chunk.to_json()) for chunk in chunks] == recorded.frames(recorded.body("openai_chat", name))
    assert len(chunks) > 700
