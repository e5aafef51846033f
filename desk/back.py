"""Where a form leads back to once it was saved, and what is said there. Pure; both come by the address, so both are compared with
what is known."""

from __future__ import annotations

from collections.abc import Mapping

from compliance.registers.entries import Saved

WORKLISTS = frozenset({"/callbacks", "/escalations"})
STRUCK = "struck"
_SAID = {
    STRUCK: "取り消しました（前の版は残ります）。",
    Saved.NEW: "登録しました。",
    Saved.CORRECTED: "訂正として登録しました（前の版は残ります）。",
    Saved.KNOWN: "変わったところはありません。",
}


def back_of(given: str) -> str:
    """The worklist that a form was opened from; blank where it is none."""
    return given if given in WORKLISTS else ""


def said_of(query: Mapping[str, str]) -> str:
    """What became of the entry that was saved just before; blank where nothing was."""
    return next((text for saved, text in _SAID.items() if str(saved) == query.get("said")), "")
