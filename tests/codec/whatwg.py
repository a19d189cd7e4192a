"""The event-stream algorithm of WHATWG HTML 9.2.6, written as the standard words it, to compare with. It is slow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Dispatched = tuple[str, str, str | None, int | None]


@dataclass
class Reference:
    """One stream: buffers named as in the standard; `id` is None until the stream gives one."""

    data: str = ""
    event: str = ""
    id: str | None = None
    retry: int | None = None
    frames: list[Dispatched] = field(default_factory=list)

    def line(self, line: str) -> None:
        if line == "":
            self.dispatch()
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            self.field(name, value[1:] if value.startswith(" ") else value)

    def field(self, name: str, value: str) -> None:
        if name == "event":
            self.event = value
        elif name == "data":
            self.data += value + "\n"
        elif name == "id" and "\0" not in value:
            self.id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,12}", value):
            self.retry = int(value)

    def dispatch(self) -> None:
        if self.data:
            self.frames.append((self.event or "message", self.data[:-1], self.id, self.retry))
        self.data, self.event, self.retry = "", "", None


def decode(body: bytes) -> list[Dispatched]:
    """What the standard dispatches for this body, with the retry that stood in the same block."""
    reference = Reference()
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    *lines, _unfinished = re.split("\r\n|\r|\n", text)
    for line in lines:
        reference.line(line)
    return reference.frames
