"""A paper handed over at the desk by the own passphrase: sent to the destination of its kind, or taken along in one file (6(3)キ, 9).

The same use cases as `madoguchi papers deliver`. Where the contract file names a destination, the paper goes there and no other way
is offered; else its files, as the city receives them, go into one ZIP that whoever hands it over saves on the medium, and the
hand-over is noted with the digest of the very manifest in it. What names the centre's people leaves by a command alone.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from enum import StrEnum

from application.handing_over import (
    OpenedPaper,
    edition_of,
    must_be_confirmed,
    note_opened,
    open_paper,
)
from application.people import ActingHome
from application.sending import destination_of, note_arrived, note_lost, plan, send
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import Delivery, deliveries_of, record_delivery
from compliance.deliverables.register import editions
from compliance.deliverables.under_way import under_way
from compliance.errors import DeliveryForbidden, EntryRefused, HomeDamaged, KeyUnavailable, Outdated
from compliance.ground.acts import Actor, Via
from compliance.people.acting import prove
from compliance.people.rights import Right
from reporting.errors import (
    DeliveryInterrupted,
    DeliveryRefused,
    DeliveryUnknown,
    TemplateRefused,
)
from reporting.kinds import KINDS

LONGEST_MEDIUM = 64
"""What the register of deliveries keeps of a medium's name."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time that every file of a ZIP says: the manifest has the true one."""
_ANEW = "見た後に作り直されたか、最新の版ではありません。もう一度見てから提出してください。"
_RECEIVED = "市が受領した書類です。この画面から重ねて持ち出すことはできません。"
_BY_COMMAND = "従業者の氏名がある書類は、この画面からは提出できません。コマンドで提出してください。"
_NO_WORDS = "引用した記録が消去されたか、提出先の鍵を読めません。システム管理者に知らせてください。"
_CUT_OFF = "提出先に書き込めませんでした。接続・マウントを確かめて、もう一度行ってください。"
_DAMAGED = "ファイルが作成時のものと違います。次の処理で作り直されます。管理者に知らせてください。"
_BUSY = "ほかの人が同じ書類を送っています。しばらくして、もう一度見てください。"
_UNKNOWN = "メールを送りましたが、受け取ったという答えがありません。届いたかを市に確かめて、下の欄で記入してください。"


class MailFate(StrEnum):
    """What the city says of a mail that nobody answered."""

    ARRIVED = "arrived"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PaperWay:
    """How a paper leaves: to `destination`, or on a medium where that is blank. `is_in_doubt`: a mail was sent and nobody answered.
    `is_by_command`: it names the centre's people, and leaves by a command alone."""

    destination: str = ""
    is_in_doubt: bool = False
    is_by_command: bool = False


@dataclass(frozen=True, slots=True)
class TakenAlong:
    """The files of a paper in one ZIP, to be saved under `name`."""

    name: str
    content: bytes


def way_of(place: ActingHome, paper: Deliverable) -> PaperWay:
    """How an edition leaves; nothing is connected to."""
    if KINDS[paper.kind].names_staff:
        return PaperWay(is_by_command=True)
    try:
        name = destination_of(place, paper).name
    except EntryRefused:
        return PaperWay()
    return PaperWay(name, under_way(place.engine, paper, name) is not None)


def delivered_by(
    place: ActingHome,
    staff_id: str,
    passphrase: str,
    looked: Deliverable,
    *,
    medium: str = "",
    outcome: MailFate | None = None,
) -> TakenAlong | None:
    """Hand an edition over as somebody looked at it (by number and data digest), and note it; what they take along, null where it
    was sent. Safe to repeat: the hand-over is noted once, and each further opening is an entry of whoever opened it, until the city
    has it. `outcome` settles a mail in doubt.

    Raises:
        PersonUnproved: the passphrase does not open their key.
        NotAllowed: the registers do not let them tell the city.
        EntryRefused: it may not, or could not, leave; the text says why and whether it was sent.
    """
    proved = prove(place.engine, place.home, staff_id, passphrase, place.now)
    actor = replace(proved, via=Via.DESK)
    place.allow(actor, Right.TELL_THE_CITY)
    paper = _latest(place, looked)
    way = way_of(place, paper)
    if way.is_by_command:
        raise EntryRefused(_BY_COMMAND)
    try:
        if way.destination:
            _sent(place, actor, paper, outcome)
            return None
        return _taken_along(place, actor, paper, medium)
    except (DeliveryForbidden, DeliveryRefused, DeliveryInterrupted, TemplateRefused) as error:
        raise EntryRefused(str(error)) from None
    except DeliveryUnknown:
        raise EntryRefused(_UNKNOWN) from None
    except Outdated:
        raise EntryRefused(_BUSY) from None
    except KeyUnavailable:
        raise EntryRefused(_NO_WORDS) from None
    except HomeDamaged:
        raise EntryRefused(_DAMAGED) from None
    except OSError:
        raise EntryRefused(_CUT_OFF) from None


def packed(opened: OpenedPaper) -> TakenAlong:
    """The files in one ZIP, under the folders that they have on a medium; equal files, equal bytes."""
    space = io.BytesIO()
    with zipfile.ZipFile(space, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in opened.files.items():
            archive.writestr(
                zipfile.ZipInfo(f"{opened.place.as_posix()}/{name}", _EARLIEST), content
            )
    return TakenAlong(f"{opened.name.replace('/', '_')}.zip", space.getvalue())


def _latest(place: ActingHome, looked: Deliverable) -> Deliverable:
    """The edition that was looked at, where it is still the one to hand over."""
    paper = edition_of(place.engine, looked.kind, looked.period, looked.edition)
    newest = editions(place.engine, paper.kind, paper.period)[-1]
    if newest.edition != paper.edition or paper.data_sha256 != looked.data_sha256:
        raise EntryRefused(_ANEW)
    return paper


def _sent(place: ActingHome, actor: Actor, paper: Deliverable, outcome: MailFate | None) -> None:
    if outcome is MailFate.ARRIVED:
        note_arrived(place, actor, paper)
        return
    planned = plan(place, paper)
    if outcome is MailFate.LOST:
        note_lost(place, actor, paper)
    send(place, actor, planned, sleep=lambda _: None)  # whoever waits at a page asks again


def _taken_along(place: ActingHome, actor: Actor, paper: Deliverable, medium: str) -> TakenAlong:
    must_be_confirmed(paper)
    if any(one.received_on for one in _gone(place, paper)):
        raise EntryRefused(_RECEIVED)
    name = medium.strip()
    if not name or len(name) > LONGEST_MEDIUM or not name.isprintable():
        raise EntryRefused(
            f"媒体の名を{LONGEST_MEDIUM}字以内で入れてください（個人名は入れません）。"
        )
    contract = place.settings.contract
    opened = open_paper(place.engine, place.home, paper.kind, paper.period, paper.edition, contract)
    if not record_delivery(place.engine, actor, paper, name, opened.sha256):
        note_opened(place.engine, actor, paper)
    return packed(opened)


def _gone(place: ActingHome, paper: Deliverable) -> list[Delivery]:
    made = deliveries_of(place.engine, paper.kind, paper.period)
    return [one for one in made if one.edition == paper.edition]
