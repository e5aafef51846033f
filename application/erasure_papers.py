"""The papers of a case and of a return: written into `outbox/erasure/<number>/`, and in the register of papers as they are (別紙2-12, 2-13)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from application.erasure_orders import Place
from application.outbox import outbox_of
from application.people import name_key
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.log import AuditLog
from compliance.contract.due import without_period
from compliance.deliverables.register import editions
from compliance.erasure import offline
from compliance.erasure.case_file import METHOD_JA, Case
from compliance.erasure.certificate import SignedDocument
from compliance.erasure.certificate_register import Certificate
from compliance.erasure.items import Item
from compliance.erasure.register import case_of, items_of
from compliance.erasure.returning import Returned
from compliance.erasure.selection import INQUIRY_KIND
from compliance.erasure.workflow import record_document
from compliance.errors import EntryRefused, HomeDamaged
from compliance.ground.acts import Actor
from compliance.ground.durable import write_durably
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.keys.backups import registered_backups
from compliance.people.register import names
from compliance.vault.media import registered_media
from reporting.erasure import returning
from reporting.erasure.application import TITLE, Application, Line, render
from reporting.erasure.kind import APPLICATIONS, CERTIFICATES, FOLDER, RETURNS, kept_as
from reporting.erasure.returning import Return
from reporting.paper import wareki
from reporting.paper.issue import keep
from reporting.paper.kind import PaperKind
from reporting.paper.packaging import FileContent
from reporting.paper.tables import TablePaper

PAPERS_CLOSE = "苦情の日次報告書・別紙の控え（暗号化）：引用した対応記録の鍵の消去により、開くことができなくなる。"
"""What an application says of papers that quote callers: no key of their own is kept (ADR 19)."""


def folder_of(home: Home, case_id: str) -> Path:
    """Where a case's papers lie."""
    return home.outbox / FOLDER / case_id


def written_application(place: Place, case: Case) -> Path:
    """The application's paper, from what was entered; its digest is noted. What cut the application off before its
    paper is mended by this.

    Raises:
        EntryRefused: the paper was made: what the city has is not written a second time.
    """
    if case.document_sha256:
        raise EntryRefused(f"{case.case_id}の申請書は作成済みです。")
    path = folder_of(place.home, case.case_id) / f"消去・廃棄申請書_{case.case_id}.pdf"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    paper = application_of(place, case)
    pdf = render(paper, case.applied_at)
    write_durably(path, pdf)
    facts = (
        ("番号", case.case_id),
        ("件数", f"{sum(line.count for line in paper.lines):,}件"),
        ("消去予定日", wareki.plain(case.planned_on)),
    )
    kept = kept_as(place.contract, TITLE, facts, paper.checkpoint)
    _keep(place, APPLICATIONS, case.case_id, kept, {path.name: pdf})
    record_document(place.engine, case.case_id, hashlib.sha256(pdf).hexdigest())
    return path


def written_return(place: Place, actor: Actor, made: Returned, items: Sequence[Item]) -> Path:
    """The paper of a return, once its archive lies on the medium."""
    parties, recorded = place.contract.parties, sorted(item.recorded_on for item in items)
    paper = Return(
        number=made.number,
        made_on=today_of(place),
        work_name=parties.work_name,
        recipient=parties.client,
        contractor=parties.contractor_name,
        made_by=f"{names_of(place).get(actor.staff_id, '')}（{actor.staff_id}）",
        count=made.items_count,
        size=made.items_bytes,
        first_day=date.fromisoformat(recorded[0]),
        last_day=date.fromisoformat(recorded[-1]),
        archive=f"{made.number}.zip",
        archive_sha256=made.archive_sha256,
        items_root=made.items_root,
        checkpoint=anchored(place).shown,
        grounds=place.settings.contract.words.grounds("return_basis"),
    )
    path = folder_of(place.home, made.number) / f"返還・引渡書_{made.number}.pdf"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pdf = returning.render(paper, place.now)
    write_durably(path, pdf)
    facts = (("番号", made.number), ("件数", f"{made.items_count:,}件"))
    kept = kept_as(place.contract, returning.TITLE, facts, paper.checkpoint)
    _keep(place, RETURNS, made.number, kept, {path.name: pdf})
    return path


def verifier_page() -> bytes:
    """`verify.html` as it is handed over."""
    return Path(offline.__file__).with_name("verify.html").read_bytes()


