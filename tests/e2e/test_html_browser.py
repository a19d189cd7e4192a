"""Answers in a real browser: what patches make of a page, and that no answer runs anything there."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import Require
from tests.sinks.html.attacks import ATTACKS

from slipstream.events import Error, Event, Finish, ReasoningDelta, Source, TextDelta
from slipstream.gateway import respond
from slipstream.sinks.html import HTML, apply

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

ANSWERS = {
    "prose": "# A *title*\n\n**Bold words** and `code`, a [link](https://a.example/ 'so') & so.\n\nTitle\n---\n\n---\n",
    "tight and nested lists": "- a\n- b **c**\n  1. d\n  2. e\n- [x] f\n- [ ] g\n",
    "a list that turns loose": "- a\n- b\n  - c\n  - d\n\n- e\n\n  ```py\n  x < 1\n  ```\n",
    "a table": "| a | b |\n|:--|--:|\n| `1` | **2** & 3 |\n| 4 |\n\nafter\n",
    "a table behind text": "so\na | b\n--|--\n1 | 2\n3 | 4\n",
    "code": "```html\n<b>\n\n  &amp;\n```\n\n    indented\n",
    "quotes": "> a\n> > b\n>\n> - c\n",
    "math": "so $a<b$ and \\(c\\)\n\n$$\nx & y\n$$\n",
    "late links": "see [docs] and [docs]\n\n- [docs]\n\n[docs]: https://a.example/\n",
    "footnotes": "a[^1] b[^two]\n\n[^two]: so\n\n    and on\n\n[^1]: one[^two]\n\nend\n",
    "raw tags": "a <b>c</b> <br> d\n\n<div>\n\ne\n\n</div>\n",
    "a long paragraph": "many words before **bold** and `code`, " * 40,
    "chinese": "**章鱼**有三颗心脏：\n\n1. 两颗鳃心\n2. 一颗体心\n",
}
LOOKED = threading.Event()
TEXTS = (*ANSWERS.values(), *ATTACKS)

SHOW = """<!doctype html><meta charset="utf-8"><title>show</title><body><script type="module">
import { patcher } from "/patches.js";
window.pwn = () => { window.pwned = true; };
window.show = (number) => new Promise((resolve, reject) => {
  const root = document.createElement("div");
  document.body.replaceChildren(root);
  const apply = patcher(root), source = new EventSource(`/patches/${number}`);
  source.onmessage = (event) => apply(JSON.parse(event.data));
  source.onerror = () => { source.close(); reject(new Error("broken")); };
  source.addEventListener("finish", () => { source.close(); resolve(true); });
});
window.plain = () => {
  const root = document.body.firstChild.cloneNode(true);
  for (const element of root.querySelectorAll("[data-block]")) {
    element.removeAttribute("data-block");
    if (element.tagName === "SPAN" && !element.attributes.length) element.replaceWith(...element.childNodes);
  }
  return root.innerHTML;
};
window.whole = async (number) => {
  const text = await (await fetch(`/whole/${number}`)).text();
  return new DOMParser().parseFromString(text, "text/html").body.firstChild.innerHTML;
};
window.ready = true;
</script>"""

BAD = """(selector) => {
  const bad = [], tags = /^(script|iframe|frame|object|embed|style|link|meta|base|form|svg|math|img|video|audio)$/i;
  for (const element of document.querySelector(selector).querySelectorAll("*")) {
    if (tags.test(element.tagName)) bad.push(element.tagName);
    for (const name of element.getAttributeNames()) if (/^on|^style$|^srcdoc$/i.test(name)) bad.push(name);
    if (element.href !== undefined && !/^(https?|mailto|tel):/.test(element.href)) bad.push(element.href);
  }
  return bad;
}"""


STORIES: dict[str, list[Event]] = {
    "fails": [ReasoningDelta("secret"), TextDelta("so far"), Error("it <b>broke</b>", kind="ServerError")],
    "ends": [
        ReasoningDelta("secret"),
        TextDelta("- [x] done\n\n```\n" + "x" * 900 + "\n```\n\n| a | b |\n|--|--|\n| 1 | 2 |\n"),
        Source(id="1", url="https://a.example/", title="A"),
        Finish(),
    ],
}


def sample() -> str:
    """The page that the documentation gives as an example."""
    text = (Path(__file__).parents[2] / "docs" / "html.md").read_text("utf-8")
    return text.partition('PAGE = """')[2].partition('"""')[0]


def events(number: int) -> list[Event]:
    """An answer, character by character."""
    return [*map(TextDelta, TEXTS[number]), Finish()]


def application() -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import FileResponse, HTMLResponse, Response
    from starlette.routing import BaseRoute, Mount, Route
    from starlette.staticfiles import StaticFiles

    async def show(request: Request) -> Response:
        return HTMLResponse(SHOW)

    async def script(request: Request) -> Response:
        return FileResponse(str(files("slipstream").joinpath("web/patches.js")), media_type="text/javascript")

    async def patches(request: Request) -> Response:
        return respond(events(request.path_params["number"]), "html-patches")

    async def page(request: Request) -> Response:
        # Without the policy, which would stop what the page itself must not hold.
        return respond(events(request.path_params["number"]), "html", headers={"content-security-policy": ""})

    async def example(request: Request) -> Response:
        return HTMLResponse(sample())

    async def story(request: Request) -> Response:
        return respond(held(STORIES[request.query_params["story"]]), "html-patches")

    async def held(told: list[Event]) -> AsyncIterator[Event]:
        yield told[0]
        await asyncio.to_thread(LOOKED.wait, 30)  # until the page was looked at while the model thinks
        for event in told[1:]:
            yield event

    async def whole(request: Request) -> Response:
        html = HTML()
        found = [*html.feed(TEXTS[request.path_params["number"]]), *html.end()]
        return HTMLResponse(f"<!doctype html><body><div>{apply(found)}</div>")

    routes: list[BaseRoute] = [Route("/", show), Route("/patches.js", script), Route("/patches/{number:int}", patches)]
    routes += [Route("/example", example), Route("/answer", story)]
    routes.append(Mount("/web", StaticFiles(packages=[("slipstream", "web")])))
    return Starlette(routes=[*routes, Route("/page/{number:int}", page), Route("/whole/{number:int}", whole)])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server of the answers."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application(), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start in 20 s"
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)


class Watched:
    """A page that notes what it must not do."""

    def __init__(self, page: Page, port: int) -> None:
        self.page, self.address = page, f"http://127.0.0.1:{port}"
        self.dialogs: list[str] = []
        self.elsewhere: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.elsewhere.append(request.url)

    def check(self, selector: str) -> None:
        assert self.page.evaluate(BAD, selector) == []
        assert not self.page.evaluate("window.pwned")
        assert (self.dialogs, self.elsewhere) == ([], [])


@pytest.fixture(scope="module")
def watched(require: Require, port: int) -> Iterator[Watched]:
    """A page of a browser."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    require(program, "chromium is not installed")
    with contextlib.ExitStack() as stack:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            require(False, "playwright is not installed")
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        stack.callback(browser.close)
        yield Watched(browser.new_page(), port)


