"""Who validates: msgspec for Structs, dataclasses, TypedDicts and plain types, pydantic for its own models.

Strategy: a value is validated by the library that owns its type, from JSON, so that a field accepts exactly what the
library accepts from JSON (a date as text, a tuple as a list). What a library says of a failure may quote the value; so
only the place is taken from it, and what is accepted there is told from the type's JSON Schema.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from slipstream.codec import JSONStream
from slipstream.errors import SlipstreamError
from slipstream.flow.typed.failure import MismatchError, accepted, missing_field, type_name
from slipstream.flow.typed.words import Schema, walk, words

Check = Callable[[Any], Any]
"""Takes a value as JSON has it, returns it as its type has it. Raises ValueError if it does not fit."""


class Engine(Protocol):
    """A library that validates.

    Attributes:
        plain: True if a str, an int, a float, a bool or a null is taken as it is where its type allows it.
        init_only: True if dataclass fields with `init=False` are no fields of JSON.
    """

    plain: bool
    init_only: bool

    def narrows(self, metadata: tuple[Any, ...]) -> bool:
        """True if what `Annotated` holds takes nothing that the type would not take."""
        ...

    def checker(self, annotation: Any) -> Check:
        """What validates a finished value of this type."""
        ...

    def decoder(self, annotation: Any) -> Callable[[str], Any]:
        """What validates a whole JSON text."""
        ...

    def schema(self, annotation: Any) -> Schema:
        """The JSON Schema of the type."""
        ...

    def explain(self, error: ValueError, annotation: Any) -> MismatchError:
        """Where a value failed and what is accepted there, without the value."""
        ...


OWN_CHECK: Final = "is refused by a check of the type's own"
_PARTS: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_MISSING: Final = re.compile(r"Object missing required field `([^`]*)`")


class MsgspecEngine:
    """msgspec, with pydantic models where they are fields of its types."""

    plain = True
    init_only = False

    def narrows(self, metadata: tuple[Any, ...]) -> bool:  # noqa: ARG002  it knows nothing but bounds
        """See `Engine`."""
        return True

    def checker(self, annotation: Any) -> Check:
        """See `Engine`."""
        decode, encode = _decoder(annotation).decode, msgspec.json.encode
        # Twice through C (0.15 us) beats `msgspec.convert`, which analyses the type anew at every call (0.2 to 3 us).
        return lambda value: decode(encode(value))

    def decoder(self, annotation: Any) -> Callable[[str], Any]:
        """See `Engine`."""
        decoder = _decoder(annotation)

        def decode(text: str) -> Any:
            try:
                return decoder.decode(text)
            except msgspec.ValidationError:
                raise
            except msgspec.DecodeError:
                # Our reader took it, so it is JSON with something that msgspec is strict about: half a surrogate pair.
                return decoder.decode(msgspec.json.encode(reread(text)))

        return decode

    def schema(self, annotation: Any) -> Schema:
        """See `Engine`."""
        try:
            return msgspec.json.schema(annotation, schema_hook=_schema_hook)
        except (TypeError, NotImplementedError):  # it takes types that JSON Schema has no word for
            return {"type": type_name(annotation)}

    def explain(self, error: ValueError, annotation: Any) -> MismatchError:
        """See `Engine`."""
        said, _, place = str(error).rpartition(" - at `")
        parts = [
            int(item) if item.isdigit() else name or item for name, item in _PARTS.findall(place.removesuffix("`"))
        ]
        root = self.schema(annotation)
        path, schema = walk(root, parts)
        cause = error.__cause__
        if isinstance(cause, MismatchError):
            return MismatchError(cause.why, path + cause.path)
        missing = _MISSING.fullmatch(said or place)
        if missing is not None:
            return MismatchError(missing_field(missing[1]), path)
        return MismatchError(OWN_CHECK if cause is not None else accepted(words(schema, root)), path)


def _decoder(annotation: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(annotation, dec_hook=_dec_hook)


def reread(text: str) -> Any:
    """The value of a JSON text that our own reader took before.

    Raises:
        ValueError: it is none after all.
    """
    stream = JSONStream()
    try:
        stream.feed(text)
        return stream.end()
    except SlipstreamError as error:
        raise ValueError(error.message) from None


def _dec_hook(kind: type, value: Any) -> Any:
    """Validate a pydantic model that is a field of a msgspec type."""
    engine = engine_of(kind)
    try:
        return engine.checker(kind)(value)
    except ValueError as error:
        raise engine.explain(error, kind) from None


def _schema_hook(kind: type) -> dict[str, Any]:
    return dict(engine_of(kind).schema(kind))


def is_pydantic(kind: Any) -> bool:
    """True for the types that pydantic (v2) owns: its models and its dataclasses."""
    return isinstance(kind, type) and "pydantic" in sys.modules and hasattr(kind, "__pydantic_validator__")


def engine_of(kind: Any) -> Engine:
    """The library that owns a class."""
    if is_pydantic(kind):
        from slipstream.flow.typed.pydantic_engine import PydanticEngine

        return PydanticEngine.of(kind)
    return MSGSPEC


MSGSPEC: Final = MsgspecEngine()
