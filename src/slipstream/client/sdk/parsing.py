"""Answers of a given class: its JSON schema for the request, and its objects out of the answer.

The class is a pydantic model (its own methods are used, pydantic is never imported here), a dataclass, a TypedDict or
a msgspec Struct.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from slipstream.errors import InvalidRequestError, ProtocolError


def response_format_of(answer: Any) -> dict[str, Any]:
    """The `response_format` of a request.

    Args:
        answer: the mapping itself, or a class.

    Raises:
        InvalidRequestError: it is neither, or no schema can be made of the class.
    """
    if isinstance(answer, Mapping):
        return dict(answer)
    if not isinstance(answer, type):
        raise InvalidRequestError(f"response_format is a {type(answer).__name__}; it takes a mapping or a class")
    schema = strict(_schema(answer))
    return {"type": "json_schema", "json_schema": {"name": answer.__name__, "schema": schema, "strict": True}}


def text_format_of(kind: Any) -> dict[str, Any]:
    """The `text.format` of a request to the Responses API: the same without the inner object.

    Raises:
        InvalidRequestError: it is no class, or no schema can be made of it.
    """
    if not isinstance(kind, type):
        raise InvalidRequestError(f"text_format is a {type(kind).__name__}; it takes a class")
    return {"type": "json_schema", **response_format_of(kind)["json_schema"]}


def _schema(kind: type) -> dict[str, Any]:
    model_schema: Any = getattr(kind, "model_json_schema", None)
    if callable(model_schema):
        return dict(model_schema())
    try:
        schema = msgspec.json.schema(kind)
    except TypeError:
        raise InvalidRequestError(
            f"response_format is the class {kind.__name__}, of which no JSON schema can be made; it takes a pydantic "
            "model, a dataclass, a TypedDict or a msgspec Struct"
        ) from None
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    root = schema.get("$defs", {}).get(name)  # OpenAI wants an object at the top, no reference
    return {**root, "$defs": schema["$defs"]} if root is not None else schema


def strict(schema: Any) -> Any:
    """The schema as OpenAI's strict mode wants it: no further properties, all of them required, no defaults of null.

    Source: the guide to structured outputs, "supported schemas".
    """
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items() if not (name == "default" and value is None)}
    if made.get("type") == "object" and "additionalProperties" not in made:
        made["additionalProperties"] = False
    if isinstance(made.get("properties"), dict):
        made["required"] = list(made["properties"])
    return made


def parse(kind: type[Any], text: str) -> Any:
    """The object that an answer's content is.

    Raises:
        ProtocolError: the content is no such object; the cause says why.
    """
    try:
        if callable(getattr(kind, "model_validate_json", None)):
            return kind.model_validate_json(text)
        return msgspec.json.decode(text, type=kind)
    except ValueError as error:  # both libraries' errors are
        raise ProtocolError(f"the answer's content is no {kind.__name__}") from error
