"""A conversation: what was said, and what is asked next."""

from __future__ import annotations

from collections.abc import Sequence

from slipstream.cli.session import Turn, question
from slipstream.dialects.common.request import ChatMessage
from slipstream.errors import InvalidRequestError
from slipstream.events import Message


class Conversation:
    """Questions and answers in turn.

    Args:
        system: instructions before it, or None.
        pictures, files: paths or addresses; they go with the next question.

    Attributes:
        turns: questions and answers so far; the last is a question while its answer is awaited.
    """

    def __init__(self, system: str | None = None, pictures: Sequence[str] = (), files: Sequence[str] = ()) -> None:
        self.system = system
        self.turns: list[Turn] = []
        self._pictures: list[str] = list(pictures)
        self._files: list[str] = list(files)
        self._last: ChatMessage | None = None
        self._place = 0  # of the last question in `turns`
        self._before: list[Turn] = []  # what stood there, while it is asked again

    def attach(self, picture: str) -> None:
        """Send a picture with the next question.

        Raises:
            InvalidRequestError: no such file, or no picture.
        """
        question("", [picture])
        self._pictures.append(picture)

    def attach_file(self, file: str) -> None:
        """Send a file with the next question.

        Raises:
            InvalidRequestError: no such file, or none that can be sent.
        """
        question("", (), [file])
        self._files.append(file)

    def ask(self, text: str) -> None:
        """Put a question.

        Raises:
            InvalidRequestError: a picture or file that goes with it cannot be read; they are put aside.
        """
        pictures, self._pictures = self._pictures, []
        files, self._files = self._files, []
        self._last = question(text, pictures, files)
        self._place, self._before = len(self.turns), []
        self.turns.append(self._last)

    def ask_again(self) -> None:
        """Put the last question anew; its answer goes once there is another.

        Raises:
            InvalidRequestError: nothing has been asked.
        """
        if self._last is None:
            raise InvalidRequestError("nothing has been asked yet")
        self._before = self.turns[self._place :]
        self.turns[self._place :] = [self._last]

    def answered(self, message: Message | None) -> None:
        """Keep the answer. If nothing came, or it was taken back, all is as it was before the question."""
        if message is not None and not message.retracted and (message.text or message.refusal):
            self.turns.append(message)
        else:
            self.turns[self._place :] = self._before

    def clear(self) -> None:
        """Forget everything but the system prompt."""
        self.turns.clear()
        self._pictures.clear()
        self._files.clear()
        self._last, self._place, self._before = None, 0, []
