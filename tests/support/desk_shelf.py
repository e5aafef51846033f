"""Papers on a shelf that remembers what was asked of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from application.shelf import CityReceipt, Looked, PaperEdition, PaperFile, PaperShelf
from compliance.errors import EntryRefused, PersonUnproved
from compliance.ground.acts import Actor
from tests.desk.conftest import Browser

DIGEST, PASSPHRASE = "d" * 64, "合言葉はひとつだけ"
PDF, SEALED = "週次集計結果_第1週.pdf", "別紙_第1週.pdf.sealed"
FILES = (
    PaperFile(PDF, 7, "a" * 64, "pdf", False),
    PaperFile("週次集計結果_第1週.xlsx", 7, "b" * 64, "xlsx", False),
    PaperFile(SEALED, 9, "c" * 64, "pdf", True),
)


def edition(number: int = 1, **changes: object) -> PaperEdition:
    given = PaperEdition(
        "weekly", "週次集計結果", "2023-11-20", number, date(2023, 11, 27),
        datetime(2023, 11, 26, 21, tzinfo=UTC), False, "責任者確認待ち", False, "", DIGEST,
    )  # fmt: skip
    return replace(given, **changes)  # type: ignore[arg-type]


GONE = edition(state="提出済み", was_handed_over=True, confirmed_by="mg1", awaits_receipt=True)
OTHER = edition(kind="voices", title="別紙<b>", period="2023-11-20", data_sha256="e" * 64)


@dataclass
class FakeShelf:
    """Remembers what was asked of it."""

    made: list[PaperEdition] = field(default_factory=lambda: [GONE, OTHER])
    asked: list[tuple[str, ...]] = field(default_factory=list)
    fails: Exception | None = None
    found: Sequence[str] = ()

    def editions(self, kind: str | None, period: str | None) -> Sequence[PaperEdition]:
        return [e for e in self.made if kind in (None, e.kind) and period in (None, e.period)]

    def clear(self, edition: PaperEdition, file: PaperFile) -> bytes:
        if self.fails:
            raise self.fails
        self.asked.append(("clear", edition.kind, str(edition.edition), file.name))
        return b"content"

    def unsealed(self, edition: PaperEdition, file: PaperFile, actor: Actor) -> bytes:
        if self.fails:
            raise self.fails
        self.asked.append(("unsealed", file.name, actor.staff_id, actor.via.value))
        return b"words"

    def confirm(self, staff_id: str, passphrase: str, looked: Looked) -> bool:
        if passphrase != PASSPHRASE:
            raise PersonUnproved("The passphrase does not open this person's key.")
        latest = self.editions(looked.kind, looked.period)[-1]
        if (latest.edition, latest.data_sha256) != (looked.edition, looked.data_sha256):
            raise EntryRefused("見た後に作り直されました。もう一度見てから確認してください。")
        if self.found and not looked.despite:
            raise EntryRefused("記載に食い違いがあります。")
        self.asked.append(("confirm", staff_id, looked.kind, looked.period, str(looked.edition)))
        return True

    def receive(self, staff_id: str, passphrase: str, looked: Looked, receipt: CityReceipt) -> None:
        if passphrase != PASSPHRASE:
            raise PersonUnproved("The passphrase does not open this person's key.")
        self.asked.append(
            ("receive", staff_id, looked.kind, looked.period, str(looked.edition), receipt.on.isoformat(), receipt.number)
        )  # fmt: skip

    def as_shelf(self) -> PaperShelf:
        return PaperShelf(
            self.editions,
            lambda edition: FILES,
            self.clear,
            self.unsealed,
            self.confirm,
            lambda _: self.found,
            self.receive,
        )


def looked(browser: Browser, path: str) -> dict[str, str]:
    """What the form of a page carries."""
    form = re.search(r'<form class="narrow".*?</form>', browser.get(path).text, re.DOTALL)
    assert form
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
