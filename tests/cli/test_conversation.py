"""What a conversation keeps, and what it forgets."""

from __future__ import annotations

import pytest

from slipstream.cli.conversation import Conversation
from slipstream.cli.saving import as_json, markdown
from slipstream.cli.session import text_of
from slipstream.errors import InvalidRequestError
from slipstream.events import Abort, Message, Retract, TextDelta


def said(*texts: str) -> Message:
    return Message.of([TextDelta(text) for text in texts])


def texts(conversation: Conversation) -> list[str]:
    return [text_of(turn) for turn in conversation.turns]


def test_a_stopped_answer_is_kept() -> None:
    conversation = Conversation()
    conversation.ask("q")
    conversation.answered(Message.of([TextDelta("half"), Abort()]))
    assert texts(conversation) == ["q", "half"]


@pytest.mark.parametrize("answer", [None, Message(), Message.of([TextDelta("secret"), Retract()])])
def test_no_answer_and_one_taken_back_leave_nothing(answer: Message | None) -> None:
    conversation = Conversation()
    conversation.ask("q")
    conversation.answered(answer)
    assert texts(conversation) == []
    conversation.ask_again()
    assert texts(conversation) == ["q"]


def test_asking_again_replaces_the_last_answer() -> None:
    conversation = Conversation()
    for question, answer in (("same", "a"), ("same", "b")):
        conversation.ask(question)
        conversation.answered(said(answer))
    conversation.ask_again()
    assert texts(conversation) == ["same", "a", "same"]
    conversation.answered(None)  # it failed: the answer there was stays
    assert texts(conversation) == ["same", "a", "same", "b"]
    conversation.ask_again()
    conversation.answered(said("c"))
    assert texts(conversation) == ["same", "a", "same", "c"]


def test_nothing_can_be_asked_again_before_or_after_a_clear() -> None:
    conversation = Conversation("be brief")
    with pytest.raises(InvalidRequestError, match="nothing has been asked"):
        conversation.ask_again()
    conversation.ask("q")
    conversation.clear()
    with pytest.raises(InvalidRequestError, match="nothing has been asked"):
        conversation.ask_again()
    assert conversation.system == "be brief"


def test_pictures_go_with_one_question() -> None:
    conversation = Conversation(pictures=["https://example.com/a.png"])
    with pytest.raises(InvalidRequestError, match=r"images\[0\]"):
        conversation.attach("none.png")
    conversation.ask("one")
    conversation.ask("two")
    assert [len(turn.parts) for turn in conversation.turns if not isinstance(turn, Message)] == [2, 1]
    assert "## You (1 picture)\n\none" in markdown(conversation, "m")
    assert '"url": "https://example.com/a.png"' in as_json(conversation, "m")
