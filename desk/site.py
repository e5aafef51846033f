"""Every page of the desk in one list: how it is asked for, who may ask, what answers, and its place in the menu.

Routes, access and menu are read from here, so a page that is not listed is not built, and one that is listed says who may ask for it.
The pages ask the registers themselves (`sign_in.not_allowed`), some for more: a register for its own right, a sealed file for another, a
signature for the own key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from compliance.people.rights import Right
from compliance.registers.known import REGISTERS
from desk.board import BoardPages
from desk.calls import BY_NUMBER, CallPages
from desk.city import CityPages
from desk.counts import CountPages
from desk.custody import CustodyPages
from desk.erasure_steps import ErasureStepPages
from desk.erasures import ErasurePages
from desk.holds import HoldPages
from desk.inquiry import InquiryPages
from desk.messages import MessagePages
from desk.papers import PaperPages
from desk.proposals import ProposalPages
from desk.records import RecordPages
from desk.registers import RegisterPages
from desk.sign_in import Entrance
from desk.worklists import Worklists

Pages = TypeVar("Pages")


class Everybody(Enum):
    """Where no right is asked."""

    OPEN = auto()
    """Without a session."""
    WITH_SESSION = auto()
    """Whoever has a session; of somebody with a first password the access middleware lets through `/password` and `/logout` alone."""


Access = Everybody | frozenset[Right]
"""Who may ask: everybody, or whoever has one of these rights."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Pages]):
    """How a page is asked for and by whom. `answer` is a method of `of`, of which there is one object for all its pages; `menu` is the
    title in the menu, blank where it has none."""

    method: str
    path: str
    access: Access
    of: type[Pages]
    answer: Callable[[Pages, Request], Awaitable[Response]]
    menu: str = ""

    @property
    def row(self) -> str:
        """What it is asked by."""
        return f"{self.method} {self.path}"


_OPEN, _SESSION = Everybody.OPEN, Everybody.WITH_SESSION
_WRITES = frozenset({Right.WRITE_INQUIRY})
_TELLS = frozenset({Right.TELL_THE_CITY})
_RECEIVES = frozenset({Right.TELL_THE_CITY, Right.GIVE_RECEIPT})
_IS_GIVEN = frozenset({Right.OPEN_HANDED_OVER})
_LISTENS = frozenset({Right.LISTEN})
_HOLDS = frozenset({Right.HOLD_RECORDING})
_KEEPS_SAFE = frozenset({Right.SEE_CUSTODY})
_READS = frozenset({Right.READ_PAPERS})
_CONFIRMS = frozenset({Right.CONFIRM_PAPER})
_ERASURES = frozenset({Right.SEE_ERASURES})
_APPLIES = frozenset({Right.APPLY_ERASURE})
_RECORDS = frozenset({Right.RECORD_CONSENT})
_VERIFIES = frozenset({Right.VERIFY_ERASURE})
_KEEPS = frozenset({Right.KEEP_PEOPLE})
_EXECUTES = frozenset({Right.EXECUTE_ERASURE})
_OF_A_REGISTER = frozenset(register.write for register in REGISTERS.values())
_FILES = "/static"