@pytest.fixture(scope="module")
def showing(watched: Watched) -> Watched:
    """The page that takes patches."""
    watched.page.goto(watched.address)
    watched.page.wait_for_function("window.ready")
    return watched


@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=list(ANSWERS))
def test_the_page_that_patches_make_is_the_whole_page(number: int, showing: Watched) -> None:
    page = showing.page
    page.evaluate("show", number)
    assert page.evaluate("plain()") == page.evaluate("whole", number)
    showing.check("body > div")


def test_no_attack_does_anything_as_patches(showing: Watched) -> None:
    assert len(ATTACKS) >= 60
    for number in range(len(ANSWERS), len(TEXTS)):
        showing.page.evaluate("show", number)
        assert showing.page.evaluate("plain()") == showing.page.evaluate("whole", number), TEXTS[number]
        showing.check("body > div")


def test_no_attack_does_anything_as_a_page(watched: Watched) -> None:
    page = watched.page
    page.add_init_script("window.pwn = () => { window.pwned = true; }")
    for number in range(len(ANSWERS), len(TEXTS)):
        page.goto(f"{watched.address}/page/{number}")
        watched.check(".answer")


def test_a_page_stands_without_any_script(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.address}/page/{list(ANSWERS).index('a table')}")
    assert page.locator(".answer table tbody tr").count() == 2
    assert page.locator(".answer tbody td").first.inner_text() == "1"
    assert page.evaluate("document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize("story", list(STORIES))
def test_the_page_of_the_docs_says_what_happens(story: str, watched: Watched) -> None:
    page = watched.page
    LOOKED.clear()
    page.goto(f"{watched.address}/example?story={story}")
    page.get_by_text("Thinking …").wait_for()
    LOOKED.set()
    if story == "fails":
        page.get_by_text("it <b>broke</b>").wait_for()
        assert page.locator("#answer p").inner_text() == "so far"
        return
    page.get_by_role("link", name="A").wait_for()
    page.wait_for_function("document.getElementById('status').textContent === ''")
    style = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"
    assert page.evaluate(style, [".answer li", "listStyleType"]) == "none"
    assert page.evaluate(style, [".answer td", "borderTopStyle"]) == "solid"
    assert page.evaluate(style, [".answer pre", "tabSize"]) == "4"  # as on a terminal
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.check("#answer")


def test_the_browser_would_have_noticed(watched: Watched) -> None:
    """The watch sees what it looks for: else these tests could not fail."""
    page = watched.page
    page.goto(f"{watched.address}/page/0")
    page.evaluate(
        "document.querySelector('.answer').innerHTML = '<img src=\"http://evil.invalid/x\" onerror=\"pwn()\">'"
    )
    page.wait_for_function("window.pwned")
    assert page.evaluate(BAD, ".answer") == ["IMG", "onerror"]
    assert watched.elsewhere == ["http://evil.invalid/x"]
