"""`slipstream chat`: one answer, or a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from slipstream.cli import INTERRUPTED, commands
from slipstream.cli.answer import Answer, Manner
from slipstream.cli.commands import Chat, Quit
from slipstream.cli.conversation import Conversation
from slipstream.cli.failures import report
from slipstream.cli.line_editor import LineEditor
from slipstream.cli.session import Session, question
from slipstream.cli.terminal import Terminal
from slipstream.errors import InvalidRequestError, SlipstreamError


def answer_once(
    terminal: Terminal, session: Session, manner: Manner, text: str, *, system: str | None, pictures: Sequence[str],
    files: Sequence[str] = (), record: str | None = None,
) -> None:  # fmt: skip
    """Answer one question, and keep what comes in the file `record`.

    Raises:
        InvalidRequestError: that file exists.
        SlipstreamError: it failed; what had arrived has been shown.
        typer.Exit: with 130, after Ctrl-C.
    """
    answer = Answer(terminal, manner)
    asked = [question(text, pictures, files)]
    if record is not None and Path(record).is_file():
        raise InvalidRequestError(f"record: {record} exists; name another file, or remove it")
    try:
        answer.ask(session, asked, system, record=record)
    finally:
        if record is not None:
            _drop_empty(Path(record))
    if answer.stopped:
        raise typer.Exit(INTERRUPTED)


def _drop_empty(path: Path) -> None:
    """Remove a recording that nothing was written to: it was stopped before anything came."""
    if path.is_file() and path.stat().st_size == 0:
        path.unlink()


class Talk:
    """A conversation on a terminal."""

    def __init__(self, terminal: Terminal, session: Session, manner: Manner, conversation: Conversation) -> None:
        self._terminal = terminal
        self._manner = manner
        self._chat = Chat(terminal, session, conversation)
        self._editor = LineEditor(terminal, (*commands.COMMANDS, *commands.ALIASES))
        self._leaving = False  # the next Ctrl-C at the prompt leaves

    def run(self) -> None:
        """Talk until /quit, Ctrl-D or a second Ctrl-C.

        Raises:
            typer.Exit: with 130, after Ctrl-C.
        """
        self._terminal.note(f"{self._chat.session.name} · /help lists the commands, Ctrl-D leaves")
        while True:
            try:
                self._turn(self._editor.read())
            except KeyboardInterrupt:
                self._interrupted()
            except EOFError:
                self._terminal.out.write("\n" if self._terminal.out.is_terminal else "")
                return
            except Quit:
                return

    def _turn(self, text: str) -> None:
        self._leaving = False
        if not text.strip():
            return
        try:
            if commands.is_command(text):
                if not commands.run(self._chat, text):
                    return
            else:
                self._chat.conversation.ask(text[1:] if text.startswith("//") else text)
        except SlipstreamError as error:
            report(self._terminal, error, debug=self._manner.debug)
            return
        self._answer()

    def _answer(self) -> None:
        conversation = self._chat.conversation
        answer = Answer(self._terminal, self._manner)
        try:
            answer.ask(self._chat.session, conversation.turns, conversation.system)
        except SlipstreamError as error:
            report(self._terminal, error, debug=self._manner.debug)
        except KeyboardInterrupt:
            answer.stopped = True
        finally:
            conversation.answered(answer.message)
        if answer.stopped:
            kept = "what came is kept" if answer.message is not None and answer.message.text else "nothing had come"
            self._terminal.note(f"stopped; {kept}. /regenerate asks again, another Ctrl-C leaves")
            self._leaving = True

    def _interrupted(self) -> None:
        """Ctrl-C at the prompt: it clears a line that holds something; on an empty one, the second leaves."""
        self._terminal.out.write("\n")
        self._terminal.out.column_zero = True
        if self._leaving:
            raise typer.Exit(INTERRUPTED)
        if not self._editor.had_text():
            self._leaving = True
            self._terminal.note("Ctrl-C again leaves, and so does Ctrl-D")
