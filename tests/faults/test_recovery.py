"""RELIABILITY C2: what happens when a stream breaks in its middle, on real sockets and through both doors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.prefill_server import PrefillServer

import slipstream
from slipstream import AsyncClient, Client, Event, Resume, Retry, errors
from slipstream.events import Order, Restart, TextDelta
from slipstream.run.seam import MIN_OVERLAP, Seam

KEY = "k"
TOKENS = [
    "The",
    " answer",
    " is",
    ":\n\n",
    "- ",
    "forty",
    "-two",
    ".  ",
    "所以",
    "，",
    "就是",
    "这样",
    "。",
    "\n",
    "ha",
    "ha",
    "ha",
    " ",
    "end",
]
QUICK: dict[str, Any] = {"max_retries": 5}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between requests are tested elsewhere."""
    monkeypatch.setattr(slipstream.run.retry.RetryPolicy, "delay", lambda self, attempt: 0.0)


def client(server: PrefillServer, provider: str = "llamacpp", **options: Any) -> Client:
    return Client(provider=provider, base_url=server.url, api_key=KEY, model="m", **{**QUICK, **options})


def kinds(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def read(stream: slipstream.Stream) -> list[Event]:
    """All events, held against the table of legal order."""
    events = list(stream)
    Order().check_all(events)
    return events


@pytest.mark.parametrize("provider", ["llamacpp", "anthropic", "moonshot"])
@pytest.mark.parametrize("cut", range(1, len(TOKENS) + 1))
def test_row_28_a_prefill_continues_the_text_exactly(provider: str, cut: int) -> None:
    with PrefillServer(tokens=TOKENS, cuts=[cut]) as server, client(server, provider) as c:
        stream = c.stream("hi", on_break="continue")
        events = read(stream)
        assert stream.message.text == server.text
        assert [type(event) for event in events if isinstance(event, (Resume, Restart))] == [Resume]
        assert len(server.bodies) == 2
        assert stream.metrics.attempts == 2
        assert stream.finish_reason == "stop"


@pytest.mark.parametrize("cut", range(1, len(TOKENS) - 2, 3))
async def test_row_28_in_the_async_door_and_through_three_breaks(cut: int) -> None:
    with PrefillServer(tokens=TOKENS, cuts=[cut, 1, 1]) as server:
        async with AsyncClient(provider="llamacpp", base_url=server.url, model="m", **QUICK) as c:
            stream = c.stream("hi", on_break="continue")
            events = [event async for event in stream]
            Order().check_all(events)
            assert stream.message.text == server.text
            assert kinds(events).count("resume") == 3


def test_the_resume_says_what_happened_and_usage_sums_both() -> None:
    with PrefillServer(tokens=TOKENS, cuts=[5]) as server, client(server) as c:
        stream = c.stream("hi", on_break="continue")
        resume = next(event for event in stream if isinstance(event, Resume))
        stream.until_done()
        assert (resume.attempt, resume.reason, resume.model, resume.exact) == (2, "StreamInterruptedError", "m", False)
        usage = stream.usage
        assert usage is not None
        assert usage.estimated, "the broken request told nothing: its part is an estimate"
        assert usage.input_tokens is not None
        assert usage.input_tokens > 7
        assert usage.output_tokens is not None
        assert usage.output_tokens > len(TOKENS) - 5


@pytest.mark.parametrize(
    "tokens",
    [
        ["All work and no play makes Jack a dull boy. "] * 2 + ["End."],
        ["Intro: ", *["the same paragraph of some length, word for word.\n"] * 2, "fin"],
        ["这是一行完全一样的中文歌词，它会再出现一次的，请听。"] * 3,
    ],
)
def test_a_refrain_is_not_taken_for_a_repetition(tokens: list[str]) -> None:
    for cut in range(1, len(tokens)):
        with PrefillServer(tokens=tokens, cuts=[cut]) as server, client(server) as c:
            assert c.stream("hi", on_break="continue").get_final_text() == server.text


@pytest.mark.parametrize("cut", [n for n in range(1, len(TOKENS)) if TOKENS[n - 2].strip(" ")[-1:] not in ":\n.。"])
def test_a_server_that_repeats_the_prefill_shows_nothing_twice(cut: int) -> None:
    """Cut in the middle of a sentence; at its end a repetition may be meant."""
    tokens = ["A long beginning, longer than chance, and ", *TOKENS]
    with PrefillServer(tokens=tokens, cuts=[cut], echo=True) as server, client(server) as c:
        assert c.stream("hi", on_break="continue").get_final_text() == server.text


def test_a_server_that_goes_back_some_words_shows_nothing_twice() -> None:
    tokens = [f"word{number} " for number in range(60)]
    for overlap in (MIN_OVERLAP, 40, 100, 200):
        with PrefillServer(tokens=tokens, cuts=[40], overlap=overlap) as server, client(server) as c:
            assert c.stream("hi", on_break="continue").get_final_text() == server.text


TOOL: list[dict[str, Any]] = [
    {"role": "assistant", "content": "Let me look."},
    {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": '{"a": '}}]},
]


def cut_call() -> bytes:
    from tests.prefill_server import openai_chunk

    return b"".join(openai_chunk(**delta) for delta in TOOL)


@pytest.mark.parametrize("on_break", ["raise", "continue"])
def test_row_29_a_call_half_sent_is_never_continued(on_break: Any) -> None:
    from tests.replay_server import ReplayServer

    with ReplayServer() as server:
        server.serve(body=cut_call())
        with Client(provider="llamacpp", base_url=server.url, model="m", **QUICK) as c:
            stream = c.stream("hi", on_break=on_break)
            with pytest.raises(errors.StreamInterruptedError) as caught:
                stream.until_done()
            assert caught.value.partial.tool_calls == []
            assert len(server.requests) == 1


def test_row_30_a_refused_prefill_raises_the_original_error() -> None:
    with PrefillServer(tokens=TOKENS, cuts=[4], refuse=[None, 400]) as server, client(server) as c:
        stream = c.stream("hi", on_break="continue")
        with pytest.raises(errors.StreamInterruptedError) as caught:
            stream.until_done()
        assert caught.value.partial.text == "".join(TOKENS[:4])
        assert "BadRequestError" in str(caught.value.hint)
        assert len(server.bodies) == 2


@pytest.mark.parametrize("cut", [1, 7, len(TOKENS)])
def test_row_31_restart_begins_anew_and_says_so(cut: int) -> None:
    with PrefillServer(tokens=TOKENS, cuts=[cut]) as server, client(server) as c:
        stream = c.stream("hi", on_break="restart")
        events = read(stream)
        at = kinds(events).index("restart")
        assert "".join(event.text for event in events[:at] if isinstance(event, TextDelta)) == "".join(TOKENS[:cut])
        assert stream.message.text == server.text
        assert kinds(events)[at + 1] == "start"
        assert stream.usage is not None
        assert stream.usage.estimated


def test_a_call_half_sent_is_void_after_a_restart() -> None:
    from tests.replay_server import ReplayServer

    with ReplayServer() as server, PrefillServer(tokens=TOKENS) as good:
        server.serve(body=cut_call())
        with Client(provider="llamacpp", base_url=server.url, model="m", max_retries=0) as c:
            other = {"model": "m", "provider": "llamacpp", "base_url": good.url}
            stream = c.stream("hi", on_break="restart", fallback=[other])
            events = read(stream)
        assert stream.message.text == good.text
        assert stream.message.tool_calls == []
        assert "tool-call" not in kinds(events)


def test_row_32_no_second_provider_is_called_unless_asked() -> None:
    with PrefillServer(tokens=TOKENS, refuse=[503]) as server, client(server, max_retries=0) as c:
        with pytest.raises(errors.OverloadedError):
            c.stream("hi").until_done()
        assert len(server.bodies) == 1


def test_row_33_a_failure_before_content_shows_one_start() -> None:
    with PrefillServer(tokens=TOKENS, cuts=[0, 0]) as server, client(server) as c:
        events = read(c.stream("hi", on_break="continue"))
        assert kinds(events).count("start") == 1
        assert kinds(events)[:2] == ["retry", "retry"]
        assert not [event for event in events if isinstance(event, (Resume, Restart))]


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_fallback_answers_when_the_first_model_fails(status: int) -> None:
    with PrefillServer(refuse=[status]) as bad, PrefillServer(tokens=TOKENS) as good, client(bad, max_retries=0) as c:
        other = {"model": "other", "provider": "llamacpp", "base_url": good.url}
        stream = c.stream("hi", fallback=[other])
        events = read(stream)
        assert stream.message.text == good.text
        retry = next(event for event in events if isinstance(event, Retry))
        assert retry.model == "other"
        assert kinds(events).count("start") == 1
        assert (len(bad.bodies), len(good.bodies)) == (1, 1)


def test_a_fallback_answers_a_request_that_does_not_stream() -> None:
    with PrefillServer(refuse=[503, 503]) as bad, PrefillServer(tokens=TOKENS) as good, client(bad) as c:
        other = {"model": "other", "provider": "llamacpp", "base_url": good.url}
        assert c.complete("hi", fallback=[other], max_retries=1).text == good.text


def test_when_all_fail_the_first_error_is_raised_and_names_the_others() -> None:
    with PrefillServer(refuse=[503, 503]) as bad, PrefillServer(refuse=[401]) as worse, client(bad, max_retries=1) as c:
        stream = c.stream("hi", fallback=[{"model": "other", "provider": "llamacpp", "base_url": worse.url}])
        with pytest.raises(errors.OverloadedError) as caught:
            stream.until_done()
        assert "AuthenticationError" in str(caught.value.hint)
        assert (len(bad.bodies), len(worse.bodies)) == (2, 1)


def test_the_budget_is_one_for_all_kinds_of_repetition() -> None:
    with PrefillServer(tokens=TOKENS, cuts=[2, 1, 1, 1], refuse=[503]) as server, client(server, max_retries=2) as c:
        stream = c.stream("hi", on_break="continue")
        with pytest.raises(errors.StreamInterruptedError) as caught:
            stream.until_done()
        assert len(server.bodies) == 3
        assert caught.value.partial.text == "".join(TOKENS[:3])


def test_another_model_continues_when_the_first_cannot() -> None:
    """A model without a declared prefill breaks; one that has it goes on."""
    with PrefillServer(tokens=TOKENS, cuts=[6]) as bad, PrefillServer(tokens=TOKENS) as good:
        other = {"model": "other", "provider": "llamacpp", "base_url": good.url}
        with client(bad, "openai") as c:
            stream = c.stream("hi", on_break="continue", fallback=[other])
            events = read(stream)
        assert stream.message.text == good.text
        assert next(event for event in events if isinstance(event, Resume)).model == "other"
        assert (len(bad.bodies), len(good.bodies)) == (1, 1)


def test_structured_output_is_not_continued() -> None:
    with PrefillServer(tokens=['{"a"', ": 1}"], cuts=[1]) as server, client(server) as c:
        stream = c.stream("hi", on_break="continue", response_format={"type": "json_object"})
        with pytest.raises(errors.StreamInterruptedError):
            stream.until_done()
        assert len(server.bodies) == 1


def test_what_was_spent_of_max_tokens_is_not_spent_again() -> None:
    with PrefillServer(tokens=[f"word{n} " for n in range(40)], cuts=[30]) as server, client(server) as c:
        c.stream("hi", on_break="continue", max_tokens=100).until_done()
        assert server.bodies[0]["max_tokens"] == 100
        assert server.bodies[1]["max_tokens"] < 60


def test_a_cancel_while_the_continuation_is_late_ends_at_once() -> None:
    async def scene() -> None:
        with PrefillServer(tokens=TOKENS, cuts=[4]) as server:
            async with AsyncClient(provider="llamacpp", base_url=server.url, model="m", **QUICK) as c:
                stream = c.stream("hi", on_break="continue")
                seen: list[Event] = []
                async for event in stream:
                    seen.append(event)
                    if isinstance(event, Retry):
                        stream.cancel()
                Order().check_all(seen)
                assert stream.message.text == "".join(TOKENS[:4])
                assert stream.finish_reason == "cancelled"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"on_break": "resume"}, "on_break"),
        ({"on_break": "continue", "max_retries": 0}, "max_retries"),
        ({"fallback": "other"}, "fallback"),
        ({"fallback": [3]}, "fallback"),
        ({"fallback": [{"modell": "x"}]}, "modell"),
        ({"fallback": ["no-such-provider/x"]}, "no-such-provider"),
        ({"hedge": 0}, "hedge"),
        ({"hedge": True}, "hedge"),
        ({"hedge": {"model": "m"}}, "hedge"),
        ({"hedge": float("nan")}, "hedge"),
        ({"max_rounds": 3}, "max_rounds"),
        ({"stages": []}, "stages"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, Any], word: str) -> None:
    with (
        Client(provider="llamacpp", base_url="http://127.0.0.1:9", model="m") as c,
        pytest.raises(slipstream.InvalidRequestError, match=word),
    ):
        c.stream("hi", **options)


