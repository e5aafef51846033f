"""Who did what to which record, why and with what result, in a log that an outsider can check.

`AuditLog(home).drain(engine)` moves what transactions noted into the log, `.checkpoint()` signs it;
`verify(AuditFolder(path))` says whether it is what was written, and names what is not. Entries hold staff ids and
codes only. `docs/formats.md` says every byte.

>>> from compliance.audit.checkpoint import read_shown
>>> from compliance.audit.tree import EMPTY_ROOT
>>> read_shown("0:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").root == EMPTY_ROOT
True
"""

from __future__ import annotations

from compliance.ground.stores import A_YEAR_AFTER, NO_KEY, Holds, Store

STORES: tuple[Store, ...] = (
    Store(
        pattern="audit/*",
        title="監査記録（従事者番号と符号のみ）",
        holds=Holds.NOTHING,
        owner="compliance.audit.log",
        key=NO_KEY,
        retention=A_YEAR_AFTER,
        eraser="its own scheduled erasure",
        verifier="madoguchi audit verify",
    ),
)
"""What this room writes below a home."""
