"""Request bodies of generateContent, read: what the official SDK sends, what the documentation shows, and nonsense."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.gemini_wire import needed

from slipstream import dialects
from slipstream.dialects import Asked
from slipstream.dialects.common import request as r
from slipstream.errors import InvalidRequestError

genai = needed("google.genai")
GEMINI = dialects.get("gemini")


def read(body: dict[str, Any], **options: Any) -> Asked:
    return GEMINI.read(body, **options)


def again(body: dict[str, Any]) -> dict[str, Any]:
    """The body that our reading of this body writes, with the fields of its own."""
    asked = read(body, model="gemini-2.5-flash", stream=True)
    traits = r.Traits(thinking_style="budget")
    return GEMINI.body(msgspec.structs.replace(asked.request, extra=asked.own, traits=traits))


def sent_by_sdk(model: str = "gemini-2.5-flash", **arguments: Any) -> dict[str, Any]:
    """What google-genai sends."""
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"candidates": []})

    options = genai.types.HttpOptions(httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with genai.Client(api_key="k", http_options=options) as client:
        client.models.generate_content(model=model, **arguments)
    return bodies[0]


def weather(city: str, days: int = 1) -> str:
    """The weather."""
    return city * days


def test_what_the_sdk_sends_is_asked_again() -> None:
    types = genai.types
    body = sent_by_sdk(
        contents=[
            types.Content(
                role="user", parts=[types.Part(text="a"), types.Part.from_bytes(data=b"x", mime_type="image/png")]
            ),
            types.Content(
                role="model",
                parts=[
                    types.Part(text="hm", thought=True, thought_signature=b"t"),
                    types.Part(text="so", thought_signature=b"s"),
                    types.Part(function_call=types.FunctionCall(name="f", args={"a": 1}), thought_signature=b"c"),
                ],
            ),
            types.Content(role="user", parts=[types.Part.from_function_response(name="f", response={"output": "sun"})]),
        ],
        config=types.GenerateContentConfig(
            system_instruction="be", temperature=0.5, top_p=0.9, top_k=7, max_output_tokens=9, stop_sequences=["x"],
            candidate_count=1, seed=4, response_mime_type="application/json",
            response_json_schema={"type": "object", "properties": {"a": {"type": "string"}}},
            thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=512),
            tools=[types.Tool(google_search=types.GoogleSearch())],
            safety_settings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
        ),
    )  # fmt: skip
    body["systemInstruction"].pop("role")  # "user", which says nothing
    blob = body["contents"][0]["parts"][1]["inlineData"]
    blob["mimeType"] = blob.pop("mime_type")  # the SDK writes some names in snake case
    thinking = body["generationConfig"]["thinkingConfig"]
    body["generationConfig"]["thinkingConfig"] = {
        "includeThoughts": thinking["include_thoughts"],
        "thinkingBudget": thinking["thinking_budget"],
    }
    assert again(body) == body


def test_functions_as_the_sdk_sends_them() -> None:
    config = genai.types.GenerateContentConfig(
        tools=[weather],
        tool_config={"function_calling_config": {"mode": "ANY", "allowed_function_names": ["weather"]}},
        automatic_function_calling={"disable": True},
    )
    body = sent_by_sdk(contents="q", config=config)
    asked = read(body)
    (tool,) = asked.request.tools
    assert (tool.name, tool.description) == ("weather", "The weather.")
    assert tool.parameters["properties"]["city"] == {"type": "string"}
    assert asked.request.tool_choice == "weather"
    assert asked.own == {}


def test_the_model_and_the_stream_are_in_the_path() -> None:
    body = {"contents": [{"parts": [{"text": "a"}]}]}
    assert read(body, model="m", stream=True).request.stream
    assert not read(body, model="m").request.stream
    assert read({**body, "model": "models/x"}).request.model == "x"


def test_snake_case_is_read_too() -> None:
    body = {
        "system_instruction": {"parts": {"text": "be"}} | {"parts": [{"text": "be"}]},
        "contents": [{"role": "user", "parts": [{"inline_data": {"mime_type": "image/png", "data": "AA=="}}]}],
        "generation_config": {"max_output_tokens": 3, "thinking_config": {"thinking_level": "LOW"}},
        "tool_config": {"function_calling_config": {"mode": "auto"}},
        "tools": [{"function_declarations": [{"name": "f", "parameters_json_schema": {"type": "object"}}]}],
    }
    asked = read(body)
    assert asked.request.max_tokens == 3
    assert asked.request.thinking == r.Thinking(enabled=True, effort="low")
    assert asked.request.tool_choice == "auto"
    assert asked.request.tools[0].parameters == {"type": "object"}
    assert asked.request.messages[1].parts == [r.ImagePart(data="AA==", media_type="image/png")]


def test_the_older_schemas_are_json_schema() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "type": {"type": "STRING", "nullable": True},
            "l": {"type": "ARRAY", "items": {"type": "NUMBER"}},
        },
        "propertyOrdering": ["type"],
        "minProperties": "1",
    }
    wanted = {
        "type": "object",
        "properties": {"type": {"type": ["string", "null"]}, "l": {"type": "array", "items": {"type": "number"}}},
        "minProperties": 1,
    }
    body = {
        "contents": [{"parts": [{"text": "a"}]}],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}],
        "generationConfig": {"responseSchema": schema},
    }
    asked = read(body).request
    assert asked.tools[0].parameters == wanted
    assert asked.response_format == {"type": "json_schema", "json_schema": {"name": "answer", "schema": wanted}}


def test_what_has_no_neutral_form_stays() -> None:
    calling = {"mode": "ANY", "allowedFunctionNames": ["a", "b"]}
    body = {
        "contents": [{"role": "user", "parts": [{"text": "a"}]}],
        "cachedContent": "c",
        "generationConfig": {"topK": 3, "responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING"}},
        "toolConfig": {"functionCallingConfig": calling},
        "unknown": {"x": 1},
    }
    asked = read(body)
    assert asked.own == {name: value for name, value in body.items() if name != "contents"}
    assert again(body) == body


def choosing(calling: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """A body with the functions `a`, `b` and `c`, Google's search, and this choice among them."""
    functions = [{"name": name} for name in "abc"]
    return {
        "contents": [{"role": "user", "parts": [{"text": "q"}]}],
        "tools": [{"functionDeclarations": functions}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": calling, **beside},
    }


@pytest.mark.parametrize(
    ("mode", "choice", "names", "left"),
    [
        ("ANY", "required", ["a", "b"], {}),
        ("AUTO", "auto", ["a", "b", "googleSearch"], {}),
        ("VALIDATED", "auto", ["a", "b", "googleSearch"], {"functionCallingConfig": {"mode": "VALIDATED"}}),
    ],
)
def test_a_choice_among_some_functions(mode: str, choice: str, names: list[str], left: dict[str, Any]) -> None:
    for spelling in ("allowedFunctionNames", "allowed_function_names"):
        body = choosing({"mode": mode, spelling: ["a", "b"]}, retrievalConfig={"languageCode": "en"})
        assert again(body) == body
        asked = GEMINI.elsewhere(read(body))  # type: ignore[attr-defined]  # the dialect is `face.Peculiar`
        assert (asked.request.tool_choice, [tool.name for tool in asked.request.tools]) == (choice, names)
        assert asked.own == {"toolConfig": {"retrievalConfig": {"languageCode": "en"}, **left}}


def test_a_choice_without_names_is_the_same_elsewhere() -> None:
    for calling in ({"mode": "ANY"}, {"mode": "ANY", "allowedFunctionNames": ["a"]}, {"mode": "VALIDATED"}):
        asked = read(choosing(calling))
        assert GEMINI.elsewhere(asked) == asked  # type: ignore[attr-defined]
    assert GEMINI.elsewhere(read(choosing({"mode": "ANY", "allowedFunctionNames": ["a", "c"]}))).own == {}  # type: ignore[attr-defined]


def test_a_choice_of_what_is_no_function_is_refused_by_name() -> None:
    asked = read(choosing({"mode": "ANY", "allowedFunctionNames": ["a", "googleSearch"]}))
    with pytest.raises(InvalidRequestError) as caught:
        GEMINI.elsewhere(asked)  # type: ignore[attr-defined]
    assert caught.value.argument == "toolConfig.functionCallingConfig.allowedFunctionNames[1]"


def test_calls_and_results_without_ids_find_each_other() -> None:
    call = {"functionCall": {"name": "f", "args": {}}}
    result = {"functionResponse": {"name": "f", "response": {"output": "x"}}}
    body = {"contents": [{"role": "model", "parts": [call, call]}, {"role": "user", "parts": [result, result]}]}
    messages = read(body).request.messages
    ids = [part.id for message in messages for part in message.parts]  # type: ignore[union-attr]
    assert ids == ["call_0", "call_1", "call_0", "call_1"]
    assert again(body) == body


@pytest.mark.parametrize(
    ("response", "output", "failed"),
    [
        ({"output": "x"}, "x", False),
        ({"error": "no"}, "no", True),
        ({"output": [1]}, "[1]", False),
        ({"a": 1}, '{"a":1}', False),
        ({}, "{}", False),
    ],
)
def test_results(response: dict[str, Any], output: str, failed: bool) -> None:
    part = {"functionResponse": {"name": "f", "id": "x", "response": response}}
    (message,) = read({"contents": [{"role": "function", "parts": [part]}]}).request.messages
    assert message.parts == [r.ToolResultPart("x", output, "f", failed)]


def test_parts_that_stay_as_they_are() -> None:
    parts = [
        {"executableCode": {"code": "1", "language": "PYTHON"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}},
        {"inlineData": {"mimeType": "video/mp4", "data": "AA=="}, "videoMetadata": {"fps": 1}},
    ]
    body = {"contents": [{"role": "model", "parts": parts}, {"role": "user", "parts": [{"text": "a"}]}]}
    assert again(body) == body


@pytest.mark.parametrize(
    ("wire", "part"),
    [
        ({"fileData": {"fileUri": "https://a/b.png", "mimeType": "image/png"}}, "ImagePart"),
        ({"fileData": {"fileUri": "https://a/b.pdf", "mimeType": "application/pdf"}}, "FilePart"),
        ({"fileData": {"fileUri": "gs://b/c", "mimeType": "image/png"}}, "FilePart"),
        ({"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/a"}}, "FilePart"),
        ({"inlineData": {"data": "AA==", "mimeType": "audio/wav", "displayName": "a"}}, "FilePart"),
    ],
)
def test_media(wire: dict[str, Any], part: str) -> None:
    body = {"contents": [{"role": "user", "parts": [wire]}]}
    (message,) = read(body).request.messages
    assert type(message.parts[0]).__name__ == part
    assert again(body) == body


