"""The certificate against whoever changes one byte of what the city holds, and against ourselves."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.erasure.certificate import certificate_keys
from compliance.erasure.certificate_register import certificates_made
from compliance.erasure.examination import examine
from compliance.erasure.offline import check, gather
from compliance.erasure.offline_findings import Level, Verification
from compliance.erasure.register import all_cases
from compliance.erasure.states import CaseState
from compliance.errors import ErasureRefused, TransitionRefused
from compliance.ground.acts import Action, Result
from compliance.keys.signing import new_key
from compliance.people.person_keys import enrolled_keys
from compliance.vault.custody import online_path
from compliance.vault.media import registered_media
from tests.compliance.erasure.stage import (
    OLD,
    Stage,
    certified,
    recording_id,
    set_up,
)
from tests.homes import ROOT
from tests.support.certificates import CHANGES, REVISIONS, Files, resigned, with_revisions
from tests.support.examples import examples


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Files]:
    """Two certificates, the second of the rest at the contract's end."""
    stage = set_up(tmp_path_factory.mktemp("certified"))
    files: Files = {}
    for facts in ({}, {"is_contract_end": True}):
        case = stage.authorised(**facts)  # type: ignore[arg-type]
        stage.execute(case)
        files |= certified(stage, case)
    return stage, files


@pytest.fixture
def files(done: tuple[Stage, Files]) -> Files:
    return dict(done[1])


@pytest.fixture
def paper(done: tuple[Stage, Files]) -> str:
    """The fingerprint that was handed over."""
    return certificate_keys(done[0].home).signing_key().public.fingerprint


def reds(verdict: Verification) -> set[tuple[str, str]]:
    return {(f.artefact, f.check) for f in verdict.findings if f.level is Level.RED}


def test_all_is_green_with_the_fingerprint_and_the_printed_checkpoint(
    files: Files, paper: str
) -> None:
    members = json.loads(files["C-0001.json"])
    _, size, root, *_ = members["log"]["after"].split("\n")
    verdict = check(files, paper.upper(), [f"{size}:{root}"])
    levels = {(f.artefact, f.check): f.level for f in verdict.findings}
    assert not reds(verdict)
    assert {c for (c, _), level in levels.items() if level is Level.YELLOW} == {f"{size}:{root}"}
    assert check(files, paper).level is Level.GREEN
    assert members["items"]["results"] == {"done": OLD, "caution": 0, "not_done": 0, "held": 0}


def test_what_cannot_be_compared_is_yellow_and_says_with_what(files: Files, paper: str) -> None:
    assert check(files).level is Level.YELLOW
    for missing in ("C-0001.jsonl", "C-0001.pdf", "C-0001.json"):
        left = {n: c for n, c in files.items() if n not in (missing, f"{missing}.sig")}
        verdict = check(left, paper)
        assert verdict.level is Level.YELLOW or missing == "C-0001.jsonl", missing
    assert check({}).level is Level.YELLOW


