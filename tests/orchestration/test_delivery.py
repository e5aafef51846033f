"""A paper goes to its own destination: only where registers let it, once, and noted once, wherever it is cut."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from application import sending
from application.handing_over import edition_of
from application.home.session import read_settings
from application.people import ActingHome, acting_home
from application.sending import Sent, note_arrived, note_lost, plan, quotes_callers, send
from compliance.audit.log import AuditFolder
from compliance.audit.log import entries as logged
from compliance.deliverables.edition import Deliverable, DeliverableFile
from compliance.deliverables.handed_over import deliveries_of
from compliance.deliverables.register import confirm, record_deliverable
from compliance.deliverables.under_way import under_way
from compliance.errors import DeliveryForbidden, EntryRefused, KeyUnavailable, Outdated
from compliance.ground.acts import Actor
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, save
from compliance.registers.handling import CONSULTATIONS, PERMITS
from orchestration.cli import app
from reporting.errors import DeliveryInterrupted, DeliveryRefused, DeliveryUnknown
from reporting.kinds import KINDS
from reporting.weekly.kind import WEEKLY
from tests.homes import ROOT
from tests.reporting.reports import report
from tests.servers import (
    NOBODYS_KEY,
    PASSWORD,
    USER,
    Disk,
    MailOnTrial,
    SftpOnTrial,
    mail_server,
    sftp_server,
)
from tests.support.complaint_desk import CASE, WORDS, Desk, contract, desk

__all__ = ["contract", "desk"]
pytestmark = pytest.mark.timeout(90)
AT = datetime(2024, 1, 4, 1, tzinfo=UTC)
MG = Actor("mg1", AT)
PERIOD = "2023-11-20"


class Site:
    """A home with a confirmed weekly paper, and a contract file that sends it somewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "contract.toml"
        self.home = Home.at(folder / "home")
        self.home.create()
        self.engine: Engine = open_operations(self.home.operations_url)
        content = b"%PDF the week"
        outbox = self.home.outbox / "weekly" / PERIOD
        outbox.mkdir(parents=True)
        (outbox / "週次集計結果.pdf").write_bytes(content)
        paper = Deliverable(
            "weekly", PERIOD, 1, date(2023, 11, 27), "0" * 64, WEEKLY.to_json(report()), AT
        )
        file = DeliverableFile(
            "週次集計結果.pdf", hashlib.sha256(content).hexdigest(), len(content)
        )
        record_deliverable(self.engine, paper, [file])

    def confirm(self, kind: str = "weekly", period: str = PERIOD) -> None:
        confirm(self.engine, MG, edition_of(self.engine, kind, period))

    def configure(self, kind: str, *lines: str) -> None:
        text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text(encoding="utf-8")
        begun = text.replace(f'kind = "{kind}"', f'kind = "{kind}"\ndestination = "city"', 1)
        self.config.write_text(
            "\n".join([begun, "[[destinations]]", 'name = "city"', *lines]), encoding="utf-8"
        )

    def to_sftp(self, server: SftpOnTrial, kind: str = "weekly", **changed: object) -> None:
        key = changed.pop("host_key", server.host_key)
        more = [f"{name} = {value}" for name, value in changed.items()]
        self.configure(
            kind, 'way = "sftp"', 'target = "127.0.0.1"', f"port = {server.port}", f'user = "{USER}"',
            f'host_key = "{key}"', 'permit = "提出用"', *more,
        )  # fmt: skip
        self.secret()

    def to_mail(self, server: MailOnTrial, kind: str = "weekly") -> None:
        self.configure(
            kind, 'way = "smtp"', 'target = "127.0.0.1"', f"port = {server.port}", f'user = "{USER}"',
            'sender = "center@example.jp"', 'recipients = ["kakari@example.jp"]', f'ca_file = "{server.ca_file}"', 'permit = "提出用"',
        )  # fmt: skip
        self.secret()

    def secret(self, text: str = PASSWORD) -> Path:
        self.home.destinations.mkdir(mode=0o700, exist_ok=True)
        path = self.home.destinations / "city"
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def permit(self, **changed: str) -> None:
        values = {"kind": "network", "target": "提出用", "scope": "提出", "permitted_on": "2023-12-01"}  # fmt: skip
        save(self.engine, Keyring.open(self.home), PERMITS, MG, [Draft("", {**values, **changed})])

    def designate(self) -> None:
        values = {"kind": "designation", "held_on": "2023-12-01", "section": "係", "matter": "書類の送付（city）"}  # fmt: skip
        save(self.engine, Keyring.open(self.home), CONSULTATIONS, MG, [Draft("", values)])

    def acting(self, act: Callable[[ActingHome], Any]) -> Any:
        settings = read_settings(self.config, self.home.root, environment={})
        with acting_home(settings, AT) as place:
            return act(place)

    def send(self, kind: str = "weekly", period: str = PERIOD, sleep: Any = lambda _: None) -> Sent:
        def act(place: ActingHome) -> Sent:
            paper = edition_of(place.engine, kind, period)
            return send(place, MG, plan(place, paper), sleep)

        sent: Sent = self.acting(act)
        return sent

    def command(self, *words: str) -> str:
        done = CliRunner().invoke(
            app,
            ["papers", "deliver", "weekly", PERIOD, *words, "--home", str(self.home.root), "--config", str(self.config)],
            catch_exceptions=False,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        return done.stdout

    def delivered(self, kind: str = "weekly", period: str = PERIOD) -> list[tuple[str, str]]:
        return [
            (one.destination, one.manifest_sha256)
            for one in deliveries_of(self.engine, kind, period)
        ]

    def in_doubt(self) -> bool:
        return under_way(self.engine, edition_of(self.engine, "weekly", PERIOD), "city") is not None

    def logged(self, action: str) -> int:
        self.acting(lambda place: None)
        return sum(e["action"] == action for e in logged(AuditFolder(self.home.audit)))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.confirm()
    return made


@pytest.fixture
def city(tmp_path: Path) -> Iterator[SftpOnTrial]:
    with sftp_server(tmp_path / "city") as server:
        yield server


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[MailOnTrial]:
    with mail_server(tmp_path / "tls") as server:
        yield server


def test_by_sftp_from_dry_run_to_the_log(site: Site, city: SftpOnTrial) -> None:
    site.to_sftp(city)
    with pytest.raises(DeliveryForbidden, match="許可台帳"):
        site.command("--dry-run")
    with pytest.raises(DeliveryForbidden, match="許可台帳"):
        site.command()
    assert city.logins == [], "nothing is connected to without the city's word"
    site.permit()
    told = site.command("--dry-run")
    assert "提出用（2023-12-01から" in told and "一致" in told and "週次集計結果.pdf" in told
    assert (city.files(), site.delivered()) == ({}, [])
    told = site.command()
    manifest = city.files()[f"weekly/{PERIOD}/manifest.json"]
    assert site.delivered() == [("city", hashlib.sha256(manifest).hexdigest())]
    assert city.files()[f"weekly/{PERIOD}/週次集計結果.pdf"] == b"%PDF the week"
    (city.root / "weekly" / PERIOD / "manifest.json").unlink()
    connected = len(city.logins)
    assert "already" in site.command(), "what the city has taken away is not sent to it again"
    assert (len(city.logins), len(city.uploads), len(site.delivered())) == (connected, 2, 1)
    assert site.logged("paper_delivered") == 1
    for path in (p for p in site.home.root.rglob("*") if p.is_file()):
        assert PASSWORD.encode() not in path.read_bytes(), path.name


def test_a_permit_that_ran_out_lets_nothing_go(site: Site, city: SftpOnTrial) -> None:
    site.to_sftp(city)
    site.permit(expires_on="2024-01-03")
    with pytest.raises(DeliveryForbidden, match="今日は有効"):
        site.send()
    site.permit(expires_on="2024-01-04")
    assert site.send().is_new


def test_another_host_key_stops_the_dry_run_too(site: Site, city: SftpOnTrial) -> None:
    site.to_sftp(city, host_key=NOBODYS_KEY)
    site.permit()
    for words in (["--dry-run"], []):
        with pytest.raises(DeliveryRefused, match="ホスト鍵"):
            site.command(*words)
    assert (city.logins, site.delivered()) == ([], [])


def test_callers_words_need_the_citys_designation(
    desk: Desk, tmp_path: Path, city: SftpOnTrial, mails: MailOnTrial
) -> None:
    desk.enter(CASE)
    desk.issue()
    site, period = Site.__new__(Site), "2023-12-28"
    site.folder, site.config = tmp_path, tmp_path / "contract.toml"
    site.home, site.engine = desk.home, desk.engine
    site.confirm("complaints", period)
    site.permit()
    site.to_sftp(city, "complaints")
    with pytest.raises(DeliveryForbidden, match="personal_data"):
        site.send("complaints", period)
    site.to_sftp(city, "complaints", personal_data="true")
    with pytest.raises(DeliveryForbidden, match="指定"):
        site.send("complaints", period)
    site.designate()
    site.to_mail(mails, "complaints")
    with pytest.raises(DeliveryForbidden, match="メール"):
        site.send("complaints", period)
    assert (city.logins, mails.asked, site.delivered("complaints", period)) == ([], 0, [])
    site.to_sftp(city, "complaints", personal_data="true")
    assert site.send("complaints", period).is_new
    sent = city.files()
    assert len(sent) == 3 and not [name for name in sent if name.endswith(".sealed")]
    stored = [path.read_bytes() for path in desk.home.root.rglob("*") if path.is_file()]
    assert not any(WORDS.encode() in content for content in stored)


def test_kinds_that_may_quote_callers_are_known() -> None:
    told = {kind for kind in KINDS if KINDS[kind].may_quote_callers}
    assert told == {"complaints", "voices"}


def test_dropped_and_cut_anywhere_it_ends_with_one_delivery(site: Site, city: SftpOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    site.to_sftp(city)
    site.permit()
    steps, waited = 0, []

    def fault(step: str, disk: Disk) -> None:
        nonlocal steps
        steps += 1
        if steps in (1, 3):
            disk.hang_up()

    city.fault = fault
    real = sending.record_delivery

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "record_delivery", killed)
    with pytest.raises(KeyboardInterrupt):
        site.send(sleep=waited.append)
    assert (waited, site.delivered()) == ([1, 4], [])
    monkeypatch.setattr(sending, "record_delivery", real)
    before = len(city.uploads)
    assert site.send().is_new
    assert len(city.uploads) == before, "everything lay there"
    assert (len(city.files()), len(site.delivered())) == (2, 1)


def test_a_server_that_stays_away_is_given_up(site: Site, city: SftpOnTrial) -> None:
    site.to_sftp(city)
    site.permit()
    waited: list[float] = []
    city.fault = lambda step, disk: disk.hang_up()
    with pytest.raises(DeliveryInterrupted):
        site.send(sleep=waited.append)
    assert (waited, site.delivered()) == ([1, 4, 16], [])


def test_a_secret_that_others_may_read_is_not_used(site: Site, city: SftpOnTrial) -> None:
    site.to_sftp(city)
    site.permit()
    path = site.secret()
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        site.send()
    path.unlink()
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        site.send()
    assert city.logins == []


def test_nothing_unconfirmed_and_nothing_without_destination(tmp_path: Path, city: SftpOnTrial) -> None:  # fmt: skip
    site = Site(tmp_path)
    site.to_sftp(city, "completion")
    site.permit()
    with pytest.raises(EntryRefused, match="--to"):
        site.send()
    site.to_sftp(city)
    with pytest.raises(EntryRefused, match="確認"):
        site.send()
    assert city.logins == []


def test_a_simulated_home_sends_nothing(site: Site, city: SftpOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    site.to_sftp(city)
    site.permit()
    monkeypatch.setattr("application.home.session.peek_clock", lambda _: (ClockKind.SIMULATED, AT))
    with pytest.raises(DeliveryForbidden, match="模擬"):
        site.send()
    assert city.logins == []


def test_a_folder_is_used_where_it_is_there(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "mounted"
    site.configure("weekly", 'way = "folder"', f'target = "{folder}"')
    for words in (["--dry-run"], []):
        with pytest.raises(DeliveryRefused, match="マウント"):
            site.command(*words)
    folder.mkdir()
    assert "あります" in site.command("--dry-run")
    assert list(folder.iterdir()) == []
    site.command()
    assert (folder / "weekly" / PERIOD / "manifest.json").is_file()
    assert len(site.delivered()) == 1


def test_a_medium_is_carried_as_before(site: Site, city: SftpOnTrial, tmp_path: Path) -> None:
    site.to_sftp(city)
    site.command("--to", str(tmp_path / "medium"), "--as", "媒体1")
    assert [name for name, _ in site.delivered()] == ["媒体1"]
    assert city.logins == []
    done = CliRunner().invoke(
        app, ["papers", "deliver", "weekly", PERIOD, "--to", "x", "--dry-run", "--home", str(site.home.root)]
    )  # fmt: skip
    assert done.exit_code == 2


# ---- mail


def test_one_mail_however_often_it_is_asked_for(site: Site, mails: MailOnTrial) -> None:
    site.to_mail(mails)
    with pytest.raises(DeliveryForbidden, match="許可"):
        site.send()
    site.permit()
    assert "証明書" in site.command("--dry-run")
    assert mails.taken == []
    assert site.send() == Sent(True, ("kakari@example.jp（127.0.0.1）",))
    assert site.send() == Sent(False, ())
    assert (len(mails.taken), len(site.delivered()), site.in_doubt()) == (1, 1, False)


def test_put_off_it_is_sent_once_the_server_takes_it(site: Site, mails: MailOnTrial) -> None:
    site.to_mail(mails)
    site.permit()
    waited: list[float] = []
    mails.at_data[:] = ["451 later"]
    mails.at_recipient[:] = ["250 OK", "drop"]
    assert site.send(sleep=waited.append).is_new
    assert (waited, len(mails.taken), site.in_doubt()) == ([1, 4], 1, False)


def test_refused_it_is_not_in_doubt(site: Site, mails: MailOnTrial) -> None:
    site.to_mail(mails)
    site.permit()
    mails.at_data[:] = ["552 too big"]
    with pytest.raises(DeliveryRefused, match="552"):
        site.send()
    assert (site.in_doubt(), site.delivered()) == (False, [])


def test_an_unanswered_mail_is_not_sent_again_before_somebody_asked(site: Site, mails: MailOnTrial) -> None:  # fmt: skip
    site.to_mail(mails)
    site.permit()
    mails.at_data[:] = ["late"]
    for _ in range(2):
        with pytest.raises(DeliveryUnknown, match="--arrived"):
            site.send()
    assert (len(mails.taken), site.in_doubt(), site.delivered()) == (1, True, [])
    assert "noted" in site.command("--arrived")
    assert (len(mails.taken), site.in_doubt(), len(site.delivered())) == (1, False, 1)
    with pytest.raises(EntryRefused, match="結果の分からない"):
        site.command("--arrived")
    assert site.logged("paper_sending") == 1


def test_a_lost_mail_is_sent_again_when_the_city_says_so(site: Site, mails: MailOnTrial) -> None:
    site.to_mail(mails)
    site.permit()
    mails.at_data[:] = ["drop"]
    with pytest.raises(DeliveryUnknown):
        site.send()
    site.command("--not-arrived")
    assert (len(mails.taken), site.in_doubt(), len(site.delivered())) == (1, False, 1)


def test_killed_after_the_answer_it_is_in_doubt_and_not_sent_twice(site: Site, mails: MailOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    site.to_mail(mails)
    site.permit()

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "record_delivery", killed)
        with pytest.raises(KeyboardInterrupt):
            site.send()
    with pytest.raises(DeliveryUnknown):
        site.send()
    assert len(mails.taken) == 1

    def arrived(place: ActingHome) -> bool:
        return note_arrived(place, MG, edition_of(place.engine, "weekly", PERIOD))

    assert site.acting(arrived)
    assert (len(site.delivered()), site.in_doubt()) == (1, False)


def test_two_people_at_once_send_one_mail(site: Site, mails: MailOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The second finds the first's mark when it comes to the last step, and hangs up."""
    site.to_mail(mails)
    site.permit()
    real = sending.begin

    def after_another(*words: Any) -> None:
        monkeypatch.setattr(sending, "begin", real)
        assert site.send().is_new
        real(*words)

    monkeypatch.setattr(sending, "begin", after_another)
    with pytest.raises(Outdated):
        site.send()
    assert (len(mails.taken), len(site.delivered()), site.in_doubt()) == (1, 1, False)


def test_only_what_is_in_doubt_can_be_lost(site: Site, mails: MailOnTrial) -> None:
    site.to_mail(mails)
    with pytest.raises(EntryRefused, match="結果の分からない"):
        site.acting(lambda place: note_lost(place, MG, edition_of(place.engine, "weekly", PERIOD)))
    assert not quotes_callers(edition_of(site.engine, "weekly", PERIOD))
