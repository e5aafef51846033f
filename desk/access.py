"""Who may ask for which page: the one table, by method and path. A route without a row is not built.

A row names the rights of which one is enough, or that it is open to everybody, or that anybody with a session may. The pages behind it ask
the registers themselves (`sign_in.not_allowed`), some for more: a register for its own right, a sealed file for another, a
signature for the own key.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from compliance.people.rights import Right
from compliance.registers.known import REGISTERS


class Everybody(Enum):
    """Where no right is asked."""

    OPEN = auto()
    """Without a session."""
    WITH_SESSION = auto()
    """Whoever has a session; of somebody with a first password the access middleware lets through `/password` and `/logout` alone."""


Access = Everybody | frozenset[Right]


def _one(right: Right) -> frozenset[Right]:
    return frozenset({right})


_WRITES, _TELLS, _LISTENS = (
    _one(right) for right in (Right.WRITE_INQUIRY, Right.TELL_THE_CITY, Right.LISTEN)
)
_READS, _CONFIRMS, _ERASURES = (
    _one(right) for right in (Right.READ_PAPERS, Right.CONFIRM_PAPER, Right.SEE_ERASURES)
)
_EXECUTES = _one(Right.EXECUTE_ERASURE)
_OF_A_REGISTER = frozenset(register.write for register in REGISTERS.values())

ACCESS: Mapping[str, Access] = {
    "GET /healthz": Everybody.OPEN,
    "GET /login": Everybody.OPEN,
    "POST /login": Everybody.OPEN,
    "GET /static": Everybody.OPEN,
    "POST /logout": Everybody.WITH_SESSION,
    "GET /password": Everybody.WITH_SESSION,
    "POST /password": Everybody.WITH_SESSION,
    "GET /second": Everybody.WITH_SESSION,
    "POST /second": Everybody.WITH_SESSION,
    "GET /": Everybody.WITH_SESSION,
    "GET /inquiry": _WRITES,
    "POST /inquiry": _WRITES,
    "GET /inquiry/calls": _WRITES,
    "GET /inquiries": _WRITES,
    "GET /inquiries/{inquiry_id}": _WRITES,
    "GET /today": _TELLS,
    "GET /calls-without-record": _TELLS,
    "GET /callbacks": _WRITES,
    "GET /escalations": _TELLS,
    "GET /messages": _LISTENS,
    "GET /messages/{recording_id}/sound": _LISTENS,
    "GET /registers": _OF_A_REGISTER,
    "GET /registers/{name}": _OF_A_REGISTER,
    "GET /registers/{name}/new": _OF_A_REGISTER,
    "POST /registers/{name}/new": _OF_A_REGISTER,
    "GET /registers/{name}/{entry}": _OF_A_REGISTER,
    "POST /registers/{name}/{entry}": _OF_A_REGISTER,
    "GET /papers": _READS,
    "GET /papers/{kind}/{period}": _READS,
    "POST /papers/{kind}/{period}": _CONFIRMS,
    "POST /papers/{kind}/{period}/receipt": _TELLS,
    "GET /papers/{kind}/{period}/{edition}/{name}": _READS,
    "GET /board": _WRITES,
    "GET /board/now": _WRITES,
    "GET /erasures": _ERASURES,
    "POST /erasures": _EXECUTES,
    "GET /erasures/{case_id}": _ERASURES,
    "POST /erasures/{case_id}": _ERASURES,
    "POST /erasures/{case_id}/start": _EXECUTES,
    "GET /definitions": _READS,
    "GET /certificates": _READS,
    "GET /certificates/{case_id}/{name}": _READS,
}


def access_to(method: str, path: str) -> Access:
    """The row of a route; what is asked by HEAD is asked by GET.

    Raises:
        LookupError: there is none.
    """
    asked = f"{'GET' if method == 'HEAD' else method} {path}"
    if asked not in ACCESS:
        raise LookupError(f"{asked} stands in no row of the table of who may ask for what.")
    return ACCESS[asked]
