"""Opens a recording: a path, or a file that is open for bytes.

Strategy: what a file is must be told when it is named, not at the first read of a stream that is made of it. So its
first bytes are read at once. A file on disk is closed again until it is read, so that a stream which nobody reads holds
nothing open; a pipe cannot be opened twice and is kept, with what has been read of it, until it has been played or
`close()` lets go of it.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol

from slipstream import dialects
from slipstream.errors import InvalidRequestError
from slipstream.record.body_reader import BodyReader, Refusal
from slipstream.record.own_reader import EventReader
from slipstream.record.row import Reader, Row
from slipstream.record.sniffing import MAX_HEAD_BYTES, Form, sniff
from slipstream.record.text_reader import TextReader


class ByteFile(Protocol):
    """A file that is open for bytes."""

    def read(self, size: int, /) -> bytes | None:
        """The next bytes, b"" at the end."""
        ...


Source = str | os.PathLike[str] | ByteFile
"""A path, or a file that is open for bytes."""

_CHUNK: Final = 64 * 1024
_TEXT_SUFFIXES: Final = (".md", ".markdown")
_ACCEPTED: Final = "accepted: a path, or a file open for bytes"


class Recording:
    """A recording that has been looked at, and can be read.

    Args:
        source: a path, or a file that is open for bytes. A file stays the caller's and is not closed.
        dialect: the dialect of a provider's body; None finds it.
        text: True plays the text as it stands; None does so for `.md`, and for `.txt` that is nothing else.
        name: what messages call it; None takes its path.

    Attributes:
        name: this.
        form: what it holds.
        again: True if it can be read more than once.

    Raises:
        InvalidRequestError: it cannot be read, or is nothing that can be replayed.
        UnknownModelError: there is no such dialect.
    """

    def __init__(
        self, source: Source, *, dialect: str | None = None, text: bool | None = None, name: str | None = None
    ) -> None:
        self._path, self._file = _split(source)
        self.name = name or (str(self._path) if self._path is not None else str(getattr(source, "name", "the file")))
        self.again = False
        self._head = bytearray()
        if text is not None and not isinstance(text, bool):
            raise InvalidRequestError(f"text is a {type(text).__name__}; accepted: True, False or None")
        if text and dialect is not None:
            raise InvalidRequestError("text and dialect cannot both be given: a text is of no dialect")
        self.form = self._look(None if dialect is None else dialects.get(dialect).name, text)

    # ---- looking

    def _look(self, dialect: str | None, text: bool | None) -> Form:
        kept = False
        try:
            form = self._form(dialect, text)
            kept = not self.again
        except InvalidRequestError as error:
            raise self._named(error) from None
        finally:
            if not kept:
                self.close()
        return form

    def _form(self, dialect: str | None, text: bool | None) -> Form:
        if self._path is not None:
            self._file = self._open(self._path)
            self.again = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        if text or (text is None and dialect is None and self._suffix in _TEXT_SUFFIXES):
            return self._as_text()
        try:
            form = self._sniffed(dialect)
        except InvalidRequestError as error:
            if text is None and dialect is None and self._suffix == ".txt":
                return self._as_text()
            raise error if dialect is None else _not_of(dialect, error) from None
        return Form("text") if form.kind == "refusal" and self._suffix == ".txt" and text is None else form

    @property
    def _suffix(self) -> str:
        return "" if self._path is None else self._path.suffix.lower()

    def _as_text(self) -> Form:
        if not self._head and not self._more():
            raise InvalidRequestError("is empty")
        return Form("text")

    def _sniffed(self, dialect: str | None) -> Form:
        wanted = 0
        while True:
            whole = not self._more()
            if len(self._head) >= wanted or whole:
                form = sniff(bytes(self._head), whole=whole, dialect=dialect)
                if form is not None:
                    return form
                # beyond the first pieces only once there is twice as much, so that a long first line is no square
                wanted = 0 if len(self._head) < _CHUNK else min(2 * len(self._head), MAX_HEAD_BYTES)

    def _more(self) -> bool:
        """Read on; False at the end."""
        data = _read(self._file)
        self._head += data
        return bool(data)

    def _open(self, path: Path) -> IO[bytes]:
        try:
            return path.open("rb", buffering=0)
        except OSError as error:
            raise InvalidRequestError(f"cannot be read ({_reason(path, error)})") from None
        except ValueError:
            raise InvalidRequestError("is no path") from None

    def _named(self, error: InvalidRequestError) -> InvalidRequestError:
        return InvalidRequestError(f"{self.name}: {error.message}", argument="source", hint=error.hint)

    # ---- reading

    def batches(self) -> Iterator[list[Row]]:
        """The rows, in lists of those that were read at once.

        Raises:
            InvalidRequestError: the file is broken; it comes after all rows that stand before that, and names the line.
        """
        rows: list[Row] = []
        chunks = self._chunks()
        try:
            reading = _all_rows(_reader(self.form), chunks)
            for row in reading:
                if row is not None:
                    rows.append(row)
                elif rows:
                    yield rows
                    rows = []
        except InvalidRequestError as error:
            if rows:
                yield rows
            raise self._named(error) from None
        finally:
            chunks.close()
        if rows:
            yield rows

    def close(self) -> None:
        """Close what was opened here and is not being read; who reads it closes it at the end."""
        file = self._taken() if self._path is not None else None
        if file is not None:
            file.close()

    def _taken(self) -> IO[bytes] | None:
        file: IO[bytes] | None
        file, self._file = self._file, None
        return file

    def _chunks(self) -> Generator[bytes, None, None]:
        if self._path is None:
            yield from self._rest(self._file)
            return
        file = self._open(self._path) if self.again else self._taken()
        if file is None:
            raise InvalidRequestError("can be read only once")
        with file:
            yield from self._rest(file)

    def _rest(self, file: Any) -> Iterator[bytes]:
        if not self.again:
            head, self._head = bytes(self._head), bytearray()
            if head:
                yield head
        while data := _read(file):
            yield data


def _not_of(dialect: str, error: InvalidRequestError) -> InvalidRequestError:
    return InvalidRequestError(f"is no body of the dialect {dialect}: it {error.message}", hint=error.hint)


def _all_rows(reader: Reader, chunks: Iterator[bytes]) -> Iterator[Row | None]:
    """Every row; None after each chunk."""
    for data in chunks:
        yield from reader.feed(data)
        yield None
    yield from reader.end()


def _reader(form: Form) -> Reader:
    if form.kind == "text":
        return TextReader()
    if form.kind in ("timed", "events"):
        return EventReader(timed=form.kind == "timed")
    return Refusal(form.error) if form.error is not None else BodyReader(form.dialect, framed=form.kind == "body")


def _split(source: Any) -> tuple[Path | None, Any]:
    if isinstance(source, (str, os.PathLike)):
        return Path(os.fsdecode(source)), None
    if isinstance(source, io.TextIOBase) or not callable(getattr(source, "read", None)):
        raise InvalidRequestError(f"source is a {type(source).__name__}; {_ACCEPTED}", argument="source")
    return None, source


def _read(file: Any) -> bytes:
    """What can be read at once, at most 64 KiB; b"" at the end."""
    try:
        data = getattr(file, "read1", file.read)(_CHUNK) or b""
    except (OSError, ValueError) as error:
        reason = "it is closed" if getattr(file, "closed", False) is True else getattr(error, "strerror", None) or error
        raise InvalidRequestError(f"cannot be read ({reason})") from None
    if not isinstance(data, (bytes, bytearray, memoryview)):  # a wrapper does not show what it wraps
        raise InvalidRequestError(f"gives a {type(data).__name__}; {_ACCEPTED}")
    return bytes(data)


def _reason(path: Path, error: OSError) -> str:
    return "it is a folder" if path.is_dir() else (error.strerror or str(error))
