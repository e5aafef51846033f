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


def spooled(exchange: Ingest, wanted: set[str]) -> dict[str, Path]:
    """Where those sounds lie on the exchange."""
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
        return spooled_files(session, settings, wanted)


def sounds(exchange: Ingest) -> dict[str, str]:
    """The ids of the landed rows by their names."""
    return dict(exchange.rows(SourceKind.VOICEMAIL, "source_name, source_id"))


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
    assert spooled(exchange, {identity}) == {identity: moved.with_suffix(".WAV")}


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


FORMATS = (".wav", ".WAV", ".wav49", ".gsm", ".mp3", ".g722", ".ulaw", ".alaw", ".sln")


def leave_in_formats(exchange: Ingest, place: str, *suffixes: str) -> dict[str, Path]:
    """One message, each of its sounds one byte longer than the one before."""
    text = leave(exchange, place, suffix=suffixes[0])
    for n, suffix in enumerate(suffixes):
        text.with_suffix(suffix).write_bytes(bytes(3300 + n))
    return {suffix: text.with_suffix(suffix) for suffix in suffixes}


def test_a_message_written_in_every_format_at_once_lands_every_file_and_each_is_found(
    exchange: Ingest,
) -> None:
    files = leave_in_formats(exchange, f"{BOX}/INBOX/msg0000", *FORMATS)
    assert landed(exchange) == len(FORMATS)
    assert landed(exchange) == 0
    ids = sounds(exchange)
    names = {"msg0000.txt": ".wav"} | {f"msg0000{suffix}": suffix for suffix in FORMATS[1:]}
    assert ids.keys() == names.keys()
    assert spooled(exchange, set(ids.values())) == {
        ids[name]: files[suffix] for name, suffix in names.items()
    }
    facts = "distinct recorded_at, channel, mailbox, context, message_id, duration_seconds"
    assert len(exchange.rows(SourceKind.VOICEMAIL, facts)) == 1, "one message's facts"
    assert exchange.rows(SourceKind.VOICEMAIL, "count(distinct row_key)") == [(len(FORMATS),)]


@pytest.mark.parametrize(("first", "then"), [(None, MSG_ID), (MSG_ID, None)])
def test_further_sounds_stay_the_same_when_the_message_moves_and_gets_its_id_later(
    exchange: Ingest, first: str | None, then: str | None
) -> None:
    leave_in_formats(exchange, f"{BOX}/INBOX/msg0001", ".wav", ".gsm")
    leave(exchange, f"{BOX}/INBOX/msg0001", msg_id=first)
    assert landed(exchange) == 2
    shutil.rmtree(exchange.pbx / BOX / "INBOX")
    files = leave_in_formats(exchange, f"{BOX}/Old/msg0000", ".wav", ".gsm")
    leave(exchange, f"{BOX}/Old/msg0000", msg_id=then)
    assert landed(exchange) == 0
    ids = sounds(exchange)
    assert spooled(exchange, {ids["msg0001.gsm"]}) == {ids["msg0001.gsm"]: files[".gsm"]}


def test_a_format_that_appears_after_the_message_landed_lands_too(exchange: Ingest) -> None:
    files = leave_in_formats(exchange, f"{BOX}/INBOX/msg0000", ".wav")
    assert landed(exchange) == 1
    files |= leave_in_formats(exchange, f"{BOX}/INBOX/msg0000", ".wav", ".mp3")
    assert landed(exchange) == 1
    files[".wav"].unlink()
    ids = sounds(exchange)
    assert spooled(exchange, set(ids.values()))[ids["msg0000.mp3"]] == files[".mp3"]
    assert landed(exchange) == 0


def test_a_later_format_of_the_same_size_is_another_sound(exchange: Ingest) -> None:
    """μ-law and A-law: one byte a sample each, and which of them came first is not said by their names."""
    text = leave(exchange, f"{BOX}/INBOX/msg0000", suffix=".ulaw")
    text.with_suffix(".ulaw").write_bytes(bytes([0x80]) * 3300)
    assert landed(exchange) == 1
    text.with_suffix(".alaw").write_bytes(bytes([0xD5]) * 3300)
    assert landed(exchange) == 1
    ids = sounds(exchange)
    assert spooled(exchange, set(ids.values())) == {
        ids["msg0000.txt"]: text.with_suffix(".ulaw"),
        ids["msg0000.alaw"]: text.with_suffix(".alaw"),
    }
    assert landed(exchange) == 0


def test_a_further_sound_without_a_byte_waits_and_one_of_a_message_that_was_empty_lands(
    exchange: Ingest,
) -> None:
    text = leave(exchange, f"{BOX}/INBOX/msg0000")
    text.with_suffix(".wav").unlink()
    text.with_suffix(".gsm").write_bytes(b"")
    assert landed(exchange) == 1
    text.with_suffix(".gsm").write_bytes(bytes(1650))
    assert landed(exchange) == 1
    ids = sounds(exchange)
    assert spooled(exchange, {ids["msg0000.gsm"]}) == {ids["msg0000.gsm"]: text.with_suffix(".gsm")}


def test_a_further_sound_s_name_says_no_more_than_the_text_s(exchange: Ingest) -> None:
    exchange.settings["sources"] = {"voicemail": "voicemail/*/*/*/*.txt"}
    leave_in_formats(exchange, f"{BOX}/INBOX/0110000042", ".wav", ".gsm")
    assert landed(exchange) == 2
    assert "0110000042" not in repr(exchange.rows(SourceKind.VOICEMAIL))
    assert len({name.split(".")[0] for name in sounds(exchange)}) == 1
