"""The list of models, in the form of whoever asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from slipstream.models import Model

Listed = Sequence[tuple[str, Model]]

EPOCH: Final = datetime.fromtimestamp(0, UTC).isoformat().replace("+00:00", "Z")
"""When a model was made, in the forms that must say so: nobody has told us."""

VERSION: Final = "0.12.6"
"""What `/api/version` says: the release of Ollama whose API this is (thinking, structured output, tools)."""


def openai_model(name: str, model: Model) -> dict[str, Any]:
    """OpenAI's form of one model."""
    return {"id": name, "object": "model", "created": 0, "owned_by": model.provider}


def openai(models: Listed) -> dict[str, Any]:
    """`GET /v1/models` of OpenAI."""
    return {"object": "list", "data": [openai_model(name, model) for name, model in models]}


def anthropic_model(name: str, model: Model) -> dict[str, Any]:
    """Anthropic's form of one model."""
    return {"type": "model", "id": name, "display_name": model.id, "created_at": EPOCH}


def anthropic(models: Listed) -> dict[str, Any]:
    """`GET /v1/models` of Anthropic."""
    data = [anthropic_model(name, model) for name, model in models]
    ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return {"data": data, "has_more": False, **ends}


def gemini_model(name: str, model: Model) -> dict[str, Any]:
    """Google's form of one model."""
    limits = {"inputTokenLimit": model.context, "outputTokenLimit": model.output}
    return {
        "name": f"models/{name}",
        "displayName": model.id,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
        **{key: value for key, value in limits.items() if value is not None},
    }


def gemini(models: Listed) -> dict[str, Any]:
    """`GET /v1beta/models` of Google."""
    return {"models": [gemini_model(name, model) for name, model in models]}


def ollama_model(name: str, model: Model) -> dict[str, Any]:
    """Ollama's form of one model. Its clients need a size and a digest; there is no file that they could be of."""
    details = {
        "parent_model": "", "format": "", "family": model.provider, "families": [model.provider], "parameter_size": "",
        "quantization_level": "",
    }  # fmt: skip
    digest = hashlib.sha256(model.name.encode()).hexdigest()
    return {"name": name, "model": name, "modified_at": EPOCH, "size": 0, "digest": digest, "details": details}


def ollama(models: Listed) -> dict[str, Any]:
    """`GET /api/tags` of Ollama."""
    return {"models": [ollama_model(name, model) for name, model in models]}


Form = tuple[Callable[[Listed], dict[str, Any]], Callable[[str, Model], dict[str, Any]]]

FORMS: Final[Mapping[str, Form]] = {
    "openai_chat": (openai, openai_model),
    "anthropic": (anthropic, anthropic_model),
    "gemini": (gemini, gemini_model),
    "ollama": (ollama, ollama_model),
}
"""By dialect: the list, and one of it."""
