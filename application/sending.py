"""Papers that go by themselves: the destination of a paper, what lets it go there, and its one delivery (別紙1-5(1)(2), 9)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from application.handing_over import must_be_confirmed, open_paper, parcel_of
from application.home.session import present_of_simulated_home
from application.people import ActingHome
from compliance.contract.destinations import Destination, FolderDestination, MailDestination
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import deliveries_of, record_delivery
from compliance.deliverables.outgoing import Cover, covered, is_connection
from compliance.deliverables.under_way import begin, settle, under_way
from compliance.errors import DeliveryForbidden, EntryRefused
from compliance.ground.acts import Action, Actor, Entry, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.ground.home import Home
from compliance.keys.secrets import read_private
from compliance.registers.entries import entries
from compliance.registers.handling import CONSULTATIONS, PERMITS
from reporting.delivery.folder import FolderWay
from reporting.delivery.retry import patiently
from reporting.delivery.sftp import SftpWay
from reporting.delivery.smtp import MailWay
from reporting.delivery.way import Way
from reporting.errors import DeliveryInterrupted, DeliveryRefused, DeliveryUnknown
from reporting.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Plan:
    """A paper, the destination that is its own, and what lets it go there."""

    paper: Deliverable
    destination: Destination
    cover: Cover


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a paper. `places` are where its files lie, none where it had been delivered before."""

    is_new: bool
    places: tuple[str, ...]


def destination_of(place: ActingHome, paper: Deliverable) -> Destination:
    """Where papers of its kind go by themselves.

    Raises:
        EntryRefused: the contract file names no destination for them.
    """
    contract = place.settings.contract
    known = {terms.kind for terms in contract.deliverables}
    found = contract.destination(paper.kind) if paper.kind in known else None
    if found is None:
        raise EntryRefused(
            f"{paper.kind} には提出先（[[deliverables]] の destination）が決められていません。"
            "媒体のフォルダを --to で指定してください。"
        )
    return found


def plan(place: ActingHome, paper: Deliverable) -> Plan:
    """What would be sent where, and what lets it; nothing is connected to.

    Raises:
        EntryRefused: nobody has confirmed it, or its kind has no destination.
        DeliveryForbidden: the registers do not let it go there today, or the home is a simulated one.
    """
    destination = destination_of(place, paper)
    must_be_confirmed(paper)
    if is_connection(destination) and present_of_simulated_home(place.settings) is not None:
        raise DeliveryForbidden(
            "模擬の時計で動く保管場所からは、ネットワークで提出しません。媒体（--to）で試してください。"
        )
    cover = covered(
        destination,
        quotes_callers(paper),
        entries(place.engine, PERMITS),
        entries(place.engine, CONSULTATIONS),
        place.today,
    )
    return Plan(paper, destination, cover)


def quotes_callers(paper: Deliverable) -> bool:
    """Whether a paper prints callers' words, or is of a kind that may."""
    return KINDS[paper.kind].may_quote_callers


