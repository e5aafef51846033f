"""The whole way of an erasure at the terminal, to a certificate that the city's own check finds right."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from application.confirming import confirmed
from application.erasure_papers import PAPERS_CLOSE, application_of
from application.handing_over import PaperState, edition_of, hand_over, state_of
from application.home.session import read_settings
from application.outbox import outbox_of
from application.people import acting_home
from compliance.audit.log import AuditFolder, entries
from compliance.deliverables.handed_over import record_receipt
from compliance.deliverables.register import editions, registered_files
from compliance.erasure.case_file import tasks
from compliance.erasure.certificate import certificate_keys
from compliance.erasure.register import all_cases, case_of
from compliance.erasure.states import CaseState
from compliance.errors import EntryRefused, HomeDamaged, KeyUnavailable
from compliance.ground import durable
from compliance.ground.clock import ClockKind, claim_clock
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.keys.pseudonym_key import load_or_create_pseudonym_key
from compliance.vault.media import MARKER, registered_media
from compliance.vault.preservation import HoldReason, set_hold
from orchestration.cli import app
from reporting.erasure.kind import APPLICATIONS, CERTIFICATES, RETURNS
from reporting.paper.issue import restore
from tests.compliance.erasure.stage import (
    COUNT,
    NOW,
    OLD,
    PASSPHRASE,
    Stage,
    recording_id,
    set_up,
    sound,
)

TYPED = f"{PASSPHRASE}\n"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = set_up(tmp_path)
    claim_clock(stage.engine, ClockKind.SIMULATED, NOW)
    (tmp_path / "letter.pdf").write_bytes(b"the city's letter")
    return stage


def say(stage: Stage, *words: str, by: str | None = None) -> str:
    options = ["--home", str(stage.home.root), *(["--by", by] if by else [])]
    done = CliRunner().invoke(app, [*words, *options], input=TYPED)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def to_execution(stage: Stage, *selection: str) -> None:
    say(stage, "erasure", "apply", "--planned", "2024-01-31", *selection, "--go", by="mg1")
    consent(stage)
    say(stage, "erasure", "authorise", "E-0001", "--executor", "ad1", by="pm1")
    say(stage, "erasure", "authorise", "E-0001", by="mg1")


def consent(stage: Stage) -> None:
    letter = str(stage.folder / "letter.pdf")
    say(stage, "erasure", "consent", "E-0001", "--dated", "2024-01-25", "--from-office", "高齢福祉課長",
        "--count", str(OLD), "--evidence", letter, "--number", "札高福第123号", by="mg1")  # fmt: skip


def outbox(stage: Stage) -> Path:
    return stage.home.outbox / "erasure" / "E-0001"


def verdict(stage: Stage, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["verify", str(outbox(stage)), "--json", *words])
    found: dict[str, Any] = json.loads(done.output)
    return found


def test_from_application_to_certificate(stage: Stage) -> None:
    assert f"対象 {OLD:,}件" in say(stage, "erasure", "apply", "--planned", "2024-01-31")
    assert not outbox(stage).exists()
    to_execution(stage)
    shown = say(stage, "erasure", "execute", "E-0001")
    assert "Nothing stands in the way" in shown
    assert case_of(stage.engine, "E-0001").state is CaseState.CONSENTED
    assert f"完了 {OLD}" in say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    said = say(stage, "erasure", "verify", "E-0001", by="sv1")
    assert f"{OLD} keys are gone" in said and "C-0001" in said
    names = {path.name for path in outbox(stage).iterdir()}
    assert names == {
        "消去・廃棄申請書_E-0001.pdf", "個人情報消去報告書_C-0001.pdf", "C-0001.json",
        "C-0001.json.sig", "C-0001.jsonl", "verify.html",
    }  # fmt: skip
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    assert verdict(stage)["level"] == "yellow"
    assert verdict(stage, "--fingerprint", paper)["level"] == "green"
    (outbox(stage) / "C-0001.jsonl").write_bytes(b"{}\n")
    assert verdict(stage, "--fingerprint", paper)["level"] == "red"
    told = [e["action"] for e in entries(AuditFolder(stage.home.audit))]
    order = ["erasure_applied", "consent_recorded", "erasure_authorised", "erasure_authorised",
             "erasure_begun", "recording_erased", "erasure_done", "erasure_verified",
             "certificate_made"]  # fmt: skip
    assert [a for a in dict.fromkeys(told) if a in order] == list(dict.fromkeys(order))
    assert "C-0001" in say(stage, "erasure", "list")
    assert sum(a == "recording_erased" for a in told) == OLD
    say(stage, "erasure", "certify", "E-0001", by="sv1")
    assert len([e for e in entries(AuditFolder(stage.home.audit)) if e["action"] == "certificate_made"]) == 1  # fmt: skip


def test_the_papers_of_a_case_are_in_the_register_and_go_on_a_medium(
    stage: Stage, tmp_path: Path
) -> None:
    to_execution(stage)
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    say(stage, "erasure", "verify", "E-0001", by="sv1")
    medium = tmp_path / "medium"
    for kind, count in ((APPLICATIONS, 1), (CERTIFICATES, 5)):
        (made,) = editions(stage.engine, kind.kind, "E-0001")
        assert made.checkpoint and not made.counts_as_delivered
        files = registered_files(stage.engine, made)
        assert len(files) == count
        assert all(
            hashlib.sha256((outbox(stage) / name).read_bytes()).hexdigest() == sha256
            for name, sha256 in files.items()
        )
        assert confirmed(stage.engine, stage.home, stage.actor("mg1"), made)
        assert registered_files(stage.engine, made) == files, "what was signed is not made anew"
        made = edition_of(stage.engine, kind.kind, "E-0001")
        hand_over(stage.engine, stage.home, stage.actor("mg1"), made, medium, "媒体")
        record_receipt(stage.engine, stage.actor("mg1"), made, stage.now.date(), "収受1")
        assert state_of(stage.engine, made) is PaperState.RECEIVED
        below = medium / kind.kind / "E-0001"
        told = json.loads((below / "manifest.json").read_text())
        assert told["confirmed_by"] == "mg1" and len(told["files"]) == count
    checked = CliRunner().invoke(app, ["verify", str(below), "--json"])
    assert json.loads(checked.output)["level"] == "yellow", "no page of fingerprints at hand"


def test_a_certificate_enters_the_register_of_papers_later_only_as_it_was_signed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_execution(stage)
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")

    def power_failure(*_: object) -> None:
        raise OSError("power failure")

    with monkeypatch.context() as patched:
        patched.setattr("application.erasure.keep_certificate", power_failure)
        with pytest.raises(OSError, match="power"):
            say(stage, "erasure", "verify", "E-0001", by="sv1")
    assert not editions(stage.engine, CERTIFICATES.kind, "E-0001")
    path = outbox(stage) / "C-0001.jsonl"
    signed = path.read_bytes()
    path.write_bytes(b"{}\n")
    with pytest.raises(HomeDamaged):
        say(stage, "erasure", "certify", "E-0001", by="sv1")
    path.write_bytes(signed)
    say(stage, "erasure", "certify", "E-0001", by="sv1")
    assert len(editions(stage.engine, CERTIFICATES.kind, "E-0001")) == 1
    path.write_bytes(b"{}\n")
    (made,) = editions(stage.engine, CERTIFICATES.kind, "E-0001")
    shelf = outbox_of(stage.engine, stage.home, stage.now)
    (touched,) = restore(CERTIFICATES, made, shelf)
    assert touched.name == "C-0001.jsonl" and not touched.is_restored


def test_the_pdf_is_signed_and_any_changed_byte_shows(stage: Stage) -> None:
    to_execution(stage)
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    say(stage, "erasure", "verify", "E-0001", by="sv1")
    pdf = (outbox(stage) / "個人情報消去報告書_C-0001.pdf").read_bytes()
    status = pdf_status(pdf)
    assert status.intact and status.valid and status.coverage.name == "ENTIRE_FILE"
    key = certificate_keys(stage.home).signing_key().public
    assert status.signing_cert.public_key.dump() == key.spki
    at = pdf.index(b"/Type", len(pdf) // 3)
    changed = pdf[: at + 1] + b"t" + pdf[at + 2 :]
    assert not pdf_status(changed).intact
    assert shutil.which("pdfsig") or os.environ.get("MADOGUCHI_CI") != "1"
    if shutil.which("pdfsig"):
        path = stage.folder / "signed.pdf"
        path.write_bytes(pdf)
        said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False)
        assert "Signature is Valid" in said.stdout
        assert "Total document signed" in said.stdout


def pdf_status(pdf: bytes) -> Any:
    """What pyHanko's validator says of the one signature."""
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    (signature,) = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
    context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    return validate_pdf_signature(signature, context)


