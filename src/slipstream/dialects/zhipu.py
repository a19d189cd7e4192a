"""Zhipu / Z.ai (GLM): OpenAI's shape with its own bounds, keys and finish reasons (WIRE section 6).

The vendor's reference: https://docs.bigmodel.cn/api-reference (China) and https://docs.z.ai/api-reference (abroad).
Both regions speak the same dialect; they differ in base URL and keys.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.checks import name_of, wrong
from slipstream.dialects.common.openai_shape.decoder import OpenAIShapeDecoder
from slipstream.dialects.common.openai_shape.dialect import OpenAIShapeDialect, check_key
from slipstream.dialects.common.openai_shape.encoder import ChatEncoder
from slipstream.dialects.common.openai_shape.messages import MessageWriter
from slipstream.dialects.common.openai_shape.request import build_body
from slipstream.dialects.common.openai_shape.style import CUT, WORDS, Style
from slipstream.dialects.common.request import Request
from slipstream.dialects.common.stream_encoder import NATIVE
from slipstream.events import Error, Event, FinishReason, Retract

# A token is read when a request arrives, so it need not outlive the stream. The vendor's SDK signs for as long.
TOKEN_SECONDS: Final = 210

# The markers around the answers of GLM-V. What stands between them is the answer; a flow stage reads boxes out of it.
BOX_TAGS: Final = ("<|begin_of_box|>", "<|end_of_box|>")

_RANGES: Final = {"temperature": (0.0, 1.0), "top_p": (0.01, 1.0)}


class ZhipuDecoder(OpenAIShapeDecoder):
    """Decodes a stream of GLM: box markers are removed, and calls are given only after `tool_calls` or `stop`.

    `sensitive` gives `Retract` and ends with the reason `content_filter`: the vendor leaves it to the caller to take
    back what has been shown. `network_error` is an error that may be retried.
    """

    TAGS: ClassVar[tuple[str, ...]] = BOX_TAGS
    AUDIO_TYPE: ClassVar[str] = "audio/wav"
    RUNNABLE: ClassVar[frozenset[FinishReason]] = frozenset(("stop", "tool_calls"))
    MARK_IS_ENOUGH: ClassVar[bool] = False


# The vendor's business code for each kind of error: docs.bigmodel.cn/cn/api/api-code, WIRE section 6.
CODES: Final[Mapping[str, str]] = {
    "AuthenticationError": "1000",
    "MissingKeyError": "1001",
    "QuotaExceededError": "1113",
    "InvalidRequestError": "1210",
    "BadRequestError": "1210",
    "UnsupportedError": "1210",
    "NotFoundError": "1211",
    "UnknownModelError": "1211",
    "PermissionDeniedError": "1220",
    "ContentFilteredError": "1301",
    "RateLimitError": "1302",
    "OverloadedError": "1305",
}
FAILED: Final = "1234"
"""Any other failure: to the vendor a network error, which may be tried again."""

_BUSINESS_CODE: Final = re.compile(r"1[0-3]\d\d", re.ASCII)


def zhipu_error(error: Error, argument: str) -> dict[str, Any]:  # noqa: ARG001
    """An error as GLM states it: a code, which is text, and a message. It has no place for the field that is wrong."""
    own = error.code is not None and _BUSINESS_CODE.fullmatch(error.code)
    return {"code": error.code if own else CODES.get(error.kind, FAILED), "message": error.message or "error"}


class ZhipuEncoder(ChatEncoder):
    """Encodes a stream for clients of GLM: counts on the last chunk, sources as search results, GLM's words and codes.

    A box that a stage has read is a comment: the text it was read from stands in the answer, where such clients look.
    """

    STYLE: ClassVar[Style] = Style(
        words={**WORDS, "content_filter": "sensitive", **dict.fromkeys(CUT, "network_error")},
        own=frozenset(("model_context_window_exceeded",)),
        error=zhipu_error,
        # GLM says 429 for an empty account and for a busy server as well; the code tells which.
        statuses={402: 429, 503: 429, 529: 429},
        usage_at_finish=True,
        web_search=True,
    )
    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **ChatEncoder.CARRIES,
        Retract: NATIVE,  # the finish reason `sensitive`, after which clients take back what they have shown
    }


class Zhipu(OpenAIShapeDialect):
    """Zhipu's chat completions; see `face.Dialect`."""

    name = "zhipu"
    DECODER = ZhipuDecoder
    ENCODER = ZhipuEncoder

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: GLM takes no such value; the message names the argument and what it accepts.
        """
        _check(request)
        traits = msgspec.structs.replace(
            request.traits, max_tokens_field="max_tokens", stream_usage="always", thinking_style="object"
        )
        plain = msgspec.structs.replace(request, traits=traits, extra={})
        body = build_body(plain, MessageWriter(traits, names=False, data_urls=False, files_by_url=True))
        for tool in body.get("tools", ()):
            if isinstance(tool.get("function"), dict):
                tool["function"] = {key: value for key, value in tool["function"].items() if key != "strict"}
        if request.stream and request.tools:
            body["tool_stream"] = True  # without it arguments arrive whole, after a silence
        return body | request.extra

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:
        """The key as a bearer token; a key of the form `id.secret` signs a short-lived one and is not sent itself.

        Args:
            api_key: the key, or None where none is needed.
            now: seconds since the epoch.

        Raises:
            InvalidRequestError: the key cannot be one; the message does not show it.
        """
        if api_key is None:
            return {}
        id, dot, secret = check_key(api_key).partition(".")
        if not dot:
            return {"Authorization": f"Bearer {api_key}"}
        if not id or not secret or "." in secret:
            raise wrong("api_key", "not of the form id.secret", "a key as the provider's console shows it")
        return {"Authorization": f"Bearer {sign(id, secret, now)}"}


def sign(id: str, secret: str, now: float) -> str:
    """The JWT that stands for a key of the form `id.secret`: HS256, times in milliseconds (the vendor's scheme).

    Args:
        id, secret: the two halves of the key.
        now: seconds since the epoch.
    """
    stamp = int(now * 1000)
    header = {"alg": "HS256", "sign_type": "SIGN"}
    payload = {"api_key": id, "exp": stamp + TOKEN_SECONDS * 1000, "timestamp": stamp}
    signed = b".".join(_segment(msgspec.json.encode(part)) for part in (header, payload))
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return b".".join((signed, _segment(digest))).decode()


def _segment(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _check(request: Request) -> None:
    """Refuse what GLM refuses, before it is sent: its own answer names a number and no argument."""
    for name, (low, high) in _RANGES.items():
        value = getattr(request, name)
        if value is not None and not low <= value <= high:
            raise wrong(name, f"{value} is out of range", f"{low} to {high}")
    if request.tool_choice not in (None, "auto"):
        raise wrong("tool_choice", f"{name_of(request.tool_choice)} is unknown here", "auto")
    if len(request.stop) > 1:
        raise wrong("stop", f"{len(request.stop)} texts", "at most one")
    if request.n not in (None, 1):
        raise wrong("n", f"{request.n} answers", "1")
    if not any(message.role == "user" for message in request.messages):
        raise wrong("messages", "no user message", "at least one message with the role user")
