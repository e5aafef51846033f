"""Certificates as whoever owns the signing key could change them and sign again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from compliance.erasure.certificate import certificate_keys
from compliance.keys.signing import new_key
from compliance.people.acting import signer
from tests.compliance.erasure.stage import PASSPHRASE, Stage

Files = dict[str, bytes]
GONE = object()
"""A member that is taken away."""
SIGNED_REVISION = 1
"""The consent of the second case was entered once."""
REVISIONS: dict[str, tuple[object, object, str]] = {
    "as it was signed": (SIGNED_REVISION, SIGNED_REVISION, "green"),
    "the same number written otherwise": (1.0, SIGNED_REVISION, "green"),
    "not told": (GONE, SIGNED_REVISION, "yellow"),
    "not told, and another was signed": (GONE, 7, "yellow"),
    "another": (2, SIGNED_REVISION, "authorisation"),
    "another was signed": (SIGNED_REVISION, 2, "authorisation"),
    "none at all": (0, SIGNED_REVISION, "authorisation"),
    **{f"told as {told!r}": (told, SIGNED_REVISION, "consent.revision") for told in (None, True, False, "1", "", 1.5, -1, 2**53, [1], {})},
    **{f"signed as {said!r}": (SIGNED_REVISION, said, "consent_revision") for said in (None, True, False, "1", "", 1.5, -1, 2**53, [1], {})},
    "signed without": (SIGNED_REVISION, GONE, "consent_revision"),
    "neither": (GONE, GONE, "consent_revision"),
    "not told, and signed as nothing": (GONE, None, "consent_revision"),
    "told and signed as nothing": (None, None, "consent.revision"),
    "told and signed as yes": (True, True, "consent.revision"),
    "told and signed as text": ("1", "1", "consent.revision"),
}  # fmt: skip
"""The consent's revision as the certificate tells it and as the statement has it, both signed with the right keys; and what is said of
it: green, yellow (the authorisation's), red at the authorisation, or the place of a wrong shape."""


def resigned(files: Files, stage: Stage, change: Callable[[dict[str, Any]], None]) -> Files:
    """What whoever owns our own signing key could make of the second certificate."""
    members = json.loads(files["C-0002.json"])
    change(members)
    content = json.dumps(members, ensure_ascii=False).encode()
    signature = certificate_keys(stage.home).signing_key().sign(content)
    return {**files, "C-0002.json": content, "C-0002.json.sig": signature}


def with_revisions(files: Files, stage: Stage, told: object, said: object) -> Files:
    """The second certificate with other revisions of the consent, its authorisation signed anew by who signed it."""

    def change(d: dict[str, Any]) -> None:
        given = d["authorisation"]
        statement = json.loads(given["statement"])
        for members, name, value in ((d["consent"], "revision", told), (statement, "consent_revision", said)):  # fmt: skip
            if value is GONE:
                del members[name]
            else:
                members[name] = value
        given["statement"] = json.dumps(statement, separators=(",", ":"), sort_keys=True)
        for one in given["signatures"]:
            _, key = signer(stage.engine, stage.home, one["staff_id"], PASSPHRASE, stage.now)
            one["signature"] = base64.b64encode(key.sign(given["statement"].encode())).decode()

    return resigned(files, stage, change)


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "counts": lambda d: d["consent"].update(items_count=9),
    "authorisation": lambda d: d["authorisation"]["signatures"].pop(),
    "authorisation ": lambda d: d["executed"].update(executor="op1"),
    "authorisation  ": lambda d: d["executed"].update(executor="mg1"),
    "authorisation   ": lambda d: d["consent"].update(revision=2),
    "order": lambda d: d["executed"]["order"].update(signature=d["verified"]["signature"]),
    "order ": lambda d: d["executed"].update(executor="pm1"),
    "order  ": lambda d: d["executed"]["order"].update(
        {name: d["verified"][name] for name in ("key", "fingerprint")}
    ),
    "order   ": lambda d: d["executed"].update(witness="高齢福祉係"),
    "exchange": lambda d: d["exchange"].update(left=1),
    "exchange ": lambda d: d["exchange"].update(unseen=1),
    "signers": lambda d: d["verified"].update(enrolled_at="2024-02-01T09:00:00+09:00"),
    "verification": lambda d: d["verified"].update(verifier="ad1"),
    "verification ": lambda d: d["verified"]["checks"].update(keys_absent=99),
    "log consistency": lambda d: d["log"]["consistency"].pop(),
    "log entries": lambda d: d["log"]["entries"].pop(),
    "log entries ": lambda d: d["log"]["entries"][0].update(index=0),
    "log checkpoints": lambda d: d["log"].update(after=d["log"]["after"].replace("\n", "\n1", 1)),
    "items root": lambda d: d["documents"].update(items_sha256="0" * 64),
    "previous": lambda d: d.update(previous=""),
    "form": lambda d: d.pop("method"),
    "form ": lambda d: d["consent"].update(revision="1"),
    "pdf": lambda d: d["documents"].update(pdf_sha256="0" * 64),
    "keys": lambda d: d["keys"].append({"pem": new_key().public.as_pem().decode(), "signature": ""}),
}  # fmt: skip
