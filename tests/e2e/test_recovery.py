"""Recovery on the real model: the connection is cut in mid-answer, and the model goes on with its own text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slipstream import Client, Resume
from slipstream.run.aiohttp_transport import AiohttpTransport
from slipstream.run.transport import BrokenConnectionError, HTTPRequest, Response

QUESTION = "Write one short sentence about the sea, then one about the sky."
CUTS = (1, 2, 4, 7, 11, 16, 22)


class CuttingResponse:
    """Breaks after some reads that held content."""

    def __init__(self, response: Response, left: int) -> None:
        self._response = response
        self._left = left
        self.status, self.headers = response.status, response.headers

    async def read(self) -> bytes:
        """The next bytes, while there are any left."""
        if self._left <= 0:
            self._response.close()
            raise BrokenConnectionError("cut by the test", retryable=True)
        data = await self._response.read()
        self._left -= data.count(b'"content"')
        return data

    def close(self) -> None:
        """Close."""
        self._response.close()

    def release(self) -> None:
        """Keep the connection."""
        self._response.release()


class Cutting:
    """Cuts the first answer after some pieces."""

    def __init__(self, after: int) -> None:
        self._network = AiohttpTransport()
        self._after: int | None = after

    async def open(self, request: HTTPRequest, connected: Callable[[], None]) -> Response:
        """Open, and cut the first."""
        response = await self._network.open(request, connected)
        after, self._after = self._after, None
        return response if after is None else CuttingResponse(response, after)

    async def close(self) -> None:
        """Close everything."""
        await self._network.close()


def answer(transport: Cutting | None = None) -> tuple[str, str, int]:
    """The text, what of it had been shown when the model went on, and how often it did."""
    with Client(model="local", transport=transport) as client:
        stream = client.stream(QUESTION, temperature=0, max_tokens=48, on_break="continue")
        before, resumes = "", 0
        for event in stream:
            if isinstance(event, Resume):
                before, resumes = stream.message.text, resumes + 1
        return stream.message.text, before, resumes


@pytest.mark.usefixtures("local_endpoint")
def test_the_model_goes_on_where_it_was_cut() -> None:
    whole, _, _ = answer()
    exact = 0
    for cut in CUTS:
        text, shown, resumes = answer(Cutting(cut))
        assert resumes == 1
        assert whole.startswith(shown), "nothing that was shown is lost or changed"
        assert text.startswith(shown)
        rest = text[len(shown) :]
        assert not rest.lstrip().startswith(shown.strip()) or len(shown) < 10, "nothing is said twice"
        exact += text == whole
    assert exact * 2 >= len(CUTS), f"exact at {exact} of {len(CUTS)} cuts"
