"""Settings, and the questions put with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipstream.cli.session import Session, Settings, parse_timeout, question, text_of
from slipstream.cli.stdin_text import joined
from slipstream.dialects.common.request import ImagePart, TextPart
from slipstream.errors import InvalidRequestError, MissingKeyError, UnknownModelError


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLIPSTREAM_MODEL", "SLIPSTREAM_MODELS", "ZHIPUAI_API_KEY", "ZAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "k1")
    monkeypatch.setenv("MISTRAL_API_KEY", "k2")


@pytest.mark.parametrize(
    ("text", "timeout"),
    [(None, None), ("30", 30.0), ("1.5", 1.5), ("first_output=5, total=none", {"first_output": 5.0, "total": None})],
)
def test_timeouts(text: str | None, timeout: object) -> None:
    assert parse_timeout(text) == timeout


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "nan", "first=3", "gap=", "gap=1,", "inf"])
def test_wrong_timeouts_are_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="timeout"):
        parse_timeout(text)


def test_a_session_names_its_model_or_its_host() -> None:
    assert Session(Settings(model="openai/gpt-4o-mini")).name == "openai/gpt-4o-mini"
    assert Session(Settings(base_url="http://h:1/v1")).name == "h:1"
    assert Session(Settings(base_url="http://h:1/v1", model="m")).name == "m at h:1"


def test_another_model_may_be_of_another_provider() -> None:
    session = Session(Settings(model="gpt-4o-mini", provider="openai"))
    session.change_model("mistral")
    assert session.endpoint.provider.name == "mistral"
    session.change_model("some-new-id")  # nobody knows it: then this provider may
    assert session.name == "mistral/some-new-id"


def test_a_change_that_does_not_work_changes_nothing() -> None:
    session = Session(Settings(model="openai/gpt-4o-mini"))
    with pytest.raises(MissingKeyError):
        session.change_model("zhipu")
    with pytest.raises(UnknownModelError):
        session.change(provider="nobody")
    assert session.name == "openai/gpt-4o-mini"
    session.close()


def test_options_that_were_not_given_are_not_sent() -> None:
    assert Settings().options() == {}
    assert Settings(thinking=False, max_tokens=5).options() == {"thinking": False, "max_tokens": 5}


def test_pictures_stand_before_the_text(tmp_path: Path) -> None:
    picture = tmp_path / "a.gif"
    picture.write_bytes(b"GIF89a\x01\x00\x01\x00")
    asked = question("what?", [str(picture), "https://example.com/b.png"])
    assert [type(part) for part in asked.parts] == [ImagePart, ImagePart, TextPart]
    assert text_of(asked) == "what?"
    assert len(question("", [str(picture)]).parts) == 1


@pytest.mark.parametrize(
    ("prompt", "piped", "text"),
    [("a", "", "a"), ("", "b\n", "b"), ("a", "b\n", "a\n\nb"), (" ", "\n", ""), ("a", "  b\n", "a\n\n  b")],
)
def test_prompt_and_pipe(prompt: str, piped: str, text: str) -> None:
    assert joined(prompt, piped) == text
