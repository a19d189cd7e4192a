"""`partial(T)` and `elements(T)` on streams, through both doors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from tests.client import answers
from tests.replay_server import ReplayServer

from slipstream import AsyncClient, Client, InvalidOutputError
from slipstream.errors import InvalidRequestError

WHOLE = {"name": "Tea", "steps": ["boil the water", "wait", "pour"]}


@dataclass
class Recipe:
    name: str
    steps: list[str] = field(default_factory=list)


class Strict(msgspec.Struct, frozen=True):
    name: str
    steps: list[int]


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        yield client


def serve(server: ReplayServer, value: Any, size: int = 3, **how: Any) -> None:
    text = json.dumps(value)
    frames = [answers.frame({"content": text[at : at + size]}) for at in range(0, len(text), size)]
    server.serve(body=b"".join([*frames, answers.frame({}, "stop"), answers.DONE]), **how)


def test_the_object_grows_between_two_reads_and_not_under_the_reader(server: ReplayServer, client: Client) -> None:
    """All of the answer comes in one read of the network; each look shows one delta more all the same."""
    serve(server, WHOLE)
    seen = [(recipe.name, [*recipe.steps]) for recipe in client.stream("hi").partial(Recipe)]
    assert seen[-1] == ("Tea", WHOLE["steps"])
    lengths = [sum(map(len, steps)) for _, steps in seen]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 5


async def test_the_async_door(server: ReplayServer) -> None:
    serve(server, WHOLE)
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        last = [recipe async for recipe in client.stream("hi").partial(Recipe)][-1]
        assert last == Recipe("Tea", ["boil the water", "wait", "pour"])
        items = [item async for item in client.stream("hi").elements(str, path="steps")]
        assert items == WHOLE["steps"]


def test_items_come_as_they_close(server: ReplayServer, client: Client) -> None:
    serve(server, [{"name": "a"}, {"name": "b", "steps": ["x"]}])
    assert list(client.stream("hi").elements(Recipe)) == [Recipe("a"), Recipe("b", ["x"])]


def test_an_answer_of_another_type_stops_the_stream_at_once(server: ReplayServer, client: Client) -> None:
    serve(server, WHOLE, chunks=[150], pause=0.02)
    stream = client.stream("hi")
    with pytest.raises(InvalidOutputError, match="steps") as caught:
        list(stream.partial(Strict))
    assert "boil" not in str(caught.value)
    assert caught.value.partial.text
    assert len(stream.message.text) < len(json.dumps(WHOLE))
    assert server.all_gone(2)


def test_the_type_may_be_asked_for(server: ReplayServer, client: Client) -> None:
    serve(server, WHOLE)
    client.stream("hi", response_format=Recipe).until_done()
    wanted = json.loads(server.requests[0].body)["response_format"]
    assert wanted["json_schema"]["name"] == "Recipe"
    assert wanted["json_schema"]["schema"]["required"] == ["name", "steps"]
    with pytest.raises(InvalidRequestError, match="response_format"):
        client.stream("hi", response_format="json")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="partial"):
        client.stream("hi").partial(lambda: 1)  # type: ignore[arg-type]


def test_the_whole_object_at_once(server: ReplayServer, client: Client) -> None:
    serve(server, WHOLE)
    assert client.stream("hi").get_final_object(Recipe) == Recipe("Tea", ["boil the water", "wait", "pour"])
    text = json.dumps(WHOLE)[:20]
    server.serve(body=answers.frame({"content": text}) + answers.frame({}, "length") + answers.DONE)
    server.serve(body=answers.frame({"content": text}) + answers.frame({}, "length") + answers.DONE)
    client.stream("hi").until_done()
    with pytest.raises(InvalidOutputError, match="length"):
        client.stream("hi").get_final_object(Recipe)