def test_the_pdf_says_page_one_without_a_tool(stage: Stage) -> None:
    import io

    from pypdf import PdfReader

    to_execution(stage)
    medium = registered_media(stage.engine)[1]
    (Path(medium.path) / MARKER).rename(stage.folder / "marker")
    set_hold(stage.engine, stage.actor("pm1"), recording_id(0), HoldReason.COMPLAINT)
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    say(stage, "erasure", "verify", "E-0001", by="sv1")
    pages = PdfReader(
        io.BytesIO((outbox(stage) / "個人情報消去報告書_C-0001.pdf").read_bytes())
    ).pages
    first = "".join(pages[0].extract_text().split())
    for text in (
        "別紙2第13条第5項に基づき、次のとおり消去したことを報告し、証明します。", "札高福第123号",
        "架空ad1（ad1）", "架空sv1（sv1）", f"承諾{OLD}件＝完了0件＋注意付完了{OLD - 1}件＋未了0件＋保留1件",
        "媒体m-bは消去の時に接続されておらず", "苦情・事故等のため保全され、消去していない",
        "当システムでは復号できないことを確認した", "全面上書き又は物理的破壊を証明するものではない",
    ):  # fmt: skip
        assert text in first, text
    (stage.folder / "marker").rename(Path(medium.path) / MARKER)
    assert "1 tasks are done, 0 are left" in say(stage, "erasure", "tasks", "--go", by="ad1")


