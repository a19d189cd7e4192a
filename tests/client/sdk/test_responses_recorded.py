"""Every recorded response gives the events that the official SDK gives, through `create` and through `.stream()`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

from slipstream import sdk

NAMES = r.names("openai_responses")
NESTED_ERROR = "13-vercel"  # its `error` frame nests the error, which both raise


def ask(client: Any) -> tuple[list[Any], Exception | None]:
    """The events, and the error that ended them."""
    found: list[Any] = []
    with client:
        try:
            found.extend(client.responses.create(model="m", input="Hi", stream=True))
        except (openai.APIError, sdk.APIError) as error:
            return found, error
    return found, None


def shown(event: Any) -> str:
    """An event as it is printed, but for settings that are sent back, whose classes have no names here."""
    text = re.sub(r"(, )?async_=None", "", repr(event)).replace("schema_=", "schema=")
    return re.sub(r"(tools|tool_usage)=.*?, (?=top_p|top_logprobs)", "", text)


def kinds(value: Any) -> Any:
    """The names of the classes in it, at any depth."""
    if isinstance(value, list):
        return [kinds(item) for item in value]
    if not hasattr(value, "model_dump"):
        return None
    names = {name: kinds(item) for name, item in value}
    return type(value).__name__, {name: item for name, item in names.items() if item}


@pytest.mark.parametrize("name", NAMES)
def test_events_are_those_of_the_official_sdk(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=r.body("openai_responses", name))
    theirs, failed = ask(openai.OpenAI(base_url=server.url, api_key="k", max_retries=0))
    ours, failure = ask(sdk.OpenAI(base_url=server.url, api_key="k", max_retries=0))
    assert [event.to_dict() for event in ours] == [event.to_dict() for event in theirs]
    assert [type(event).__name__ for event in ours] == [type(event).__name__ for event in theirs]
    assert [shown(event) for event in ours] == [shown(event) for event in theirs]
    assert (failure is None) == (failed is None) == (not name.startswith(NESTED_ERROR))
    sent = r.frames(r.body("openai_responses", name))
    assert [event.to_dict() for event in ours] == (sent[: len(ours)] if failure else sent)


@pytest.mark.parametrize("name", NAMES)
def test_items_have_the_classes_of_the_official_sdk(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=r.body("openai_responses", name))
    theirs, _ = ask(openai.OpenAI(base_url=server.url, api_key="k", max_retries=0))
    ours, _ = ask(sdk.OpenAI(base_url=server.url, api_key="k", max_retries=0))
    for mine, other in zip(ours, theirs, strict=True):
        for field in ("item", "part", "annotation"):
            assert kinds(getattr(mine, field, None)) == kinds(getattr(other, field, None))
        if hasattr(other, "response"):
            assert mine.response.output_text == other.response.output_text
            assert kinds(mine.response.output) == kinds(other.response.output)
            assert kinds(mine.response.usage) == kinds(other.response.usage)


def helper(client: Any) -> tuple[list[Any], Any]:
    """The events of `.stream()`, and the response; None if the official SDK has none."""
    with client, client.responses.stream(model="m", input="Hi") as stream:
        events = list(stream)
        try:
            return events, stream.get_final_response()
        except RuntimeError:  # what the official helper says of a response that is incomplete; it may be had from us
            return events, None


def plain(value: Any) -> Any:
    """An event as data; a number that never came is None in the official helper's."""
    return value.to_dict(exclude_none=True, warnings=False)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(NESTED_ERROR)])
def test_helper_events_are_those_of_the_official_helper(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=r.body("openai_responses", name))
    events, ours = helper(sdk.OpenAI(base_url=server.url, api_key="k"))
    expected, theirs = helper(openai.OpenAI(base_url=server.url, api_key="k"))
    assert [plain(event) for event in events] == [plain(event) for event in expected]
    assert [type(e).__name__ for e in events] == [type(e).__name__.partition("[")[0] for e in expected]
    if theirs is None:
        assert (ours.status, ours.incomplete_details.reason) == ("incomplete", "max_output_tokens")
        return
    assert plain(ours) == plain(theirs)
    assert (ours.output_text, ours.output_parsed, ours.status) == (theirs.output_text, None, "completed")


@pytest.mark.parametrize("name", NAMES)
def test_snapshots_are_the_text_so_far(server: ReplayServer, corpora: Path, name: str) -> None:
    server.serve(body=r.body("openai_responses", name))
    texts: dict[tuple[Any, Any], str] = {}
    with sdk.OpenAI(base_url=server.url, api_key="k") as client, client.responses.stream(model="m", input="Hi") as s:
        try:
            for event in s:
                if event.type.endswith(("output_text.delta", "function_call_arguments.delta")):
                    place = (event.item_id, getattr(event, "content_index", None))
                    texts[place] = texts.get(place, "") + event.delta
                    assert event.snapshot == texts[place]
        except sdk.APIError:
            assert name.startswith(NESTED_ERROR)
