"""What a page says of itself: its links, its title and headings, its forms, the kinds of elements it is made of."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

LINKS = ("href", "hx-get")
NAMELESS = ("", "csrfmiddlewaretoken")
USUAL = {
    "date": "2026-06-01",
    "datetime-local": "2026-06-01T10:00",
    "time": "10:00",
    "number": "1",
    "email": "a@b.example",
    "url": "https://a.example/",
    "month": "2026-06",
}


@dataclass
class Field:
    """`values` is what it sends untouched, `choices` what a select offers."""

    kind: str
    values: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    @property
    def plausible(self) -> list[str]:
        """What a person who means well would send."""
        if any(self.values) or self.kind in ("checkbox", "radio", "submit"):
            return self.values or self.choices[:1]
        wanted = next((choice for choice in self.choices if choice), "") if self.kind == "select" else "1"
        return [USUAL.get(self.kind, wanted)]


@dataclass
class Form:
    """A form that posts, with the fields that it has before a script touches it."""

    action: str
    is_multipart: bool
    fields: dict[str, Field] = field(default_factory=dict)

    def field(self, name: str, kind: str) -> Field:
        return self.fields.setdefault(name, Field(kind))


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.shapes: set[tuple[str, ...]] = set()
        self.headings, self.title = 0, ""
        self._within, self._in_form = "", False
        self._select: Field | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.links += [said[name] for name in LINKS if said.get(name)]
        self.shapes.add((tag, *sorted(said.get("class", "").split()), said.get("role", "")))
        self.headings += tag == "h1"
        self._within = tag
        if tag == "form":
            self._in_form = said.get("method", "").lower() == "post"
            if self._in_form:
                self.forms.append(Form(said.get("action", ""), said.get("enctype", "").startswith("multipart")))
        elif self._in_form:
            self._add(tag, said)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""
        self._in_form = self._in_form and tag != "form"
        self._select = None if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data.strip()

    def _add(self, tag: str, said: dict[str, str]) -> None:
        if tag == "option" and self._select:
            self._select.choices.append(said.get("value", ""))
            self._select.values += [said.get("value", "")] if "selected" in said else []
        if tag not in ("input", "textarea", "select", "button") or said.get("name", "") in NAMELESS:
            return
        kind = {"input": said.get("type", "text"), "button": "submit"}.get(tag, tag)
        one = self.forms[-1].field(said["name"], kind)
        if kind == "select":
            self._select = one
        elif kind in ("checkbox", "radio", "submit"):
            one.choices.append(said.get("value", "on"))
            one.values += [said.get("value", "on")] if "checked" in said else []
        elif kind != "file" and tag != "textarea":
            one.values.append(said.get("value", ""))