def test_a_voice_that_is_still_on_the_exchange_stands_on_page_one_and_is_removed_where_let(
    stage: Stage,
) -> None:
    from pypdf import PdfReader

    left = stage.folder / "home-pbx" / "recordings" / "2023" / "old name.wav"
    left.parent.mkdir()
    left.write_bytes(sound(0))
    to_execution(stage)
    said = say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    assert "注意付完了 1" in said and "1 tasks are owed" in said and left.exists()
    say(stage, "erasure", "verify", "E-0001", by="sv1")
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    found = verdict(stage, "--fingerprint", paper)
    assert found["level"] == "yellow"
    assert [f["check"] for f in found["findings"] if f["level"] == "yellow"] == ["exchange"]
    page = PdfReader(outbox(stage) / "個人情報消去報告書_C-0001.pdf").pages[0].extract_text()
    shown = "".join(page.split())
    assert "判定一部未了（電話交換機に元の音声1件が残っている）" in shown
    assert "電話交換機に元の音声が暗号化されずに残っている" in shown
    refused = CliRunner().invoke(
        app,
        ["erasure", "tasks", "--go", "--by", "ad1", "--home", str(stage.home.root)],
        input=TYPED,
    )
    assert refused.exit_code != 0 and left.exists(), "it is still there, so the task stays"
    assert "0 are left" in say(stage, "erasure", "tasks", "--remove-sources", "--go", by="ad1")
    assert not left.exists()


def test_whoever_may_not_is_refused(stage: Stage) -> None:
    to_execution(stage)
    for words, by in (
        (("erasure", "execute", "E-0001", "--go"), "mg1"),
        (("erasure", "authorise", "E-0001"), "ad1"),
        (("erasure", "apply", "--planned", "2024-01-31", "--go"), "sv1"),
        (("erasure", "tasks", "--go"), "sv1"),
    ):
        with pytest.raises(Exception, match="役割"):
            say(stage, *words, by=by)
    assert Keyring.open(stage.home).epoch.number == 1


def test_a_missing_key_medium_is_refused_and_noted(stage: Stage) -> None:
    to_execution(stage)
    secret = next(stage.home.keys.glob("epoch-*.secret"))
    secret.rename(stage.folder / "pulled-out")
    with pytest.raises(Exception, match="is the key medium mounted"):
        say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    (stage.folder / "pulled-out").rename(secret)
    last = [e for e in entries(AuditFolder(stage.home.audit)) if e["action"] == "erasure_begun"]
    assert [(e["result"], e["actor"]) for e in last] == [("refused", "ad1")]
    assert case_of(stage.engine, "E-0001").state is CaseState.CONSENTED


def test_an_erasure_that_was_cut_off_is_finished_by_the_same_command(stage: Stage) -> None:
    to_execution(stage)
    with durable.failing_at(60), pytest.raises(durable.InjectedFault):
        say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    if case_of(stage.engine, "E-0001").state is CaseState.EXECUTING:
        with pytest.raises(Exception, match="E-0001 is begun"):
            say(stage, "keys", "rotate", by="pm1")
        with pytest.raises(EntryRefused, match="保全は間に合いません"):
            say(stage, "vault", "hold", recording_id(0), "--reason", "complaint", by="pm1")
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    say(stage, "erasure", "verify", "E-0001", by="sv1")
    with stage.engine.connect() as connection:
        assert not connection.execute(tasks.select()).fetchall()