# ---- what stages keep carries over the seam


@pytest.mark.parametrize("policy", ["continue", "restart"])
@pytest.mark.parametrize("cut", range(1, len(TOKENS) + 1))
def test_row_61_a_forbidden_word_over_the_seam_never_leaves(policy: Any, cut: int) -> None:
    with PrefillServer(tokens=TOKENS, cuts=[cut]) as server, client(server) as c:
        stream = c.stream("hi", on_break=policy).guard(words=["forty-two", "就是这样", "hahaha"])
        shown = ""
        for event in stream:
            if isinstance(event, Restart):
                shown = ""
            elif isinstance(event, TextDelta):
                shown += event.text
            for word in ("forty-two", "就是这样", "hahaha"):
                assert word not in shown
        expected = server.text.replace("forty-two", "***").replace("就是这样", "***").replace("hahaha", "***")
        assert shown == stream.message.text == expected


@pytest.mark.parametrize("cut", range(1, 8))
def test_half_a_json_object_is_completed_over_the_seam(cut: int) -> None:
    tokens = ['{"na', 'me": "T', 'ea", "st', 'eps": ["bo', 'il", "po', 'ur"]', "}", "\n"]
    with PrefillServer(tokens=tokens, cuts=[cut]) as server, client(server) as c:
        seen = list(c.stream("hi", on_break="continue").partial(dict))
    assert seen[-1] == {"name": "Tea", "steps": ["boil", "pour"]}


