"""The stage behind `guard()`: every event passes here, and nothing forbidden leaves.

Strategy: the rules judge first and give on what they may (`texts`). With a check of the user's, that queues in order
until the check has judged it too (`gate`). What is dropped brings its neighbours together, and they may be a forbidden
word then: so what leaves is judged once more by the same rules, and masked. What ends the stream closes what is open,
so that the order stays legal.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any, Final, Literal, get_args

from slipstream.errors import InvalidRequestError
from slipstream.events import types as e
from slipstream.events.types import Event
from slipstream.flow.arguments import flag, one_of, whole
from slipstream.flow.ending import Ending
from slipstream.flow.guard.check import Check, read_verdict
from slipstream.flow.guard.fields import STREAMED, screen_event
from slipstream.flow.guard.gate import Gate
from slipstream.flow.guard.lane import CHANNELS
from slipstream.flow.guard.pieces import Question
from slipstream.flow.guard.reaction import Reaction
from slipstream.flow.guard.rules import GuardRules
from slipstream.flow.guard.texts import Texts
from slipstream.flow.stage import Job

Seams = Literal["touching", "step"]
SEAMS: Final[tuple[str, ...]] = get_args(Seams)
GUARD: Final = "guard"
CHECK_FAILED: Final = "guard_check_failed"
"""What `raw_reason` says when a match, or a check that failed, has ended the stream."""

_KINDS: Final = {name: kind for kind, name in CHANNELS.items()}
_log: Final = logging.getLogger("slipstream")


class Guard:
    """One stream's guard; made by `guard`, whose arguments these are.

    Args:
        rules: what is looked for, or None if only `check` judges.
        reaction: what is done about it.
        check: the user's own check, or None.
        seams: how far a text goes on over the end of its blocks.
        pass_raw: True lets wire objects pass, unguarded.
    """

    def __init__(
        self,
        rules: GuardRules | None,
        reaction: Reaction,
        check: Check | None = None,
        *,
        seams: str = "touching",
        pass_raw: bool = False,
    ) -> None:
        part = one_of("seams", seams, SEAMS) == "touching"
        self._pass_raw = flag("pass_raw", pass_raw)
        self._reaction = reaction
        self._check = check
        self._gate = None if check is None else Gate(check, reaction)
        self._texts = None if rules is None else Texts(rules.compiled, reaction, part=part, pass_raw=pass_raw)
        again = rules is not None and reaction.joins
        self._again = (
            Texts(rules.compiled, reaction.behind(), part=part, pass_raw=pass_raw) if rules and again else None
        )
        # Most deltas of most streams go straight to their lane; the stage looks at them only if they do more than that.
        direct = self._texts is not None and self._gate is None and self._again is None
        self._lanes = self._texts.open if self._texts is not None and direct else {}
        self._ending = Ending()
        self._answering = False
        self._deaf = False  # nothing that comes counts: a match has ended the stream, or will once its turn comes
        self._over = False  # the guard has ended the stream
        self._now = 0.0

    def prime(self, text: str, *, channel: Literal["text", "reasoning", "refusal"] = "text", choice: int = 0) -> None:
        """Tell what has been shown of a text already, by a stream that this one takes over from.

        A match that began in it is found, and its rest is masked.

        Args:
            text: the end of what was shown; more than the longest match is not needed.
            channel: which text.
            choice: which answer.

        Raises:
            InvalidRequestError: an argument is wrong; the message names it.
        """
        if not isinstance(text, str):
            raise InvalidRequestError(f"text: a {type(text).__name__}; accepted: the text that was shown")
        kind = _KINDS[one_of("channel", channel, _KINDS)]
        of = whole("choice", choice, "the number of an answer", 0)
        for texts in filter(None, (self._texts, self._again)):
            texts.prime(text, kind, of)

    # ---- the stage

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        """Take one event; return what may go on in its place."""
        kind = type(event)
        if kind is e.TextDelta or kind is e.ReasoningDelta:
            lane = self._lanes.get((kind, event.id, event.choice))  # type: ignore[attr-defined]
            if lane is not None:
                bordered = bool(lane.waiting)
                out = lane.feed(event)  # type: ignore[arg-type]
                # Without a border among them, deltas change nothing that the stage keeps track of.
                return self._ended(out) if bordered or self._reaction.stopped is not None else out
        self._now = now
        if kind is e.Error or kind is e.Abort or kind is e.Restart:
            return self._void(event)
        if self._deaf:
            return ()
        return self._let_go(self._judged(event))

    def on_wake(self, now: float) -> Iterable[Event]:
        """Checks that have run out of time have failed."""
        self._now = now
        self._reaction.callbacks.give_up(now)
        late = () if self._gate is None else self._gate.late(now)
        return [event for question in late for event in self._failed(question, "no answer in time")]

    def on_end(self, now: float) -> Iterable[Event]:
        """The stream ends well: all that is held goes on, once it is judged."""
        self._now = now
        out: list[Event] = []
        if self._texts is not None and not self._deaf:
            out = self._let_go(self._texts.flush())
        if self._gate is not None and not self._over:
            out += self._observed(self._gate.close())
        if self._again is not None and not self._over:
            out += self._ended(self._again.flush())
        self._reaction.callbacks.ending(now)
        return out

    def wake_at(self) -> float | None:
        """When the check that runs longest runs out of time, or patience with `on_hit` does."""
        due = self._reaction.callbacks.wake_at()
        late = None if self._gate is None else self._gate.due()
        return late if due is None or (late is not None and late < due) else due

    @property
    def busy(self) -> bool:
        """True while a verdict or a callback is awaited."""
        return self._reaction.callbacks.busy or (self._gate is not None and self._gate.busy)

    def jobs(self) -> list[Job]:
        """The checks and calls to make now."""
        jobs = self._reaction.callbacks.jobs()
        if self._gate is not None:
            jobs += map(self._job, self._gate.to_ask(self._now))
        return jobs

    # ---- in

    def _judged(self, event: Event) -> list[Event]:
        """What the rules let go."""
        if self._texts is not None:
            return self._texts.take(event)
        # Without rules only the wire objects are left to deal with: nobody has checked them.
        made = screen_event(event, _as_it_is, pass_raw=self._pass_raw)
        return [] if made is None else [made]

    def _void(self, event: Event) -> list[Event]:
        """The stream fails, is cancelled or begins anew: what is held was not judged, and is dropped."""
        self._clear()
        if self._over:
            return []
        self._deaf = self._answering = False
        return self._observed(self._judged(event))

    def _clear(self) -> None:
        for texts in filter(None, (self._texts, self._again)):
            texts.clear()
        if self._gate is not None:
            self._gate.clear()

    # ---- out

    def _let_go(self, events: list[Event]) -> list[Event]:
        """What the rules let go: on, or to the gate."""
        gate, hit = self._gate, self._reaction.stopped
        if gate is None:
            return self._observed(events)
        self._reaction.stopped = None  # from here on it speaks for the gate
        out: list[Event] = []
        for event in events:
            out += gate.take(event)
        if hit is not None and self._reaction.stopped is None:
            self._deaf = True
            out += gate.stop(hit)
        return self._observed(out)

    def _observed(self, events: list[Event]) -> list[Event]:
        """What goes on, judged once more where matches are dropped."""
        if self._again is not None:
            events = [made for event in events for made in self._again.take(event)]
        return self._ended(events)

    def _ended(self, events: list[Event]) -> list[Event]:
        """What goes on, and the end of the stream if something has ended it."""
        for event in events:
            kind = type(event)
            if kind not in STREAMED:
                self._answering = self._answering or kind is e.StepStart
                self._ending.observe(event)
        if self._over:
            return []
        hit = self._reaction.stopped
        if hit is not None:
            shown = self._reaction.retracts and self._answering
            return [*events, *([e.Retract(hit.rule, hit.choice)] if shown else ()), *self._close(GUARD)]
        if self._gate is not None and self._gate.failed:
            return [*events, *self._close(CHECK_FAILED)]
        return events

    def _close(self, why: str) -> list[Event]:
        self._over = self._deaf = True
        self._clear()
        self._reaction.callbacks.ending(self._now)
        return self._ending.close("content_filter", why)

    # ---- checks

    def _job(self, question: Question) -> Job:
        assert self._check is not None, "no gate without a check"
        call = partial(self._check.call, question.whole)
        return Job(call, partial(self._answered, question), partial(self._raised, question), self._check.blocking)

    def _answered(self, question: Question, answer: Any, now: float) -> list[Event]:
        self._now = now
        try:
            verdict = read_verdict(answer)
        except TypeError as error:
            return self._failed(question, str(error))
        assert self._gate is not None, "no gate without a check"
        return self._observed(self._gate.settle(question, verdict))

    def _raised(self, question: Question, error: Exception, now: float) -> list[Event]:
        self._now = now
        return self._failed(question, f"it raised {type(error).__name__}")

    def _failed(self, question: Question, why: str) -> list[Event]:
        assert self._gate is not None, "no gate without a check"
        if question in self._gate:
            _log.warning("guard(check=): %s", why)
        return self._observed(self._gate.fail(question))


def _as_it_is(text: str) -> str:
    return text
