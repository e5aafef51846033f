"""台帳 at the desk: every register's entries and its form, from the description that command and sheet are made of (6(2), 別紙1).

Whoever may write a register sees it; what stands there about an inquiry only whoever may read that inquiry. Words are opened with
the entry's page, and the log says who read them. What is refused comes back with all that was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from compliance.errors import EntryRefused, KeyUnavailable, Outdated
from compliance.ground.acts import Action, ObjectKind, Result, note
from compliance.ground.japan import TOKYO
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.register import in_force_by_id, latest
from compliance.people.acting import prove
from compliance.people.rights import Right
from compliance.registers.check import ABOUT_FIELD, problems_by_field
from compliance.registers.description import Register
from compliance.registers.entries import (
    Draft,
    KeptEntry,
    entries,
    entry_id,
    save,
    void,
    words_of,
)
from compliance.registers.known import CALLBACKS, ESCALATIONS
from compliance.registers.sheet import shown
from compliance.registers.waiting import waiting
from desk.back import STRUCK, back_of, said_of
from desk.bodies import BodyRefused, Fields, one
from desk.entry_form import (
    as_typed,
    begun,
    ended,
    first_to_say,
    handed_in,
    inputs,
    typed,
)
from desk.own import may_read
from desk.pages import page, page_number, refused
from desk.services import Services
from desk.sign_in import not_allowed, read, session, visitor
from desk.signature import by_passphrase
from desk.submission import GENERAL, NO_KEY

PER_PAGE = 100
_NO_REGISTER, _NO_ENTRY = "その台帳はありません。", "その記入はありません。"
_NO_INQUIRY = "その対応記録はないか、見られる人ではありません。"
_UNREADABLE = "入力を読み取れません。"
_SAVED_TOO = "同じ記入が先に保存されています。いまの記入を開いて、確かめてから直してください。"
_UNEXPLAINED = "市へ伝えた案件です。従事者が折り返したときは、理由を書いてください。"


@dataclass(frozen=True, slots=True)
class _Form:
    """What a form shows beside its fields. `kept` is null for a new entry; `revision` the one that was seen."""

    register: Register
    about: str
    kept: KeptEntry | None
    revision: int
    values: Mapping[str, str]
    focus: str = ""
    said: str = ""


class RegisterPages:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_(self, request: Request) -> Response:
        """The registers that this person may write, and how much waits in each."""
        who = visitor(request)
        known = [one for one in self._services.registers.values() if who.may(one.write)]
        right = known[0].write if known else Right.KEEP_REGISTERS
        if answer := await not_allowed(request, self._services, right):
            return answer
        rows = await run_in_threadpool(lambda: [self._counted(request, one) for one in known])
        return page("registers.html", **session(request), rows=rows, cited=self._services.clause)

    async def show(self, request: Request) -> Response:
        """One register's entries by what lies in clear: those that wait first, the newest first."""
        register = self._services.registers.get(request.path_params["name"])
        if register is None:
            return refused(404, _NO_REGISTER, **session(request))
        if answer := await not_allowed(request, self._services, register.write):
            return answer
        kept, open_ = await run_in_threadpool(self._entries, request, register)
        return _listed(request, register, kept, open_, self._services.clause(register.clause))

    async def new(self, request: Request) -> Response:
        """The form of a new entry, about the inquiry that `?about=` names; one that stands there already is shown instead."""
        return await self._form(request, is_new=True)

    async def one(self, request: Request) -> Response:
        """An entry in its form, its words opened; with `?end=1` what ends it is filled in."""
        return await self._form(request, is_new=False)

    async def add(self, request: Request) -> Response:
        """Enter what the form of a new entry says."""
        return await self._handed(request, is_new=True)

    async def correct(self, request: Request) -> Response:
        """Enter a correction of what the form's entry was when it was shown."""
        return await self._handed(request, is_new=False)

    async def strike(self, request: Request) -> Response:
        """Strike an entry out: it stays with all its revisions, and counts no more. What is kept of personal information (別紙1) takes the
        own passphrase, as a command does."""
        register = self._services.registers.get(request.path_params["name"])
        if register is None:
            return refused(404, _NO_REGISTER, **session(request))
        if answer := await not_allowed(request, self._services, register.write):
            return answer
        s, who = self._services, visitor(request)
        kept = await run_in_threadpool(self._entry, request, register)
        if kept is None:
            return refused(404, _NO_ENTRY, **session(request))
        if takes_passphrase(register):
            try:
                passphrase = one(await read(request), "passphrase")
            except BodyRefused:
                return refused(400, _UNREADABLE, **session(request))
            said = await run_in_threadpool(
                by_passphrase,
                s,
                request,
                lambda staff_id: prove(s.engine, s.home, staff_id, passphrase, s.now()),
            )
            if said:
                return await self._not_struck(request, register, said)
        try:
            actor = who.actor(s.now())
            oversees = who.may(Right.TELL_THE_CITY)
            await run_in_threadpool(
                void, s.engine, register, actor, kept.entry_id, oversees=oversees
            )
        except EntryRefused as error:
            return refused(422, str(error), **session(request))
        return RedirectResponse(f"/registers/{register.name}?said={STRUCK}", 303)

    async def _not_struck(self, request: Request, register: Register, said: str) -> Response:
        """The entry's page with the reason: what was typed but for the passphrase is still there."""
        shape = await run_in_threadpool(self._opened, request, register)
        if not isinstance(shape, _Form):
            return refused(404, _NO_ENTRY, **session(request))
        form = as_typed(register, shape.values)
        return self._page(request, shape, form, {GENERAL: [said]}, 422)

    async def _form(self, request: Request, *, is_new: bool) -> Response:
        register = self._services.registers.get(request.path_params["name"])
        if register is None:
            return refused(404, _NO_REGISTER, **session(request))
        if answer := await not_allowed(request, self._services, register.write):
            return answer
        found = await run_in_threadpool(self._begun if is_new else self._opened, request, register)
        if isinstance(found, _Form):
            return self._page(request, found, as_typed(register, found.values), {}, 200)
        if found:
            return RedirectResponse(found, 303)
        return refused(404, _NO_INQUIRY if is_new else _NO_ENTRY, **session(request))

    async def _handed(self, request: Request, *, is_new: bool) -> Response:
        register = self._services.registers.get(request.path_params["name"])
        if register is None:
            return refused(404, _NO_REGISTER, **session(request))
        if answer := await not_allowed(request, self._services, register.write):
            return answer
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        return await run_in_threadpool(self._enter, request, register, fields, is_new)

    def _enter(
        self, request: Request, register: Register, fields: Fields, is_new: bool
    ) -> Response:
        s, who = self._services, visitor(request)
        actor = who.actor(s.now())
        before = None if is_new else self._entry(request, register)
        if not is_new and before is None:
            return refused(404, _NO_ENTRY, **session(request))
        ring = s.ring()
        about = one(fields, ABOUT_FIELD).strip() if before is None else before.about
        kept = {} if before is None else self._with_words(before).values
        form, seen = typed(register, fields, kept), _number(one(fields, "revision"))
        handed = handed_in(register, form, kept)
        wrong = {name: [text] for name, text in handed.wrong.items()}
        for name, text in problems_by_field(register, about, handed.values):
            if name not in handed.wrong:
                wrong.setdefault(name or GENERAL, []).append(text)
        if not wrong and register.is_about_inquiry and self._inquiry(request, about) is None:
            wrong[ABOUT_FIELD] = [_NO_INQUIRY]
        shape = _Form(register, about, before, 0 if is_new else seen, handed.values)
        if wrong:
            return self._page(request, shape, form, wrong, 422)
        draft = Draft(about, handed.values, shape.revision)
        try:
            (saved,) = save(
                s.engine, ring, register, actor, [draft],
                oversees=who.may(Right.TELL_THE_CITY), confirms=register.is_confirmed_by(who.may),
            )  # fmt: skip
        except Outdated:
            there = entry_id(register, about, handed.values)
            return self._page(request, shape, form, {GENERAL: [_SAVED_TOO]}, 409, there)
        except EntryRefused as error:
            return self._page(request, shape, form, {GENERAL: [str(error)]}, 422)
        except KeyUnavailable:  # an erasure is at work, or began the next epoch
            return self._page(request, shape, form, {GENERAL: [NO_KEY]}, 422)
        place = back_of(one(fields, "back")) or f"/registers/{register.name}"
        return RedirectResponse(f"{place}?said={saved.value}", 303)

    def _begun(self, request: Request, register: Register) -> _Form | str:
        """The form of a new entry, where the entry stands already, or blank where the inquiry is nobody's to see."""
        s, who, query = self._services, visitor(request), request.query_params
        about = query.get("about", "") if register.is_about_inquiry else ""
        if about and self._inquiry(request, about) is None:
            return ""
        if about and not register.identity:
            there = entry_id(register, about, {})
            if any(e.entry_id == there for e in entries(s.engine, register)):
                return f"/registers/{register.name}/{there}{_query(request)}"
        values = begun(register, who.staff_id, s.now())
        focus = ""
        if query.get("end") == "1":
            values = ended(register, values, who.staff_id, s.now())
            focus = first_to_say(register)
        for field in register.fields:  # a worklist may say what it is about
            if field.choices and query.get(field.name) in field.choices:
                values[field.name] = query[field.name]
        return _Form(register, about, None, 0, values, focus)

    def _opened(self, request: Request, register: Register) -> _Form | str:
        s, who = self._services, visitor(request)
        kept = self._entry(request, register)
        if kept is None:
            return ""
        if kept.has_words:
            name = f"{register.name}/{kept.entry_id}"
            with s.engine.begin() as connection:
                entry = who.actor(s.now()).entry(Action.ENTRY_READ, ObjectKind.REGISTER, name)
                note(connection, entry)
            kept = self._with_words(kept)
        values: Mapping[str, str] = kept.values
        focus = ""
        if request.query_params.get("end") == "1":
            values = ended(register, values, who.staff_id, s.now())
            focus = first_to_say(register)
        return _Form(register, kept.about, kept, kept.revision, values, focus)

    def _with_words(self, kept: KeptEntry) -> KeptEntry:
        s = self._services
        if not kept.has_words:
            return kept
        words = words_of(s.engine, s.ring(), kept.register, kept.entry_id, kept.revision)
        return replace(kept, values={**kept.values, **words})

    def _entry(self, request: Request, register: Register) -> KeptEntry | None:
        """The entry that the path names, null where there is none for this person; a refusal is noted."""
        s, who = self._services, visitor(request)
        asked = request.path_params["entry"]
        kept = next((e for e in entries(s.engine, register) if e.entry_id == asked), None)
        if kept is None or not register.is_about_inquiry or self._inquiry(request, kept.about):
            return kept
        name = f"{register.name}/{kept.entry_id}"
        actor = who.actor(s.now())
        with s.engine.begin() as connection:
            note(
                connection,
                actor.entry(Action.ENTRY_READ, ObjectKind.REGISTER, name, Result.REFUSED),
            )
        return None

    def _inquiry(self, request: Request, about: str) -> KeptInquiry | None:
        """The inquiry of that id, null where there is none that this person may read."""
        who = visitor(request)
        kept = in_force_by_id(self._services.engine, about)
        return kept if kept and may_read(who, kept) else None

    def _entries(
        self, request: Request, register: Register
    ) -> tuple[list[KeptEntry], frozenset[str]]:
        """The entries that this person may see, and the ids of those that wait."""
        s, who = self._services, visitor(request)
        kept = entries(s.engine, register)
        if register.is_about_inquiry and not who.may(Right.TELL_THE_CITY):
            theirs = {k.inquiry_id for k in latest(s.engine) if may_read(who, k)}
            kept = [one for one in kept if one.about in theirs]
        return kept, frozenset(one.entry_id for one in waiting(register, kept))

    def _counted(self, request: Request, register: Register) -> tuple[Register, int, int]:
        kept, open_ = self._entries(request, register)
        return register, len(kept), len(open_)

    def _page(
        self,
        request: Request,
        shape: _Form,
        form: Mapping[str, str],
        wrong: Mapping[str, Sequence[str]],
        status: int,
        there: str = "",
    ) -> Response:
        register, who, s = shape.register, visitor(request), self._services
        focus = next((f.name for f in register.fields if f.name in wrong), shape.focus)
        told = entries(s.engine, ESCALATIONS) if register is CALLBACKS else []
        is_operators = not who.may(Right.TELL_THE_CITY)
        warned = is_operators and any(one.about == shape.about for one in told)
        kept = shape.kept
        return page(
            "entry.html",
            status,
            **session(request),
            register=register,
            clause=s.clause(register.clause),
            about=shape.about,
            kept=kept,
            revision=shape.revision,
            recorded=f"{kept.recorded_at.astimezone(TOKYO):%Y-%m-%d %H:%M}" if kept else "",
            inputs=inputs(register, form, is_entered=kept is not None, focus=focus),
            lost=bool(kept and kept.has_words and not any(f.name in kept.values for f in register.words)),
            calls=s.calls(who.staff_id),
            wrong=wrong,
            warned=_UNEXPLAINED if warned else "",
            back=back_of(request.query_params.get("back", "")),
            there=there,
            takes_passphrase=takes_passphrase(register),
        )  # fmt: skip


