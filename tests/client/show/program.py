"""A program that shows an answer from a local server, a word each few milliseconds: what the tests put on a terminal.

    python program.py WORDS PAUSE PARAGRAPH [THINKING]

WORDS words come PAUSE seconds apart, PARAGRAPH of them make one. It says `after` when it is done, and how it ended.
"""

from __future__ import annotations

import sys
import time

from tests.client import answers
from tests.replay_server import ReplayServer

from slipstream import Client


def body(words: int, paragraph: int) -> list[bytes]:
    """A frame for each word: `word7`, each fifth in Chinese beside it."""
    frames = [answers.frame({"role": "assistant", "content": ""})]
    for number in range(words):
        wide = "你好吗 " if number % 5 == 0 else ""
        end = "\n\n" if number % paragraph == paragraph - 1 else " "
        frames.append(answers.frame({"content": f"word{number} {wide}{end}"}))
    return [*frames, answers.frame({}, "stop"), answers.DONE]


def main() -> None:
    words, pause, paragraph = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    for number in range(30):
        print(f"before{number}")
    with ReplayServer() as server:
        server.serve(
            body=b"x", chunks=body(words, paragraph), pause=pause, headers={"content-type": "text/event-stream"}
        )
        with Client(base_url=server.url, api_key=answers.KEY) as client, client.stream("hi") as stream:
            try:
                message = stream.show()
                print(f"after: {message.finish_reason}")
            except KeyboardInterrupt:
                print(f"after: stopped, {len(stream.message.text.split())} words")
    sys.stdout.flush()
    time.sleep(float(sys.argv[4]) if len(sys.argv) > 4 else 0)


if __name__ == "__main__":
    main()
