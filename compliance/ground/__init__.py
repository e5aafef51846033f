"""What every room of compliance stands on: home, clock, run lock, durable steps, the operations database.

A file is there whole under its name or not at all; one process at a time changes a home; an act and its entry for the log are one
transaction. The clock is a value that is handed in: days are Japan's, instants are UTC, and a simulated home moves forward only.

>>> from datetime import UTC, datetime
>>> from compliance.ground.japan import civil_date
>>> civil_date(datetime(2023, 11, 19, 15, 30, tzinfo=UTC))
datetime.date(2023, 11, 20)
"""

from __future__ import annotations

from compliance.ground.stores import A_YEAR_AFTER, NO_KEY, Holds, Store, derived

STORES = (
    Store(
        pattern="operations.db*",
        title="業務データベース（表ごとの内容は各表の宣言による）",
        holds=Holds.CALL_FACTS,
        owner="compliance.ground.operations",
        key=NO_KEY,
        retention=A_YEAR_AFTER,
        eraser="the home's removal",
        verifier="compliance.inventory.unlisted",
    ),
    derived(".lock", "実行中の印", "compliance.ground.run_lock"),
    derived(".service", "画面を開いている印", "compliance.ground.run_lock"),
)
