"""Papers at the desk: which there are, their files, and the manager's confirmation with the own passphrase (6(3)キ, 9).

Names come from the register and are compared with what was asked for, so no path is ever made of what somebody typed. Who is
nothing but the city's viewer sees what was handed over to the city.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.city_opening import CITY_PURPOSES
from application.shelf import (
    Carrying,
    CityReceipt,
    Looked,
    Opens,
    PaperEdition,
    PaperFile,
    PaperShelf,
)
from application.signed_delivery import LONGEST_MEDIUM, MailFate, PaperWay, TakenAlong
from compliance.errors import EntryRefused, HomeDamaged, KeyUnavailable, SealBroken
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right, Role, roles_with
from desk.attachment import attachment
from desk.bodies import BodyRefused, Fields, one
from desk.pages import page, refused
from desk.services import Services
from desk.sign_in import not_allowed, read, session, visitor
from desk.signature import by_passphrase

_UNREADABLE = "入力を読み取れません。"
_NO_PAPER = "その書類はありません。"
_DAMAGED = "ファイルが作成時のものと違います。次の処理で作り直されます。管理者に知らせてください。"
_NO_DAY = "受領の日付を入れてください。"
_LONGEST_NUMBER = 64
_ERASED = "引用した記録が消去されたため、開けません。"


def path_of(kind: str, period: str) -> str:
    """The desk's page of a paper, from the root."""
    return f"/papers/{kind}/{period}"