THINKING = [
    ({"includeThoughts": True}, {"includeThoughts": True}),
    ({"thinkingBudget": 0}, {"thinkingBudget": 0}),
    ({"thinkingBudget": -1}, {"includeThoughts": True, "thinkingBudget": -1}),
    ({"thinkingBudget": 9, "includeThoughts": False}, {"thinkingBudget": 9, "includeThoughts": False}),
]


@pytest.mark.parametrize(("asked", "written"), THINKING)
def test_thinking(asked: dict[str, Any], written: dict[str, Any]) -> None:
    body = {"contents": [{"parts": [{"text": "a"}]}], "generationConfig": {"thinkingConfig": asked}}
    assert again(body)["generationConfig"]["thinkingConfig"] == written


WRONG = [
    ({}, "contents"),
    ({"contents": []}, "contents"),
    ({"contents": "hi"}, "contents"),
    ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "contents[0].role"),
    ({"contents": [{"parts": [{}]}]}, "contents[0].parts[0]"),
    ({"contents": [{"parts": [{"txt": "a"}]}]}, "contents[0].parts[0]"),
    ({"contents": [{"parts": [{"text": 7}]}]}, "contents[0].parts[0].text"),
    ({"contents": [{"parts": [{"functionCall": {"name": "f"}}]}]}, "contents[0].parts[0].functionCall"),
    ({"contents": [{"role": "model", "parts": [{"functionCall": {}}]}]}, "contents[0].parts[0].functionCall.name"),
    ({"contents": [{"parts": [{"inlineData": {"data": "x"}}]}]}, "contents[0].parts[0].inlineData.mimeType"),
    ({"generationConfig": {"temperature": "hot"}}, "generationConfig.temperature"),
    ({"generationConfig": {"maxOutputTokens": 0}}, "generationConfig.maxOutputTokens"),
    ({"generationConfig": {"stopSequences": "x"}}, "generationConfig.stopSequences"),
    (
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "huge"}}},
        "generationConfig.thinkingConfig.thinkingLevel",
    ),
    ({"tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
    ({"toolConfig": {"functionCallingConfig": {"mode": "MUST"}}}, "toolConfig.functionCallingConfig.mode"),
    ({"systemInstruction": {"parts": [{"inlineData": {"data": "x", "mimeType": "image/png"}}]}}, "systemInstruction"),
]


@pytest.mark.parametrize(("body", "argument"), WRONG)
def test_what_is_wrong_is_named(body: dict[str, Any], argument: str) -> None:
    good = {"contents": [{"parts": [{"text": "a"}]}]} if body and "contents" not in body else {}
    with pytest.raises(InvalidRequestError) as refused:
        read({**good, **body})
    assert refused.value.argument == argument
    assert str(refused.value).startswith(argument)


KEYS = (
    "contents", "role", "parts", "text", "thought", "thoughtSignature", "functionCall", "functionResponse", "name",
    "args", "response", "inlineData", "mimeType", "data", "fileData", "fileUri", "systemInstruction", "tools", "id",
    "mode",
    "functionDeclarations", "parameters", "toolConfig", "functionCallingConfig", "allowedFunctionNames", "error",
    "generationConfig", "temperature", "stopSequences", "responseSchema", "thinkingConfig", "thinkingLevel", "output",
)  # fmt: skip
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.just(0.5)
    | st.sampled_from(("", "user", "model", "a", "\0", "\ud800")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), ANY, max_size=5), ANY)
@settings(max_examples=300)
def test_any_json_is_read_or_refused(body: dict[str, Any], part: Any) -> None:
    for wire in (body, {**body, "contents": [{"role": "model", "parts": [part]}]}, {"contents": [{"parts": [part]}]}):
        assert read_or_refused(wire)


def read_or_refused(wire: dict[str, Any]) -> object:
    """What was read; or the argument that is refused."""
    try:
        return read(wire)
    except InvalidRequestError as refused:
        return refused.argument
