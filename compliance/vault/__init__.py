"""Recordings in custody: sealed on arrival, entered in the catalogue, opened again to prove that they are there.

`custody.seal_spooled` takes what lies on the PBX into the vault, `custody.verify_vault` opens every copy and names what
is not as the catalogue says; `sealed` is the file format, `states` which state may follow which.

>>> from compliance.vault.states import RecordingState, may_follow
>>> may_follow(RecordingState.SEALED, RecordingState.ERASED)
True
>>> may_follow(RecordingState.ERASED, RecordingState.SEALED)
False
"""

from __future__ import annotations

from compliance.ground.stores import CONTRACT_END, Holds, Store

STORES: tuple[Store, ...] = (
    Store(
        pattern="vault/online/*.sealed",
        title="録音（封緘済み）",
        holds=Holds.RECORDING,
        owner="compliance.vault.custody",
        key="its own, in keys/*.keyring",
        retention=CONTRACT_END,
        eraser="destruction of its key under the city's consent",
        verifier="madoguchi vault verify",
    ),
)
"""What this room writes below a home."""
