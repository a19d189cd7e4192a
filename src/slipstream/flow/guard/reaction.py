"""What is done about a match: masked, removed, or the end of the stream; and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple, get_args

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import one_of
from slipstream.flow.callbacks import Callbacks, check_callback
from slipstream.flow.guard.screen import Piece, Rules

OnMatch = Literal["mask", "drop", "stop", "retract"]
Mask = str | Callable[[str, int], str]
ON_MATCH: Final[tuple[str, ...]] = get_args(OnMatch)
DEFAULT_MASK: Final = "***"
# Of these the first that is not forbidden stands where nothing of the user's can.
_SPARE_MASKS: Final = (DEFAULT_MASK, "[...]", "###", "\ufffd")


class Hit(NamedTuple):
    """A match that ends the stream."""

    rule: str
    choice: int


class Reaction:
    """What the guard of one stream does about matches.

    Args:
        on_match: see `guard`.
        mask: the text that stands for a span, or a function of the rule's name and the span's length in characters.
        on_hit: called with the rule's name and the channel.
        rules: what no mask may match.

    Attributes:
        stopped: the match that ends the stream, once there is one.
        callbacks: the calls of `on_hit` that are to be made.
        silent: True while nobody is to be told: what is looked at has been looked at before.
    """

    __slots__ = ("_mask", "_on_hit", "_on_match", "_rules", "_spare", "callbacks", "ends", "silent", "stopped")

    def __init__(self, on_match: str, mask: Any, on_hit: Any, rules: Rules | None = None) -> None:
        self._on_match = one_of("on_match", on_match, ON_MATCH)
        self._rules = rules
        self._spare = next((text for text in _SPARE_MASKS if rules is None or rules.first_in(text) is None), "")
        self._mask: Mask = _checked_mask(on_match, mask, self._spare, rules)
        if on_hit is not None:
            check_callback("on_hit", on_hit)
        self._on_hit: Callable[[str, str], Any] | None = on_hit
        self.callbacks = Callbacks("guard(on_hit=)")
        self.ends = on_match in ("stop", "retract")
        self.stopped: Hit | None = None
        self.silent = False

    @property
    def retracts(self) -> bool:
        """True if a match takes back what has been shown."""
        return self._on_match == "retract"

    @property
    def drops(self) -> bool:
        """True if nothing stands for a match."""
        return self._on_match == "drop"

    @property
    def joins(self) -> bool:
        """True if what stands for a match may make a forbidden word of its neighbours, or with them."""
        mask = self._mask
        return not isinstance(mask, str) or not mask.strip() or any(map(str.isalnum, mask))

    def behind(self) -> Reaction:
        """What is done about words that this reaction has made: they are masked with what makes none."""
        made = Reaction("mask", None, self._on_hit, self._rules)
        made.callbacks = self.callbacks
        return made

    @property
    def waits(self) -> bool:
        """True if a mask can only be made once its span has ended."""
        return not isinstance(self._mask, str)

    def hit(self, rule: str, channel: str, choice: int, *, ends: bool = True) -> None:
        """Something matched.

        Args:
            rule: the rule's name.
            channel: where.
            choice: in which answer.
            ends: False where a match never ends the stream.
        """
        if self._on_hit is not None and not self.silent:
            self.callbacks.call(self._on_hit, rule, channel)
        if self.ends and ends and self.stopped is None:
            self.stopped = Hit(rule, choice)

    def cover(self, rule: str, length: int) -> str:
        """The text that stands for a span."""
        if isinstance(self._mask, str):
            return self._mask
        made = self._mask(rule, length)
        if not isinstance(made, str):
            raise TypeError(f"mask returned a {type(made).__name__}, not a str")
        return made if self._rules is None or self._rules.first_in(made) is None else self._spare


class Part(NamedTuple):
    """A part of a text after its matches were dealt with.

    Args:
        size: how many characters of the text it stands for.
        text: what is shown of them.
        masked: True if that is a mask.
    """

    size: int
    text: str
    masked: bool


class Writer:
    """Turns the pieces of one text into what is shown: one mask a span, however the text was cut.

    Args:
        reaction: what is done about matches.
        channel: where the text flows.
        choice: in which answer.
        ends: False where a match never ends the stream.

    Attributes:
        covering: True if the last character seen belongs to a span.
        pending: how many characters belong to a span whose mask waits for its end.
    """

    __slots__ = ("_channel", "_choice", "_ends", "_reaction", "_rule", "covering", "pending")

    def __init__(self, reaction: Reaction, channel: str, choice: int, *, ends: bool = True) -> None:
        self._reaction = reaction
        self._channel = channel
        self._choice = choice
        self._ends = ends
        self._rule = ""
        self.covering = False
        self.pending = 0

    def write(self, pieces: Iterable[Piece]) -> list[Part]:
        """Take the next pieces; nothing comes of those behind a match that ends the stream."""
        out: list[Part] = []
        for text, rule, first in pieces:
            if rule is None:
                out += self.end()
                out.append(Part(len(text), text, False))
            elif not self._span(len(text), rule, first or not self.covering, out):
                break
        return out

    def end(self) -> list[Part]:
        """The span that was open has ended."""
        self.covering = False
        if not self.pending:
            return []
        size, self.pending = self.pending, 0
        return [Part(size, self._reaction.cover(self._rule, size), True)]

    def _span(self, size: int, rule: str, first: bool, out: list[Part]) -> bool:
        """Take a part of a span; False if it ends the stream."""
        if first:
            out += self.end()
            self._rule, self.covering = rule, True
            self._reaction.hit(rule, self._channel, self._choice, ends=self._ends)
            if self._reaction.stopped is not None and self._ends:
                return False
        if self._reaction.waits:
            self.pending += size
        else:
            out.append(Part(size, self._reaction.cover(rule, size) if first else "", True))
        return True


def _checked_mask(on_match: str, mask: Any, default: str, rules: Rules | None) -> Mask:
    if mask is None:
        return "" if on_match == "drop" else default
    if on_match != "mask":
        raise InvalidRequestError(f'mask: nothing is masked with on_match="{on_match}"; accepted: on_match="mask"')
    if not isinstance(mask, str) and not callable(mask):
        raise InvalidRequestError(f"mask: a {type(mask).__name__}; accepted: a str, or a function of rule and length")
    rule = rules.first_in(mask) if isinstance(mask, str) and rules is not None else None
    if rule is not None:
        raise InvalidRequestError(f"mask: the rule {rule!r} forbids it; accepted: a text that no rule matches")
    return mask  # type: ignore[no-any-return]
