"""The commands of a conversation: lines that begin with a slash."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Final, NamedTuple

from slipstream.cli.conversation import Conversation
from slipstream.cli.saving import save
from slipstream.cli.session import Session
from slipstream.cli.terminal import Terminal
from slipstream.errors import InvalidRequestError


class Chat(NamedTuple):
    """What a command may act on."""

    terminal: Terminal
    session: Session
    conversation: Conversation


class Quit(Exception):  # noqa: N818 - it is a signal, not an error
    """The person wants to leave."""


Run = Callable[[Chat, str], bool]
"""Takes the chat and the words after the command; True if the last question is to be answered now."""


class Command(NamedTuple):
    """One command.

    Args:
        words: what follows it, for `/help`.
        help: what it does.
        run: does it.
    """

    words: str
    help: str
    run: Run


def is_command(text: str) -> bool:
    """True for `/word`; a line that begins with a blank or two slashes is a question."""
    return text.startswith("/") and not text.startswith("//") and "\n" not in text.strip()


def run(chat: Chat, text: str) -> bool:
    """Run a command line; see `Run`.

    Raises:
        Quit: it was /quit.
        SlipstreamError: it could not be done; nothing has changed.
    """
    name, _, rest = text.strip().partition(" ")
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise InvalidRequestError(
            f"there is no command {name}",
            hint=f"{guess}/help lists them; a question that begins with a slash takes two",
        )
    return command.run(chat, rest.strip())


def _help(chat: Chat, _words: str) -> bool:
    width = max(len(f"{name} {command.words}") for name, command in COMMANDS.items())
    for name, command in COMMANDS.items():
        chat.terminal.note(f"  {f'{name} {command.words}':<{width}}  {command.help}", "dim")
    chat.terminal.note('  Ctrl-C stops an answer and keeps it; """ opens and closes a text of several lines', "dim")
    return False


def _quit(_chat: Chat, _words: str) -> bool:
    raise Quit


def _clear(chat: Chat, _words: str) -> bool:
    chat.conversation.clear()
    chat.terminal.note("the conversation begins anew")
    return False


def _regenerate(chat: Chat, _words: str) -> bool:
    chat.conversation.ask_again()
    return True


def _model(chat: Chat, words: str) -> bool:
    if words:
        chat.session.change_model(words)
    chat.terminal.note(f"model: {chat.session.name}")
    return False


def _system(chat: Chat, words: str) -> bool:
    if words:
        chat.conversation.system = None if words == "none" else words
    chat.terminal.note(f"system: {chat.conversation.system or 'none'}")
    return False


def _image(chat: Chat, words: str) -> bool:
    if not words:
        raise InvalidRequestError("/image takes the path or address of a picture")
    chat.conversation.attach(words)
    chat.terminal.note("the picture goes with the next question")
    return False


def _file(chat: Chat, words: str) -> bool:
    if not words:
        raise InvalidRequestError("/file takes the path or address of a file")
    chat.conversation.attach_file(words)
    chat.terminal.note("the file goes with the next question")
    return False


_THINKING: Final[dict[str, bool | None]] = {"on": True, "off": False, "default": None}


def _thinking(chat: Chat, words: str) -> bool:
    if words:
        chat.session.change(thinking=_THINKING.get(words, words))
    now = chat.session.settings.thinking
    shown = next((word for word, value in _THINKING.items() if value is now), now)
    chat.terminal.note(f"thinking: {shown}")
    return False


def _save(chat: Chat, words: str, *, overwrite: bool = False) -> bool:
    if not words:
        raise InvalidRequestError("/save takes the name of a file, such as talk.md or talk.json")
    path = save(chat.conversation, chat.session.name, words, overwrite=overwrite)
    chat.terminal.note(f"saved to {path}")
    return False


def _save_over(chat: Chat, words: str) -> bool:
    return _save(chat, words, overwrite=True)


COMMANDS: Final[dict[str, Command]] = {
    "/help": Command("", "this list", _help),
    "/regenerate": Command("", "ask the last question again", _regenerate),
    "/model": Command("[NAME]", "show the model, or ask another from now on", _model),
    "/system": Command("[TEXT]", "show the system prompt, or set it; `none` removes it", _system),
    "/thinking": Command("[on|off|EFFORT]", "whether the model thinks, and how hard", _thinking),
    "/image": Command("FILE", "send a picture with the next question", _image),
    "/file": Command("FILE", "send a document, sound or film with the next question", _file),
    "/save": Command("FILE", "write the conversation to FILE.md or FILE.json", _save),
    "/save!": Command("FILE", "the same, over a file that exists", _save_over),
    "/clear": Command("", "forget the conversation", _clear),
    "/quit": Command("", "leave; so does Ctrl-D", _quit),
}
ALIASES: Final = {
    "/exit": "/quit",
    "/bye": "/quit",
    "/q": "/quit",
    "/retry": "/regenerate",
    "/?": "/help",
}
