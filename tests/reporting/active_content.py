"""Finds whatever could act or call home in a page, with a real parser."""

from html.parser import HTMLParser

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt&#58;alert(1)">x</a>',
    '<iframe src="https://evil.example/"></iframe>',
    '<img src="https://evil.example/pixel.png">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>body{background:url(https://evil.example/x)}</style>",
    '<div style="position:fixed;top:0">x</div>',
    '<form action="https://evil.example/"><input name="p"><button>go</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<base href="https://evil.example/">',
    '<object data="https://evil.example/x"></object><embed src="https://evil.example/x">',
    "</title></style></figure><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    "[x](javascript:alert(1)) ![y](https://evil.example/y.png)",
    "<details ontoggle=alert(1) open>x</details>",
    "{{7*7}} {% import os %} ${7*7} paid $5 then $6",
    '<video><source onerror="alert(1)" src="https://evil.example/v"></video>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
)
_FORBIDDEN = {
    "script", "iframe", "object", "embed", "form", "input", "button", "link", "base", "svg", "math", "video",
    "audio", "source", "template", "frame", "frameset", "applet", "noscript", "portal",
}  # fmt: skip


class _Finder(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.styles = 0

    def handle_starttag(self, tag, attrs):
        if tag in _FORBIDDEN:
            self.found.append(f"<{tag}>")
        self.styles += tag == "style"
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.found.append("meta refresh")
        for name, value in values.items():
            self._attribute(tag, name, value.strip().lower())

    def _attribute(self, tag, name, value):
        if name.startswith("on") or name in {
            "srcdoc",
            "srcset",
            "formaction",
            "action",
            "background",
            "poster",
        }:
            self.found.append(f"{tag} {name}")
        if name == "src" and not value.startswith(("data:image/png;base64,", "data:image/svg+xml;base64,")):
            self.found.append(f"{tag} src={value[:60]}")
        if "href" in name and value.partition(":")[0] in {"javascript", "data", "vbscript"}:
            self.found.append(f"{tag} {name}={value[:60]}")
        if name == "style" and any(word in value for word in ("url(", "position", "expression", "@import")):
            self.found.append(f"{tag} style={value[:60]}")


def active_content(html, *, styles=1):
    """What could act: forbidden elements and attributes, and more than `styles` style elements."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.found + (["another <style>"] if finder.styles > styles else [])
