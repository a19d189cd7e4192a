"""Which error a provider means: tables from its codes, its HTTP statuses and its words to `slipstream.errors`.

The tables are asked in that order, the most telling first: Zhipu sends 429 for a busy server and for an empty account
alike, and only the code tells (WIRE section 6). Every row says whether the same request may succeed later.
"""

from __future__ import annotations

import re
from typing import Final

Verdict = tuple[str, bool]  # the name of a class in slipstream.errors; whether the same request may succeed later

BAD: Final[Verdict] = ("BadRequestError", False)
AUTH: Final[Verdict] = ("AuthenticationError", False)
DENIED: Final[Verdict] = ("PermissionDeniedError", False)
MISSING: Final[Verdict] = ("NotFoundError", False)
RATE: Final[Verdict] = ("RateLimitError", True)
QUOTA: Final[Verdict] = ("QuotaExceededError", False)
FILTERED: Final[Verdict] = ("ContentFilteredError", False)
BUSY: Final[Verdict] = ("OverloadedError", True)
FAILED: Final[Verdict] = ("ServerError", True)
UNABLE: Final[Verdict] = ("ServerError", False)
UNKNOWN: Final[Verdict] = ("APIError", False)
AGAIN: Final[Verdict] = ("APIError", True)


def _codes(groups: dict[Verdict, str]) -> dict[str, Verdict]:
    return {code: verdict for verdict, codes in groups.items() for code in codes.split()}


# Zhipu's business codes: docs.bigmodel.cn/cn/api/api-code; which of them to retry: WIRE section 6.
_ZHIPU: Final = _codes(
    {
        AUTH: "1000 1001 1002 1003 1004 1100 1111",
        DENIED: "1110 1112 1121 1220 1311",
        QUOTA: "1113 1304 1308 1309 1310 1313",
        BAD: "1210 1212 1213 1214 1215 1231 1261",
        MISSING: "1211 1221 1222",
        FILTERED: "1300 1301",
        RATE: "1302 1303",
        BUSY: "1305 1312",
        FAILED: "1120 1200 1230 1234",
    }
)

# In lower case; `-` and `.` count as `_`.
CODES: Final = _ZHIPU | _codes(
    {
        # `invalid_request_error`, `api_error` and their like say no more than the status: they stand in `_VAGUE`.
        BAD: "context_length_exceeded invalid_argument failed_precondition out_of_range request_too_large "
        "unsupported_parameter unsupported_value string_above_max_length invalid_prompt tool_use_failed "
        "json_validate_failed model_not_active invalid_image_format image_too_large content_too_large",
        AUTH: "authentication_error invalid_api_key unauthenticated api_key_invalid invalidapikey unauthorized "
        "invalid_authentication_error incorrect_api_key_error authenticationerror expired_api_key",
        DENIED: "permission_error permission_denied permissiondenied access_denied accessdenied forbidden "
        "unsupported_country_region_territory permissiondeniederror organization_restricted model_terms_required",
        MISSING: "not_found_error not_found model_not_found notfounderror deploymentnotfound resource_not_found_error "
        "model_decommissioned modelnotfound",
        QUOTA: "insufficient_quota billing_error billing_hard_limit_reached billing_not_active quota_exceeded "
        "insufficient_balance exceeded_current_quota_error arrearage insufficient_user_quota",
        RATE: "rate_limit_error rate_limit_exceeded resource_exhausted ratelimitreached rate_limit_reached_error "
        "too_many_requests ratelimiterror requests tokens limitrequests throttling throttlingexception",
        FILTERED: "content_filter content_policy_violation responsibleaipolicyviolation datainspectionfailed "
        "data_inspection_failed prohibited_content content_filtered safety moderation_blocked",
        BUSY: "overloaded_error overloaded server_is_overloaded engine_overloaded_error slow_down unavailable "
        "model_overloaded capacity_exceeded over_capacity serviceunavailable service_unavailable",
        FAILED: "internal_error internal internal_server_error "
        "timeout_error deadline_exceeded timeout network_error bad_gateway request_timeout",
        AGAIN: "aborted",
    }
)

