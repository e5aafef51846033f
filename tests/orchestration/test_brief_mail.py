"""The manager's morning goes by mail where the contract file names a destination and the city permits it, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from application import brief_mail
from application.brief_mail import told_by_mail
from application.home.run_report import Journal
from application.home.session import Outlook, open_workplace, outlook, read_settings
from application.home.settings import Settings
from application.today import brief_of
from compliance.errors import Misconfigured
from compliance.ground.acts import Actor
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, save
from compliance.registers.handling import PERMITS, TAKEOUTS
from orchestration.assets.today import MAILED, SCHEDULE, morning_brief
from tests.homes import ROOT
from tests.servers import PASSWORD, USER, MailOnTrial, mail_server

pytestmark = pytest.mark.timeout(90)
AT = datetime(2023, 12, 4, 23, 30, tzinfo=UTC)
LABEL = "貸与端末（山田様分）"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailOnTrial]:
    with mail_server(tmp_path) as seen:
        yield seen


def configured(folder: Path, server: MailOnTrial, mail: str = "manager") -> Settings:
    text = (
        (ROOT / "contracts/sapporo-2023/contract.toml")
        .read_text("utf-8")
        .replace('\nmail = ""', f'\nmail = "{mail}"', 1)
    )
    more = (
        "[[destinations]]", 'name = "manager"', 'way = "smtp"', 'target = "127.0.0.1"', f"port = {server.port}",
        f'user = "{USER}"', 'sender = "center@example.jp"', 'recipients = ["mg@example.jp"]',
        f'ca_file = "{server.ca_file}"', 'permit = "連絡用メール"',
    )  # fmt: skip
    config = folder / "contract.toml"
    config.write_text("\n".join([text, *more]), "utf-8")
    settings = read_settings(config, folder / "home", environment={})
    home = Home.at(settings.home_root, settings.keys_root)
    home.create()
    home.destinations.mkdir(mode=0o700, exist_ok=True)
    secret = home.destinations / "manager"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    return settings


def permitted(place: Outlook) -> None:
    values = {
        "kind": "network",
        "target": "連絡用メール",
        "scope": "朝の確認",
        "permitted_on": "2023-11-13",
    }
    save(place.engine, Keyring.open(place.home), PERMITS, Actor("pm1", AT), [Draft("", values)])


def lent(place: Outlook) -> None:
    values = {"kind": "lent", "item": LABEL, "quantity": "1", "from_on": "2023-11-20", "purpose": "応対", "by": "pm1", "due_on": "2023-12-01"}  # fmt: skip
    save(place.engine, Keyring.open(place.home), TAKEOUTS, Actor("pm1", AT), [Draft("", values)])


def test_it_says_counts_days_and_ids_and_the_same_morning_is_the_same_mail(
    tmp_path: Path, server: MailOnTrial
) -> None:
    with outlook(configured(tmp_path, server), AT) as place:
        permitted(place)
        lent(place)
        brief = brief_of(place)
        assert any(duty.name == LABEL for duty in brief.duties), "the label stands on the screen"
        for _ in range(2):
            told = told_by_mail(place, brief)
            assert told.is_right and "manager" in told.text
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == "mg@example.jp" and "2023-12-05" in first["Subject"]
    text = first.get_content()
    assert "朝の確認" in text and "貸与品・持出しの返却" in text
    assert "山田" not in text
    assert [part.get_filename() for part in first.iter_attachments()] == []


def test_without_a_permit_nothing_is_connected_to(tmp_path: Path, server: MailOnTrial) -> None:
    with outlook(configured(tmp_path, server), AT) as place:
        told = told_by_mail(place, brief_of(place))
        assert not told.is_right and "許可" in told.text
    assert (server.asked, server.taken) == (0, [])


@pytest.mark.parametrize(
    ("answers", "is_right", "asked"),
    [
        (["451 busy"], True, 2),
        (["451 busy"] * 4, False, 4),
        (["550 no"], False, 1),
        (["drop", "drop"], True, 3),
    ],
)
def test_what_hinders_it_is_told_and_never_raised(
    tmp_path: Path, server: MailOnTrial, answers: list[str], is_right: bool, asked: int
) -> None:
    server.at_recipient.extend(answers)
    with outlook(configured(tmp_path, server), AT) as place:
        permitted(place)
        told = told_by_mail(place, brief_of(place), sleep=lambda _: None)
    assert (told.is_right, server.asked, len(server.taken)) == (is_right, asked, int(is_right))


def test_a_mail_without_an_answer_is_said_to_be_in_doubt(
    tmp_path: Path, server: MailOnTrial
) -> None:
    server.at_data.append("late")
    with outlook(configured(tmp_path, server), AT) as place:
        permitted(place)
        told = told_by_mail(place, brief_of(place), sleep=lambda _: None)
    assert not told.is_right and "確かめて" in told.text
    assert len(server.taken) == 1, "and it is not sent again by itself"


def test_a_missing_password_is_told(tmp_path: Path, server: MailOnTrial) -> None:
    settings = configured(tmp_path, server)
    (Home.at(settings.home_root, settings.keys_root).destinations / "manager").unlink()
    with outlook(settings, AT) as place:
        permitted(place)
        assert not told_by_mail(place, brief_of(place)).is_right
    assert server.taken == []


def test_a_name_that_is_no_mail_destination_is_refused(tmp_path: Path, server: MailOnTrial) -> None:
    with pytest.raises(Misconfigured, match=r"morning_brief\.mail = 'nobody'"):
        configured(tmp_path, server, mail="nobody")


@pytest.mark.parametrize(
    ("tags", "mails"), [({SCHEDULE: "morning_brief_at_half_past_eight"}, 1), ({}, 0)]
)
def test_only_what_a_schedule_began_is_mailed(
    tmp_path: Path,
    server: MailOnTrial,
    tags: dict[str, str],
    mails: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = configured(tmp_path, server)
    with open_workplace(settings, as_of=None, journal=Journal()) as workplace:
        assert workplace.clock is ClockKind.REAL
        at = replace(workplace, now=AT)
        with outlook(settings, AT) as place:
            permitted(place)
        made = dg.materialize([morning_brief], resources={"workplace": at}, tags=tags)
    (check,) = [one for one in made.get_asset_check_evaluations() if one.check_name == MAILED]
    assert check.passed and len(server.taken) == mails
    assert date(2023, 12, 5).isoformat() in (server.taken[0]["Subject"] if mails else "2023-12-05")


def test_a_simulated_home_mails_nobody(tmp_path: Path, server: MailOnTrial) -> None:
    settings = configured(tmp_path, server)
    with open_workplace(settings, as_of=AT, journal=Journal()):
        pass
    with outlook(settings, AT) as place:
        permitted(place)
        told = told_by_mail(place, brief_of(place))
    assert told.is_right and told.text == brief_mail._SIMULATED
    assert server.asked == 0
