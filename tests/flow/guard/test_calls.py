"""Arguments of calls: guarded as text, written back as JSON."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.flow.guard.calls import Arguments
from slipstream.flow.guard.reaction import Reaction
from slipstream.flow.guard.screen import Pattern, Rules, Word

RULES = Rules([Word("forbidden"), Word("你好")], [Pattern(r"1[0-9]{10}", "phone")])


def guarded(*parts: str, on_match: str = "mask", mask: Any = None, rules: Rules = RULES) -> str:
    arguments = Arguments(rules, Reaction(on_match, mask, None), 0)
    return "".join(arguments.feed(part) for part in parts) + arguments.end()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "is forbidden here"}', '{"a": "is *** here"}'),
        ('{"forbidden": 1}', '{"***": 1}'),
        ('{"a": "\\u0066orbidde\\u006e"}', '{"a": "***"}'),
        ('{"a": "\\u4f60\\u597d, \\ud83d\\ude00"}', '{"a": "***, \\ud83d\\ude00"}'),
        ('{"a": 13800138000}', '{"a": "***"}'),
        ('{"a": [13800138000.5, -13800138000]}', '{"a": ["***.5", "-***"]}'),
        ('{"a": "for", "b": "bidden"}', '{"a": "for", "b": "bidden"}'),
        ('{"a": "for\\nbidden \\u00e9"}', '{"a": "for\\nbidden \\u00e9"}'),
        ("{'a': 'forbidden'}", "{'a': '***'}"),
        ('{"a": "forbid', '{"a": "forbid'),
        ('{"a": "forbidden', '{"a": "***'),
        ('{"a": 13800138000', '{"a": "***"'),
        ("", ""),
    ],
)
def test_masks(text: str, expected: str) -> None:
    assert guarded(text) == expected
    assert guarded(*text) == expected
    for at in range(len(text)):
        assert guarded(text[:at], text[at:]) == expected


def test_a_mask_is_written_as_json_wants_it() -> None:
    out = guarded('{"a": "forbidden", "b": 13800138000}', mask='"\\\n')
    assert json.loads(out) == {"a": '"\\\n', "b": '"\\\n'}


def test_a_mask_may_depend_on_the_length() -> None:
    text = '{"a": "forbidden!", "b": 13800138000}'
    expected = '{"a": "<words 9>!", "b": "<phone 11>"}'
    assert guarded(*text, mask=lambda rule, length: f"<{rule} {length}>") == expected


def test_dropped() -> None:
    assert json.loads(guarded('{"a": "x forbidden", "b": 13800138000}', on_match="drop")) == {"a": "x ", "b": ""}


@pytest.mark.parametrize("text", ['{"a": "x forbidden y"}', '{"a": [1, 13800138000, 2]}', '{"a": 1, "forbidden": 2}'])
def test_what_ends_the_stream_lets_nothing_follow(text: str) -> None:
    for parts in ((text,), tuple(text)):
        reaction = Reaction("stop", None, None)
        arguments = Arguments(RULES, reaction, 0)
        out = ""
        for part in parts:
            out += arguments.feed(part)
            if reaction.stopped is not None:
                break
        assert reaction.stopped is not None
        assert text.startswith(out)
        assert "forbidden" not in out
        assert "13800138000" not in out


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abc \\\"\n\u00e9😀", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def expected_of(value: Any, word: str) -> Any:
    if isinstance(value, str):
        return value.replace(word, "#") if set(word) & set(value) else value
    if isinstance(value, list):
        return [expected_of(item, word) for item in value]
    if isinstance(value, dict):
        return {expected_of(key, word): expected_of(item, word) for key, item in value.items()}
    return value


@given(JSON, st.sampled_from(["ab", "cb", "é", "😀", "\n"]), st.booleans(), st.data())
def test_valid_json_stays_valid_however_it_is_cut(value: Any, word: str, ascii_only: bool, data: st.DataObject) -> None:
    if not word.strip():
        word = "a\nb"
    text = json.dumps(value, ensure_ascii=ascii_only)
    rules = Rules([Word(word)])
    whole = guarded(text, mask="#", rules=rules)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    bounds = [0, *cuts, len(text)]
    assert guarded(*(text[a:b] for a, b in pairwise(bounds)), mask="#", rules=rules) == whole
    assert guarded(*text, mask="#", rules=rules) == whole
    # Words that cannot overlap themselves: `replace` is the oracle. A folded match may differ, so letters only.
    if word in ("ab", "cb", "😀"):
        assert json.loads(whole) == expected_of(value, word)
    else:
        json.loads(whole)