def takes_passphrase(register: Register) -> bool:
    """Whether an entry of it is struck out with the own key only."""
    return register.write is Right.KEEP_REGISTERS


def _query(request: Request) -> str:
    """What a form's address says beside the inquiry, for the entry that stands there already."""
    kept = [(n, v) for n, v in request.query_params.items() if n in ("end", "back")]
    return "?" + "&".join(f"{name}={quote(value)}" for name, value in kept) if kept else ""


def _number(text: str) -> int:
    """A revision as a page carries it; what is none was never seen."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


def _listed(
    request: Request, register: Register, kept: Sequence[KeptEntry], open_: frozenset[str], clause: str
) -> Response:  # fmt: skip
    ordered = [e for e in reversed(kept) if e.entry_id in open_]
    ordered += [e for e in reversed(kept) if e.entry_id not in open_]
    number = page_number(request.query_params.get("page", ""))
    shown_ = ordered[(number - 1) * PER_PAGE : number * PER_PAGE]
    return page(
        "register.html",
        **session(request),
        register=register,
        clause=clause,
        rows=[_row(register, one, one.entry_id in open_) for one in shown_],
        found=len(kept),
        open=len(open_),
        number=number,
        has_more=len(ordered) > number * PER_PAGE,
        said=said_of(request.query_params),
    )


def _row(register: Register, entry: KeptEntry, is_open: bool) -> dict[str, Any]:
    """An entry as a line: what makes it the one it is, then what else lies in clear."""
    named = [shown(register.field(n), entry.get(n)) for n in register.identity if entry.get(n)]
    others = [
        (one.title, shown(one, entry.get(one.name)))
        for one in register.plain
        if entry.get(one.name) and one.name not in register.identity
    ]
    return {
        "id": entry.entry_id,
        "about": entry.about,
        "name": "　".join(named) or entry.about,
        "others": others,
        "is_open": is_open,
        "has_words": entry.has_words,
        "revision": entry.revision,
        "recorded": f"{entry.recorded_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
        "by": entry.recorded_by,
    }
