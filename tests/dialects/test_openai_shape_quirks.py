"""Every quirk of WIRE section 8, by its row; each is decoded whole, byte by byte and chunk by chunk (`decode`)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.chat_wire import DONE, call, chunk, decode, events_of, finish, kinds, sse, text

from slipstream import dialects, events as e
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.openai_shape.messages import MessageWriter
from slipstream.dialects.common.request import Request, Traits
from slipstream.events import Message


def calls_of(message: Message) -> list[tuple[str, str, Any]]:
    """Id, name and decoded arguments of the complete calls."""
    assert all(found.error is None for found in message.tool_calls)
    return [(found.id, found.name, found.input) for found in message.tool_calls]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_rows_1_and_2_reasoning_under_either_name(field: str) -> None:
    message = decode(chunk({field: "I "}), chunk({field: "think"}), text("so"), finish())
    assert (message.reasoning, message.text) == ("I think", "so")


def test_rows_1_and_2_both_names_at_once_are_one_text() -> None:
    message = decode(chunk({"reasoning_content": "hm", "reasoning": "hm"}), text("so"), finish())
    assert message.reasoning == "hm"


def test_row_3_reasoning_details_are_text_once_and_kept() -> None:
    detail = {"type": "reasoning.text", "text": "a", "index": 0, "format": "unknown"}
    sealed = {"type": "reasoning.encrypted", "data": "xyz", "index": 1}
    message = decode(
        chunk({"reasoning": "a", "reasoning_details": [detail]}),
        chunk({"reasoning": "b", "reasoning_details": [{**detail, "text": "b", "signature": "s"}]}),
        chunk({"content": "", "reasoning_details": [sealed]}),
        text("so"),
        finish(),
    )
    (block,) = [block for block in message.blocks if block.kind == "reasoning"]
    assert block.text == "ab"
    assert block.details == [{**detail, "text": "ab", "signature": "s"}, sealed]


def test_row_3_details_after_the_thinking_get_a_block_of_their_own() -> None:
    sealed = {"type": "reasoning.encrypted", "data": "xyz", "index": 0}
    message = decode(text("so"), chunk({"reasoning_details": [sealed]}), text(" it is"), finish())
    assert [(block.kind, block.text) for block in message.blocks] == [("text", "so it is"), ("reasoning", "")]
    assert message.blocks[1].details == [sealed]


def test_row_4_content_as_an_array_of_parts() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    message = decode(
        chunk({"content": [thinking]}),
        chunk({"content": [{"type": "text", "text": "so"}]}),
        chunk({"content": " it is"}),
        chunk({"content": [{"type": "text", "text": "."}, {"type": "reference", "reference_ids": [1]}]}),
        finish(),
    )
    assert (message.reasoning, message.text) == ("hm", "so it is.")


@pytest.mark.parametrize("cut", range(1, 20))
def test_row_5_thinking_in_tags_split_anywhere(cut: int) -> None:
    whole = "\n<think>\nhm</think>\n\nso < it"
    message = decode(text(whole[:cut]), text(whole[cut:]), finish())
    assert (message.reasoning, message.text) == ("hm", "so < it")


def test_row_5_thinking_closed_but_never_opened() -> None:
    expected = decode(text("hm</thi"), text("nk>so"), finish(), expect_think=True)
    assert (expected.reasoning, expected.text) == ("hm", "so")
    unexpected = decode(text("hm</think>so"), finish())
    assert (unexpected.reasoning, unexpected.text) == ("", "hm</think>so")


def test_row_5_a_quoted_tag_is_text() -> None:
    assert decode(text("write "), text("<think>"), text(" in R1"), finish()).text == "write <think> in R1"


def test_row_5_a_tag_that_never_came_is_text() -> None:
    assert decode(text("<thi"), finish()).text == "<thi"
    interrupted = decode(text("<thi"), done=False)
    assert (interrupted.text, interrupted.finish_reason) == ("<thi", "interrupted")


def test_row_6_null_deltas_are_absent() -> None:
    nulls = {"role": None, "content": None, "reasoning_content": None, "tool_calls": None, "refusal": None}
    message = decode(
        chunk({**nulls, "role": ""}), chunk({**nulls, "content": "a"}), chunk(nulls), finish(usage=None)
    )  # fmt: skip
    assert (message.text, message.reasoning, message.usage, message.finish_reason) == ("a", "", None, "stop")
    assert [block.kind for block in message.blocks] == ["text"]


def test_row_7_choices_and_deltas_may_be_missing() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    message = decode(
        {"choices": [], "prompt_filter_results": [{"prompt_index": 0}], "id": "", "model": ""},
        text("a"),
        {"choices": [{"index": 0, "delta": None, "content_filter_offsets": {}}], "object": ""},
        {"choices": [{"index": 0}]},
        {"choices": None},
        {"choices": None, "usage": usage},
        {"choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]},
    )
    assert (message.id, message.text, message.finish_reason) == ("c1", "a", "stop")
    assert message.usage is not None
    assert message.usage.total_tokens == 3
    assert message.moderation == [{"prompt_filter_results": [{"prompt_index": 0}]}]


def test_row_7_errors_are_read_without_choices() -> None:
    message = decode(text("a"), {"choices": None, "error": {"message": "no"}})
    assert message.error is not None
    beside = decode(text("a"), {**text("b"), "error": {"message": "no"}}, text("c"))
    assert beside.error is not None
    assert beside.text == "ab"


def test_row_8_the_finish_reason_may_be_absent() -> None:
    bare = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
    assert decode(bare, bare, finish()).text == "aa"
    assert decode(bare, bare, done=False).finish_reason == "interrupted"


def test_row_9_an_empty_finish_reason_ends_nothing() -> None:
    message = decode(text("a", finish=""), text("b", finish=""), finish())
    assert (message.text, message.finish_reason) == ("ab", "stop")
    assert decode(text("a", finish=""), done=False).finish_reason == "interrupted"
    unknown = decode(text("a", finish=""))
    assert (unknown.finish_reason, unknown.raw_finish_reason, unknown.complete) == ("other", None, True)


def test_row_10_an_empty_id_continues_by_index() -> None:
    message = decode(
        call(0, "a", "f", '{"x"'), call(1, "b", "g", '{"y"'), call(0, "", None, ":1}"), call(1, "", "", ":2}"),
        finish("tool_calls"),
    )  # fmt: skip
    assert calls_of(message) == [("a", "f", {"x": 1}), ("b", "g", {"y": 2})]


def test_row_11_an_empty_name_continues_and_a_late_one_opens() -> None:
    message = decode(call(0, "a", "f", "{"), call(0, None, "", "}"), finish("tool_calls"))
    assert calls_of(message) == [("a", "f", {})]
    late = decode(call(0, "a", None, '{"x"'), call(0, None, None, ":"), call(0, None, "f", "1}"), finish("tool_calls"))
    assert calls_of(late) == [("a", "f", {"x": 1})]


def test_row_11_a_call_that_never_gets_a_name_cannot_be_run() -> None:
    (nameless,) = decode(call(0, "a", None, "{}"), finish("tool_calls")).tool_calls
    assert (nameless.name, nameless.input, nameless.error) == ("", None, "the call has no name")


def test_row_12_pieces_without_index() -> None:
    whole = [call(None, "a", "f", '{"x":1}'), call(None, "b", "f", '{"x":2}')]
    assert calls_of(decode(*whole, finish("tool_calls"))) == [("a", "f", {"x": 1}), ("b", "f", {"x": 2})]
    pieces = [call(None, "a", "f", '{"x"'), call(None, None, None, ":1}"), call(None, "b", "g", "{}")]
    assert calls_of(decode(*pieces, finish("tool_calls"))) == [("a", "f", {"x": 1}), ("b", "g", {})]


def test_row_12_pieces_without_index_and_id() -> None:
    message = decode(
        call(None, None, "f", '{"x":'), call(None, None, "f", "1}"), call(None, None, "f", '{"x":2}'),
        call(None, None, "g"), call(None, None, "h", "{}"), finish("tool_calls"),
    )  # fmt: skip
    assert [(name, given) for _, name, given in calls_of(message)] == [
        ("f", {"x": 1}),
        ("f", {"x": 2}),
        ("g", {}),
        ("h", {}),
    ]
    assert len({id for id, _, _ in calls_of(message)}) == 4


def test_row_13_sparse_indexes_and_all_zero_ones() -> None:
    sparse = decode(call(3, "a", "f", "{}"), call(7, "b", "g", "{"), call(7, None, None, "}"), finish("tool_calls"))
    assert calls_of(sparse) == [("a", "f", {}), ("b", "g", {})]
    zero = decode(
        call(0, "a", "f", '{"x"'), call(0, "a", None, ":1}"), call(0, "b", "g", '{"y"'), call(0, None, None, ":2}"),
        finish("tool_calls"),
    )  # fmt: skip
    assert calls_of(zero) == [("a", "f", {"x": 1}), ("b", "g", {"y": 2})]


def test_row_13_one_id_for_all_calls_is_made_unique() -> None:
    message = decode(
        call(0, "same", "f", '{"x"'), call(1, "same", "f", '{"x"'), call(0, "same", None, ":1}"),
        call(1, "same", None, ":2}"), finish("tool_calls"),
    )  # fmt: skip
    assert calls_of(message) == [("same", "f", {"x": 1}), ("same-2", "f", {"x": 2})]


def test_row_13_an_id_that_comes_late() -> None:
    same = decode(
        call(0, None, "f", '{"x"'), call(0, "a", None, ":"), call(None, "a", None, "1}"), finish("tool_calls")
    )  # fmt: skip
    assert calls_of(same) == [("call_0", "f", {"x": 1})]
    other = decode(call(0, None, "f", "{}"), call(0, "a", "g", '{"x":1}'), finish("tool_calls"))
    assert calls_of(other) == [("call_0", "f", {}), ("a", "g", {"x": 1})]


def test_row_14_id_and_name_in_every_piece() -> None:
    message = decode(*(call(0, "a", "f", piece) for piece in ("", '{"x"', ":1", "}")), finish("tool_calls"))
    assert calls_of(message) == [("a", "f", {"x": 1})]


def test_row_15_a_whole_call_in_one_piece() -> None:
    events = events_of(sse(call(0, "a", "f", '{"x":1}'), finish("tool_calls")), DONE)
    assert kinds(events)[2:6] == ["tool-input-start", "tool-input-delta", "tool-input-end", "tool-call"]


@pytest.mark.parametrize(
    ("arguments", "given"),
    [(None, {}), ("", {}), ("  ", {}), ({"x": [1, None]}, {"x": [1, None]}), ('"text"', "text"), ("null", None)],
)
def test_row_16_arguments_of_any_form(arguments: Any, given: Any) -> None:
    piece = {"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}
    (found,) = decode(chunk({"tool_calls": [piece]}), finish("tool_calls")).tool_calls
    assert (found.input, found.error) == (given, None)
    assert json.loads(found.arguments) == given


def test_row_16_an_object_that_is_repeated_counts_once() -> None:
    piece = {"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}
    repeated = chunk({"tool_calls": [piece]})
    assert calls_of(decode(repeated, repeated, finish("tool_calls"))) == [("a", "f", {"x": 1})]


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def usage_of(*wires: Any) -> e.Usage:
    usage = decode(*wires).usage
    assert usage is not None
    return usage


def test_row_17_usage_on_the_finish_chunk() -> None:
    usage = usage_of(text("a"), finish(usage=USAGE))
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (10, 5, 15)


def test_row_18_usage_in_a_trailing_chunk_without_choices() -> None:
    assert usage_of(text("a", usage=None), finish(usage=None), {"choices": [], "usage": USAGE}).total_tokens == 15


def test_row_19_usage_in_the_choice_and_again_beside_it() -> None:
    ending = finish()
    ending["choices"][0]["usage"] = {**USAGE, "total_tokens": 14, "completion_tokens": 4}
    assert usage_of(text("a"), ending).total_tokens == 14
    assert usage_of(text("a"), ending, {"choices": [], "usage": USAGE}).total_tokens == 15
    assert usage_of(text("a"), {**ending, "usage": USAGE}).total_tokens == 15


def test_row_20_usage_of_groq() -> None:
    groq = {"id": "req_1", "usage": {**USAGE, "queue_time": 0.1}}
    usage = usage_of(text("a", x_groq={"id": "req_1"}), finish(x_groq=groq))
    assert (usage.total_tokens, usage.details) == (15, groq["usage"])
    assert decode(text("a", x_groq={"id": "req_1"}), finish(x_groq=groq)).metadata == {"x_groq": {"id": "req_1"}}


def test_row_21_cumulative_usage_in_every_chunk() -> None:
    counted = [text("a", usage={**USAGE, "completion_tokens": n, "total_tokens": 10 + n}) for n in range(1, 6)]
    events = events_of(sse(*counted, finish()), DONE)
    assert [event.output_tokens for event in events if isinstance(event, e.Usage)] == [5]
    cut = Message.of(events_of(sse(*counted[:3])))
    assert cut.usage is not None
    assert (cut.usage.output_tokens, cut.finish_reason) == (3, "interrupted")


@pytest.mark.parametrize(
    ("extra", "field", "count"),
    [
        ({"prompt_tokens_details": None, "completion_tokens_details": None}, "cached_tokens", None),
        ({"reasoning_tokens": 4}, "reasoning_tokens", 4),
        ({"completion_tokens_details": {"reasoning_tokens": 3}}, "reasoning_tokens", 3),
        ({"prompt_cache_hit_tokens": 6, "prompt_cache_miss_tokens": 4}, "cached_tokens", 6),
        ({"cached_tokens": 7}, "cached_tokens", 7),
        ({"prompt_tokens_details": {"cached_tokens": 8}, "cached_tokens": 1}, "cached_tokens", 8),
        ({"cache_creation_input_tokens": 9}, "cache_write_tokens", 9),
        ({"prompt_tokens_details": {"cache_creation_input_tokens": 3}}, "cache_write_tokens", 3),
        ({"prompt_tokens_details": {"cache_write_tokens": 2}}, "cache_write_tokens", 2),
    ],
)
def test_row_22_usage_details_of_every_arrangement(extra: dict[str, Any], field: str, count: int | None) -> None:
    usage = usage_of(text("a"), finish(usage={**USAGE, **extra}))
    assert getattr(usage, field) == count
    assert usage.details == {**USAGE, **extra}


@pytest.mark.parametrize(
    "wire",
    [{"prompt_tokens": "10"}, {"prompt_tokens": None}, {"prompt_tokens": True}, {"prompt_tokens": -1}, {"cost": 0.1}],
)
def test_row_22_counts_that_are_none(wire: dict[str, Any]) -> None:
    usage = usage_of(text("a"), finish(usage=wire))
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (None, None, None)


def test_row_22_the_total_is_added_up_where_it_is_missing() -> None:
    usage = usage_of(text("a"), finish(usage={"prompt_tokens": 10.0, "completion_tokens": 5}))
    assert (usage.input_tokens, usage.total_tokens) == (10, 15)


def test_row_23_thinking_beside_the_output_is_counted_in() -> None:
    wire = {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 354,
            "completion_tokens_details": {"reasoning_tokens": 340}}  # fmt: skip
    usage = usage_of(text("a"), finish(usage=wire))
    assert (usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (342, 340, 354)


def test_row_23_there_is_no_more_thinking_than_output() -> None:
    usage = usage_of(text("a"), finish(usage={**USAGE, "reasoning_tokens": 9}))
    assert (usage.output_tokens, usage.reasoning_tokens) == (5, 5)


def test_row_24_absent_usage_is_not_zero() -> None:
    assert decode(text("a"), finish()).usage is None
    assert decode(text("a"), finish(usage={})).usage is None


def test_row_25_comments_are_heartbeats() -> None:
    body = b": keep-alive\n\n" + sse(text("a")) + b": OPENROUTER PROCESSING\n\n" + sse(finish()) + DONE
    once = [event.comment for event in events_of(body) if isinstance(event, e.Heartbeat)]
    assert once == ["OPENROUTER PROCESSING"]  # one a read, the latest
    lines = body.splitlines(keepends=True)
    each = [event.comment for event in events_of(*lines) if isinstance(event, e.Heartbeat)]
    assert each == ["keep-alive", "OPENROUTER PROCESSING"]


def test_row_26_blank_lines_before_a_whole_answer() -> None:
    body = b"\n\n\n" + json.dumps({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}).encode()
    assert Message.of(dialects.get("openai_chat").decode_body(body)).text == "a"


ERRORS = [
    ({"error": {"message": "no room", "type": "server_error", "code": 503}}, "OverloadedError", True),
    ({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, "RateLimitError", True),
    ({"object": "error", "message": "bad prompt", "type": "BadRequestError", "code": 400}, "BadRequestError", False),
    ({"error": "plain words"}, "APIError", False),
    ({"id": "x", "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
      "error": {"code": 502, "message": "Provider returned error", "metadata": {}}}, "ServerError", True),
    ({"choices": [{"index": 0, "delta": {}, "finish_reason": "error",
                   "error": {"code": 429, "message": "upstream"}}]}, "RateLimitError", True),
    ({"x_groq": {"id": "r", "error": "over capacity"}, "choices": []}, "OverloadedError", True),
    ({"code": 500, "msg": "404 NOT_FOUND", "success": False}, "ServerError", True),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "kind", "retryable"), ERRORS)
def test_row_27_errors_inside_a_200(wire: dict[str, Any], kind: str, retryable: bool) -> None:
    for before in ([], [text("par")]):
        message = decode(*before, wire, text("never seen"))
        assert message.error is not None
        assert (message.error.kind, message.error.retryable) == (kind, retryable)
        assert message.text == ("par" if before else "")
        assert (message.finish_reason, message.complete) == ("error", False)


def test_row_27_the_content_of_the_failing_chunk_is_kept_and_its_calls_are_not() -> None:
    wire = {**call(0, "a", "f", "{}"), "error": {"message": "no"}}
    wire["choices"][0]["finish_reason"] = "tool_calls"
    wire["choices"][0]["delta"]["content"] = "par"
    message = decode(wire)
    assert (message.text, message.tool_calls) == ("par", [])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", "stop"), ("eos", "stop"), ("length", "length"), ("model_length", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"), ("content_filter", "content_filter"), ("sensitive", "content_filter"),
        ("model_context_window_exceeded", "length"), ("load", "other"), ("unload", "other"), ("STOP", "stop"),
    ],
)  # fmt: skip
def test_row_28_finish_reasons(raw: str, reason: str) -> None:
    message = decode(text("a"), finish(raw))
    assert (message.finish_reason, message.raw_finish_reason) == (reason, raw)


@pytest.mark.parametrize("raw", ["insufficient_system_resource", "aborted", "error", "network_error"])
def test_row_28_finish_reasons_that_are_failures(raw: str) -> None:
    message = decode(text("a"), call(0, "a", "f", "{}"), finish(raw))
    assert message.error is not None
    assert (message.error.kind, message.error.code, message.error.retryable) == ("ServerError", raw, True)
    assert (message.text, message.tool_calls, message.finish_reason) == ("a", [], "error")


def test_row_29_stop_with_complete_calls_is_tool_calls() -> None:
    message = decode(call(0, "a", "f", "{}"), finish("stop"))
    assert (message.finish_reason, message.raw_finish_reason) == ("tool_calls", "stop")
    broken = decode(call(0, "a", "f", "{"), finish("stop"))
    assert broken.finish_reason == "stop"


def test_row_30_an_end_without_any_mark_is_an_interruption() -> None:
    for before in ([text("a")], [text("a"), call(0, "a", "f", "{}")], [chunk({"role": "assistant"})]):
        message = decode(*before, done=False)
        assert message.error is not None
        assert (message.error.kind, message.error.retryable) == ("StreamInterruptedError", True)
        assert message.tool_calls == []


def test_row_30_either_mark_is_enough() -> None:
    assert decode(text("a"), finish(), done=False).complete
    marked = decode(text("a"), call(0, "a", "f", "{}"))
    assert (marked.complete, len(marked.tool_calls)) == (True, 1)
    assert marked.finish_reason == "other", "nobody gave a reason, and none is made up: no tool may be run on it"


def test_row_31_unknown_fields_pass_unread() -> None:
    fields = {"p": "abc", "nonce": 1, "native_finish_reason": "x", "matched_stop": 2, "cost_in_usd_ticks": 3}
    wire = text("a", provider="Novita", obfuscation="zzz", **fields)
    message = decode(wire, finish())
    assert message.text == "a"
    assert message.metadata == {"provider": "Novita"}
    raw = events_of(sse(wire, finish()), DONE, include_raw=True)
    assert raw[0].raw == wire


def test_row_32_white_space_and_empty_thinking() -> None:
    message = decode(text("\n"), chunk({"reasoning_content": "hm"}), call(0, "a", "f", "{}"), finish("tool_calls"))
    assert [(block.kind, block.text) for block in message.blocks[:2]] == [("reasoning", "hm"), ("text", "\n")]
    empty = decode(text("<think>\n\n</think>\n\nHello"), finish())
    assert [(block.kind, block.text) for block in empty.blocks] == [("text", "Hello")]


def test_row_33_thinking_stands_on_the_message_for_the_echo() -> None:
    answer = decode(chunk({"reasoning_content": "hm"}), call(0, "a", "f", "{}"), finish("tool_calls"))
    request = Request(model="m", messages=normalise([answer]), traits=Traits(thinking_style="object"))
    (wire,) = MessageWriter(request.traits).write(request)
    assert wire["reasoning_content"] == "hm"
    assert wire["tool_calls"][0]["id"] == "a"


def test_row_35_the_first_id_and_time_stay_and_roles_repeat() -> None:
    later = {**chunk({"role": "assistant", "content": "b"}), "id": "c2", "created": 8, "model": "other"}
    message = decode(chunk({"role": "assistant", "content": "a"}), later, {**finish(), "id": "c3"})
    assert (message.id, message.created, message.model, message.text) == ("c1", 7, "m", "ab")
    starts = [ev for ev in events_of(sse(later, later, finish()), DONE) if isinstance(ev, e.Start)]
    assert starts == [e.Start("c2", "other", 8)]


def test_row_36_repeated_chunks_are_delivered() -> None:
    """Nobody can know that a repetition is no answer; a stage may, and `events` lets it."""
    assert decode(*[text("ha")] * 150, finish()).text == "ha" * 150