# ---- a second request when the first is late


def test_a_late_answer_is_hedged_and_the_loser_closed() -> None:
    with PrefillServer(tokens=["slow"], delays=[30.0]) as slow, PrefillServer(tokens=TOKENS) as good, client(slow) as c:
        other = {"model": "other", "provider": "llamacpp", "base_url": good.url}
        stream = c.stream("hi", hedge={"after": 0.05, **other})
        events = read(stream)
        assert stream.message.text == good.text
        assert kinds(events).count("start") == 1
        assert next(event for event in events if isinstance(event, Retry)).reason == "hedge"
        assert stream.usage is not None
        assert stream.usage.estimated, "the loser was asked, too"
        assert (stream.usage.input_tokens or 0) > 7
        assert stream.metrics.attempts == 2
        assert slow.all_gone(2.0), "the loser's socket is closed"
        assert stream.metrics.total is not None
        assert stream.metrics.total < 5


def test_an_answer_in_time_is_not_hedged() -> None:
    with PrefillServer(tokens=TOKENS) as server, client(server) as c:
        assert c.stream("hi", hedge=5).get_final_text() == server.text
        assert len(server.bodies) == 1


def test_the_first_may_still_win() -> None:
    with PrefillServer(tokens=TOKENS, delays=[0.2]) as first, PrefillServer(tokens=["no"], delays=[30.0]) as late:
        other = {"model": "other", "provider": "llamacpp", "base_url": late.url}
        with client(first) as c:
            stream = c.stream("hi", hedge={"after": 0.05, **other})
            read(stream)
            assert stream.message.text == first.text
        assert late.all_gone(2.0)