def test_another_key_is_red_on_paper(files: Files) -> None:
    verdict = check(files, new_key().public.fingerprint)
    assert {c for _, c in reds(verdict)} == {"fingerprint"}


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.data())
def test_one_changed_byte_anywhere_is_red(files: Files, paper: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    verdict = check({**files, name: bytes(content)}, paper)
    assert verdict.level is Level.RED, (name, at)
    assert any(artefact in (name, name.removesuffix(".sig")) for artefact, _ in reds(verdict))


def test_a_changed_item_is_named_by_its_number(files: Files, paper: str) -> None:
    lines = files["C-0002.jsonl"].split(b"\n")
    lines[1] = lines[1].replace(b'"bytes":', b'"bytes":1')
    verdict = check({**files, "C-0002.jsonl": b"\n".join(lines)}, paper)
    told = [f.what for f in verdict.findings if f.artefact == "C-0002.jsonl"]
    assert "第2項目が変更されています。" in told
    assert not [t for t in told if "第1項目" in t]


@pytest.mark.parametrize("wrong", CHANGES)
def test_what_we_signed_ourselves_must_still_agree_with_itself(
    done: tuple[Stage, Files], paper: str, wrong: str
) -> None:
    stage, files = done
    verdict = check(resigned(files, stage, CHANGES[wrong]), paper)
    assert wrong.strip() in {check for _, check in reds(verdict)}


@pytest.mark.parametrize("case", REVISIONS)
def test_the_consent_that_was_signed_is_told_as_a_number_or_was_not_looked_at(
    done: tuple[Stage, Files], paper: str, case: str
) -> None:
    stage, files = done
    told, said, expected = REVISIONS[case]
    verdict = check(with_revisions(files, stage, told, said), paper)
    found = {f.check: (f.level, f.what) for f in verdict.findings if f.artefact == "C-0002.json"}
    if expected in ("green", "yellow"):
        assert verdict.level is found["authorisation"][0] is Level(expected)
    elif expected == "authorisation":
        assert reds(verdict) == {("C-0002.json", "authorisation")}
    else:
        assert verdict.level is Level.RED and f"（{expected}）" in found["form"][1]
        assert found.get("authorisation") is None, "of a wrong shape nothing is called right"


@pytest.mark.parametrize("staff_id", ["pm1", "ad1", "sv1"])
def test_a_signer_on_no_page_of_the_city_is_yellow_in_words(
    done: tuple[Stage, Files], paper: str, staff_id: str
) -> None:
    """Of authoriser, executor and verifier alike; the page in the reader's own hand says more than the certificate."""
    stage, files = done

    def off_the_page(d: dict[str, Any]) -> None:
        for one in (*d["authorisation"]["signatures"], d["executed"]["order"], d["verified"]):
            if keys[staff_id].fingerprint == one["fingerprint"]:
                one["page"] = ""

    keys = enrolled_keys(stage.engine)
    changed = resigned(files, stage, off_the_page)
    (found,) = [f for f in check(changed, paper).findings if f.level is Level.YELLOW and f.artefact == "C-0002.json"]  # fmt: skip
    assert (
        found.check == "signers"
        and staff_id in found.what
        and "指紋の用紙にありません" in found.what
    )
    held = [key.fingerprint.upper() for key in keys.values()]
    assert check(changed, paper, signers=held).level is Level.GREEN
    others = [key.fingerprint for one, key in keys.items() if one != staff_id]
    told = [f.what for f in check(files, paper, signers=others).findings if f.level is Level.YELLOW]
    assert told and all(staff_id in what for what in told)


def test_openssl_says_the_same_of_the_signature(files: Files, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        assert os.environ.get("MADOGUCHI_CI") != "1"
        pytest.skip("no openssl is installed")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "key.pem").write_text(json.loads(files["C-0001.json"])["keys"][-1]["pem"])
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature"]
    for number, is_right in (("C-0001", True), ("C-0002", False)):
        words = [*command, "C-0001.json.sig", f"{number}.json"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) is is_right


def test_certificates_are_chained_and_one_for_each_case(done: tuple[Stage, Files]) -> None:
    stage, files = done
    first, second = certificates_made(stage.engine)
    assert json.loads(files["C-0002.json"])["previous"] == first.json_sha256
    assert hashlib.sha256(files["C-0001.json"]).hexdigest() == first.json_sha256
    assert [case.state for case in all_cases(stage.engine)] == [CaseState.CERTIFIED] * 2
    assert second.name == "C-0002"
    with pytest.raises(TransitionRefused):
        stage.verify(all_cases(stage.engine)[0])


def test_no_number_and_no_name_is_in_what_the_city_gets(files: Files) -> None:
    whole = b"".join(files.values())
    assert b"1700438494" not in whole
    assert "架空 ".encode() not in whole


@pytest.mark.parametrize("staff_id", ["mg1", "ad1"])
def test_whoever_applied_or_executed_does_not_verify(tmp_path: Path, staff_id: str) -> None:
    stage = set_up(tmp_path)
    case = stage.authorised()
    stage.execute(case)
    with pytest.raises(ErasureRefused, match="別の人"):
        stage.verify(case, staff_id)
    assert stage.noted(Action.ERASURE_VERIFIED, Result.REFUSED) == 1
    assert stage.case(case).state is CaseState.EXECUTED


def test_the_other_persons_look_finds_what_was_put_back(tmp_path: Path) -> None:
    """Ciphertext, an old secret, an old keyring, a key copy with the old secret: each is found and named."""
    stage = set_up(tmp_path)
    old_secret = next(stage.home.keys.glob("epoch-*.secret")).read_bytes()
    old_ring = next(stage.home.keyrings.glob("*.keyring")).read_bytes()
    case = stage.authorised()
    stage.execute(case)
    assert not examine(stage.engine, stage.home, case.case_id, stage.exchange).problems
    medium = registered_media(stage.engine)[0]
    copy = next(p for p in stage.key_medium.iterdir() if any(p.iterdir()))
    for path, content, told in (
        (online_path(stage.home, recording_id(0)), b"x", "1 sealed files"),
        (medium.place_of(recording_id(0)), b"x", "1 sealed files"),
        (stage.home.keys / "epoch-0001.secret", old_secret, "earlier epoch are still here"),
        (stage.home.keyrings / "epoch-0001.keyring", old_ring, "earlier epoch are still here"),
        (copy / "epoch-0001.secret", old_secret, "secret of another epoch"),
    ):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)
        problems = examine(stage.engine, stage.home, case.case_id, stage.exchange).problems
        assert any(told in problem for problem in problems), told
        with pytest.raises(ErasureRefused, match="不一致"):
            stage.verify(case)
        path.unlink()
    (copy / "master.key").unlink()
    assert examine(stage.engine, stage.home, case.case_id, stage.exchange).problems


