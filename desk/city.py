"""What the city looks up: the definitions in force, and the certificates of erasure with how to check them (6(3)エ, 別紙2-13(5))."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from application.certificates import CertificateFolder
from compliance.contract.terms import Definition
from compliance.errors import HomeDamaged
from compliance.ground.japan import civil_date
from compliance.people.rights import Right
from desk.attachment import attachment
from desk.pages import page, refused
from desk.services import Services
from desk.sign_in import not_allowed, session

_NO_FILE = "その証明書はありません。"
_TOUCHED = "ファイルが読み取り中に変わりました。もう一度開いてください。"


class CityPages:
    """The pages, over the services, for whoever reads papers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._certificates = CertificateFolder(services.home)

    async def definitions(self, request: Request) -> Response:
        """The definitions in force today, each in its version, and those that follow."""
        if answer := await not_allowed(request, self._services, Right.READ_PAPERS):
            return answer
        today = civil_date(self._services.now())
        latest: dict[str, Definition] = {}
        for one in sorted(self._services.definitions, key=lambda each: each.valid_from):
            if one.valid_from <= today:
                latest[one.name] = one
        coming = [one for one in self._services.definitions if one.valid_from > today]
        return page(
            "definitions.html", **session(request), in_force=list(latest.values()), coming=coming
        )

    async def certificates(self, request: Request) -> Response:
        """Every case that has its certificate, with its files."""
        if answer := await not_allowed(request, self._services, Right.READ_PAPERS):
            return answer
        cases = await run_in_threadpool(self._certificates.cases)
        fingerprint = await run_in_threadpool(self._certificates.fingerprint)
        return page("certificates.html", **session(request), cases=cases, fingerprint=fingerprint)

    async def certificate_file(self, request: Request) -> Response:
        """A file of a certificate, to be saved; `verify.html` too is never shown from here."""
        if answer := await not_allowed(request, self._services, Right.READ_PAPERS):
            return answer
        params = request.path_params
        cases = await run_in_threadpool(self._certificates.cases)
        case = next((case for case in cases if case.case_id == params["case_id"]), None)
        file = next((f for f in case.files if f.name == params["name"]), None) if case else None
        if case is None or file is None:
            return refused(404, _NO_FILE, **session(request))
        try:
            content = await run_in_threadpool(self._certificates.read, case.case_id, file.name)
        except HomeDamaged:
            return refused(409, _TOUCHED, **session(request))
        return attachment(file.name, content, file.name.rpartition(".")[2])
