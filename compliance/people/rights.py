"""Which role may do what: the one table. Nobody has a right that does not stand here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is to the work (契約仕様書6(1)オ(ウ)、別紙1-2); one person may be several."""

    CITY_VIEWER = "city_viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    OFFICER = "officer"
    CHIEF_OFFICER = "chief_officer"
    ADMINISTRATOR = "administrator"

    @property
    def title_ja(self) -> str:
        """What papers and screens call it."""
        return _TITLES[self]


_TITLES = {
    Role.CITY_VIEWER: "市閲覧",
    Role.OPERATOR: "従事者（OP）",
    Role.SUPERVISOR: "業務管理者（SV）",
    Role.MANAGER: "責任者（MG）",
    Role.OFFICER: "保護管理者",
    Role.CHIEF_OFFICER: "総括保護管理者",
    Role.ADMINISTRATOR: "システム管理者",
}


class Right(StrEnum):
    """Something that a person may do or not."""

    READ_PAPERS = "read_papers"
    SEE_RUNS = "see_runs"
    WRITE_INQUIRY = "write_inquiry"
    TELL_THE_CITY = "tell_the_city"
    LISTEN = "listen"
    EXPORT_RECORDING = "export_recording"
    HOLD_RECORDING = "hold_recording"
    RESTORE_RECORDING = "restore_recording"
    RUN_JOBS = "run_jobs"
    REBUILD = "rebuild"
    CONFIRM_PAPER = "confirm_paper"
    GIVE_RECEIPT = "give_receipt"
    OPEN_HANDED_OVER = "open_handed_over"
    KEEP_PEOPLE = "keep_people"
    KEEP_REGISTERS = "keep_registers"
    ENROL_KEY = "enrol_key"
    CONFIRM_PERSON = "confirm_person"
    MANAGE_KEYS = "manage_keys"
    EXPORT_LOG = "export_log"
    REVIEW_LOG = "review_log"
    APPLY_ERASURE = "apply_erasure"
    RECORD_CONSENT = "record_consent"
    AUTHORISE_ERASURE = "authorise_erasure"
    EXECUTE_ERASURE = "execute_erasure"
    VERIFY_ERASURE = "verify_erasure"
    SEE_ERASURES = "see_erasures"
    SEE_CUSTODY = "see_custody"


_CITY, _OP, _SV, _MG, _PM, _CPO, _AD = Role
_TABLE: Mapping[Right, frozenset[Role]] = {
    right: frozenset(roles)
    for right, roles in (
        (Right.READ_PAPERS, (_CITY, _SV, _MG, _PM, _CPO, _AD)),
        (Right.SEE_RUNS, (_SV, _MG, _PM, _CPO, _AD)),  # the Dagster UI: counts and figures by day
        (Right.WRITE_INQUIRY, (_OP, _SV, _MG)),
        (Right.TELL_THE_CITY, (_SV, _MG)),  # 6(2): only MG or SV reports to the city
        (Right.LISTEN, (_SV, _MG, _PM)),  # an administrator runs jobs and hears nothing
        (Right.EXPORT_RECORDING, (_MG, _PM)),
        (Right.HOLD_RECORDING, (_MG, _PM, _CPO)),
        (Right.RESTORE_RECORDING, (_PM, _AD)),
        (Right.RUN_JOBS, (_AD,)),
        (Right.REBUILD, (_MG, _AD)),
        (Right.CONFIRM_PAPER, (_MG,)),
        (Right.GIVE_RECEIPT, (_CITY,)),  # the city's own word; SV and MG note it with TELL_THE_CITY
        (Right.OPEN_HANDED_OVER, (_CITY,)),  # sealed papers that the city was given, and no others
        (Right.KEEP_PEOPLE, (_MG, _PM, _CPO)),
        (Right.KEEP_REGISTERS, (_MG, _PM, _CPO)),
        (Right.ENROL_KEY, (_PM, _CPO)),  # proposes; a second person confirms (`two_persons`)
        (Right.CONFIRM_PERSON, (_MG, _PM, _CPO)),  # MG only where no other officer can
        (Right.MANAGE_KEYS, (_PM, _AD)),
        (Right.EXPORT_LOG, (_PM, _CPO, _AD)),
        (Right.REVIEW_LOG, (_PM, _CPO)),
        (Right.APPLY_ERASURE, (_MG, _PM)),
        (Right.RECORD_CONSENT, (_MG, _PM)),
        (Right.AUTHORISE_ERASURE, (_MG, _PM, _CPO)),
        (Right.EXECUTE_ERASURE, (_AD, _PM)),
        (Right.VERIFY_ERASURE, (_SV, _MG, _PM, _CPO)),
        (
            Right.SEE_ERASURES,
            (_SV, _MG, _PM, _CPO, _AD),
        ),  # whoever has a part in one; ids, counts, days
        (Right.SEE_CUSTODY, (_MG, _PM, _CPO, _AD)),  # media, keys, copies: counts, ids, times
    )
}
HARMLESS = frozenset({Right.READ_PAPERS, Right.RUN_JOBS, Right.REBUILD})
"""What a job started from a page may do where there is no sign-in: nobody has shown who they are there."""

SIGNED = frozenset({Right.AUTHORISE_ERASURE, Right.EXECUTE_ERASURE, Right.VERIFY_ERASURE})
"""What nobody does by a session alone: it is signed by name with the own key, opened by its passphrase (別紙2-13)."""


ERASURE_ROLES: frozenset[Role] = frozenset().union(
    *(
        _TABLE[right]
        for right in (
            Right.APPLY_ERASURE,
            Right.RECORD_CONSENT,
            Right.AUTHORISE_ERASURE,
            Right.EXECUTE_ERASURE,
            Right.VERIFY_ERASURE,
        )
    )
)
"""The roles that count in an erasure: nobody gets one by the word of a single person."""


def roles_with(right: Right) -> frozenset[Role]:
    """The roles that have a right."""
    return _TABLE[right]
