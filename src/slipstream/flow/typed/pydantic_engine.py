"""pydantic v2 as the library that validates. It is imported only where a type is one of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from slipstream.flow.typed.engine import OWN_CHECK, Check, reread
from slipstream.flow.typed.failure import MismatchError, accepted, missing_field, type_name
from slipstream.flow.typed.models import is_opaque_metadata
from slipstream.flow.typed.words import Schema, walk, words

_OWN_CHECKS: Final = frozenset(("value_error", "assertion_error"))


class PydanticEngine:
    """pydantic, with the configuration of the model whose fields are validated.

    Args:
        config: the `model_config`, or None.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self._config = dict(config) if config else None
        self.plain = not any(name.startswith("str_") or name == "allow_inf_nan" for name in config or ())
        self.init_only = True

    def narrows(self, metadata: tuple[Any, ...]) -> bool:
        """See `Engine`."""
        return not is_opaque_metadata(metadata)

    @staticmethod
    @lru_cache(maxsize=256)
    def of(kind: type) -> PydanticEngine:
        """The engine for the fields of a model; always the same one for a model."""
        return PydanticEngine(getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", None))

    def checker(self, annotation: Any) -> Check:
        """See `Engine`."""
        validate = self._adapter(annotation).validate_json
        # From JSON and not from Python: strict models take a date as text from JSON alone.
        return lambda value: validate(json.dumps(value))

    def decoder(self, annotation: Any) -> Callable[[str], Any]:
        """See `Engine`."""
        validate = self._adapter(annotation).validate_json

        def decode(text: str) -> Any:
            try:
                return validate(text)
            except ValueError as error:
                if _errors(error)[0]["type"] != "json_invalid":
                    raise
                # Our reader took it, so it is JSON with something that pydantic is strict about: lone surrogates.
                return validate(json.dumps(reread(text)))

        return decode

    def schema(self, annotation: Any) -> Schema:
        """See `Engine`."""
        from pydantic import PydanticUserError

        try:
            schema: Schema = self._adapter(annotation).json_schema()
        except PydanticUserError:  # it takes types that JSON Schema has no word for
            return {"type": type_name(annotation)}
        return schema

    def explain(self, error: ValueError, annotation: Any) -> MismatchError:
        """See `Engine`. Of several failures it tells the first."""
        first = (_errors(error) or [{"type": "value_error", "loc": ()}])[0]
        kind, place = first["type"], first["loc"]
        root = self.schema(annotation)
        if kind == "missing":
            return MismatchError(missing_field(str(place[-1])), walk(root, place[:-1])[0])
        path, schema = walk(root, place)
        if kind == "extra_forbidden":
            return MismatchError("has a field that its type does not know", walk(root, place[:-1])[0])
        return MismatchError(OWN_CHECK if kind in _OWN_CHECKS else accepted(words(schema, root)), path)

    def _adapter(self, annotation: Any) -> Any:
        from pydantic import ConfigDict, PydanticUserError, TypeAdapter

        if self._config is None:
            return TypeAdapter(annotation)
        try:
            return TypeAdapter(annotation, config=ConfigDict(**self._config))  # type: ignore[typeddict-item]
        except PydanticUserError:  # a model, a dataclass or a TypedDict has a configuration of its own
            return TypeAdapter(annotation)


def _errors(error: ValueError) -> list[Any]:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return []
    return list(error.errors(include_url=False, include_input=False, include_context=False))
