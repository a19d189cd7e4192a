"""Code lexed line by line looks as if it had been lexed as a whole."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pygments.lexer import RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Text

from slipstream.sinks.terminal.layout import highlight, lexing, theme
from slipstream.sinks.terminal.layout.highlight import Highlighter
from slipstream.sinks.terminal.layout.lexing import Machine, lexer_for
from slipstream.sinks.terminal.layout.spans import Span

SAMPLES = {
    "python": (
        'def f(x: int) -> str:\n    """Doc\n    string."""\n    s = f"a{x!r:>10}b"\n    return (1 +\n        2)\n'
    ),
    "javascript": (
        '/* a\n b */\nconst a = `t ${x + 1}\nmore`;\nlet s = "/*";  // c\nlet r = /ab+c/gi;\nf(a /* b */);\n'
    ),
    "typescript": "/** doc\n * x\n */\ninterface A<T> {\n  b: string;\n}\nconst f = async (x: number) => {};\n",
    "jsx": 'const A = () => (\n  <div className="x">\n    Don\'t {a}\n    {/* b\n    */}\n  </div>\n);\n',
    "c": (
        '#include <stdio.h>\n#define X(a) \\\n  (a+1)\n/* b\n */\nint main(void) {\n  char *s = "/* no";\n'
        "  return 0;\n}\n"
    ),
    "java": (
        "package a.b;\n/**\n * Doc\n */\npublic class A {\n  @Override\n  public void f(String s) { int y = 1; }\n}\n"
    ),
    "go": 'package main\n/* b\n*/\nvar s = `raw\nstring`\nfunc main() {\n\tfmt.Println("x")\n}\n',
    "rust": '/* a /* nested */\n b */\nfn main() {\n    let s = "multi\n line";\n    println!("{}", s);\n}\n',
    "html": (
        "<!-- a\n b -->\n<style>\nb { color: red; /* c\n d */ }\n</style>\n<script>\nlet a = `x\n"
        "y`; f(a);\n</script>\n<p>t</p>\n"
    ),
    "css": "/* a\n b */\n.a:hover, #b > p { color: #fff; margin: 0 auto; }\n",
    "scss": "/* a\n b */\n$a: 1px;\n.a { &:hover { b: $a; } }\n",
    "bash": 'for i in $(ls); do\n  echo "multi\nline $i" # it\'s\ndone\nif [ -f a ]; then exit 1; fi\n',
    "sql": "SELECT a, b -- c\nFROM t /* d\n e */\nWHERE x = 'str' AND y > 1;\n",
    "yaml": 'a: 1\nb:\n  - x: y\n    z: "q"\n  - |\n    block\n    text\nc: {e: f}\n# c\n',
    "json": '{\n  "a": [1, 2.5, true, null],\n  "b": {"c": "d"}\n}\n',
    "php": '<?php\n/* a\n b */\nclass A {\n  public function f($x) { return "a $x"; }\n}\n?>\n<p>hi</p>\n',
    "kotlin": '/* a\n b */\nfun main() {\n  val s = """raw\n  string"""\n  println("x $s")\n}\n',
    "csharp": '/* a\n b */\nnamespace A {\n  public class B { string s = @"multi\nline"; }\n}\n',
    "toml": '[a]\nb = "c"\nd = """\nmulti\n"""\ne = [1,\n 2]\n',
    "xml": '<!-- a\nb -->\n<a b="c">\n<![CDATA[ x\n y ]]>\n</a>\n',
    "lua": "--[[ a\nb ]]\nlocal function f(x)\n  return x .. 'a'\nend\n",
    "ocaml": "(* a\n b *)\nlet f x = x + 1\n",
    "haskell": "{- a\n b -}\nmodule Main where\nmain = do\n  print 1 -- c\n",
    "console": "$ ls -la\ntotal 0\n$ echo hi\nhi\n",
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n",
    "makefile": "all: a b\n\tgcc -o $@ $<\nCC = gcc\n",
}


def styled(tokens: list[tuple[Any, str]]) -> list[tuple[str, str]]:
    """Each character that is seen with what it looks like."""
    return [(char, theme.of_token(kind)) for kind, text in tokens for char in text if not char.isspace()]


@pytest.mark.parametrize("language", SAMPLES)
def test_lines_look_as_the_whole_does(language: str) -> None:
    code = SAMPLES[language]
    whole = styled([(kind, text) for _, kind, text in get_lexer_by_name(language).get_tokens_unprocessed(code)])
    lexer = lexer_for(language)
    assert lexer is not None
    assert styled([token for line in code.splitlines(keepends=True) for token in lexer.line(line)]) == whole


@pytest.mark.parametrize("language", SAMPLES)
def test_a_look_ahead_leaves_no_trace(language: str) -> None:
    plain, peeking = Highlighter(language), Highlighter(language)
    for line in SAMPLES[language].splitlines():
        for end in range(len(line)):
            assert "".join(span.text for span in peeking.peek(line[:end])) == line[:end]
        assert plain.line(line) == peeking.line(line)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.text(alphabet="/*<!->`'\"{}()#$ \tab1\n中", max_size=80))
def test_any_text_comes_out_whole(language: str, text: str) -> None:
    highlighter = Highlighter(language)
    for line in text.split("\n"):
        assert "".join(span.text for span in highlighter.line(line)) == line


def test_a_heredoc_is_a_string_up_to_its_word() -> None:
    highlighter = Highlighter("bash")
    highlighter.line("cat <<'EOF' > file")
    assert [span.style.sgr for span in highlighter.line("it's for you")] == [theme.GREEN]
    highlighter.line("EOF")
    assert any(span.style.sgr == theme.MAGENTA for span in highlighter.line("if true; then"))


def test_php_without_its_mark() -> None:
    assert any(span.style.sgr for span in Highlighter("php").line("function f($x) { return 1; }"))


@pytest.mark.parametrize("language", ["", "no-such-language", "\x1b[31m", "text"])
def test_an_unknown_language_is_plain(language: str) -> None:
    assert Highlighter(language).line("if x: 1") == [Span("if x: 1")]


def test_a_long_line_is_plain() -> None:
    text = "x = 1; " * 400
    assert len(text) > highlight.MAX_LINE
    assert Highlighter("python").line(text) == [Span(text)]


class Circle(RegexLexer):
    tokens = {"root": [("(?=a)", Text, "other")], "other": [("(?=a)", Text, "#pop")]}  # noqa: RUF012


class Broken(RegexLexer):
    tokens = {"root": [("a", lambda lexer, found: iter(1))]}  # type: ignore[call-overload]  # noqa: RUF012


@pytest.mark.parametrize("lexer", [Circle, Broken])
def test_a_lexer_that_fails_leaves_the_rest_plain(lexer: type[RegexLexer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexing, "_pygments_lexer", lambda language: lexer())
    highlighter = Highlighter("x")
    assert highlighter.peek("aa") == [Span("aa")]
    assert highlighter.line("aa") == [Span("aa")]
    assert highlighter.line("b") == [Span("b")]


def test_without_pygments_code_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    lexing._pygments_lexer.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "pygments.lexers", None)
    assert Highlighter("python").line("x = 1") == [Span("x = 1")]
    lexing._pygments_lexer.cache_clear()


def test_colours_are_among_the_sixteen() -> None:
    for sgr in theme.TOKENS.values():
        assert re.fullmatch(r"(|(1|2|3|4|9|3[1-6])(;(1|2|3|4|9|3[1-6]))*)", sgr)


def test_every_probe_is_a_single_comment_or_string() -> None:
    marks = {long.begin for long in Machine(get_lexer_by_name("go"))._longs}
    assert marks == {"/*", "`"}
    assert not Machine(get_lexer_by_name("python"))._longs
