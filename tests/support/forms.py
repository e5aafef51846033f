"""The forms of a page, as whoever sits at a browser finds and fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Input:
    """One field of a form: its kind (`hidden`, `password`, `date`, `select`, …), what stands in it, what can be chosen."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Form:
    """One form that is posted."""

    action: str
    inputs: list[Input] = field(default_factory=list)

    def filled(self, given: Mapping[str, str], secret: str) -> dict[str, str]:
        """What is sent: hidden fields as they stand, `secret` for each password, `given` by name or kind, else the last choice."""
        sent = {}
        for one in self.inputs:
            if one.kind == "hidden":
                sent[one.name] = one.value
            elif one.kind == "password":
                sent[one.name] = secret
            elif one.name in given:
                sent[one.name] = given[one.name]
            elif one.options:
                sent[one.name] = one.options[-1]
            else:
                sent[one.name] = one.value or given.get(one.kind, "1")
        return sent


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: Input | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {key: value or "" for key, value in attrs}
        if tag == "form" and at.get("method") == "post":
            self._open = Form(at["action"])
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "option" and self._select is not None:
            self._select.options.append(at.get("value", ""))
        elif tag in ("input", "select", "textarea", "button") and "name" in at:
            one = Input(
                at["name"], at.get("type", "text") if tag == "input" else tag, at.get("value", "")
            )
            self._open.inputs.append(one)
            self._select = one if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None


def forms_of(text: str) -> list[Form]:
    """The forms of a page that are posted; those that only ask are not."""
    parser = _Forms()
    parser.feed(text)
    return parser.forms
