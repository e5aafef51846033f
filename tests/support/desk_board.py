"""A floor at one moment, as the board is handed it."""

from __future__ import annotations

from datetime import timedelta

from application.board import Board, OperatorNow, QueueNow
from tests.desk.conftest import AT

BOARD = Board(
    (QueueNow("調査の問い合わせ", 2, AT - timedelta(seconds=75)), QueueNow("施策への意見等", 0, None)),
    (
        OperatorNow("op1", "talking", AT - timedelta(seconds=3725), ""),
        OperatorNow("op2", "paused", AT - timedelta(seconds=9), "lunch"),
        OperatorNow("op3", "free", None, ""),
        OperatorNow("mg1", "free", AT - timedelta(minutes=40), ""),
        OperatorNow("sv1", "paused", AT - timedelta(minutes=5), "training"),
    ),
    17, 12, 2, 1, 1,
)  # fmt: skip