def test_a_hedge_that_fails_changes_nothing() -> None:
    with PrefillServer(tokens=TOKENS, delays=[0.2]) as first, PrefillServer(refuse=[401]) as bad, client(first) as c:
        other = {"model": "other", "provider": "llamacpp", "base_url": bad.url}
        assert c.stream("hi", hedge={"after": 0.05, **other}).get_final_text() == first.text


def test_when_both_fail_the_first_ones_error_is_raised() -> None:
    with PrefillServer(refuse=[404], delays=[0.2]) as first, PrefillServer(refuse=[401]) as bad, client(first) as c:
        other = {"model": "other", "provider": "llamacpp", "base_url": bad.url}
        with pytest.raises(errors.NotFoundError):
            c.stream("hi", hedge={"after": 0.05, **other}).until_done()


def test_a_hedged_answer_that_breaks_is_continued_by_who_gave_it() -> None:
    with PrefillServer(tokens=["no"], delays=[30.0]) as slow, PrefillServer(tokens=TOKENS, cuts=[6]) as good:
        other = {"model": "other", "provider": "llamacpp", "base_url": good.url}
        with client(slow) as c:
            stream = c.stream("hi", hedge={"after": 0.05, **other}, fallback=[other], on_break="continue")
            read(stream)
            assert stream.message.text == good.text


