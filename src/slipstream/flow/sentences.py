"""Text in whole sentences, fit for text-to-speech."""

from __future__ import annotations

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import positive, whole
from slipstream.flow.segment import SentenceCutter
from slipstream.flow.sentence_ends import EngineName, choose_engine
from slipstream.flow.text_stage import TextStage


class Sentences(TextStage):
    """The stage behind `sentences()`: a delta for each sentence, with the white space behind it.

    Args:
        min_length: characters; a shorter sentence goes together with the next.
        max_length: characters; a longer one is cut at a comma, a space, else between two characters that a person sees.
            None for no bound.
        seconds: the longest that a character is held, from its arrival on: what is held then goes, whole or not. None
            waits for the end of the sentence.
        engine: who decides about full stops: `rules` (English, Chinese, German, and a little of others), `sentencex`
            (the package of this name, many languages), `auto`: sentencex where it is installed.
        language: a code such as `de`; None for a mix (sentencex reads it as `en`). The rules know `de`, `en` and `zh`.
            Chinese and Japanese marks need none.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(
        self,
        min_length: int = 1,
        max_length: int | None = None,
        seconds: float | None = None,
        engine: EngineName = "auto",
        language: str | None = None,
    ) -> None:
        least = whole("min_length", min_length, "characters")
        most = None if max_length is None else whole("max_length", max_length, "characters")
        if most is not None and most < least:
            raise InvalidRequestError(f"max_length: {most} is less than min_length, {least}; accepted: as much or more")
        bound = None if seconds is None else positive("seconds", seconds, "seconds")
        chosen = choose_engine(engine, language)
        super().__init__(lambda: SentenceCutter(chosen, least, most, bound))


def sentences(
    min_length: int = 1,
    max_length: int | None = None,
    seconds: float | None = None,
    engine: EngineName = "auto",
    language: str | None = None,
) -> Sentences:
    """A stage that lets text go sentence by sentence; see `Sentences`."""
    return Sentences(min_length, max_length, seconds, engine, language)