# Codes that state less than the HTTP status beside them; they decide only where there is none.
_VAGUE: Final = _codes(
    {
        BAD: "invalid_request_error badrequesterror invalid_value invalid_request invalidparameter",
        FAILED: "api_error server_error internalservererror",
    }
)

STATUSES: Final[dict[int, Verdict]] = {
    401: AUTH, 402: QUOTA, 403: DENIED, 404: MISSING, 408: FAILED, 409: AGAIN, 410: MISSING, 425: AGAIN, 429: RATE,
    434: DENIED,  # Zhipu: no permission for this API
    498: BUSY,  # Groq: no flex capacity
    499: UNKNOWN,
    501: UNABLE, 503: BUSY, 505: UNABLE, 529: BUSY,
}  # fmt: skip

# What messages say where code and status do not tell, or tell the wrong thing: Google refuses a key with a 400,
# llama.cpp an overlong prompt with a 500.
_WORDS: Final = tuple(
    (re.compile(words, re.IGNORECASE), verdict)
    for words, verdict in (
        (r"api[ _-]?key (?:is )?(?:not valid|invalid|expired)|(?:invalid|incorrect) (?:x-)?api[ _-]key", AUTH),
        (r"insufficient (?:account )?balance|credit balance is too low|余额不足|欠费", QUOTA),
        (r"violates? (?:our |the )?(?:usage|content|safety) (?:guidelines|polic)|content management policy", FILTERED),
        (r"prompt (?:is )?too long|is too large to process|exceeds? the (?:available )?context", BAD),
        (r"maximum context length|context (?:window|length) exceeded|exceeded max context", BAD),
        (r"model .{0,200}not found|no such model|does not exist", MISSING),
        (r"overloaded|over capacity|temporarily unavailable", BUSY),
        (r"rate.?limit|too many requests", RATE),
        (r"unauthorized", AUTH),
    )
)
_SPEAKING: Final = (AUTH, QUOTA, FILTERED, BAD)  # words that win over a status which says something else
_COARSE: Final = frozenset((400, 403, 422, 429, 500))  # statuses that servers use for anything


def classify(status: int | None, code: str | None, message: str = "") -> Verdict:
    """Which error this is, and whether the same request may succeed later.

    Args:
        status: the HTTP status; None or 200 for an error inside a stream.
        code: the provider's code or type, as text, or None.
        message: the provider's words.

    Returns:
        The name of a class in `slipstream.errors`, and `retryable`.
    """
    name = (code or "").strip().lower().replace("-", "_").replace(".", "_")
    status = _status_of(status, name)
    if status == 413:  # Groq says `rate_limit_exceeded` for a request that no waiting makes small enough
        return BAD
    known = CODES.get(name)
    if known is not None:
        return (known == BAD and _by_words(message, (AUTH, FILTERED))) or known
    if status is None:
        return _by_words(message) or _VAGUE.get(name, UNKNOWN)
    if status in _COARSE:
        return _by_words(message, _SPEAKING) or _by_status(status)
    return _by_status(status)


def _status_of(status: int | None, code: str) -> int | None:
    """The status; inside a 200 the code may state it (OpenRouter, Google)."""
    if status is not None and status >= 400:
        return status
    return int(code) if code.isascii() and code.isdigit() and 400 <= int(code[:5]) < 600 else None


def _by_status(status: int) -> Verdict:
    return STATUSES.get(status) or (FAILED if status >= 500 else BAD)


def _by_words(message: str, among: tuple[Verdict, ...] | None = None) -> Verdict | None:
    for pattern, verdict in _WORDS:
        if (among is None or verdict in among) and pattern.search(message):
            return verdict
    return None
