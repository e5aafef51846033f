"""What was typed into a form that was refused, so that its page shows it once more: of every form alike,
never a secret, never an acknowledgement, and never about another thing than it was typed for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from desk.bodies import Fields, one

SECRET = frozenset(
    {"passphrase", "password", "present", "new", "again", "code", "first", "second", "csrf"}
)
"""Names of fields that no page shows once more: passphrases, passwords, codes and their halves, a session's token."""
ACKNOWLEDGED = frozenset({"despite", "sure", "remove_sources"})
"""Boxes by which somebody says that they know, or want what is not taken back: each time anew, over what the page shows then."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a request handed in, and the path that it was handed in at: a page with several forms fills in the one that was sent."""

    path: str = ""
    fields: Fields = field(default_factory=dict)

    def of(self, action: str, **about: object) -> Mapping[str, str]:
        """What stood in the form of that action, by field; nothing secret, no acknowledgement, and nothing at all where another form was
        sent, or one whose hidden fields name another thing than `about` does: what the page shows now."""
        if action != self.path:
            return {}
        if any(one(self.fields, name) != str(value) for name, value in about.items()):
            return {}
        withheld = SECRET | ACKNOWLEDGED
        return {name: one(self.fields, name) for name in self.fields if name not in withheld}


NOTHING = Typed()
