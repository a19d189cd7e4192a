"""`replay()`: a recorded stream as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from slipstream.client.async_stream import AsyncStream
from slipstream.client.stream import Stream
from slipstream.flow.stage import Stage
from slipstream.record.opening import Recording, Source
from slipstream.record.pace import RATE, Pace
from slipstream.record.playing import Playing
from slipstream.record.row import Row
from slipstream.run.bridge import OwnBridge
from slipstream.run.metrics import Metrics
from slipstream.run.source import AsyncSource
from slipstream.run.staged import Staged


def read(
    source: Source, *, dialect: str | None = None, text: bool | None = None, name: str | None = None
) -> Iterator[Row]:
    """The events of a recording, with their times in seconds, or None where it has none.

    Args:
        source, dialect, text, name: see `replay`.

    Raises:
        InvalidRequestError: at once if it is nothing that can be replayed; at the line that is broken, after the events
            before it.
    """
    recording = Recording(source, dialect=dialect, text=text, name=name)
    return (row for batch in recording.batches() for row in batch)


def replay(
    source: Source,
    *,
    speed: float | str = 1,
    rate: float = RATE,
    dialect: str | None = None,
    text: bool | None = None,
    name: str | None = None,
) -> Stream:
    """A recorded stream as a stream: at its pace, with all lenses and stages.

    Args:
        source: a path, or a file open for bytes, of: a recording of ours (`flow.record`, `slipstream chat --record`),
            events as JSON lines (`slipstream chat --json`), the body that a provider sent (SSE, NDJSON, a JSON array,
            or the payloads of SSE frames, one a line), or any text.
        speed: 1 is the pace at which it was recorded, 2 twice as fast; `"max"` or 0 waits for nothing.
        rate: tokens a second, where the recording has no times.
        dialect: of a body; None finds it from the content.
        text: True plays the file as it stands, as if a model wrote it; None does so for `.md` files, and for `.txt`
            files that are no recording; False never does.
        name: what messages call it; None takes its path.

    Returns:
        The stream. A recorded error is raised at its place. Where the file is broken, an `InvalidRequestError` names
        the line; what stands before it has been given then.

    Raises:
        InvalidRequestError: it cannot be read, is nothing that can be replayed, or an argument is wrong.
        UnknownModelError: there is no such dialect.
    """
    Pace(speed, rate)  # refuses what is wrong now, not at the first read
    recording = Recording(source, dialect=dialect, text=text, name=name)

    def make() -> Stream:
        stream = Stream(open_source, make if recording.again else None, prompt=_unknown)
        stream._at_end(recording.close)
        return stream

    def open_source(stages: Sequence[Stage], metrics: Metrics) -> OwnBridge:
        source = Playing(recording, Pace(speed, rate), metrics)
        return OwnBridge(Staged(source, stages, context={}, threads=True) if stages else source)

    return make()


def replay_async(
    source: Source,
    *,
    speed: float | str = 1,
    rate: float = RATE,
    dialect: str | None = None,
    text: bool | None = None,
    name: str | None = None,
) -> AsyncStream:
    """The same for `async for`; see `replay`."""
    Pace(speed, rate)
    recording = Recording(source, dialect=dialect, text=text, name=name)

    def make() -> AsyncStream:
        again = make if recording.again else None
        stream = AsyncStream(partial(_opened, recording, speed, rate), again, prompt=_unknown)
        stream._at_end(recording.close)
        return stream

    return make()


def _opened(
    recording: Recording, speed: float | str, rate: float, stages: Sequence[Stage], metrics: Metrics
) -> AsyncSource:
    source = Playing(recording, Pace(speed, rate), metrics)
    return Staged(source, stages, context={}) if stages else source


def _unknown() -> None:
    """The prompt of a recorded stream."""