class PaperPages:
    """The pages, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_(self, request: Request) -> Response:
        """Every paper in the latest edition that this person may see, the latest due first."""
        if answer := await not_allowed(request, self._services, Right.READ_PAPERS):
            return answer
        latest: dict[tuple[str, str], PaperEdition] = {}
        for edition in await self._editions(request):
            latest[edition.kind, edition.period] = edition
        papers = sorted(
            latest.values(),
            key=lambda paper: (paper.due or paper.made_at.date(), paper.title),
            reverse=True,
        )
        rows = [(paper, f"{paper.made_at.astimezone(TOKYO):%Y-%m-%d %H:%M}") for paper in papers]
        shelf = self._services.shelf
        owed = await run_in_threadpool(shelf.owed) if shelf and _sees_all(request) else ()
        return page("papers.html", **session(request), rows=rows, owed=owed)

    async def show(self, request: Request) -> Response:
        """A paper with the files of its latest edition, or of the one that `?edition=` names."""
        if answer := await not_allowed(request, self._services, Right.READ_PAPERS):
            return answer
        return await self._page(request, request.query_params.get("edition", ""), "", 200)

    async def download(self, request: Request) -> Response:
        """A file to be saved. What quotes callers is for whoever may tell the city, opened, and the log says who did it."""
        if answer := await not_allowed(request, self._services, Right.READ_PAPERS):
            return answer
        shelf, params = self._services.shelf, request.path_params
        edition = _asked(await self._editions(request), params["edition"])
        if shelf is None or edition is None:
            return refused(404, _NO_PAPER, **session(request))
        files = await run_in_threadpool(shelf.files, edition)
        file = next((file for file in files if file.name == params["name"]), None)
        if file is None:
            return refused(404, _NO_PAPER, **session(request))
        if file.is_sealed and (
            answer := await not_allowed(request, self._services, Right.TELL_THE_CITY)
        ):
            return answer
        return await self._saved(request, file, lambda: self._content(request, edition, file))

    async def open_given(self, request: Request) -> Response:
        """A sealed file that the city was given, opened by its viewer with the own passphrase, for a reason of the list; the log says who,
        which and why."""
        if answer := await not_allowed(request, self._services, Right.OPEN_HANDED_OVER):
            return answer
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        shelf, params = self._services.shelf, request.path_params
        if shelf is None:
            return refused(404, _NO_PAPER, **session(request))
        # of all editions: whoever asks for one that was not handed over is told of none, and it is noted
        made = await run_in_threadpool(shelf.editions, params["kind"], params["period"])
        edition = _asked(made, params["edition"])
        files = await run_in_threadpool(shelf.files, edition) if edition else ()
        file = next((one for one in files if one.is_sealed and one.name == params["name"]), None)
        if edition is None or file is None:
            return refused(404, _NO_PAPER, **session(request))
        opens: list[Opens] = []
        purpose, passphrase = one(fields, "purpose"), one(fields, "passphrase")
        said = await run_in_threadpool(
            by_passphrase,
            self._services,
            request,
            lambda staff_id: opens.append(shelf.given(staff_id, passphrase)),
        )
        if said or not opens:
            return await self._page(request, params["edition"], said, 422)
        try:
            return await self._saved(request, file, lambda: opens[0](edition, file, purpose))
        except EntryRefused as error:
            if not edition.was_handed_over:
                return refused(404, _NO_PAPER, **session(request))
            return await self._page(request, params["edition"], str(error), 422)

    async def confirm(self, request: Request) -> Response:
        """Confirm the edition that was looked at, as it was then."""
        if answer := await not_allowed(request, self._services, Right.CONFIRM_PAPER):
            return answer
        asked = await self._looked(request)
        if isinstance(asked, Response):
            return asked
        shelf, looked, fields = asked
        passphrase = one(fields, "passphrase")
        looked = replace(
            looked,
            data_sha256=one(fields, "data_sha256"),
            despite=bool(one(fields, "despite")),
        )
        return await self._done(
            request, looked, lambda staff_id: shelf.confirm(staff_id, passphrase, looked)
        )

    async def receive(self, request: Request) -> Response:
        """Note the city's receipt of an edition that was handed over, with the own passphrase (6(3)キ): the city's people, or whoever of
        the centre was told of it."""
        is_city = visitor(request).may(Right.GIVE_RECEIPT)
        right = Right.GIVE_RECEIPT if is_city else Right.TELL_THE_CITY
        if answer := await not_allowed(request, self._services, right):
            return answer
        asked = await self._looked(request)
        if isinstance(asked, Response):
            return asked
        shelf, looked, fields = asked
        passphrase, number = one(fields, "passphrase"), one(fields, "number").strip()
        if len(number) > _LONGEST_NUMBER:
            return await self._page(request, "", f"受領の番号は{_LONGEST_NUMBER}字以内です。", 422)
        try:
            receipt = CityReceipt(date.fromisoformat(one(fields, "on")), number)
        except ValueError:
            return await self._page(request, "", _NO_DAY, 422)
        return await self._done(
            request, looked, lambda staff_id: shelf.receive(staff_id, passphrase, looked, receipt)
        )

    async def deliver(self, request: Request) -> Response:
        """Hand the edition that was looked at over, with the own passphrase: sent to its destination, or as one file to take along."""
        if answer := await not_allowed(request, self._services, Right.TELL_THE_CITY):
            return answer
        asked = await self._looked(request)
        if isinstance(asked, Response):
            return asked
        shelf, looked, fields = asked
        passphrase, said = one(fields, "passphrase"), one(fields, "outcome")
        looked = replace(looked, data_sha256=one(fields, "data_sha256"))
        outcome = MailFate(said) if said in set(MailFate) else None
        carrying = Carrying(one(fields, "medium"), outcome)
        given: list[TakenAlong | None] = []
        answer = await self._done(
            request,
            looked,
            lambda staff_id: given.append(shelf.deliver(staff_id, passphrase, looked, carrying)),
        )
        if given and given[0] is not None:
            return attachment(given[0].name, given[0].content, "zip")
        return answer

    async def _looked(self, request: Request) -> tuple[PaperShelf, Looked, Fields] | Response:
        """The edition that a form is about, as it is, with what was filled in; or why there is none."""
        try:
            fields = await read(request)
        except BodyRefused:
            return refused(400, _UNREADABLE, **session(request))
        shown, shelf = (
            _asked(await self._editions(request), one(fields, "edition")),
            self._services.shelf,
        )
        if shown is None or shelf is None:
            return refused(404, _NO_PAPER, **session(request))
        return (
            shelf,
            Looked(shown.kind, shown.period, shown.edition, shown.data_sha256),
            fields,
        )

    async def _done(
        self, request: Request, looked: Looked, act: Callable[[str], object]
    ) -> Response:
        """Back at the paper once it is done by somebody's passphrase; else the page with the reason."""
        said = await run_in_threadpool(by_passphrase, self._services, request, act)
        if said:
            return await self._page(request, "", said, 422)
        return RedirectResponse(path_of(looked.kind, looked.period), 303)

    async def _saved(
        self, request: Request, file: PaperFile, read_off: Callable[[], bytes]
    ) -> Response:
        """A file to be saved, or why it cannot be given."""
        try:
            content = await run_in_threadpool(read_off)
        except KeyUnavailable:
            return refused(410, _ERASED, **session(request))
        except (HomeDamaged, SealBroken):
            return refused(409, _DAMAGED, **session(request))
        return attachment(file.saved_name, content, file.form)

    def _content(self, request: Request, edition: PaperEdition, file: PaperFile) -> bytes:
        shelf = self._services.shelf
        assert shelf is not None  # noqa: S101 - there was an edition
        if not file.is_sealed:
            return shelf.clear(edition, file)
        return shelf.unsealed(edition, file, visitor(request).actor(self._services.now()))

    async def _page(self, request: Request, wanted: str, said: str, status: int) -> Response:
        shelf, who = self._services.shelf, visitor(request)
        made = await self._editions(request)
        edition = _asked(made, wanted) if wanted else (made[-1] if made else None)
        if shelf is None or edition is None:
            return refused(404, _NO_PAPER, **session(request))
        files = await run_in_threadpool(shelf.files, edition)
        may_confirm = (
            who.may(Right.CONFIRM_PAPER) and not edition.confirmed_by and edition == made[-1]
        )
        found = await run_in_threadpool(shelf.contradictions, edition) if may_confirm else ()
        latest = (await run_in_threadpool(shelf.editions, edition.kind, edition.period))[-1]
        may_deliver = (
            who.may(Right.TELL_THE_CITY) and bool(edition.confirmed_by) and edition == latest
        )
        way = await run_in_threadpool(shelf.way, edition) if may_deliver else PaperWay()
        # what was sent is not sent again; what somebody took along may be taken once more, until the city has it
        may_deliver &= not edition.was_handed_over or (
            edition.awaits_receipt and not way.destination and not way.is_by_command
        )
        return page(
            "paper.html",
            status,
            **session(request),
            paper=edition,
            made=f"{edition.made_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
            editions=[one.edition for one in made],
            files=files,
            may_open=who.may(Right.TELL_THE_CITY),
            purposes={code.value: title for code, title in CITY_PURPOSES.items()}
            if who.may(Right.OPEN_HANDED_OVER) and edition.was_handed_over
            else {},
            may_confirm=may_confirm,
            contradictions=found,
            may_receive=(who.may(Right.TELL_THE_CITY) or who.may(Right.GIVE_RECEIPT))
            and edition.awaits_receipt
            and edition == latest,
            is_city=who.may(Right.GIVE_RECEIPT),
            may_deliver=may_deliver,
            may_tell=who.may(Right.TELL_THE_CITY),
            is_latest=edition == latest,
            way=way,
            gone=[
                (one, f"{one.delivered_at.astimezone(TOKYO):%Y-%m-%d %H:%M}")
                for one in await run_in_threadpool(shelf.gone, edition)
            ],
            longest_medium=LONGEST_MEDIUM,
            today=f"{self._services.now().astimezone(TOKYO):%Y-%m-%d}",
            said=said,
        )

    async def _editions(self, request: Request) -> Sequence[PaperEdition]:
        """The editions that this person may see, of the paper that the path names or of all; the first one first."""
        if self._services.shelf is None:
            return ()
        params = request.path_params
        made = await run_in_threadpool(
            self._services.shelf.editions, params.get("kind"), params.get("period")
        )
        sees_all = _sees_all(request)
        return [one for one in made if sees_all or one.was_handed_over]


def _sees_all(request: Request) -> bool:
    """Whether somebody sees what the city has not received: whoever is more than its viewer."""
    return bool((visitor(request).roles - {Role.CITY_VIEWER}) & roles_with(Right.READ_PAPERS))


def _asked(made: Sequence[PaperEdition], edition: str) -> PaperEdition | None:
    """The edition of that number, as text: what somebody typed is compared and never read."""
    return next((one for one in made if str(one.edition) == edition), None)