# ---- the seam alone


@given(st.text(max_size=300), st.integers(0, 300), st.lists(st.integers(1, 20), max_size=30))
@settings(max_examples=300)
def test_an_exact_continuation_loses_nothing(text: str, at: int, cuts: list[int]) -> None:
    shown = text[:at]
    sent = shown.rstrip()
    seam = Seam(shown, sent)
    rest = text[len(sent) :]
    pieces = []
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    new = "".join(map(seam.feed, [*pieces, rest])) + seam.end()
    assert shown + new == text


@given(st.sampled_from(["ab", "ha ", "-", "| --- ", "x\n"]), st.integers(1, 400), st.integers(0, 800))
def test_a_text_that_repeats_itself_loses_nothing(unit: str, times: int, at: int) -> None:
    text = unit * times
    shown = text[:at]
    sent = shown.rstrip()
    seam = Seam(shown, sent)
    echo = len(sent) >= MIN_OVERLAP and text[len(sent) :].startswith(shown)
    new = seam.feed(text[len(sent) :]) + seam.end()
    assert shown + new == text or echo  # an echo of the whole text cannot be told from a text that says itself again


def test_reasoning_is_not_a_text_to_continue() -> None:
    from tests.prefill_server import openai_chunk
    from tests.replay_server import ReplayServer

    with ReplayServer() as server:
        server.serve(body=openai_chunk(role="assistant", reasoning_content="Hm"))
        with Client(provider="llamacpp", base_url=server.url, model="m", **QUICK) as c:
            stream = c.stream("hi", on_break="continue")
            with pytest.raises(errors.StreamInterruptedError) as caught:
                stream.until_done()
            assert caught.value.partial.reasoning == "Hm"
            assert len(server.requests) == 1


def test_a_slow_model_gives_way_to_a_fallback_with_a_wait_of_its_own() -> None:
    with PrefillServer(delays=[30.0]) as slow, PrefillServer(tokens=TOKENS, delays=[0.15]) as good, client(slow) as c:
        other = {"model": "other", "provider": "llamacpp", "base_url": good.url}
        stream = c.stream("hi", fallback=[other], timeout={"first_output": 0.25}, max_retries=0)
        assert stream.get_final_text() == good.text
        assert len(good.bodies) == 1


def test_an_error_says_why_it_was_not_continued_and_prefill_helps() -> None:
    with (
        PrefillServer(tokens=TOKENS, cuts=[3, 3]) as server,
        Client(base_url=server.url, model="m", max_retries=3) as c,
    ):
        stream = c.stream("hi", on_break="continue")
        with pytest.raises(errors.StreamInterruptedError) as caught:
            stream.until_done()
        assert "prefill" in str(caught.value.hint)
        text = c.stream("hi", on_break="continue", prefill="assistant-last").get_final_text()
        assert text == server.text


def test_local_is_the_embedded_model_also_on_a_client_with_an_address() -> None:
    with Client(base_url="http://127.0.0.1:9", model="m", api_key="k") as c:
        plan = c._plan("hi", {"fallback": ["local", "other"]}, streaming=True)
    assert [target.call.provider for target in plan.fallback] == ["local", "custom"]
