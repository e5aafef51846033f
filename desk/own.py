"""Whose record is whose: one's own, and to MG and SV anybody's. Pure."""

from __future__ import annotations

from compliance.inquiries.kept import KeptInquiry
from compliance.people.rights import Right
from compliance.sign_in.sessions import Visitor


def may_read(who: Visitor, kept: KeptInquiry) -> bool:
    """Whether somebody may open a record, and what registers hold about it."""
    return kept.inquiry.operator == who.staff_id or who.may(Right.TELL_THE_CITY)
