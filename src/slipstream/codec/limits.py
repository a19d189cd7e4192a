"""Every limit of the codec, each with its reason.

A decoder stands between the network and memory: without a limit, a server that never ends a line takes all of it.
"""

from __future__ import annotations

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""The longest line, and the longest payload of one event, in bytes; the default of every `max_event_bytes`.

The largest honest events are pictures: base64 of a PNG of several MB stands in ONE event (`partial_image` of OpenAI
Responses, `inlineData` of Gemini), and the event that closes a response repeats its whole output. 10 MB must pass; a
100 MB line is an attack or a bug. Text chunks are below 1 KiB, so a server of untrusted streams may set far less.
"""

MAX_COMMENT_BYTES = 4 * 1024
"""How much of a comment is kept; the rest of the line is dropped as it comes.

Comments are signs of life (`: keep-alive`) of some 30 bytes. They carry no data, so a long one is no error, and an
endless one costs no memory.
"""

MAX_NAME_BYTES = 120
"""The longest event name for which the SSE decoder keeps its fast path; longer ones are decoded too, more slowly.

The longest name of a known provider has about 50 bytes (`response.code_interpreter_call_code.delta` and its like).
"""

MAX_RETRY_DIGITS = 12
"""The longest `retry:` number that is believed; a longer one is ignored as if it were no number.

Twelve digits of milliseconds are 31 years. Python itself refuses to convert more than 4,300 digits.
"""

MAX_JSON_DEPTH = 200
"""How deep arrays and objects may nest in a `JSONStream`.

Schemas that providers accept stop at 5 to 10 levels; a model that opens more than 200 is in a loop. It is well below
Python's recursion limit of 1,000 frames, so whatever a caller does with the value (copy, compare, encode) may recurse.
jiter stops at 200 too.
"""

MAX_DECIMAL_BITS = 2000
"""The largest integer that is written in decimal, in bits: some 600 digits.

Python writes no more digits than it is set to, 4,300, and nobody can set it below 640, which is 2,126 bits. And it
needs the square of their number; hexadecimal has neither limit.
"""

MAX_JSON_NUMBER = 4300
"""The longest number in a `JSONStream`, in characters.

Python's own limit for `int(text)`, set because that conversion is quadratic (CVE-2020-10735). Checked by us, so that it
is a `MalformedChunkError` and not a bare `ValueError`.
"""
