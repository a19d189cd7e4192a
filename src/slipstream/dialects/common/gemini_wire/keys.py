"""How Google takes keys: API keys in a header of its own, access tokens as bearer tokens."""

from __future__ import annotations

from slipstream.dialects.common.checks import kind_of, wrong

_TOKEN = "ya29."  # noqa: S105  # how every OAuth access token of Google's begins


def key_headers(api_key: str | None) -> dict[str, str]:
    """The header that carries the key; none where none is needed.

    Raises:
        InvalidRequestError: it cannot stand in a header; the message does not show it.
    """
    if api_key is None:
        return {}
    accepted = "visible ASCII characters without spaces"
    if not isinstance(api_key, str) or not api_key:
        raise wrong("api_key", "empty" if api_key == "" else kind_of(api_key), accepted)
    if not all("!" <= character <= "~" for character in api_key):
        raise wrong("api_key", "a character that cannot stand in a header", accepted)
    return {"Authorization": f"Bearer {api_key}"} if api_key.startswith(_TOKEN) else {"x-goog-api-key": api_key}
