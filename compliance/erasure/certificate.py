"""個人情報消去報告書（兼 消去証明書） as one signed JSON document (別紙2-13-5); `certificate_register` has those that were made.

`collect` gathers what registers, log and signatures say into the document's members; `sign` gives the raw bytes and
their signature, which is what anybody verifies (`offline`, `verify.html`, openssl). Each certificate names the SHA-256
of the one before. `docs/formats.md` says every member.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import Engine

from compliance.audit.checkpoint import read_note
from compliance.audit.line import read_line
from compliance.audit.log import AuditFolder
from compliance.audit.tree import consistency_proof, inclusion_proof, leaf_hashes
from compliance.contract.terms import Contract
from compliance.erasure.case_file import METHOD, METHOD_JA, Act, Case
from compliance.erasure.certificate_register import certificates_made
from compliance.erasure.examination import result_lines
from compliance.erasure.external import every_device, is_complete
from compliance.erasure.items import Item, hints, root
from compliance.erasure.register import (
    authorisation_of,
    case_of,
    consent_of,
    facts_of,
    items_of,
    open_tasks,
)
from compliance.erasure.states import ItemResult
from compliance.errors import LogDamaged
from compliance.ground.acts import Action
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.keys.backups import registered_backups
from compliance.keys.chain import KeyChain, read_chain
from compliance.keys.signing import SigningKey
from compliance.people.fingerprint_pages import page_with
from compliance.people.person_keys import known_keys
from compliance.vault.media import registered_media

FORMAT = "madoguchi/erasure-certificate/2"
KEY_FILE = "certificate.pem"
LIMITS = (
    "暗号鍵を消去し、当システムでは復号できないことを確認した。記憶装置の全面上書き又は物理的破壊を証明するものでは"
    "ない。消去前に作られた鍵媒体の写しで台帳にないもの、平文のまま持ち出されたもの、電話交換機等の記憶装置、スワップ"
    "及びメモリダンプは本書の対象外であり、電話交換機等の消去は別記のとおり。"
)
_ENTRIES = (Action.ERASURE_BEGUN, Action.ERASURE_DONE, Action.ERASURE_VERIFIED)


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A certificate's raw bytes and their signature (DER)."""

    content: bytes
    signature: bytes

    @property
    def sha256(self) -> str:
        """Of the raw bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def certificate_keys(home: Home) -> KeyChain:
    """The chain of keys that sign certificates."""
    return KeyChain(home.erasure / "keys", home.keys / KEY_FILE, "certificates of erasure")


def collect(
    engine: Engine, home: Home, contract: Contract, case_id: str, issued_at: datetime
) -> dict[str, Any]:
    """Everything that a certificate says but its documents' digests; `sign` adds those.

    Raises:
        LogDamaged: the log has not the entries of this case under its checkpoint.
    """
    case, number = case_of(engine, case_id), len(certificates_made(engine)) + 1
    made = certificates_made(engine)
    begun, done, seen = (_facts(engine, case_id, act) for act in Act)
    chain, _ = read_chain(home.erasure / "keys")
    return {
        "format": FORMAT,
        "number": f"C-{number:04d}",
        "title": "個人情報消去報告書（兼 消去証明書）",
        "issued_at": local(issued_at),
        "work": contract.parties.work_name,
        "client": contract.parties.client,
        "contractor": contract.parties.contractor_name,
        "previous": made[-1].json_sha256 if made else "",
        "application": _application(case),
        "consent": _consent(engine, case_id),
        "authorisation": _authorisation(engine, case_id),
        "executed": {
            "begun_at": local(begun["at"]),
            "ended_at": local(done["at"]),
            "executor": begun["by"],
            "witness": begun["witness"],
            "order": {
                **_signer(engine, begun["by"], begun["order"]["fingerprint"]),
                "signature": begun["order"]["signature"],
                "signed_at": local(datetime.fromisoformat(begun["order"]["signed_at"])),
                "statement": begun["order"]["statement"],
            },
        },
        "items": _items(engine, case),
        "method": {
            "class": METHOD,
            "title": METHOD_JA,
            "algorithm": "AES-256-GCM; HKDF-SHA-256(master secret, epoch secret)",
            "epoch_destroyed": begun["epoch"],
            "tool": f"madoguchi {version('madoguchi')}",
        },
        "media": _media(engine, case, done),
        "key_copies": _key_copies(engine, case_id, done),
        "exported_items": done["exported"],
        "exchange": {
            "left": seen["checks"]["sources_left"],
            "looked": done["sources"]["looked"],
            "removed": done["sources"]["removed"],
            "unseen": max(done["sources"]["unseen"], seen["checks"]["sources_unseen"]),
        },
        "external": _external(engine),
        "verified": {
            "at": local(seen["at"]),
            "verifier": seen["by"],
            **_signer(engine, seen["by"], seen["fingerprint"]),
            "signature": seen["signature"],
            "statement": seen["statement"],
            "checks": seen["checks"],
        },
        "limits": LIMITS,
        "log_kept_until": contract.log_kept_until.isoformat(),
        "log": log_proof(AuditFolder(home.audit), case_id, begun["log_size"]),
        "keys": keys_with_signatures(home.erasure / "keys"),
        "signed_by": chain[-1].fingerprint,
    }


def sign(members: Mapping[str, Any], pdf: bytes, lines: Sequence[bytes], key: SigningKey) -> SignedDocument:  # fmt: skip
    """The document with its companions' digests, and the signature over its raw bytes."""
    whole = {
        **members,
        "documents": {
            "items_sha256": hashlib.sha256(list_of(lines)).hexdigest(),
            "pdf_sha256": hashlib.sha256(pdf).hexdigest(),
        },
    }
    content = (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    return SignedDocument(content, key.sign(content))


def list_of(lines: Sequence[bytes]) -> bytes:
    """The item list's file: a line each."""
    return b"".join(line + b"\n" for line in lines)


def log_proof(folder: AuditFolder, case_id: str, size_before: int) -> dict[str, Any]:
    """That the log grew over the case and holds its entries: two signed checkpoints, the proof that one is the
    beginning of the other, each entry with its path to the second.

    Raises:
        LogDamaged: a checkpoint is missing, or does not cover the entries.
    """
    notes = {int(path.stem): path.read_bytes() for path in folder.checkpoints()}
    earlier = [size for size in notes if 0 < size <= size_before]
    if not earlier:
        raise LogDamaged("The log has no checkpoint from before the erasure.")
    before, after = max(earlier), max(notes)
    keys, _ = read_chain(folder.root / "keys")
    for size in (before, after):
        read_note(notes[size], keys)
    lines = [line for piece in folder.lines() for line in piece][:after]
    leaves = leaf_hashes(lines)
    found = {}
    for index, line in enumerate(lines[before:], start=before):
        entry = read_line(line)
        if entry["object_id"] == case_id and entry["result"] == "done":
            found[entry["action"]] = index, line
    if missing := [action for action in _ENTRIES if action.value not in found]:
        raise LogDamaged(f"The log lacks the entry {missing[0].value} of {case_id}.")
    return {
        "before": notes[before].decode("utf-8"),
        "after": notes[after].decode("utf-8"),
        "consistency": [_b64(step) for step in consistency_proof(leaves, before)],
        "entries": [
            {
                "entry": found[action.value][1].decode("ascii"),
                "index": found[action.value][0],
                "path": [_b64(step) for step in inclusion_proof(leaves, found[action.value][0])],
            }
            for action in _ENTRIES
        ],
        "keys": keys_with_signatures(folder.root / "keys"),
    }


def keys_with_signatures(folder: Any) -> list[dict[str, str]]:
    """A chain of public keys as a document holds it: PEM, and the earlier key's signature (base64 of DER)."""
    found = []
    for path in sorted(folder.glob("[0-9]*.pem")):
        signature = path.with_suffix(".sig")
        signed = signature.read_bytes() if signature.exists() else b""
        found.append({"pem": path.read_text("ascii"), "signature": _b64(signed)})
    return found


def local(at: datetime) -> str:
    """An instant as papers and documents say it: Japanese time, whole seconds."""
    return at.astimezone(TOKYO).replace(microsecond=0).isoformat()


def _facts(engine: Engine, case_id: str, act: Act) -> dict[str, Any]:
    found = facts_of(engine, case_id, act)
    assert found is not None  # noqa: S101 - the case is verified
    return found


def _application(case: Case) -> dict[str, Any]:
    return {
        "number": case.case_id,
        "applied_on": local(case.applied_at)[:10],
        "applicant": case.applied_by,
        "planned_on": case.planned_on.isoformat(),
        "is_contract_end": case.is_contract_end,
        "items_count": case.items_count,
        "items_root": case.items_root,
        "document_sha256": case.document_sha256,
    }


def _consent(engine: Engine, case_id: str) -> dict[str, Any]:
    signed = authorisation_of(engine, case_id)
    assert signed is not None  # noqa: S101 - the case is verified
    given = consent_of(
        engine, case_id, revision=int(json.loads(signed.statement)["consent_revision"])
    )
    assert given is not None  # noqa: S101 - what was signed stands
    return {
        "number": given.number,
        "revision": given.revision,
        "dated_on": given.dated_on.isoformat(),
        "consented_by": given.consented_by,
        "conditions": given.conditions,
        "wants_witness": given.wants_witness,
        "expires_on": given.expires_on.isoformat() if given.expires_on else "",
        "items_count": given.items_count,
        "evidence_kind": given.evidence_kind.title_ja,
        "evidence_sha256": given.evidence_sha256,
    }


def _authorisation(engine: Engine, case_id: str) -> dict[str, Any]:
    given = authorisation_of(engine, case_id)
    assert given is not None  # noqa: S101 - the case is verified
    return {
        "statement": given.statement,
        "signatures": [
            {
                "staff_id": signed.staff_id,
                **_signer(engine, signed.staff_id, signed.fingerprint),
                "signature": signed.signature,
                "signed_at": local(signed.signed_at),
            }
            for signed in given.signatures
        ],
    }


def _items(engine: Engine, case: Case) -> dict[str, Any]:
    items = items_of(engine, case.case_id)
    lines = result_lines(engine, case.case_id)
    days = sorted(item.recorded_on for item, _ in items)
    kinds = sorted({item.kind for item, _ in items})
    return {
        "count": len(items),
        "bytes": sum(item.size for item, _ in items),
        "kinds": [_kind(kind, [one for one in items if one[0].kind == kind]) for kind in kinds],
        "first_day": days[0],
        "last_day": days[-1],
        "root": root(lines).hex(),
        "hints": _b64(hints(lines)),
        "results": _results(items),
    }


def _kind(kind: str, items: Sequence[tuple[Item, ItemResult]]) -> dict[str, Any]:
    """The items of one kind, as the certificate's table has them."""
    days = sorted(item.recorded_on for item, _ in items)
    return {
        "kind": kind,
        "count": len(items),
        "bytes": sum(item.size for item, _ in items),
        "first_day": days[0],
        "last_day": days[-1],
        "places": sorted({place for item, _ in items for place in item.places}),
        "results": _results(items),
    }


def _results(items: Sequence[tuple[Item, ItemResult]]) -> dict[str, int]:
    counted = {result.value: 0 for result in ItemResult if result is not ItemResult.PENDING}
    for _, result in items:
        counted[result.value] += 1
    return counted


def _media(engine: Engine, case: Case, done: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = {medium.medium_id: medium for medium in registered_media(engine)}
    counted: dict[str, int] = {}
    for item, result in items_of(engine, case.case_id):
        if result is not ItemResult.HELD:
            for place in item.places:
                counted[place] = counted.get(place, 0) + 1
    return [
        {
            "place": place,
            "serial": known[place].serial if place in known else "",
            "kept_at": known[place].kept_at if place in known else "",
            "items": count,
            "result": "caution" if place in done["media_unreached"] else "done",
        }
        for place, count in sorted(counted.items())
    ]


def _external(engine: Engine) -> dict[str, Any]:
    known = every_device(engine)
    return {
        "is_complete": is_complete(known),
        "devices": [
            {
                "kind": one.kind.title_ja,
                "device": one.device,
                "serial": one.serial,
                "software": one.software,
                "done_on": one.done_on.isoformat() if one.done_on else "",
                "evidence_sha256": one.evidence_sha256,
            }
            for one in known
        ],
    }


def _key_copies(engine: Engine, case_id: str, done: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every registered copy that held a secret by which the items opened, and what became of it."""
    begun = _facts(engine, case_id, Act.BEGUN)
    owed = {task.place for task in open_tasks(engine, case_id)}
    return [
        {
            "copy": str(made.backup_id),
            "epoch": made.epoch,
            "result": "caution" if made.backup_id in done["backups_unreached"] else "done",
            "is_owed": str(made.backup_id) in owed,
        }
        for made in registered_backups(engine)
        if made.epoch <= begun["epoch"]
    ]


def _signer(engine: Engine, staff_id: str, fingerprint: str) -> dict[str, Any]:
    """A signer's key: itself, when it was enrolled, and the page in the city's hands on which it stands (blank: none)."""
    key, page = known_keys(engine)[fingerprint], page_with(engine, staff_id, fingerprint)
    return {
        "fingerprint": fingerprint,
        "key": key.public.as_pem().decode("ascii"),
        "enrolled_at": local(key.enrolled_at),
        "page": "" if page is None else page.name,
    }


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
