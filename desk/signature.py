"""Acts that take the own passphrase at the desk: each try counts among the attempts to log in, before it is looked at."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from compliance.errors import (
    EntryRefused,
    ErasureRefused,
    KeyUnavailable,
    NotAllowed,
    PersonUnproved,
)
from compliance.sign_in import attempts
from compliance.sign_in.attempts import TERMINAL_LENGTH, AttemptResult
from desk.middleware import terminal_of
from desk.services import Services
from desk.sign_in import visitor

UNPROVED = "パスフレーズを確かめられません。続けて失敗したときは、15分待ってください。"
"""One text, whatever was wrong with it."""
NO_KEY = "署名鍵を読めません。システム管理者に知らせてください。"


def by_passphrase(services: Services, request: Request, act: Callable[[str], object]) -> str:
    """Do an act that proves by a passphrase whose staff id it is given; why it was not done, blank where it was."""
    who, engine = visitor(request), services.engine
    now, terminal = services.wall(), terminal_of(request.scope)[:TERMINAL_LENGTH]
    attempt = attempts.begin(engine, who.staff_id, terminal, now)
    if attempts.is_too_soon(engine, attempt, who.staff_id, terminal, now):
        _ended(services, attempt, AttemptResult.TOO_SOON)
        return UNPROVED
    said = ""
    try:
        act(who.staff_id)
    except PersonUnproved:
        return UNPROVED
    except KeyUnavailable:
        said = NO_KEY
    except NotAllowed as error:
        said = str(error).rpartition(": ")[2]
    except (EntryRefused, ErasureRefused) as error:
        said = str(error)
    _ended(services, attempt, AttemptResult.GRANTED)
    return said


def _ended(services: Services, attempt: int, outcome: AttemptResult) -> None:
    with services.engine.begin() as connection:
        attempts.end(connection, attempt, outcome)
