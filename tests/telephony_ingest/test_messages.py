"""A message is one wherever its mailbox keeps it, under whatever number; once it landed, it stays and is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.kept import sound_files
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.asterisk.take_in import landing_session
from telephony_ingest.asterisk.voicemail import spooled_files
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.telephony_ingest.desks import KEY, NOW, Ingest, NoCursors

BOX = "voicemail/keiro/100"
SECOND = 1700438494
MSG_ID = "1700438494-0000002a"


@pytest.fixture
def exchange(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx" / "voicemail").mkdir(parents=True)
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


def leave(
    exchange: Ingest,
    place: str,
    *,
    second: int = SECOND,
    channel: str = "PJSIP/trunk-00000007",
    msg_id: str | None = MSG_ID,
    suffix: str = ".wav",
) -> Path:
    """A message's text and sound, as `app_voicemail` writes them."""
    path = exchange.pbx / place
    path.parent.mkdir(parents=True, exist_ok=True)
    own = [] if msg_id is None else [f"msg_id={msg_id}"]
    fields = [f"callerchan={channel}", f"origtime={second}", *own, "flag=", "duration=3"]
    path.with_suffix(".txt").write_text("\n".join(["[message]", *fields, ""]))
    path.with_suffix(suffix).write_bytes(bytes(3300))
    return path


def landed(exchange: Ingest) -> int:
    return exchange.land(SourceKind.VOICEMAIL).rows_landed


@pytest.mark.parametrize(
    "folder",
    ["INBOX", "Old", "Work", "Family", "Friends", "Urgent", "Deleted", "Cust1", "kept 2023"],
)
@pytest.mark.parametrize("pattern", ["voicemail/*/*/*/msg*.txt", "voicemail/*/*/INBOX/msg*.txt"])
def test_a_message_lands_from_any_folder_of_its_mailbox(
    exchange: Ingest, folder: str, pattern: str
) -> None:
    exchange.settings["sources"] = {"voicemail": pattern}
    leave(exchange, f"{BOX}/{folder}/msg0000")
    assert landed(exchange) == 1
    assert exchange.rows(SourceKind.VOICEMAIL, "channel, size_bytes") == [
        ("PJSIP/trunk-00000007", 3300)
    ]


@pytest.mark.parametrize("msg_id", [MSG_ID, None])
def test_a_message_moved_and_renumbered_between_two_runs_is_the_same(
    exchange: Ingest, msg_id: str | None
) -> None:
    inbox = leave(exchange, f"{BOX}/INBOX/msg0001", msg_id=msg_id)
    assert landed(exchange) == 1
    inbox.with_suffix(".txt").unlink()
    leave(exchange, f"{BOX}/Old/msg0000", msg_id=msg_id)
    leave(exchange, f"{BOX}/INBOX/msg0001", second=SECOND + 600, msg_id=None)
    assert landed(exchange) == 1
    assert len(exchange.rows(SourceKind.VOICEMAIL)) == 2


@pytest.mark.parametrize(("first", "then"), [(None, MSG_ID), (MSG_ID, None)])
def test_a_message_that_is_given_its_id_later_stays_one_and_its_sound_is_found(
    exchange: Ingest, first: str | None, then: str | None
) -> None:
    leave(exchange, f"{BOX}/INBOX/msg0000", msg_id=first)
    assert landed(exchange) == 1
    shutil.rmtree(exchange.pbx / BOX / "INBOX")
    moved = leave(exchange, f"{BOX}/Old/msg0003", msg_id=then, suffix=".WAV")
    assert landed(exchange) == 0
    [(identity,)] = exchange.rows(SourceKind.VOICEMAIL, "source_id")
    settings = PbxSettings().at(exchange.pbx)
    with landing_session(
        settings,
        exchange.landing,
        upto=None,
        now=NOW,
        pseudonyms=Pseudonyms.from_key(KEY),
        cursors=NoCursors(),
        durable=None,  # type: ignore[arg-type]  # nothing is written
    ) as session:
        assert spooled_files(session, settings, {identity}) == {identity: moved.with_suffix(".WAV")}


def test_a_copy_in_another_folder_is_no_second_message(exchange: Ingest) -> None:
    leave(exchange, f"{BOX}/INBOX/msg0000")
    leave(exchange, f"{BOX}/Work/msg0004")
    assert landed(exchange) == 1


def test_one_message_left_in_two_mailboxes_is_a_file_in_each(exchange: Ingest) -> None:
    leave(exchange, f"{BOX}/INBOX/msg0000")
    leave(exchange, "voicemail/keiro/200/INBOX/msg0000", msg_id="1700438494-0000002b")
    assert landed(exchange) == 2


def test_a_message_that_landed_stays_when_the_exchange_lets_it_go(exchange: Ingest) -> None:
    leave(exchange, f"{BOX}/INBOX/msg0000")
    assert landed(exchange) == 1
    shutil.rmtree(exchange.pbx / "voicemail" / "keiro")
    assert landed(exchange) == 0
    assert len(exchange.rows(SourceKind.VOICEMAIL)) == 1


def test_what_a_caller_is_just_saying_and_a_mailbox_s_greetings_are_no_messages(
    exchange: Ingest,
) -> None:
    leave(exchange, f"{BOX}/tmp/msg0000")
    for greeting in ("unavail", "busy", "greet", "temp"):
        (exchange.pbx / BOX / f"{greeting}.wav").write_bytes(bytes(100))
    assert landed(exchange) == 0


def test_whoever_looks_whether_a_message_is_still_there_looks_into_every_folder(
    exchange: Ingest,
) -> None:
    moved = leave(exchange, f"{BOX}/Old/msg0000").with_suffix(".wav")
    sources = {"voicemail": f"{BOX}/INBOX/msg*.txt"}
    (exchange.pbx / BOX / "INBOX").mkdir()
    settings = PbxSettings.model_validate({"sources": sources}).at(exchange.pbx)
    assert moved in (sound_files(settings, {"message"}) or ())
