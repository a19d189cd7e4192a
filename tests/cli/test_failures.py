"""Errors as a person reads them."""

from __future__ import annotations

import pytest

from slipstream.cli.failures import SHOWN, lines
from slipstream.errors import (
    AuthenticationError,
    ConnectionFailedError,
    MissingKeyError,
    ServerError,
    StreamInterruptedError,
    StreamTimeoutError,
    TLSError,
    UnknownModelError,
)


def test_what_happened_who_was_asked_and_what_to_do() -> None:
    error = ServerError("it broke\n\nbadly", provider="openai", model="m", request_id="req-1", hint="try\nagain")
    assert lines(error) == ["it broke badly (openai, m, request req-1)", "try again"]


def test_a_name_that_the_message_says_is_not_said_again() -> None:
    assert lines(ServerError("no room at openai", provider="openai")) == ["no room at openai"]
    assert lines(ServerError("broken", provider="custom", model="default")) == ["broken"]


def test_hints_speak_of_the_command_line() -> None:
    assert "--timeout" in lines(StreamTimeoutError("too long", clock="gap", seconds=1, hint="pass timeout="))[1]
    assert "slipstream models" in lines(UnknownModelError("no model 'x'"))[1]
    assert lines(UnknownModelError("no provider 'x'", hint="providers: a, b"))[1] == "providers: a, b"
    assert "slipstream doctor" in lines(ConnectionFailedError("no route"))[1]
    assert lines(TLSError("no", hint="trust the certificate"))[1] == "trust the certificate"
    assert "export A or B" not in lines(MissingKeyError("no key", provider="zhipu"))[1]
    assert "export ZHIPUAI_API_KEY or ZAI_API_KEY" in lines(MissingKeyError("no key", provider="zhipu"))[1]
    assert lines(MissingKeyError("no key", provider="mine", hint="set MINE")) == ["no key (mine)", "set MINE"]


def test_only_what_is_shown_is_said_to_be() -> None:
    assert lines(StreamInterruptedError("it broke", hint="what had arrived is in .partial"))[1].startswith("nothing")
    assert lines(StreamInterruptedError("it broke", hint=SHOWN))[1] == SHOWN


def test_keys_and_control_characters_never_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "plainlettersonly")
    error = AuthenticationError("bad key sk-abcdefgh12345678 and plainlettersonly \x1b[31m", hint="plainlettersonly")
    text = "\n".join(lines(error))
    assert "abcdefgh" not in text
    assert "plainletters" not in text
    assert "\x1b" not in text


def test_a_bug_says_that_it_is_one() -> None:
    assert lines(KeyError("x")) == ["internal error: KeyError: 'x'", "please report it, with what --debug prints"]


def test_no_line_is_longer_than_a_screen() -> None:
    assert max(map(len, lines(ServerError("x" * 10_000, hint="y" * 10_000)))) <= 500
