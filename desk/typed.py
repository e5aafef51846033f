"""What was typed into a form that was refused, so that its page shows it once more: of every form alike, and never a secret. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from desk.bodies import Fields, one

SECRET = frozenset(
    {"passphrase", "password", "present", "new", "again", "code", "first", "second", "csrf"}
)
"""Names of fields that no page shows once more: passphrases, passwords, codes and their halves, a session's token."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a request handed in, and the path that it was handed in at: a page with several forms fills in the one that was sent."""

    path: str = ""
    fields: Fields = field(default_factory=dict)

    def of(self, action: str) -> Mapping[str, str]:
        """What stood in the form of that action, by field; nothing where another form was sent, and nothing secret."""
        if action != self.path:
            return {}
        return {name: one(self.fields, name) for name in self.fields if name not in SECRET}


NOTHING = Typed()
