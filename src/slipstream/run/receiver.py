"""What the reader's side keeps of a stream: the message, filled in with what the provider left out."""

from __future__ import annotations

from collections.abc import Callable

from slipstream.events import Error, Event, Finish, Message, Order, TextDelta, Usage
from slipstream.run.estimate import estimate, loaded
from slipstream.run.metrics import Metrics


class Receiver:
    """Folds batches as they are handed to the reader.

    Args:
        metrics: takes the number of output tokens at the end.
        prompt: the text of the request, for an estimate.
        keep: False folds no content, so that memory stays flat for a relay that needs no message; then no usage is
            estimated either, as there is nothing left to count.
    """

    def __init__(self, metrics: Metrics, *, prompt: Callable[[], str | None] = str, keep: bool = True) -> None:
        self.message = Message()
        self._metrics = metrics
        self.prompt = prompt
        self._order: Order | None = None
        self._keep = keep
        self.ended = False

    def check_order(self) -> None:
        """Hold every event against the table of legal order; for streams that pass a user's stages."""
        self._order = Order()

    def take(self, batch: list[Event]) -> list[Event]:
        """Fold a batch; return what the reader gets: no error (it is raised), and a usage even if none came."""
        last = batch[-1]
        if self._keep and self._order is None and type(last) is not Finish and type(last) is not Error:
            self.message.fold_all(batch)  # all batches but the last: nothing to fill in
            return batch
        if self._order is not None:
            self._order.check_all(batch)
        elif not self._keep and type(last) is TextDelta and len(batch) == 1:
            return batch  # a relay's common case: nothing to keep
        if type(last) is Finish and self._must_estimate(batch):
            self._fold(batch[:-1])
            usage = estimate(self.prompt(), self.message)
            self._fold([usage, last])
            batch = [*batch[:-1], usage, last]
        else:
            self._fold(batch)
        if type(last) is Error:
            batch = batch[:-1]
        self._count()
        return batch

    def must_load(self, batch: list[Event]) -> bool:
        """Whether `take` would wait for the tokenizer to be loaded: a second, which no event loop may stand still."""
        return type(batch[-1]) is Finish and not loaded() and self._must_estimate(batch)

    def _must_estimate(self, batch: list[Event]) -> bool:
        return self._keep and self.message.usage is None and not any(type(event) is Usage for event in batch)

    def _fold(self, events: list[Event]) -> None:
        if self._keep:
            self.message.fold_all(events)
        else:
            self.message.fold_all(event for event in events if not hasattr(event, "text"))

    def _count(self) -> None:
        usage = self.message.usage
        if usage is not None:
            self._metrics.output_tokens = usage.output_tokens

    @property
    def usage(self) -> Usage | None:
        """The usage; an estimate when the stream is over and none came, None while it may still come."""
        if self._keep and self.message.usage is None and self.message.finish_reason is not None:
            self.message.usage = estimate(self.prompt(), self.message)
            self._count()
        return self.message.usage
