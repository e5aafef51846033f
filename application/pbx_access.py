"""What lets the exchange be asked: its database's password, its manager's secret, and for another machine the city's 許可 (別紙1-5(1))."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from application.home.session import Workplace, outlook, peek_clock
from application.home.settings import Settings
from compliance.errors import ComplianceError, KeyUnavailable
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.keys.secrets import read_private
from compliance.registers.entries import entries
from compliance.registers.handling import PERMITS
from compliance.registers.standing import InForce, permit
from telephony_ingest.ami.listening import ManagerAccess
from telephony_ingest.asterisk.settings import PbxAmi, PbxDatabase
from telephony_ingest.exchange import Access


def access_to_tables(workplace: Workplace) -> Access:
    """The password, or why nothing is asked today; a simulated home asks no other machine."""
    database, home = workplace.pbx.database, workplace.home
    if database is None:
        return Access()
    if not database.address(workplace.pbx.root).is_here:
        if workplace.clock is ClockKind.SIMULATED:
            return Access(refusal="a home that lives by a simulated clock asks no other machine")
        if refusal := _without_permit(workplace.engine, database.permit, workplace.now):
            return Access(refusal=refusal)
    return _password(home)


def access_before_going_live(settings: Settings, database: PbxDatabase, now: datetime) -> Access:
    """As `access_to_tables`, of a database that the contract need not name yet, and of a home that need not be there: only
    looked at, and another machine is asked by the home's own register alone."""
    home = Home.at(settings.home_root, settings.keys_root)
    if not database.address(settings.pbx.root).is_here:
        clock = peek_clock(settings)
        if clock is None:
            return Access(
                refusal="another machine is asked by a permit (許可) in force only, and this home has no register yet"
            )
        if clock[0] is ClockKind.SIMULATED:
            return Access(refusal="a home that lives by a simulated clock asks no other machine")
        with outlook(settings, now) as look:
            if refusal := _without_permit(look.engine, database.permit, now):
                return Access(refusal=refusal)
    return _password(home)


def _password(home: Home) -> Access:
    """What its private file holds; blank where there is none."""
    if not home.pbx_database.exists():
        return Access()
    try:
        return Access(_line_of(home.pbx_database, "The password of [pbx.database],"))
    except KeyUnavailable as error:
        return Access(refusal=str(error))


def access_to_manager(ami: PbxAmi, home: Home, engine: Engine, now: datetime) -> ManagerAccess:
    """Whom to listen as and where, or why nobody may listen now."""
    try:
        if not ami.is_here and (refusal := _without_permit(engine, ami.permit, now)):
            return ManagerAccess(refusal=refusal)
        secret = _line_of(home.pbx_ami, "The secret of [pbx.ami],")
        context = ssl.create_default_context(cafile=ami.ca_file or None) if ami.tls else None
    except (ComplianceError, SQLAlchemyError) as error:
        known = isinstance(error, ComplianceError)
        return ManagerAccess(refusal=str(error) if known else "the register of permits is away")
    except OSError as error:
        kind = type(error).__name__
        return ManagerAccess(refusal=f"the ca_file of [pbx.ami] cannot be read ({kind})")
    return ManagerAccess(ami.host, ami.usual_port, ami.user, secret, context)


def _without_permit(engine: Engine, target: str, now: datetime) -> str:
    """Why the 許可 of a connection does not count today; blank where it does."""
    found = permit(entries(engine, PERMITS), "network", target, civil_date(now))
    return "" if isinstance(found, InForce) else found.text_ja


def _line_of(path: Path, what: str) -> str:
    """The one line of a private file.

    Raises:
        KeyUnavailable: it cannot be read, or is no text.
    """
    try:
        return read_private(path, what).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise KeyUnavailable(f"{what} {path} is not UTF-8: write it anew.") from None
