"""What every page of ours must keep: nothing inline, nothing remote, one heading, labels that label, pictures with alt."""

from html.parser import HTMLParser

FORBIDDEN_ATTRIBUTES = {"style", "srcdoc", "ping"}
FORBIDDEN_ELEMENTS = {"style", "iframe", "object", "embed", "base", "svg"}


class Page(HTMLParser):
    """Reads a page and keeps what the rules are about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.defects: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.counts: dict[str, int] = {}
        self.language: str | None = None
        self.in_template = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.in_template += tag == "template"
        if not self.in_template:
            self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag == "html":
            self.language = values.get("lang")
        self._judge(tag, values)
        if identity := values.get("id"):
            self.ids.append(identity)
        for name in ("for", "aria-labelledby", "aria-describedby"):
            if reference := values.get(name):
                self.references.append(reference)

    def handle_endtag(self, tag: str) -> None:
        self.in_template -= tag == "template"

    def _judge(self, tag: str, values: dict[str, str | None]) -> None:
        if tag in FORBIDDEN_ELEMENTS:
            self.defects.append(f"<{tag}>")
        if tag == "script" and not values.get("src"):
            self.defects.append("inline script")
        if tag == "img" and "alt" not in values:
            self.defects.append("img without alt")
        for name, value in values.items():
            if name.startswith("on") or name in FORBIDDEN_ATTRIBUTES:
                self.defects.append(f"{tag} {name}")
            if name in {"src", "href", "action"} and not (value or "").startswith(("/", "#", "data:image/svg+xml,")):
                self.defects.append(f"{tag} {name}={value}")
            if name in {"src", "href", "action"} and (value or "").startswith("//"):
                self.defects.append(f"{tag} {name}={value}")


def defects_of(text: str, *, whole: bool = True) -> list[str]:
    """Everything that is wrong with a page, or with the inside of <main> when it is not `whole`."""
    page = Page(text)
    found = list(page.defects)
    found += [f"id {each} stands twice" for each in set(page.ids) if page.ids.count(each) > 1]
    found += [f"nothing has the id {each}" for each in page.references if each not in page.ids]
    if page.counts.get("h1") != 1:
        found.append(f"{page.counts.get('h1', 0)} h1")
    if whole:
        found += [f"no <{tag}>" for tag in ("main", "header", "footer", "title") if page.counts.get(tag) is None]
        if page.language not in {"zh-CN", "en"}:
            found.append("no language")
    return found