def write_certificate(
    folder: Path, number: str, document: SignedDocument, items: bytes, pdf: bytes
) -> None:
    """The certificate's files in their folder, before it is entered."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    contents = (pdf, items, document.content, document.signature, verifier_page())
    for name, content in zip(_certificate_files(number), contents, strict=True):
        write_durably(folder / name, content)


def _certificate_files(number: str) -> tuple[str, ...]:
    named = (
        f"個人情報消去報告書_{number}.pdf",
        f"{number}.jsonl",
        f"{number}.json",
        f"{number}.json.sig",
    )
    return (*named, "verify.html")


def keep_certificate(place: Place, made: Certificate) -> None:
    """Enter a certificate in the register of papers, its files as they lie in their folder; safe to repeat.

    Raises:
        HomeDamaged: one of them is gone, or is not what was signed.
    """
    if editions(place.engine, CERTIFICATES.kind, made.case_id):
        return
    folder = folder_of(place.home, made.case_id)
    paths = {name: folder / name for name in _certificate_files(made.name)}
    files = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    known = {hashlib.sha256(content).hexdigest() for content in files.values()}
    is_whole = files.keys() == paths.keys() and {made.json_sha256, made.pdf_sha256} <= known
    document = json.loads(files[f"{made.name}.json"]) if is_whole else {}
    if not is_whole or document["documents"]["items_sha256"] not in known:
        raise HomeDamaged(
            f"{made.name}: a file of the certificate is gone or is not what was signed."
        )
    _, size, root, *_ = document["log"]["after"].splitlines()
    facts = (
        ("番号", made.name),
        ("案件", made.case_id),
        ("件数", f"{case_of(place.engine, made.case_id).items_count:,}件"),
    )
    kept = kept_as(place.contract, document["title"], facts, f"{size}:{root}")
    _keep(place, CERTIFICATES, made.case_id, kept, files)


def application_of(place: Place, case: Case) -> Application:
    """What the application's paper prints: a line for each kind of item on each set of media, and every copy (別紙2-13-2)."""
    parties = place.contract.parties
    items = [item for item, _ in items_of(place.engine, case.case_id)]
    groups: dict[tuple[str, tuple[str, ...]], list[Item]] = {}
    for item in items:
        groups.setdefault((item.kind, item.places), []).append(item)
    known = {m.medium_id: m for m in registered_media(place.engine)}

    def named(medium_id: str) -> str:
        if medium_id not in known:
            return "サーバー（手元）"
        return f"{medium_id}（{known[medium_id].serial}、{known[medium_id].kept_at}）"

    return Application(
        number=case.case_id,
        applied_on=civil_date(case.applied_at),
        work_name=parties.work_name,
        recipient=parties.client,
        contractor=parties.contractor_name,
        address=parties.contractor_address,
        representative=parties.contractor_representative,
        applicant=f"{names_of(place).get(case.applied_by, '')}（{case.applied_by}）",
        lines=[
            Line(
                kind=kind,
                media="、".join(named(one) for one in media),
                count=len(of_kind),
                size=sum(item.size for item in of_kind),
                first_day=date.fromisoformat(min(item.recorded_on for item in of_kind)),
                last_day=date.fromisoformat(max(item.recorded_on for item in of_kind)),
            )
            for (kind, media), of_kind in groups.items()
        ],
        method=METHOD_JA,
        planned_on=case.planned_on,
        wants_witness=case.wants_witness,
        is_contract_end=case.is_contract_end,
        floor_days=place.contract.retention.recordings_online_days,
        copies=[
            *(
                f"鍵の控え{made.backup_id}（第{made.epoch}期）：新しい時期の控えを作ったうえで破棄する。"
                for made in registered_backups(place.engine)
                if not made.has_ended
            ),
            *([PAPERS_CLOSE] if any(item.kind == INQUIRY_KIND for item in items) else []),
        ],
        items_root=case.items_root,
        checkpoint=anchored(place).shown,
        grounds=place.settings.contract.words.grounds("application_basis"),
    )


def _keep(
    place: Place,
    kind: PaperKind[Any],
    number: str,
    value: TablePaper,
    files: Mapping[str, bytes],
) -> None:
    """Enter a paper in the register of papers; it waits for the manager's confirmation there."""
    period = without_period(kind.unit, number, today_of(place))
    kept = {name: FileContent(content) for name, content in files.items()}
    keep(kind, period, value, kept, outbox_of(place.engine, place.home, place.now))


def anchored(place: Place) -> Checkpoint:
    """The log as it is now, signed."""
    log = AuditLog(place.home)
    log.drain(place.engine)
    return log.checkpoint()


def names_of(place: Place) -> dict[str, str]:
    """Who bears which staff id, as papers print it."""
    return dict(names(place.engine, name_key(place)))


def today_of(place: Place) -> date:
    """The civil day of the home's clock."""
    return civil_date(place.now)
