"""`slipstream chat` as a conversation on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.shell import Shell
from tests.cli.wire import answer, asked
from tests.replay_server import ReplayServer

PROMPT = "> "
PASTE = "\x1b[200~{}\x1b[201~"


def talk(server: ReplayServer, *arguments: str, cwd: Path | None = None) -> Shell:
    return Shell("chat", "--base-url", server.url, *arguments, env={"NO_COLOR": "1"}, cwd=cwd)


def test_a_conversation_is_sent_whole_each_time_and_can_be_saved(server: ReplayServer, tmp_path: Path) -> None:
    server.serve(chunks=answer(["one"])).serve(chunks=answer(["two"], thinking=["hm"])).serve(chunks=answer(["zwei"]))
    with talk(server, "-s", "be brief", "--max-tokens", "50", cwd=tmp_path) as shell:
        shell.expect("/help lists the commands")
        for line, reply in (("first?", "one"), ("second?", "two"), ("/regenerate", "zwei")):
            shell.expect(PROMPT)
            shell.send(line + "\n")
            shell.expect(reply)
            shell.expect("stop")
        for line, reply in (
            ("/save talk.md", "saved to talk.md"),
            ("/save talk.json", "saved to talk.json"),
            ("/save talk.md", "/save! talk.md writes over it"),
            ("/save! talk.md", "saved to talk.md"),
            ("/save talk.docx", "it takes a name that ends in .md"),
            ("/save", "/save takes the name of a file"),
        ):
            shell.expect(PROMPT)
            shell.send(line + "\n")
            shell.expect(reply)
        shell.expect(PROMPT)
        shell.send("/quit\n")
        assert shell.wait() == 0
    system, first = ("system", "be brief"), [("user", "first?"), ("assistant", "one")]
    assert list(asked(server.requests)) == [
        [system, first[0]],
        [system, *first, ("user", "second?")],
        [system, *first, ("user", "second?")],
    ]
    assert json.loads(server.requests[0].body)["max_tokens"] == 50
    told = (tmp_path / "talk.md").read_text(encoding="utf-8")
    assert told.endswith("## System\n\nbe brief\n\n## You\n\nfirst?\n\n## replayed\n\none\n\n## You\n\nsecond?\n\n"
                         "## replayed\n\nzwei\n")  # fmt: skip
    messages = json.loads((tmp_path / "talk.json").read_text(encoding="utf-8"))["messages"]
    assert [(m["role"], m.get("text")) for m in messages[::2]] == [("user", None), ("user", None)]
    assert [(m["role"], m["text"]) for m in messages[1::2]] == [("assistant", "one"), ("assistant", "zwei")]


def test_ctrl_c_stops_the_answer_and_keeps_it(server: ReplayServer) -> None:
    server.serve(chunks=answer(["early ", *["more "] * 5000]), pause=0.05).serve(chunks=answer(["again"]))
    with talk(server) as shell:
        shell.expect(PROMPT)
        shell.send("tell me\n")
        shell.expect("early")
        shell.interrupt()
        shell.expect("stopped; what came is kept. /regenerate asks again, another Ctrl-C leaves")
        shell.expect(PROMPT)
        shell.send("go on\n")
        shell.expect("again")
        shell.expect(PROMPT)
        shell.interrupt()
        shell.expect("Ctrl-C again leaves")
        shell.expect(PROMPT)
        shell.interrupt()
        assert shell.wait() == 130
    first, second = asked(server.requests)
    assert first == [("user", "tell me")]
    assert [role for role, _ in second] == ["user", "assistant", "user"]
    assert second[1][1].startswith("early ")
    assert set(second[1][1].split()) <= {"early", "more"}


def test_ctrl_c_before_the_first_token_forgets_the_question(server: ReplayServer) -> None:
    server.serve(chunks=[b": wait\n\n", *answer(["late"])], pause=30).serve(chunks=answer(["now"]))
    with talk(server) as shell:
        shell.expect(PROMPT)
        shell.send("tell me\n")
        shell.expect("waiting")
        shell.interrupt()
        shell.expect("stopped; nothing had come")
        shell.expect(PROMPT)
        shell.send("/regenerate\n")
        shell.expect("now")
        shell.expect(PROMPT)
        shell.send("\x04")  # Ctrl-D
        assert shell.wait() == 0
    assert list(asked(server.requests)) == [[("user", "tell me")], [("user", "tell me")]]


def test_an_error_does_not_end_the_conversation(server: ReplayServer) -> None:
    server.serve(status=400, body=b'{"error": {"message": "too hot"}}').serve(chunks=answer(["fine"]))
    with talk(server) as shell:
        for line, reply in (
            ("hello", "error: too hot"),
            ("/nosuch", "error: there is no command /nosuch"),
            ("/modle", "did you mean /model?"),
            ("/image none.png", "error: images[0]: the file 'none.png' cannot be read"),
            ("/file none.pdf", "error: files[0]: the file 'none.pdf' cannot be read"),
            ("/help", "/regenerate"),
            ("hello again", "fine"),
        ):
            shell.expect(PROMPT)
            shell.send(line + "\n")
            shell.expect(reply)
        shell.expect(PROMPT)
        shell.send("/bye\n")
        assert shell.wait() == 0
        assert b"Traceback" not in shell.raw
    assert list(asked(server.requests)) == [[("user", "hello")], [("user", "hello again")]]


def test_a_question_of_several_lines(server: ReplayServer) -> None:
    server.serve(chunks=answer(["ok"]))
    with talk(server) as shell:
        shell.expect(PROMPT)
        shell.send(PASTE.format("one\n  two\n/three") + "\n")
        shell.expect("ok")
        shell.expect(PROMPT)
        shell.send('"""four\n')
        shell.expect(". ")
        shell.send('five"""\n')
        shell.expect("ok")
        shell.expect(PROMPT)
        shell.send("//etc is a folder?\n")
        shell.expect("ok")
        shell.expect(PROMPT)
        shell.send("\x04")
        assert shell.wait() == 0
    assert [messages[-1][1] for messages in asked(server.requests)] == [
        "one\n  two\n/three", "four\nfive", "/etc is a folder?",
    ]  # fmt: skip


