"""From the words of `slipstream chat` to an answer or a conversation."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from slipstream.cli.answer import Manner
from slipstream.cli.chat import Talk, answer_once
from slipstream.cli.conversation import Conversation
from slipstream.cli.session import Session, Settings, question
from slipstream.cli.stdin_text import is_piped, joined, read_piped
from slipstream.cli.terminal import Terminal


def start_chat(
    terminal: Terminal,
    settings: Settings,
    manner: Manner,
    prompt: str,
    *,
    system: str | None,
    pictures: Sequence[str],
    files: Sequence[str] = (),
    record: str | None = None,
) -> None:
    """Answer the prompt and what is piped in; with neither, talk.

    Raises:
        typer.BadParameter: nothing is asked, and nobody is there to ask.
        SlipstreamError: the request is wrong, or the answer failed.
    """
    if record is not None and not manner.stream:
        raise typer.BadParameter("--record keeps what streams; a whole answer has no times")
    session = Session(settings)  # first: a missing key is told before anything is typed or read
    try:
        piped = is_piped()
        text = joined(prompt, read_piped(terminal) if piped else "")
        if text or ((pictures or files) and piped):
            answer_once(terminal, session, manner, text, system=system, pictures=pictures, files=files, record=record)
        elif piped or prompt:
            raise typer.BadParameter("nothing is asked: give a question, or pipe one in")
        elif manner.json:
            raise typer.BadParameter("--json needs a question; a conversation is for people")
        elif record is not None:
            raise typer.BadParameter("--record needs a question; it keeps one answer, and a conversation has many")
        else:
            question("", pictures, files)  # what cannot be read is told now
            Talk(terminal, session, manner, Conversation(system, pictures, files)).run()
    finally:
        session.close()