@pytest.mark.slow
def test_a_fault_at_every_step_of_the_application_leaves_one_with_its_paper(tmp_path: Path) -> None:
    cut = 0
    for step in range(60):
        (tmp_path / str(step)).mkdir()
        stage = set_up(tmp_path / str(step))
        claim_clock(stage.engine, ClockKind.SIMULATED, NOW)
        (stage.folder / "letter.pdf").write_bytes(b"the city's letter")
        with durable.failing_at(step):
            try:
                say(stage, "erasure", "apply", "--planned", "2024-01-31", "--go", by="mg1")
                is_whole = True
            except durable.InjectedFault:
                is_whole = False
        if not all_cases(stage.engine):
            to_execution(stage)
        elif not case_of(stage.engine, "E-0001").document_sha256:
            cut += 1
            with pytest.raises(EntryRefused, match="申請書がまだ"):
                consent(stage)
            say(stage, "erasure", "paper", "E-0001", by="mg1")
        (paper,) = outbox(stage).glob("消去・廃棄申請書_*.pdf")
        (case,) = all_cases(stage.engine)
        assert case.document_sha256 == hashlib.sha256(paper.read_bytes()).hexdigest()
        with pytest.raises(EntryRefused, match="作成済み"):
            say(stage, "erasure", "paper", "E-0001", by="mg1")
        consent(stage)
        stage.engine.dispose()
        if is_whole:
            break
    assert cut and is_whole


def test_a_fault_at_every_step_of_the_certificate_leaves_one(stage: Stage) -> None:
    to_execution(stage)
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    words = ["verify", "E-0001"]
    for step in range(60):
        with durable.failing_at(step):
            try:
                say(stage, "erasure", *words, by="sv1")
            except durable.InjectedFault:
                if case_of(stage.engine, "E-0001").state is CaseState.VERIFIED:
                    words = ["certify", "E-0001"]
                continue
        break
    assert 15 < step < 59
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    assert verdict(stage, "--fingerprint", paper)["level"] == "green"
    assert json.loads(say(stage, "erasure", "list", "--json"))["cases"][0]["certificate"] == "C-0001"  # fmt: skip


def test_devices_outside_are_listed_with_their_evidence(stage: Stage) -> None:
    letter = str(stage.folder / "letter.pdf")
    say(stage, "erasure", "device", "PBX-1", "--name", "電話交換機", "--kind", "recorder", by="ad1")
    with pytest.raises(Exception, match="証拠のファイル"):
        say(
            stage,
            "erasure",
            "device",
            "PBX-1",
            "--name",
            "電話交換機",
            "--done",
            "2024-01-24",
            by="ad1",
        )
    said = say(stage, "erasure", "device", "PBX-1", "--name", "電話交換機", "--kind", "recorder",
               "--done", "2024-01-24", "--software", "nwipe", "--evidence", letter, by="ad1")  # fmt: skip
    assert "2024-01-24" in said


