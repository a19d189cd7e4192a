"""The public suites of JSON and of partial JSON, each case whole and cut.

Where the suites of partial JSON disagree, vercel/ai's `fix-json` is followed: it shows most, as readers want.

- unfinished strings are shown (`["` is `[""]`); partial-json-parser leaves them out unless told otherwise;
- unfinished literals are shown (`t` is true), in which both agree, and which jiter leaves out;
- unfinished numbers are shown as far as they are valid (`-1.25e` is -1.25), in which both agree; jiter leaves them out;
- `-` alone is absent in all;
- Infinity and NaN, which partial-json-parser knows, are no JSON (RFC 8259 section 6) and are refused.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.codec.cuts import CORPORA, pieces, rows

from slipstream.codec import JSONStream
from slipstream.errors import MalformedChunkError

FIX_JSON = rows("partial_json/fix_json_cases.jsonl")
PARTIAL_JSON_PARSER = rows("partial_json/partial_json_parser_cases.jsonl")
SUITE = CORPORA / "partial_json" / "JSONTestSuite"
FILES = sorted(SUITE.glob("*/*.json"))


def test_the_cases_are_there(corpora: Path) -> None:
    assert (corpora / "partial_json").is_dir()
    assert (len(FIX_JSON), len(PARTIAL_JSON_PARSER)) == (30, 18)
    assert len(FILES) > 100
    assert {path.name for path in FILES if path.name.startswith("i_")} == set(OPEN_QUESTIONS)


def streams(text: str) -> list[JSONStream]:
    """The text fed whole, by characters, and by threes."""
    all_ways = []
    for size in (len(text) or 1, 1, 3):
        stream = JSONStream()
        for piece in pieces(text, size):
            stream.feed(piece)
        all_ways.append(stream)
    return all_ways


@pytest.mark.parametrize("case", FIX_JSON, ids=lambda case: case["input"])
def test_fix_json(case: dict[str, Any]) -> None:
    for stream in streams(case["input"]):
        assert stream.started is bool(case["expected_fixed"])
        if stream.started:
            assert stream.value == json.loads(case["expected_fixed"])


# What we show, where that project's options (`allow`) would show something else, or nothing and raise.
SHOWN_BY_US: dict[tuple[str, str], Any] = {
    ('["', "ARR"): [""],
    ("[", "STR"): [],
    ('[""', "STR"): [""],
    ('{"', "STR"): {},
    ('{"":', "STR"): {},
    ('{"":""', "STR"): {"": ""},
    ("n", "~NULL"): None,
    ("f", "~BOOL"): False,
    ('"', "~STR"): "",
}
REFUSED = {"a", "--", "-I"}


@pytest.mark.parametrize("case", PARTIAL_JSON_PARSER, ids=lambda case: f"{case['input']} {case['allow']}")
def test_partial_json_parser(case: dict[str, Any]) -> None:
    if case["input"] in REFUSED:
        assert "expected_error" in case
        with pytest.raises(MalformedChunkError):
            streams(case["input"])
        return
    for stream in streams(case["input"]):
        expected = SHOWN_BY_US.get((case["input"], case["allow"]), case.get("expected"))
        assert stream.started
        assert stream.value == expected
        if "expected_error" in case:  # unfinished, which they say at once, and we at the end
            with pytest.raises(MalformedChunkError):
                stream.end()


# --- JSONTestSuite ----------------------------------------------------------------------------------------------------
# Its files are bytes; what reaches a JSONStream is text in which bytes that are no UTF-8 became U+FFFD (`Frame.data`).

# What RFC 8259 leaves open: the value that we take it for, or None if it is refused.
OPEN_QUESTIONS: dict[str, Any] = {
    "i_number_pos_double_huge_exp.json": [float("inf")],
    "i_number_real_pos_overflow.json": [float("inf")],
    "i_number_too_big_neg_int.json": [-123123123123123123123123123123],
    "i_object_key_lone_2nd_surrogate.json": {"\ufffd": 0},
    "i_string_UTF-16LE_with_BOM.json": None,
    "i_string_UTF8_surrogate_U+D800.json": ["\ufffd\ufffd\ufffd"],
    "i_string_incomplete_surrogate_and_escape_valid.json": ["\ufffd\n"],
    "i_string_invalid_surrogate.json": ["\ufffdabc"],
    "i_string_iso_latin_1.json": ["\ufffd"],
    "i_string_not_in_unicode_range.json": ["\ufffd\ufffd\ufffd\ufffd"],
    "i_string_overlong_sequence_6_bytes_null.json": ["\ufffd" * 6],
    "i_string_utf16BE_no_BOM.json": None,
    "i_structure_500_nested_arrays.json": None,  # beyond MAX_JSON_DEPTH
    "i_structure_UTF-8_BOM_empty_object.json": None,
}


def ends(text: str) -> list[Any]:
    return [stream.end() for stream in streams(text)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_json_test_suite(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    refused = path.name.startswith("n_") or OPEN_QUESTIONS.get(path.name, ...) is None
    if refused:
        with pytest.raises(MalformedChunkError):
            ends(text)
        return
    expected = OPEN_QUESTIONS.get(path.name, without_lone_surrogates(json.loads(text)))
    for value in ends(text):
        assert value == expected
        assert repr(value) == repr(expected)  # 1 is not 1.0


def without_lone_surrogates(value: Any) -> Any:
    """As `json.loads` keeps them, which we do not."""
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(value, ensure_ascii=False)))
