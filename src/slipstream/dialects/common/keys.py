"""API keys, wherever they show up in a text: recognised by their form and replaced.

Providers echo the key they refuse, proxies echo headers; both end up in messages and logs. A prompt cannot be
recognised, a key can.
"""

from __future__ import annotations

import re
from typing import Final

REPLACEMENT: Final = "[redacted]"

_KEY: Final = re.compile(
    r"(?i:\bbearer\s+[\w.~+/=*-]{6,})"  # an Authorization header, echoed
    r"|(?P<label>(?i:\bapi[ _-]?keys?(?: provided)?[\"']?\s*[:=]\s*[\"']?|[?&]key=))"  # "... key provided: ..."
    r"(?!\[redacted)[^\s\"',;&)}\]]+"
    r"|\b[0-9a-f]{32}\.[0-9A-Za-z]{8,}"  # Zhipu `id.secret`
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JWT, such as Zhipu's signed keys
    r"|\bAIza[\w-]{20,}"  # Google
    r"|\bAKIA[0-9A-Z]{16}\b"  # AWS
    r"|\b(?:sk|pk|rk|gsk|xai|csk|nvapi|pplx|fw|hf|r8|tgp|glpat|gh[a-z])[-_][\w-]{8,}"  # prefixed keys
)


def redact(text: str) -> str:
    """The text with everything that looks like an API key replaced by `[redacted]`."""
    return _KEY.sub(lambda found: (found["label"] or "") + REPLACEMENT, text)