def test_model_system_thinking_and_clear(server: ReplayServer) -> None:
    server.serve(chunks=answer(["ok"]))
    with talk(server, "-m", "small") as shell:
        for line, reply in (
            ("/model", "model: small at 127.0.0.1"),
            ("/model big", "model: big at 127.0.0.1"),
            ("/system speak Chinese", "system: speak Chinese"),
            ("一", "ok"),
            ("/clear", "begins anew"),
            ("/regenerate", "nothing has been asked yet"),
            ("/system none", "system: none"),
            ("/thinking off", "thinking: off"),
            ("/thin\tdefault", "thinking: default"),
            ("二", "ok"),
        ):
            shell.expect(PROMPT)
            shell.send(line + "\n")
            shell.expect(reply)
        shell.expect(PROMPT)
        shell.send("\x04")
        assert shell.wait() == 0
    assert json.loads(server.requests[0].body)["model"] == "big"
    assert list(asked(server.requests)) == [[("system", "speak Chinese"), ("user", "一")], [("user", "二")]]


def test_ctrl_c_on_a_line_that_holds_something_clears_it(server: ReplayServer) -> None:
    server.serve(chunks=answer(["ok"]))
    with talk(server) as shell:
        shell.expect(PROMPT)
        shell.send("never mind")
        shell.expect("never mind")
        shell.interrupt()
        shell.expect(PROMPT)
        shell.interrupt()
        shell.expect("Ctrl-C again leaves")
        shell.expect(PROMPT)
        shell.send("hi\n")
        shell.expect("ok")
        shell.expect(PROMPT)
        shell.send("\x04")
        assert shell.wait() == 0
    assert list(asked(server.requests)) == [[("user", "hi")]]
