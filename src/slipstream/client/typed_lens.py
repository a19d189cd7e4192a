"""Typed objects for the reader of a stream.

Strategy: the objects are live, they grow in place. A stage on the engine's loop would change them under the eyes of a
reader in another thread, and be ahead of him by all that one read of the network brought. So the stage runs here, in
the reader's own hands, event by event.
"""

from __future__ import annotations

import time
from typing import Any

from slipstream.errors import InvalidOutputError, SlipstreamError
from slipstream.events import Element, Error, Event, Partial
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.stage import Stage
from slipstream.run import failures


class TypedLens:
    """Makes typed values of events.

    Args:
        stage: `flow.partial(T)` or `flow.elements(T)`.
    """

    def __init__(self, stage: Stage) -> None:
        self._pipeline = Pipeline([stage])
        self._whole: list[Any] = []

    def take(self, event: Event) -> tuple[list[Any], SlipstreamError | None]:
        """The values that an event makes, of the first answer, and the error if the answer is not of the type."""
        out = self._pipeline.feed([event], time.monotonic())
        values = [made.value for made in out if isinstance(made, (Partial, Element)) and made.choice == 0]
        self._whole += [made.value for made in out if type(made) is Partial and made.complete and made.choice == 0]
        last = out[-1] if out else None
        wrong = isinstance(last, Error) and last is not event
        return values, failures.exception(last, {}) if wrong and isinstance(last, Error) else None

    def whole(self, reason: str | None) -> Any:
        """The whole object, once the answer has ended for this reason.

        Raises:
            InvalidOutputError: the answer ended before the object did.
        """
        if not self._whole:
            raise InvalidOutputError(f"the answer ended before the object was whole (finish reason {reason})")
        return self._whole[-1]
