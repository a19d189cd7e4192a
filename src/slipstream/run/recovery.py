"""What happens when an answer breaks: another request, so that the reader need not ask again.

Strategy: the engine already repeats a request invisibly until the first content. Here stands what comes after: models
to fall back on while nothing has been shown, and the break policy once something has. Of the ways to go on the most
exact is taken: the provider resumes its own answer, else a model continues the text it is given, or the answer begins
anew.
`Resume` and `Restart` are told when the new request has its first content, not before: one that fails changes nothing,
and the error that is raised is then the one that broke the stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from slipstream.errors import (
    ContentFilteredError,
    InvalidRequestError,
    SlipstreamError,
    StreamTimeoutError,
    TLSError,
)
from slipstream.events import Abort, Error, Event, Finish, Heartbeat, Restart, Resume, Retry, Usage
from slipstream.run import failures
from slipstream.run.call import Call, ResponseInfo, Target
from slipstream.run.driver import Driver
from slipstream.run.estimate import counter
from slipstream.run.hedge import Hedged
from slipstream.run.metrics import Metrics
from slipstream.run.splice import Shown, Splice
from slipstream.run.transport import Transport
from slipstream.run.usage import add

SIGNS_OF_LIFE: Final = (Heartbeat, Retry)
"""What may be shown of a request that has no content yet."""

OnBreak = Literal["raise", "continue", "restart"]

_FINAL: Final = (ContentFilteredError, InvalidRequestError, TLSError)
"""What another request after content would not change, or must not get around."""


class Policy(Struct, frozen=True, kw_only=True):
    """What is done about a break.

    Args:
        on_break: once content has been shown: `raise` the error, `continue` the answer, or `restart` it.
        fallback: models to ask, in this order, when one fails.
        hedge_after: seconds after which a late first output makes a second request; None never.
        hedge: who is asked then.
    """

    on_break: OnBreak = "raise"
    fallback: Sequence[Target] = ()
    hedge_after: float | None = None
    hedge: Target | None = None


class _Next(Struct):
    """A request that has been sent to go on, until it has content.

    Args:
        told: what is said then.
        splice: how its events are joined to those before, or None if they need not be.
    """

    told: Event | None = None
    splice: Splice | None = None


class Recovery:
    """One answer out of as many requests as it takes.

    Args:
        target: who is asked first.
        policy: what is done about a break.
        transport: the way to the network.
        metrics: takes the figures of all requests.
        began: when the stream began that this answer is a part of, in monotonic seconds; None for now.
    """

    def __init__(
        self, target: Target, policy: Policy, transport: Transport, metrics: Metrics, *, began: float | None = None
    ) -> None:
        self._targets = (target, *policy.fallback)
        self._at = 0
        self._policy = policy
        self._transport = transport
        self._metrics = metrics
        self._budget = target.call.retry.max_retries
        self._before = metrics.attempts
        self._began = began
        self._renewed = began is not None
        self._shown = Shown()
        self._next = _Next()
        self._resuming: Call | None = None
        self._first_failure: SlipstreamError | None = None
        self._spent: Usage | None = None  # by the requests before this one
        self._usage: Usage | None = None  # of this one, as far as it said
        self._seen = 0  # characters of output that were shown before this request
        self._early: list[Event] = []
        self._hedged: Hedged | None = None
        self._driver = self._opening(target)
        self.failure: SlipstreamError | None = None
        self.done = False

    def _opening(self, target: Target) -> Driver:
        policy = self._policy
        if policy.hedge_after is None or policy.hedge is None:
            return self._open(target.call)
        self._hedged = Hedged(
            lambda racer, metrics: self._open(racer.call, metrics=metrics),
            (target, _once(policy.hedge)),
            policy.hedge_after,
            self._metrics,
        )
        return self._hedged.driver

    def _open(self, call: Call, *, pause: float | None = None, metrics: Metrics | None = None) -> Driver:
        before = self._before if metrics is None else 0
        metrics = self._metrics if metrics is None else metrics
        renewed = self._renewed or self._is_shown
        return Driver(call, self._transport, metrics, began=self._began, pause=pause, renewed=renewed, before=before)

    @property
    def _sent(self) -> int:
        """The requests of this answer so far."""
        return self._metrics.attempts - self._before

    @property
    def _is_shown(self) -> bool:
        return bool(self._shown.ids) or not self._shown.plain

    @property
    def _source(self) -> Driver | Hedged:
        """What is read now."""
        return self._driver if self._hedged is None else self._hedged

    @property
    def response(self) -> ResponseInfo | None:
        """See `AsyncSource`: that of the last request."""
        return self._driver.response

    # ---- the reader's side

    async def begin(self) -> bool:
        """See `AsyncSource.begin`."""
        while not self.done:
            self._mark_start()
            source = self._source
            if await source.begin():
                return True
            self._early += self._take(await source.next_batch())
        return False

    async def next_batch(self) -> list[Event]:
        """See `AsyncSource.next_batch`."""
        self._mark_start()
        if self._early:
            early, self._early = self._early, []
            return early
        while not self.done:
            if events := self._take(await self._source.next_batch()):
                return events
        return []

    def _mark_start(self) -> None:
        if self._began is None:
            self._began = time.monotonic()

    def cancel(self, reason: str) -> None:
        """See `AsyncSource.cancel`."""
        self._source.cancel(reason)

    async def aclose(self) -> None:
        """See `AsyncSource.aclose`."""
        await self._source.aclose()

    # ---- one batch

    def _take(self, batch: list[Event]) -> list[Event]:
        if self._hedged is not None and (self._hedged.driver.output_seen or self._hedged.driver.done):
            self._driver, hedged = self._hedged.driver, self._hedged
            self._hedged = None
            self._settle_hedge(hedged)
            self._at = self._place_of(hedged.target)
        if not batch:
            self.done = True
            return []
        last = type(batch[-1])
        if last is Error:
            return self._broken(batch)
        events = self._joined(batch)
        if last is Finish or last is Abort:
            self.done = True
        return events

    def _place_of(self, target: Target) -> int:
        """Where in the list of models the one stands that has answered; one that stands nowhere counts as the first."""
        asked = (target.call.provider, target.call.model)
        known = [(other.call.provider, other.call.model) for other in self._targets]
        return known.index(asked) if asked in known else 0

    def _joined(self, batch: list[Event]) -> list[Event]:
        """The events of the request that is read now, joined to what has been shown."""
        if self._next.told is not None:
            if not self._driver.output_seen and type(batch[-1]) is not Finish:
                return batch if type(batch[-1]) is not Abort else self._joined_abort(batch)
            batch = self._told(batch)
        if self._next.splice is not None:
            batch = self._next.splice.take(batch)
        if self._policy.on_break != "raise" or self._spent is not None:
            self._shown.watch(batch)
            batch = self._summed(batch)
        return batch

    def _joined_abort(self, batch: list[Event]) -> list[Event]:
        """The reader cancelled while a new request had no content yet: nothing of it may show."""
        return [*_signs_of_life(batch), batch[-1]]

    def _told(self, batch: list[Event]) -> list[Event]:
        """The new request has content: say so in front of it."""
        told, self._next.told = self._next.told, None
        assert told is not None  # asked for by the caller
        if type(told) is Restart:
            self._shown = Shown()
        return [*_signs_of_life(batch), told, *(event for event in batch if type(event) not in SIGNS_OF_LIFE)]

    def _summed(self, batch: list[Event]) -> list[Event]:
        """Usage counts all requests; where the last one says nothing, its part is estimated."""
        out: list[Event] = []
        for event in batch:
            if type(event) is Usage:
                self._usage = event
                event = add(self._spent, event) or event
            elif type(event) is Finish and self._spent is not None and self._usage is None:
                out.append(add(self._spent, self._estimate()) or Usage())
            out.append(event)
        return out

    # ---- a break

    def _broken(self, batch: list[Event]) -> list[Event]:
        """The request failed for good: go on with another, or end with the error."""
        failure = self._driver.failure
        assert failure is not None  # its event is the last of the batch
        if self._driver.output_seen:
            shown = self._joined(batch[:-1])
            shown += self._flush()
            self._first_failure = failure
        else:
            shown = _signs_of_life(batch[:-1])
            self._first_failure = self._first_failure or failure
        following = self._follow(failure)
        if following is not None:
            return [*shown, following]
        self.done = True
        self.failure = self._explained()
        return [*shown, failures.event(self.failure)]

    def _flush(self) -> list[Event]:
        """What the seam of a continuation still held."""
        if self._next.splice is None:
            return []
        rest = self._next.splice.flush()
        self._shown.watch(rest)
        return rest

    def _explained(self) -> SlipstreamError:
        """The error that broke the stream first; what was tried after it is in the hint."""
        failure = self._first_failure
        assert failure is not None  # it has broken
        later = self._driver.failure
        notes = [failure.hint] if failure.hint else []
        if later is not None and later is not failure:
            notes.append(f"{later.model or 'another request'} was tried after it: {type(later).__name__}")
        if self._policy.on_break == "continue" and self._driver.output_seen and (why := self._why_not()):
            notes.append(f"it was not continued: {why}")
        failure.hint = "; ".join(notes) or None
        return failure

    def _why_not(self) -> str:
        """Why the answer could not be continued, or "" if it could."""
        if not self._shown.continuable:
            return "it broke where no text can be continued, as in thinking or a tool call"
        if all(target.continued is None for target in self._targets):
            return (
                "no model asked is marked as taking a prefill (the option prefill= marks it), or the request forbids it"
            )
        return "" if self._has_budget else "max_retries is spent"

    def _follow(self, failure: SlipstreamError) -> Retry | None:
        """Send the request that goes on, if there is one; return what is said about it."""
        if isinstance(failure, StreamTimeoutError) and failure.clock == "total":
            return None
        if not self._is_shown and not self._driver.output_seen:
            return self._fall_back(failure)
        if self._policy.on_break == "raise" or isinstance(failure, _FINAL):
            return None
        ways = {"continue": (self._resume, self._continue), "restart": (self._resume, self._restart)}
        for way in ways[self._policy.on_break]:
            if (retry := way(failure)) is not None:
                return retry
        return None

    def _fall_back(self, failure: SlipstreamError) -> Retry | None:
        """Nothing has been shown: ask the next model."""
        if self._at + 1 >= len(self._targets):
            return None
        self._at += 1
        self._renewed = True  # each model has the whole `first_output` for itself, or a slow one would use it up
        return self._send(self._targets[self._at].call, failure, pause=None)

    def _resume(self, failure: SlipstreamError) -> Retry | None:
        """The provider resumes its own answer."""
        if not self._has_budget:
            return None
        if self._driver.output_seen:
            self._resuming = self._driver.resumed()
        call = self._resuming  # that of the last request that was shown: this one may have read on from there in vain
        if call is None:
            return None
        attempt = self._metrics.attempts + 1
        self._next = _Next(Resume(attempt, type(failure).__name__, call.model, exact=True))
        return self._send(call, failure, pause=self._delay(failure))

    def _continue(self, failure: SlipstreamError) -> Retry | None:
        """A model goes on with the text."""
        target = self._next_target(lambda target: target.continued is not None) if self._shown.continuable else None
        if target is None or target.continued is None:
            return None
        self._settle_usage()
        call, sent = target.continued(self._shown.text)
        attempt = self._metrics.attempts + 1
        told = Resume(attempt, self._cause(failure), call.model)
        self._next = _Next(told, Splice(self._shown, sent, attempt))
        return self._send(call, failure, pause=self._delay(failure))

    def _restart(self, failure: SlipstreamError) -> Retry | None:
        """The answer begins anew."""
        target = self._next_target(lambda _: True)
        if target is None:
            return None
        self._settle_usage()
        self._next = _Next(Restart(self._metrics.attempts + 1, self._cause(failure), target.call.model))
        return self._send(target.call, failure, pause=self._delay(failure))

    def _cause(self, failure: SlipstreamError) -> str:
        return type(self._first_failure or failure).__name__

    @property
    def _has_budget(self) -> bool:
        return self._sent <= self._budget

    def _next_target(self, suits: Callable[[Target], bool]) -> Target | None:
        """The model that is asked now, while there is budget and it has not refused; else the next one."""
        refused = not self._driver.output_seen and not getattr(self._driver.failure, "retryable", False)
        first = self._at if self._has_budget and not refused else self._at + 1
        for at in range(first, len(self._targets)):
            if suits(self._targets[at]):
                self._at = at
                return self._targets[at]
        return None

    def _delay(self, failure: SlipstreamError) -> float:
        policy = self._driver.call.retry
        return failure.retry_at if failure.retry_at is not None else policy.delay(max(1, self._sent))

    def _send(self, call: Call, failure: SlipstreamError, *, pause: float | None) -> Retry:
        model = call.model if call.model != self._driver.call.model else ""
        # What the budget leaves: a model to fall back on is asked once in any case, and again only within it.
        left = max(0, self._budget - self._sent)
        call = replace(call, retry=replace(call.retry, max_retries=self._sent + left))
        self._metrics.reopened()
        self._driver = self._open(call, pause=pause)
        return Retry(self._metrics.attempts + 1, pause or 0.0, type(failure).__name__, model)

    # ---- usage

    def _settle_hedge(self, hedged: Hedged) -> None:
        """The request that lost has been read by its model, if nothing more."""
        if hedged.lost is not None:
            given = counter()(hedged.lost.call.prompt())
            self._spent = add(self._spent, Usage(given, 0, given, estimated=True))

    def _settle_usage(self) -> None:
        """The request that broke has cost something: as it said, else as we estimate."""
        if self._driver.output_seen:
            self._spent = add(self._spent, self._usage if self._usage is not None else self._estimate())
            self._seen = len(self._shown.output)
            self._usage = None

    def _estimate(self) -> Usage:
        count = counter()
        given = count(self._driver.call.prompt())
        output = count(self._shown.output[self._seen :])
        return Usage(given, output, given + output, estimated=True)


def _signs_of_life(batch: list[Event]) -> list[Event]:
    return [event for event in batch if type(event) in SIGNS_OF_LIFE]


def _once(target: Target) -> Target:
    """A request beside another one is not sent again: the budget is that of the first."""
    retry = replace(target.call.retry, max_retries=0)
    return replace(target, call=replace(target.call, retry=retry))
