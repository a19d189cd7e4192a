"""Who may ask: keys in files, in the environment and in headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipstream.errors import AuthenticationError, InvalidRequestError
from slipstream.gateway.keys import Keys, keys_in_environment, keys_in_file, read_keys

ALICE, BOB = "key-of-alice-1", "key-of-bob-22222"
KEYS = Keys({"alice": ALICE, "bob": BOB})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("authorization", f"Bearer {BOB}"),
        ("authorization", f"bearer   {BOB} "),
        ("x-api-key", BOB),
        ("x-goog-api-key", BOB),
        ("api-key", BOB),
    ],
)
def test_a_key_is_known_by_any_of_its_headers(header: str, value: str) -> None:
    assert KEYS.check([(b"host", b"x"), (header.encode(), value.encode())]) == "bob"


def test_the_bearer_token_comes_first() -> None:
    assert KEYS.check([(b"x-api-key", b"placeholder"), (b"authorization", f"Bearer {ALICE}".encode())]) == "alice"


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer ", b"Basic " + ALICE.encode(), ALICE.encode()], ids=str)
def test_without_a_key_nobody_is_known(value: bytes) -> None:
    with pytest.raises(AuthenticationError) as caught:
        KEYS.check([(b"authorization", value)])
    assert (caught.value.status, caught.value.code) == (401, "missing_api_key")


@pytest.mark.parametrize(
    "key", [ALICE[:-1], ALICE + "x", ALICE.upper(), "alice", f"alice:{ALICE}", "x" * 1_000_000, "\xff" * 20, "🔑"]
)
def test_a_wrong_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        KEYS.check([(b"x-api-key", key.encode("utf-8"))])
    assert caught.value.code == "invalid_api_key"
    assert key not in str(caught.value)


def test_a_file_holds_a_key_a_line(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# ours\n\nalice:{ALICE}\n  {BOB}  \n# the end\n")
    keys = keys_in_file(path)
    assert len(keys) == 2
    assert keys.check([(b"x-api-key", ALICE.encode())]) == "alice"
    assert keys.check([(b"x-api-key", BOB.encode())]) == "line-4"


def test_the_environment_holds_keys_with_commas_or_spaces_between(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_in_environment() is None
    monkeypatch.setenv("SLIPSTREAM_KEYS", f"alice:{ALICE}, {BOB}")
    keys = keys_in_environment()
    assert keys is not None
    assert keys.check([(b"api-key", BOB.encode())]) == "line-2"


@pytest.mark.parametrize("text", ["", "# nothing\n", "short", "with space in it", "k" * 2000, f"a:{ALICE}\na:{BOB}"])
def test_a_file_without_good_keys_is_refused_and_shows_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    with pytest.raises(InvalidRequestError) as caught:
        keys_in_file(path)
    assert caught.value.argument == "keys"
    assert "space in" not in str(caught.value)
    assert ALICE not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="No such file"):
        keys_in_file(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidRequestError, match="UTF-8"):
        keys_in_file(tmp_path / "binary")


@pytest.mark.parametrize("source", ["one-long-key", 7])
def test_a_source_that_holds_no_keys_is_refused(source: object) -> None:
    with pytest.raises(InvalidRequestError, match="keys is a"):
        read_keys(source)


def test_keys_do_not_show_themselves() -> None:
    assert ALICE not in repr(KEYS) + str(vars(KEYS))
