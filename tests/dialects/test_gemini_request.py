"""The request side of generateContent: from the neutral request to the body, and the echo of earlier answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.dialects.gemini_wire import chunk, events_of, recorded, sse, wires_of

from slipstream import dialects
from slipstream.dialects.common import request as r
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.thinking import normalise_thinking
from slipstream.dialects.common.tools import normalise_tools
from slipstream.errors import InvalidRequestError
from slipstream.events import Message

GEMINI = dialects.get("gemini")
SKIP = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="


def request(messages: Any = "hi", model: str = "gemini-2.5-flash", **fields: Any) -> r.Request:
    if "tools" in fields:
        fields["tools"] = normalise_tools(fields["tools"])
    if "thinking" in fields:
        fields["thinking"] = normalise_thinking(fields["thinking"])
    return r.Request(model=model, messages=normalise(messages), **fields)


def body(messages: Any = "hi", model: str = "gemini-2.5-flash", **fields: Any) -> dict[str, Any]:
    return GEMINI.body(request(messages, model, **fields))


def test_the_least_there_can_be() -> None:
    assert body() == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def test_paths() -> None:
    assert GEMINI.path(request()) == "models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    assert GEMINI.path(request(stream=False)) == "models/gemini-2.5-flash:generateContent"
    assert GEMINI.path(request(model="tunedModels/a?b", stream=False)) == "tunedModels/a%3Fb:generateContent"


def test_keys_and_tokens() -> None:
    assert GEMINI.headers("AIzaKey", now=0) == {"x-goog-api-key": "AIzaKey"}
    assert GEMINI.headers("ya29.token", now=0) == {"Authorization": "Bearer ya29.token"}
    assert GEMINI.headers(None, now=0) == {}
    for key in ("", "a b", "a\n", "ä", 7):
        with pytest.raises(InvalidRequestError, match="api_key") as refused:
            GEMINI.headers(key, now=0)  # type: ignore[arg-type]
        assert str(key) not in str(refused.value) or not str(key).strip()


def test_sampling() -> None:
    fields: dict[str, Any] = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["x"], "n": 2, "seed": 3}
    assert body(**fields)["generationConfig"] == {
        "temperature": 0.5, "topP": 0.9, "maxOutputTokens": 7, "stopSequences": ["x"], "candidateCount": 2, "seed": 3,
    }  # fmt: skip


def test_turns() -> None:
    messages = [
        {"role": "system", "content": "be"}, {"role": "user", "content": "a"}, {"role": "user", "content": "b"},
        {"role": "assistant", "content": "c"}, {"role": "developer", "content": "brief"},
        {"role": "user", "content": ""}, {"role": "user", "content": "d"},
    ]  # fmt: skip
    assert body(messages) == {
        "systemInstruction": {"parts": [{"text": "be"}, {"text": "brief"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
            {"role": "model", "parts": [{"text": "c"}]},
            {"role": "user", "parts": [{"text": "d"}]},
        ],
    }


@pytest.mark.parametrize("messages", [[{"role": "system", "content": "x"}], [{"role": "user", "content": ""}]])
def test_nothing_to_answer(messages: Any) -> None:
    with pytest.raises(InvalidRequestError, match="messages"):
        body(messages)


def test_media() -> None:
    parts: list[r.Part] = [
        r.ImagePart(data="iVBORw0KGgo=", media_type="image/png"),
        r.ImagePart(url="https://a.example/b.jpg?x=1"),
        r.FilePart(data="AAAA", media_type="application/pdf", name="a.pdf"),
        r.FilePart(url="https://a.example/b.mp3"),
        r.FilePart(url="https://www.youtube.com/watch?v=1"),
        r.FilePart(id="files/abc"),
        r.FilePart(id="gs://b/c", media_type="video/mp4"),
        r.RawPart({"inlineData": {"mimeType": "audio/wav", "data": "AA=="}, "mediaResolution": {"level": "LOW"}}),
    ]
    files = "https://generativelanguage.googleapis.com/v1beta/files/abc"
    assert body([r.ChatMessage("user", parts)])["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://a.example/b.jpg?x=1"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "AAAA", "displayName": "a.pdf"}},
        {"fileData": {"mimeType": "audio/mp3", "fileUri": "https://a.example/b.mp3"}},
        {"fileData": {"fileUri": "https://www.youtube.com/watch?v=1"}},
        {"fileData": {"fileUri": files}},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/c"}},
        {"inlineData": {"mimeType": "audio/wav", "data": "AA=="}, "mediaResolution": {"level": "LOW"}},
    ]


@pytest.mark.parametrize("part", [r.FilePart(url="https://a.example/x"), r.RawPart({"type": "document"})])
def test_media_that_cannot_be_said(part: r.Part) -> None:
    with pytest.raises(InvalidRequestError, match=r"messages\[0\].content\[0\]"):
        body([r.ChatMessage("user", [part])])


def test_parts_of_other_dialects() -> None:
    cached = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
    image = {"type": "image_url", "image_url": "https://a.example/b.png", "min_pixels": 1}
    parts = body([{"role": "user", "content": [cached, image]}])["contents"][0]["parts"]
    assert parts[0] == {"text": "a"}
    assert parts[1] == {"fileData": {"mimeType": "image/png", "fileUri": "https://a.example/b.png"}}


SCHEMA = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string"}}}


def test_tools() -> None:
    tools = [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}},
        {"name": "g", "input_schema": {"type": "object", "properties": {}}},
        {"googleSearch": {}},
    ]
    found = body(tools=tools, tool_choice="f")
    assert found["tools"] == [
        {
            "functionDeclarations": [
                {"name": "f", "description": "d", "parametersJsonSchema": SCHEMA},
                {"name": "g"},
            ]
        },
        {"googleSearch": {}},
    ]
    calling = {"mode": "ANY", "allowedFunctionNames": ["f"]}
    assert found["toolConfig"] == {"functionCallingConfig": calling}


@pytest.mark.parametrize(("choice", "mode"), [("auto", "AUTO"), ("none", "NONE"), ("required", "ANY")])
def test_tool_choices(choice: str, mode: str) -> None:
    found = body(tools=[{"name": "f"}], tool_choice=choice)
    assert found["toolConfig"] == {"functionCallingConfig": {"mode": mode}}


@pytest.mark.parametrize(
    "fields",
    [{"tools": [{"name": "f"}], "tool_choice": "g"}, {"tool_choice": "auto"}, {"tools": [{"type": "web_search"}]}],
)
def test_tools_that_cannot_be_said(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="tool"):
        body(**fields)


THINKING = [
    (None, None, None),
    (True, {"includeThoughts": True}, {"includeThoughts": True}),
    (False, {"thinkingLevel": "MINIMAL"}, {"thinkingBudget": 0}),
    ("none", {"thinkingLevel": "MINIMAL"}, {"thinkingBudget": 0}),
    (
        "low",
        {"includeThoughts": True, "thinkingLevel": "LOW"},
        {"includeThoughts": True, "thinkingBudget": 1024},
    ),
    ("max", {"includeThoughts": True, "thinkingLevel": "XHIGH"}, {"includeThoughts": True, "thinkingBudget": 24576}),
    (
        {"type": "enabled", "budget_tokens": 99},
        {"includeThoughts": True, "thinkingBudget": 99},
        {"includeThoughts": True, "thinkingBudget": 99},
    ),
    ({"type": "auto", "thinkingBudget": -1}, {"thinkingBudget": -1}, {"thinkingBudget": -1}),
]


@pytest.mark.parametrize(("thinking", "level", "budget"), THINKING)
def test_thinking(thinking: Any, level: Any, budget: Any) -> None:
    for style, wanted in (("effort", level), ("budget", budget)):
        found = body(thinking=thinking, traits=r.Traits(thinking_style=style))  # type: ignore[arg-type]
        assert found.get("generationConfig", {}).get("thinkingConfig") == wanted


def test_the_form_of_the_answer() -> None:
    kind = {"responseMimeType": "application/json"}
    assert body(response_format={"type": "json_object"})["generationConfig"] == kind
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    assert body(response_format=wanted)["generationConfig"] == {**kind, "responseJsonSchema": SCHEMA}
    assert "generationConfig" not in body(response_format={"type": "text"})
    for wrong in ({"type": "grammar"}, {"type": "json_schema"}):
        with pytest.raises(InvalidRequestError, match="response_format"):
            body(response_format=wrong)


def test_extra_wins_and_adds() -> None:
    extra = {"generationConfig": {"topK": 5, "temperature": 1}, "safetySettings": []}
    found = body(temperature=0.1, max_tokens=5, extra=extra)
    assert found["generationConfig"] == {"temperature": 1, "maxOutputTokens": 5, "topK": 5}
    assert found["safetySettings"] == []


# The echo.


@pytest.mark.parametrize("number", range(11))
def test_an_answer_goes_back_as_it_came(corpora: Path, number: int) -> None:
    """Every part that carries a signature goes back on the same part, and text and calls as they were."""
    data = recorded(corpora)[number].read_bytes()
    message = Message.of(events_of(data))
    parts = [
        part
        for wire in wires_of(data)
        for one in wire.get("candidates", ())
        for part in one.get("content", {}).get("parts", ())
    ]
    wanted: list[dict[str, Any]] = []
    for part in parts:
        signed = "thoughtSignature" in part
        if "executableCode" in part or "codeExecutionResult" in part or (part.get("thought") and not signed):
            continue  # what Google ran itself does not go back, and unsigned thoughts need not
        last = wanted[-1] if wanted else {}
        if "text" in part and part["text"] and "text" in last and not signed and "thoughtSignature" not in last:
            last["text"] += part["text"]
        elif part.get("text") or signed or "functionCall" in part:
            wanted.append(dict(part))
    outputs = [
        {"role": "tool", "tool_call_id": c.id, "content": "x"} for c in message.tool_calls if not c.provider_executed
    ]
    found = body([{"role": "user", "content": "q"}, message, *outputs])
    assert found["contents"][1] == {"role": "model", "parts": wanted}


def test_a_signed_piece_of_text_is_a_part_again() -> None:
    signed = sse(
        chunk({"text": "ab"}), chunk({"text": "cd", "thoughtSignature": "s"}), chunk({"text": "ef"}, finish="STOP")
    )
    found = body([{"role": "user", "content": "q"}, Message.of(events_of(signed))])
    assert found["contents"][1]["parts"] == [
        {"text": "ab"},
        {"text": "cd", "thoughtSignature": "s"},
        {"text": "ef"},
    ]


def test_results_of_parallel_calls_stand_together() -> None:
    calls = chunk({"functionCall": {"name": "f", "args": {}}}, {"functionCall": {"name": "f", "args": {}, "id": "x"}})
    message = Message.of(events_of(sse(calls, chunk(finish="STOP"))))
    results = [
        {"role": "tool", "tool_call_id": "call_0", "content": "sun"},
        {"role": "tool", "tool_call_id": "x", "content": '{"t": 1}', "is_error": False},
    ]
    found = body([{"role": "user", "content": "q"}, message, *results])
    assert found["contents"][2] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "f", "response": {"output": "sun"}}},
            {"functionResponse": {"id": "x", "name": "f", "response": {"t": 1}}},
        ],
    }


def test_a_failed_call_and_one_that_nobody_made() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "[1"}}
    said = {"role": "assistant", "tool_calls": [call]}
    failed = {"role": "tool", "tool_call_id": "a", "content": "no", "is_error": True}
    found = body([{"role": "user", "content": "q"}, said, failed])["contents"]
    assert found[1]["parts"][0]["functionCall"] == {"id": "a", "name": "f", "args": {"INVALID_JSON": "[1"}}
    assert found[2]["parts"][0]["functionResponse"]["response"] == {"error": "no"}
    with pytest.raises(InvalidRequestError, match="nobody made"):
        body([{"role": "user", "content": "q"}, failed])


@pytest.mark.parametrize(
    ("model", "needs"),
    [
        ("gemini-2.5-flash", False),
        ("gemini-3-pro-preview", True),
        ("gemini-3.8-flash", True),
        ("models/gemini-flash-latest", True),
    ],
)
def test_calls_of_another_model_skip_the_signature(model: str, needs: bool) -> None:
    def call(id: str, **more: Any) -> dict[str, Any]:
        return {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}, **more}

    results = [{"role": "tool", "tool_call_id": id, "content": ""} for id in ("a", "b")]
    said = {"role": "assistant", "tool_calls": [call("a"), call("b")]}
    parts = body([{"role": "user", "content": "q"}, said, *results], model)["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [SKIP if needs else None, None]
    own = {"extra_content": {"google": {"thought_signature": "s"}}}  # as Google's OpenAI-compatible endpoint has it
    said = {"role": "assistant", "tool_calls": [call("a", **own), call("b")]}
    parts = body([{"role": "user", "content": "q"}, said, *results], model)["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == ["s", None]


def test_thoughts_of_other_providers_stay_behind() -> None:
    parts: list[r.Part] = [r.ReasoningPart("hm", "signature"), r.TextPart("a")]
    found = body([r.ChatMessage("user", [r.TextPart("q")]), r.ChatMessage("assistant", parts)])
    assert found["contents"][1]["parts"] == [{"text": "a"}]
