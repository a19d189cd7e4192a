"""Text in pieces of a size, or of a time: what `buffer()` lets go, and when."""

from __future__ import annotations

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import positive, whole
from slipstream.flow.graphemes import MAX_CLUSTER, first_boundary, incomplete_tail, safe_cut
from slipstream.flow.text_stage import TextStage


class HeldClock:
    """Says when the first character that is still held has waited long enough.

    Where a piece went and what is left is older than the last arrival, which takes half an emoji, it counts from the
    arrival before: a bound may be early, and is never late.

    Args:
        seconds: how long that is.
    """

    __slots__ = ("_first", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._first: float | None = None  # when the first held character came

    def came(self, count: int, held: int, now: float) -> None:
        """So many characters came, and the last `held` of all are held now."""
        if held <= count:
            self._first = now if held else None
        elif self._first is None:
            self._first = now

    def restart(self, held: int, now: float) -> None:
        """All went but the last `held`, which wait from now on."""
        self._first = now if held else None

    def due(self) -> float | None:
        """When the first held character has waited for `seconds`, or None if nothing is held."""
        return None if self._first is None else self._first + self._seconds


class HoldingCutter:
    """The part that `buffer`, `lines` and `words` share: held text, and the bound on how long it is held.

    Args:
        seconds: the bound, or None.
    """

    __slots__ = ("_clock", "_held", "_size")

    def __init__(self, seconds: float | None) -> None:
        self._held: list[str] = []
        self._size = 0  # characters held
        self._clock = None if seconds is None else HeldClock(seconds)

    def feed(self, text: str, now: float) -> list[str]:
        """Take text; return the pieces that are whole."""
        if not text:
            return []
        pieces = self._cut(text)
        if self._clock is not None:
            self._clock.came(len(text), self._size, now)
        return pieces

    def wake(self, now: float) -> list[str]:
        """Return what is held, but for a character that may be half: that one waits as long again, once."""
        held = self._take()
        ready = (len(held) - incomplete_tail(held)) or len(held)
        self._hold(held[ready:])
        if self._clock is not None:
            self._clock.restart(self._size, now)
        return [held[:ready]] if held else []

    def end(self, now: float) -> list[str]:  # noqa: ARG002
        """Return what is held."""
        held = self._take()
        return [held] if held else []

    def due(self) -> float | None:
        """When the time bound is reached, or None."""
        return None if self._clock is None else self._clock.due()

    def _cut(self, text: str) -> list[str]:
        """Cut what is held and this text; hold the rest."""
        raise NotImplementedError

    def _hold(self, text: str) -> None:
        if text:
            self._held.append(text)
            self._size += len(text)

    def _take(self) -> str:
        held = "".join(self._held)
        self._held.clear()
        self._size = 0
        return held


class SizeCutter(HoldingCutter):
    """Pieces of `size` characters; of any size if it is None."""

    __slots__ = ("_most",)

    def __init__(self, size: int | None, seconds: float | None) -> None:
        super().__init__(seconds)
        self._most = size

    def feed(self, text: str, now: float) -> list[str]:
        """Take text; return the pieces that are whole."""
        size = self._size + len(text)
        if not text or (self._most is not None and size >= self._most):
            return super().feed(text, now)
        self._held.append(text)  # nearly every time: it is only held
        self._size = size
        if self._clock is not None:
            self._clock.came(len(text), size, now)
        return []

    def _cut(self, text: str) -> list[str]:
        self._hold(text)
        if self._most is None or self._size < self._most:
            return []
        held, pieces, begin = self._take(), [], 0
        while (end := _piece_end(held, begin, self._most)) is not None:
            pieces.append(held[begin:end])
            begin = end
        self._hold(held[begin:])
        return pieces


def _piece_end(text: str, begin: int, size: int) -> int | None:
    """Where the piece that begins here ends, or None if it takes more text to say. It depends on the text alone."""
    if len(text) - begin < size:
        return None
    tail = incomplete_tail(text[max(begin, begin + size - MAX_CLUSTER - 1) : begin + size])
    if tail == 0:
        return begin + size
    near = text[begin : begin + size + MAX_CLUSTER + 1]
    cut = safe_cut(near, size) if len(near) > size else 0
    if cut == 0:
        # One character is wider than the piece: it goes whole, once its end is seen.
        cut = first_boundary(near, size) if len(near) > size else size
        if cut == len(near) and cut <= size + MAX_CLUSTER:
            return None
    return begin + cut


class Buffer(TextStage):
    """The stage behind `buffer()`: fewer and larger pieces.

    Args:
        size: characters in a piece. Each piece has so many, the last one of a text fewer; one less than a whole emoji
            never tears it.
        seconds: the longest that a character is held, from its arrival on.

    Raises:
        InvalidRequestError: neither is given, or one is no positive number.
    """

    def __init__(self, size: int | None = None, seconds: float | None = None) -> None:
        if size is None and seconds is None:
            raise InvalidRequestError("buffer: nothing bounds a piece; accepted: size=, seconds= or both")
        most = None if size is None else whole("size", size, "characters")
        bound = None if seconds is None else positive("seconds", seconds, "seconds")
        super().__init__(lambda: SizeCutter(most, bound))


def buffer(size: int | None = None, seconds: float | None = None) -> Buffer:
    """A stage that lets text go in pieces of `size` characters, or after `seconds`; see `Buffer`."""
    return Buffer(size, seconds)
