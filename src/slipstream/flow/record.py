"""Keeps what passes, each event with its time, so that it can be played again.

Strategy: JSON has no NaN and no bytes, Python reads no integer of any length, and events may hold any object of the
reader's own. Such values are written as an object with one key (`{"$float": "nan"}`, `{"$bytes": "..."}`, `{"$int":
"0x..."}`), and come back as they were; what JSON cannot say at all becomes the name of its type. A delta, which holds
text alone, is written without looking.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

import msgspec

from slipstream.codec.limits import MAX_DECIMAL_BITS
from slipstream.errors import InvalidRequestError
from slipstream.events import AnyEvent, Event, ReasoningDelta, RefusalDelta, TextDelta, ToolInputDelta
from slipstream.flow.record_faults import fault
from slipstream.flow.stage import TERMINAL, Untimed

Row = tuple[float, Event]
"""Seconds since the start of the stream, and the event."""


class Rows(Protocol):
    """A list, or what takes rows like one."""

    def append(self, row: Row, /) -> object:
        """Take a row."""
        ...


class TextFile(Protocol):
    """A file that is open for text, or what is written to like one."""

    def write(self, text: str, /) -> object:
        """Take a line with its end."""
        ...


_DELTAS: Final = frozenset((TextDelta, ReasoningDelta, RefusalDelta, ToolInputDelta))
_ACCEPTED: Final = "a list, or a file that is open for text"
_encode: Final = msgspec.json.Encoder().encode


class Recorder(Untimed):
    """The stage behind `record()`. Everything passes, unchanged and at once.

    Args:
        to: a list (or what has `append`), which gets `(seconds, event)`, or a file open for text (what has `write`),
            which gets one line of JSON for each event, `{"at": seconds, "event": {...}}`, and an empty text at once.

    Raises:
        InvalidRequestError: it is neither, or takes no text: it is closed, open for reading, or open for bytes.
    """

    def __init__(self, to: Rows | TextFile) -> None:
        self._keep = _keeper(to)
        self._flush: Callable[[], object] | None = getattr(to, "flush", None)
        self._start: float | None = None

    def on_start(self, now: float) -> None:
        """Times count from here."""
        self._start = now

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Keep the event, and pass it on."""
        if self._start is None:
            self._start = now
        self._keep(now - self._start, event)
        if type(event) in TERMINAL and self._flush is not None:
            self._flush()
        return (event,)

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Nothing is held."""
        return ()


def _keeper(to: Any) -> Callable[[float, Event], object]:
    append, write = getattr(to, "append", None), getattr(to, "write", None)
    if callable(append) and not isinstance(to, bytearray):
        return lambda at, event: append((at, event))
    if not callable(write):
        raise InvalidRequestError(f"record(to): a {type(to).__name__}; accepted: {_ACCEPTED}")
    _check_file(write)
    return lambda at, event: write(f'{{"at":{at:.6f},"event":{json_of(event)}}}\n')


def _check_file(write: Callable[[str], object]) -> None:
    try:
        write("")  # the only way to tell of a wrapper whether it takes text or bytes
    except TypeError:
        raise InvalidRequestError(f"record(to): a file that is open for bytes; accepted: {_ACCEPTED}") from None
    except ValueError:
        raise InvalidRequestError(
            f"record(to): a file that is closed, or not open for writing; accepted: {_ACCEPTED}"
        ) from None
    except OSError:  # a full disk, which is told when it is written to: it may have room by then
        return


# ---- writing


def json_of(event: Event) -> str:
    """The event as a line of JSON, whatever it holds; what JSON lacks is in objects of one key."""
    plain = event if type(event) in _DELTAS and event.raw is None else _tree_of(event)
    try:
        return _encode(plain).decode()
    except (UnicodeEncodeError, OverflowError):  # half a surrogate pair, an integer beyond 64 bits
        return json.dumps(msgspec.to_builtins(plain))


def _tree_of(event: Event) -> Any:
    try:
        tree = _plain(event)
    except (TypeError, ValueError):  # a key that JSON lacks, somewhere
        tree = {"type": event.type} | {name: _walked(value) for name, value in msgspec.structs.asdict(event).items()}
    return _safe(tree)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, builtin_types=(bytes,), str_keys=True, enc_hook=_hook)


def _hook(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)  # pydantic's, which partial objects may be of
    return dump() if callable(dump) else _named(value)


def _named(value: Any) -> str:
    return f"<{type(value).__name__}>"


def _walked(value: Any) -> Any:
    """The value as `_plain` has it, whatever keys its dicts have."""
    if isinstance(value, dict):
        return {_key(key): _walked(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_walked(one) for one in value]
    try:
        return _plain(value)
    except (TypeError, ValueError):
        return _named(value)


def _key(key: Any) -> str:
    """A key as text: a number as its digits, what JSON cannot say as the name of its type."""
    if isinstance(key, int) and key.bit_length() > MAX_DECIMAL_BITS:
        return hex(key)
    try:
        return next(iter(_plain({key: None})))  # type: ignore[no-any-return]
    except (TypeError, ValueError):
        return _named(key)


def _safe(value: Any) -> Any:
    """The value with what JSON lacks in objects of one key."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, int):
        return value if value.bit_length() <= MAX_DECIMAL_BITS else {"$int": hex(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        safe = {key: _safe(one) for key, one in value.items()}
        return {"$dict": safe} if len(safe) == 1 and next(iter(safe)).startswith("$") else safe
    return [_safe(one) for one in value] if isinstance(value, (list, tuple)) else value


# ---- reading

_STAND_INS: Final[dict[str, Callable[[Any], Any]]] = {
    "$float": float,
    "$int": lambda text: int(text, 16),
    "$bytes": base64.b64decode,
}


def recorded(lines: str | bytes | Iterable[str | bytes | Row]) -> tuple[list[Event], list[float]]:
    """What `record` kept.

    Args:
        lines: the file, its text, its lines, or the list that was recorded to.

    Returns:
        The events and their times in seconds, as `flow.apply(stages, *recorded(file))` takes them.

    Raises:
        InvalidRequestError: a line is no recorded event; the message gives its number, and what is wrong with it.
    """
    given = lines.split("\n") if isinstance(lines, str) else lines.split(b"\n") if isinstance(lines, bytes) else lines
    rows = [_row(number, line) for number, line in enumerate(given, 1) if isinstance(line, tuple) or line.strip()]
    return [event for _, event in rows], [at for at, _ in rows]


def _row(number: int, line: str | bytes | Row) -> Row:
    if isinstance(line, tuple):
        return line
    try:
        wire = json.loads(line)  # not msgspec: it refuses half a surrogate pair
        event = msgspec.convert(_restored(wire["event"]), type=AnyEvent, builtin_types=(bytes,))
        return float(wire["at"]), event
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        reason = fault(line.encode(errors="surrogatepass") if isinstance(line, str) else line, timed=True)
        raise InvalidRequestError(f"recorded: line {number} is no recorded event: {reason}") from None


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key in _STAND_INS:
            return _STAND_INS[key](inner)
        if key == "$dict" and isinstance(inner, dict):
            value = inner
        elif key == "$dict":
            raise TypeError("$dict holds no object")
    return {key: _restored(one) for key, one in value.items()}


def record(to: Rows | TextFile) -> Recorder:
    """A stage that keeps what passes; see `Recorder`, and `recorded` to read it."""
    return Recorder(to)
