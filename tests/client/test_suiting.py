"""What the media of a conversation become for the model that is asked."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.client import made_media as m

from slipstream.client import files
from slipstream.client.endpoint import Endpoint
from slipstream.client.suiting import suited
from slipstream.dialects.common.request import (
    ChatMessage,
    FilePart,
    ImagePart,
    Part,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from slipstream.errors import UnsupportedError
from slipstream.models import Model, Provider

SEEING = Endpoint(Provider(name="p"), Model(id="m", provider="p", vision=True), "https://x", None)
BLIND = replace(SEEING, model=Model(id="m", provider="p", vision=False))
PICTURE = ImagePart(data="AAAA", media_type="image/png")
SOUND = FilePart(id="audio_1", media_type="audio/*")


def user(*parts: Part) -> ChatMessage:
    return ChatMessage("user", list(parts))


def assistant(*parts: Part) -> ChatMessage:
    return ChatMessage("assistant", list(parts))


def takes(*kinds: Any) -> Endpoint:
    return replace(SEEING, model=replace(SEEING.model, files=kinds))


ASKED = user(TextPart("Draw a cat."))
AGAIN = user(TextPart("Bluer."))


def test_without_media_nothing_is_touched() -> None:
    messages = [ASKED, assistant(TextPart("No.")), AGAIN]
    assert suited(SEEING, messages) is messages


def test_an_answers_picture_goes_with_the_next_question() -> None:
    messages = [ASKED, assistant(TextPart("Here."), PICTURE), AGAIN]
    assert suited(SEEING, messages) == [ASKED, assistant(TextPart("Here.")), user(PICTURE, TextPart("Bluer."))]


def test_an_answer_that_was_a_picture_alone_leaves_no_empty_turn() -> None:
    assert suited(SEEING, [ASKED, assistant(PICTURE), AGAIN]) == [ASKED, user(PICTURE, TextPart("Bluer."))]


def test_a_model_that_sees_nothing_gets_no_picture_back() -> None:
    messages = [ASKED, assistant(TextPart("Here."), PICTURE), AGAIN]
    assert suited(BLIND, messages) == [ASKED, assistant(TextPart("Here.")), AGAIN]


def test_after_a_tools_results_the_picture_has_a_turn_of_its_own() -> None:
    call, result = ToolCallPart("c1", "f"), ChatMessage("tool", [ToolResultPart("c1", "7")])
    found = suited(SEEING, [ASKED, assistant(PICTURE, call), result])
    assert found == [ASKED, assistant(call), result, user(PICTURE)]


def test_a_prefill_stays_the_last_message() -> None:
    assert suited(SEEING, [ASKED, assistant(TextPart("Here"), PICTURE)]) == [ASKED, assistant(TextPart("Here"))]


def test_a_sound_goes_back_by_its_id_to_those_who_keep_it() -> None:
    messages = [ASKED, assistant(TextPart("Meow."), SOUND), AGAIN]
    assert suited(SEEING, messages) == messages
    other = replace(SEEING, provider=Provider(name="p", dialect="anthropic"))
    assert suited(other, messages) == [ASKED, assistant(TextPart("Meow.")), AGAIN]


def test_text_is_text_for_a_model_that_is_not_known_to_read_documents() -> None:
    notes = files.load(("notes.txt", b"Buy milk."), 0)
    asked = user(notes, TextPart("What is to buy?"))
    assert suited(takes("document"), [asked]) == [asked]
    for endpoint in (SEEING, takes(), takes("audio")):
        (message,) = suited(endpoint, [asked])
        assert message.parts == [TextPart("notes.txt:\n\nBuy milk.\n\n"), TextPart("What is to buy?")]


@pytest.mark.parametrize(
    ("data", "kinds", "said"),
    [
        (m.PDF, (), "m cannot read documents; of files it takes text"),
        (m.wav(), ("document",), "m cannot hear sounds; of files it takes text, document"),
        (m.MP4, ("document", "audio"), "m cannot watch films; of files it takes text, document, audio"),
    ],
)
def test_what_a_model_is_known_not_to_take_is_refused(data: bytes, kinds: tuple[str, ...], said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        suited(takes(*kinds), [user(files.load(data, 0))])


def test_what_is_unknown_is_tried_and_a_model_wins_over_its_provider() -> None:
    asked = [user(files.load(m.MP4, 0))]
    assert suited(SEEING, asked) == asked
    provider = replace(SEEING, provider=Provider(name="p", files=()))
    with pytest.raises(UnsupportedError):
        suited(provider, asked)
    assert suited(replace(provider, model=replace(SEEING.model, files=("video",))), asked) == asked