PAGES: tuple[Page[Any], ...] = (
    Page("GET", "/healthz", _OPEN, Entrance, Entrance.health),
    Page("GET", "/login", _OPEN, Entrance, Entrance.show_log_in),
    Page("POST", "/login", _OPEN, Entrance, Entrance.log_in),
    Page("POST", "/logout", _SESSION, Entrance, Entrance.log_out),
    Page("GET", "/password", _SESSION, Entrance, Entrance.show_password),
    Page("POST", "/password", _SESSION, Entrance, Entrance.change_password),
    Page("GET", "/second", _SESSION, Entrance, Entrance.show_second),
    Page("POST", "/second", _SESSION, Entrance, Entrance.set_second),
    Page("GET", "/", _SESSION, Entrance, Entrance.home),
    Page("GET", "/counts", _SESSION, CountPages, CountPages.show),
    Page("GET", "/today", _TELLS, Worklists, Worklists.today, "朝の確認"),
    Page("GET", "/escalations", _TELLS, Worklists, Worklists.escalations, "市への報告・引継ぎ"),
    Page("GET", "/inquiry", _WRITES, InquiryPages, InquiryPages.show, "対応記録を書く"),
    Page("POST", "/inquiry", _WRITES, InquiryPages, InquiryPages.hand_in),
    Page("GET", "/inquiry/calls", _WRITES, InquiryPages, InquiryPages.calls),
    Page("GET", "/inquiries", _WRITES, RecordPages, RecordPages.list_, "登録した記録"),
    Page("GET", "/inquiries/{inquiry_id}", _WRITES, RecordPages, RecordPages.one),
    Page("POST", "/inquiries/{inquiry_id}/void", _WRITES, RecordPages, RecordPages.strike),
    Page("GET", "/callbacks", _WRITES, Worklists, Worklists.callbacks, "折返し"),
    Page("GET", "/messages", _LISTENS, MessagePages, MessagePages.list_, "書き起こす伝言"),
    Page("GET", "/messages/{recording_id}/sound", _LISTENS, MessagePages, MessagePages.sound),
    Page("GET", "/calls", _WRITES, CallPages, CallPages.list_, "通話"),
    Page("POST", BY_NUMBER, _TELLS, CallPages, CallPages.of_number),
    Page("GET", "/calls/{call_id}", _WRITES, CallPages, CallPages.one),
    Page("GET", "/custody", _KEEPS_SAFE, CustodyPages, CustodyPages.show, "保管の状況"),
    Page("GET", "/holds", _HOLDS, HoldPages, HoldPages.list_, "録音の保全"),
    Page("POST", "/holds", _HOLDS, HoldPages, HoldPages.hold),
    Page("POST", "/holds/{recording_id}/release", _HOLDS, HoldPages, HoldPages.release),
    Page("GET", "/board", _WRITES, BoardPages, BoardPages.show, "現在の状況"),
    Page("GET", "/board/now", _WRITES, BoardPages, BoardPages.now),
    Page("GET", "/registers", _OF_A_REGISTER, RegisterPages, RegisterPages.list_, "台帳"),
    Page("GET", "/registers/{name}", _OF_A_REGISTER, RegisterPages, RegisterPages.show),
    Page("GET", "/registers/{name}/new", _OF_A_REGISTER, RegisterPages, RegisterPages.new),
    Page("POST", "/registers/{name}/new", _OF_A_REGISTER, RegisterPages, RegisterPages.add),
    Page("POST", "/registers/{name}/{entry}/void", _OF_A_REGISTER, RegisterPages, RegisterPages.strike),
    Page("GET", "/registers/{name}/{entry}", _OF_A_REGISTER, RegisterPages, RegisterPages.one),
    Page("POST", "/registers/{name}/{entry}", _OF_A_REGISTER, RegisterPages, RegisterPages.correct),
    Page("GET", "/papers", _READS, PaperPages, PaperPages.list_, "書類"),
    Page("GET", "/papers/{kind}/{period}", _READS, PaperPages, PaperPages.show),
    Page("POST", "/papers/{kind}/{period}", _CONFIRMS, PaperPages, PaperPages.confirm),
    Page("POST", "/papers/{kind}/{period}/receipt", _RECEIVES, PaperPages, PaperPages.receive),
    Page("POST", "/papers/{kind}/{period}/delivery", _TELLS, PaperPages, PaperPages.deliver),
    Page("GET", "/papers/{kind}/{period}/{edition}/{name}", _READS, PaperPages, PaperPages.download),
    Page("POST", "/papers/{kind}/{period}/{edition}/{name}", _IS_GIVEN, PaperPages, PaperPages.open_given),
    Page("GET", "/definitions", _READS, CityPages, CityPages.definitions, "用語の定義"),
    Page("GET", "/erasures", _ERASURES, ErasurePages, ErasurePages.list_, "消去"),
    Page("POST", "/erasures", _EXECUTES, ErasurePages, ErasurePages.work_off),
    Page("GET", "/erasures/application", _APPLIES, ErasureStepPages, ErasureStepPages.show_application),
    Page("POST", "/erasures/application", _APPLIES, ErasureStepPages, ErasureStepPages.apply),
    Page("POST", "/erasures/designation", _RECORDS, ErasureStepPages, ErasureStepPages.designate),
    Page("GET", "/erasures/{case_id}/consent", _RECORDS, ErasureStepPages, ErasureStepPages.show_consent),
    Page("POST", "/erasures/{case_id}/consent", _RECORDS, ErasureStepPages, ErasureStepPages.consent),
    Page("POST", "/erasures/{case_id}/withdraw", _APPLIES, ErasureStepPages, ErasureStepPages.withdraw),
    Page("POST", "/erasures/{case_id}/paper", _APPLIES, ErasureStepPages, ErasureStepPages.paper),
    Page("POST", "/erasures/{case_id}/verify", _VERIFIES, ErasureStepPages, ErasureStepPages.verify),
    Page("GET", "/erasures/{case_id}", _ERASURES, ErasurePages, ErasurePages.show),
    Page("POST", "/erasures/{case_id}", _ERASURES, ErasurePages, ErasurePages.sign),
    Page("POST", "/erasures/{case_id}/start", _EXECUTES, ErasurePages, ErasurePages.start),
    Page("GET", "/proposals", _KEEPS, ProposalPages, ProposalPages.list_, "従事者・署名鍵の提案"),
    Page("POST", "/proposals", _KEEPS, ProposalPages, ProposalPages.enrol),
    Page("POST", "/proposals/{number}", _KEEPS, ProposalPages, ProposalPages.decide),
    Page("GET", "/claim", _SESSION, ProposalPages, ProposalPages.show_claim),
    Page("POST", "/claim", _SESSION, ProposalPages, ProposalPages.claim),
    Page("GET", "/certificates", _READS, CityPages, CityPages.certificates, "消去証明書"),
    Page("GET", "/certificates/{case_id}/{name}", _READS, CityPages, CityPages.certificate_file),
)  # fmt: skip
"""In the order of the menu; of two paths that fit a request the first answers."""

ACCESS: Mapping[str, Access] = {f"GET {_FILES}": _OPEN, **{page.row: page.access for page in PAGES}}
"""Who may ask for what, by method and path. The files are open to everybody, whatever is there."""
PATHS = frozenset(page.path for page in PAGES if "{" not in page.path)
"""The pages that have one address each."""
MENU: tuple[Page[Any], ...] = tuple(page for page in PAGES if page.menu)