def send(
    place: ActingHome,
    actor: Actor,
    planned: Plan,
    sleep: Callable[[float], None] = time.sleep,
) -> Sent:
    """Send a paper and note its delivery. Safe to repeat and to cut off anywhere: one delivery is noted, and what lies there
    already is not sent again.

    Raises:
        DeliveryRefused, DeliveryInterrupted: as `Way.put`; nothing was noted.
        DeliveryUnknown: a mail may have been taken, now or at an earlier attempt: `note_arrived` or `note_lost` first.
        KeyUnavailable: the destination's secret is missing or readable by others, or words that the paper quotes were erased.
        Outdated: somebody else is sending it.
        TemplateRefused: the city's own form cannot be filled with it.
    """
    engine, paper, name = place.engine, planned.paper, planned.destination.name
    if is_delivered(engine, paper, name):
        settle(engine, paper, name)
        return Sent(False, ())
    if under_way(engine, paper, name):
        raise DeliveryUnknown(
            f"{paper.name} は前回の送信の結果が分かりません。届いたかを市に確かめ、--arrived（届いていた）か "
            "--not-arrived（届いていない、送り直す）を付けて実行してください。"
        )
    contract = place.settings.contract
    opened = open_paper(engine, place.home, paper.kind, paper.period, paper.edition, contract)
    way, parcel = way_to(place.home, planned.destination), parcel_of(opened, actor.at)
    is_begun = False

    def committing() -> None:
        nonlocal is_begun
        begin(engine, actor, paper, name, parcel.sha256)
        is_begun = True

    def attempt() -> tuple[str, ...]:
        nonlocal is_begun
        try:
            return way.put(parcel, committing)
        except (DeliveryRefused, DeliveryInterrupted):
            if is_begun:  # its own mark alone: another's mail may be under way
                settle(engine, paper, name)
                is_begun = False
            raise

    places = patiently(attempt, sleep)
    is_new = record_delivery(engine, actor, paper, name, parcel.sha256)
    settle(engine, paper, name)
    return Sent(is_new, places)


def note_arrived(place: ActingHome, actor: Actor, paper: Deliverable) -> bool:
    """Its recipient says that a mail of unknown fate arrived: it is noted as delivered.

    Raises:
        EntryRefused: none is of unknown fate.
    """
    name, sha256 = _in_doubt(place, paper)
    with place.engine.begin() as connection:
        note(connection, _said(actor, Action.MAIL_SAID_ARRIVED, paper))
    is_new = record_delivery(place.engine, actor, paper, name, sha256)
    settle(place.engine, paper, name)
    return is_new


def note_lost(place: ActingHome, actor: Actor, paper: Deliverable) -> None:
    """Its recipient says that a mail of unknown fate never arrived: it may be sent again, and the log says who said so.

    Raises:
        EntryRefused: none is of unknown fate.
    """
    name, said = _in_doubt(place, paper)[0], _said(actor, Action.MAIL_SAID_LOST, paper)
    settle(place.engine, paper, name, said)


def _said(actor: Actor, action: Action, paper: Deliverable) -> Entry:
    return actor.entry(action, ObjectKind.DELIVERABLE, paper.name)


def is_delivered(engine: Engine, paper: Deliverable, destination: str) -> bool:
    """Whether an edition was handed over there."""
    return any(
        one.edition == paper.edition and one.destination == destination
        for one in deliveries_of(engine, paper.kind, paper.period)
    )


def way_to(home: Home, destination: Destination) -> Way:
    """The way to a destination, with its secret.

    Raises:
        KeyUnavailable: the secret is missing, or readable by others.
    """
    if isinstance(destination, FolderDestination):
        return FolderWay(Path(destination.target), write_durably, must_exist=True)
    path = home.destinations / destination.name
    what = f"The password or private key of destination {destination.name},"
    if isinstance(destination, MailDestination):
        password = None
        if destination.user:
            password = read_private(path, what).decode().rstrip("\r\n")
        return MailWay(
            host=destination.target,
            port=destination.known_port,
            is_wrapped=destination.security == "tls",
            ca_file=destination.ca_file,
            user=destination.user,
            password=password,
            sender=destination.sender,
            recipients=destination.recipients,
            timeout=destination.timeout_seconds,
        )
    return SftpWay(
        host=destination.target,
        port=destination.port,
        user=destination.user,
        folder=destination.folder,
        host_key=destination.host_key,
        secret=read_private(path, what),
        timeout=destination.timeout_seconds,
    )


def _in_doubt(place: ActingHome, paper: Deliverable) -> tuple[str, str]:
    """The destination and the manifest's digest."""
    name = destination_of(place, paper).name
    sha256 = under_way(place.engine, paper, name)
    if sha256 is None:
        raise EntryRefused(f"{paper.name} に、結果の分からない送信はありません。")
    return name, sha256