def test_an_unmounted_medium_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    stage = set_up(tmp_path)
    case = stage.authorised()
    stage.execute(case)
    Path(registered_media(stage.engine)[1].path).rename(tmp_path / "away")
    problems = examine(stage.engine, stage.home, case.case_id, stage.exchange).problems
    assert any("not mounted: m-b" in problem for problem in problems)


def test_the_verifier_needs_little_and_reads_a_folder(files: Files, paper: str, tmp_path: Path) -> None:  # fmt: skip
    """No database, no frames, no orchestrator: what a city's PC may have."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert check(gather([tmp_path]), paper).level is Level.GREEN
    words = (
        "import sys; import compliance.erasure.offline;"
        "heavy = {'sqlalchemy','pandas','pyarrow','duckdb','dagster','pydantic'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or None)"
    )
    subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True, timeout=60)


def test_a_third_verifier_from_the_description_alone(files: Files) -> None:
    """What docs/formats.md says, in twenty lines, with nothing of ours."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    raw = files["C-0001.json"]
    d = json.loads(raw)
    key = serialization.load_pem_public_key(d["keys"][-1]["pem"].encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(files["C-0001.json.sig"], raw, ec.ECDSA(hashes.SHA256()))

    def tree(level: list[bytes]) -> bytes:
        while len(level) > 1:
            pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
            level = [
                hashlib.sha256(b"\x01" + p[0] + p[1]).digest() if len(p) == 2 else p[0]
                for p in pairs
            ]
        return level[0]

    def root(lines: list[bytes]) -> str:
        return tree([hashlib.sha256(b"\x00" + line).digest() for line in lines]).hex()

    lines = files["C-0001.jsonl"].splitlines()
    assert root(lines) == d["items"]["root"]
    bare = [{k: v for k, v in json.loads(line).items() if k != "result"} for line in lines]
    consented = [json.dumps(item, separators=(",", ":")).encode() for item in bare]
    assert root(consented) == d["application"]["items_root"]
    hint = base64.b64decode(d["items"]["hints"])
    assert hint[:4] == hashlib.sha256(b"\x00" + lines[0]).digest()[:4]
    assert hashlib.sha256(files["C-0001.pdf"]).hexdigest() == d["documents"]["pdf_sha256"]
    assert date.fromisoformat(d["items"]["first_day"]) == date(2023, 11, 20)
