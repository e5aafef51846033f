"""What lets the exchange's database be asked: its password, and for another machine the city's 許可 (別紙1-5(1))."""

from __future__ import annotations

from application.home.session import Workplace
from compliance.errors import KeyUnavailable
from compliance.ground.clock import ClockKind
from compliance.ground.japan import civil_date
from compliance.keys.secrets import read_private
from compliance.registers.entries import entries
from compliance.registers.handling import PERMITS
from compliance.registers.standing import InForce, permit
from telephony_ingest.exchange import Access


def access_to_tables(workplace: Workplace) -> Access:
    """The password, or why nothing is asked today; a simulated home asks no other machine."""
    database, home = workplace.pbx.database, workplace.home
    if database is None:
        return Access()
    if not database.address(workplace.pbx.root).is_here:
        if workplace.clock is ClockKind.SIMULATED:
            return Access(refusal="a home that lives by a simulated clock asks no other machine")
        today = civil_date(workplace.now)
        found = permit(entries(workplace.engine, PERMITS), "network", database.permit, today)
        if not isinstance(found, InForce):
            return Access(refusal=found.text_ja)
    if not home.pbx_database.exists():
        return Access()
    try:
        secret = read_private(home.pbx_database, "The password of [pbx.database],")
        return Access(secret.decode().rstrip("\r\n"))
    except (KeyUnavailable, UnicodeDecodeError) as error:
        told = str(error) if isinstance(error, KeyUnavailable) else "its password is not UTF-8"
        return Access(refusal=told)