def test_the_contracts_end_erases_all_and_unlinks_every_pseudonym(stage: Stage) -> None:
    """Online items and the pseudonym key too; 完了 stands on the paper once every device has evidence."""
    import io

    from pypdf import PdfReader

    load_or_create_pseudonym_key(stage.home)
    worded = Inquiry(
        "1700438494.0", 1, NOW, "op1", "policy", "other", handling="listened", summary="言葉。"
    )
    bare = Inquiry("1700438494.1", 1, NOW, "op1", "policy", "limit", handling="guided")
    enter(
        stage.engine,
        Keyring.open(stage.home),
        load_form(),
        stage.actor("sv1"),
        [worded, bare],
        oversees=True,
    )
    (stage.home.landing / "cdr").mkdir()
    (stage.home.landing / "cdr" / "0-0-1.parquet").write_bytes(b"rows")
    letter = str(stage.folder / "letter.pdf")
    for serial, kind in (("PBX-1", "recorder"), ("SRV-1", "server")):
        say(stage, "erasure", "device", serial, "--name", "機器", "--kind", kind, "--done", "2024-01-24",
            "--software", "nwipe", "--evidence", letter, by="ad1")  # fmt: skip
    say(stage, "erasure", "apply", "--planned", "2024-01-31", "--contract-end", "--go", by="mg1")
    with acting_home(read_settings(None, stage.home.root, environment={}), stage.now) as place:
        told = application_of(place, case_of(place.engine, "E-0001")).copies
    assert PAPERS_CLOSE in told, "what quotes the words closes with them, and the city is told"
    say(stage, "erasure", "consent", "E-0001", "--dated", "2024-01-25", "--from-office", "高齢福祉課長",
        "--count", str(COUNT + 2), "--evidence", letter, by="mg1")  # fmt: skip
    say(stage, "erasure", "authorise", "E-0001", "--executor", "ad1", by="pm1")
    say(stage, "erasure", "authorise", "E-0001", by="cp1")
    say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
    say(stage, "erasure", "verify", "E-0001", by="sv1")
    (left,) = Keyring.open(stage.home).ids
    assert left.startswith("inquiry:"), "the key of a record without words locks nothing"
    kept = latest(stage.engine, Keyring.open(stage.home))
    assert [k.has_summary for k in kept] == [False, False], "codes stay, words are gone"
    with pytest.raises(KeyUnavailable, match="erased"):
        load_or_create_pseudonym_key(stage.home)
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    assert verdict(stage, "--fingerprint", paper)["level"] == "green"
    pages = PdfReader(
        io.BytesIO((outbox(stage) / "個人情報消去報告書_C-0001.pdf").read_bytes())
    ).pages
    first = "".join(pages[0].extract_text().split())
    (application,) = outbox(stage).glob("消去・廃棄申請書_*.pdf")
    applied = "".join(PdfReader(application).pages[0].extract_text().split())
    for text in (first, applied):
        assert "サーバー（対応記録の台帳）" in text and "サーバー（鍵束）" in text
    assert (
        "契約終了に伴う消去：完了" in first
        and "仮名化の鍵" in first
        and "対応記録の要旨・連絡先" in first
    )
    told = [e["action"] for e in entries(AuditFolder(stage.home.audit))]
    assert told.count("recording_erased") == COUNT and told.count("pseudonym_key_erased") == 1
    assert told.count("inquiry_erased") == 1


def test_recordings_go_back_to_the_city_against_a_receipt(stage: Stage) -> None:
    import pyzipper

    letter, medium = str(stage.folder / "letter.pdf"), stage.folder / "usb"
    medium.mkdir()
    with pytest.raises(Exception, match="返還について"):
        say(stage, "erasure", "return", str(medium), "--go", by="pm1")
    say(stage, "erasure", "designate", "--dated", "2024-01-20", "--method", "return",
        "--evidence", letter, by="mg1")  # fmt: skip
    load_or_create_pseudonym_key(stage.home)
    assert f"対象 {COUNT}件" in say(stage, "erasure", "return", str(medium)), "recordings only"
    said = say(stage, "erasure", "return", str(medium), "--go", by="pm1")
    password = said.split("goes apart): ")[1].strip()
    listed = [json.loads(line) for line in (medium / "R-0001.jsonl").read_text().splitlines()]
    with pyzipper.AESZipFile(medium / "R-0001.zip") as archive:
        with pytest.raises(RuntimeError):
            archive.read(listed[0]["name"])
        archive.setpassword(password.encode())
        sounds = {one["id"]: archive.read(one["name"]) for one in listed}
    assert sounds == {recording_id(n): sound(n) for n in range(COUNT)}
    assert {hashlib.sha256(sounds[o["id"]]).hexdigest() for o in listed} == {o["sha256"] for o in listed}  # fmt: skip
    assert (stage.home.outbox / "erasure" / "R-0001" / "返還・引渡書_R-0001.pdf").exists()
    assert editions(stage.engine, RETURNS.kind, "R-0001")[0].checkpoint
    say(stage, "erasure", "received", "R-0001", "--dated", "2024-01-25", "--from-office", "高齢福祉係",
        "--evidence", letter, by="pm1")  # fmt: skip
    with pytest.raises(Exception, match="記録済み"):
        say(stage, "erasure", "received", "R-0001", "--dated", "2024-01-25", "--from-office", "係",
            "--evidence", letter, by="pm1")  # fmt: skip
    for path in (medium, stage.home.root):
        assert not [p for p in path.rglob("*") if p.is_file() and b"RIFF" in p.read_bytes()]
    to_execution(stage)
    assert f"完了 {OLD}" in say(stage, "erasure", "execute", "E-0001", "--go", by="ad1")
