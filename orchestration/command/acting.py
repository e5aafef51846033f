"""Who works at a command: proved by the own passphrase, with the right that the command needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.home.session import read_settings
from application.people import ActingHome, acting_home
from compliance.ground.acts import Actor
from compliance.people.rights import Right
from orchestration.command.options import passphrase


@contextmanager
def acting(
    config: Path | None, home: Path | None, by: str | None, right: Right
) -> Iterator[tuple[ActingHome, Actor]]:
    """The home as whoever says `--by` works on it.

    Raises:
        PersonUnproved: they did not prove who they are.
        NotAllowed: the registers do not give them that right.
    """
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, right)
        yield place, actor
