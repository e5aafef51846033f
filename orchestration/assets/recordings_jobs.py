"""The administrator's jobs about recordings: rotate now, read a medium, restore; each shows first.

`試行` is true unless somebody says otherwise. What only the system does (moving, reading) any page may start; what a person
answers for (restoring) is done for whoever signed in and may, and is theirs in the log. A hold is set and let go with the own
passphrase, so by no job: at the desk's page, or by the command.
"""

import dagster as dg
from pydantic import Field
from sqlalchemy import select

from application.custody import due_recordings, rotated, whole_medium
from application.home.session import Workplace
from compliance.errors import EntryRefused
from compliance.people.rights import Right
from compliance.vault.catalogue import kept_copies, recordings
from compliance.vault.media import registered_media
from compliance.vault.rotation import restore
from orchestration.assets.metadata import table
from orchestration.assets.pages import allow_page, page_actor, refusing

ROTATE = "recordings_rotate"
READ_MEDIUM = "recordings_read_medium"
RESTORE = "recordings_restore"


class Rotate(dg.Config):
    """What the Launchpad asks for before a rotation."""

    試行: bool = Field(default=True, description="true：移す件数だけを示します。")


class ReadMedium(dg.Config):
    """What the Launchpad asks for before a medium is read."""

    媒体: str = Field(default="", description="媒体の番号。空欄：最も長く照合していない媒体。")
    試行: bool = Field(
        default=False, description="true：読む件数だけを示します（照合は何も変えません）。"
    )


class Restore(dg.Config):
    """What the Launchpad asks for before a recording comes back from a medium."""

    録音: str = Field(description="録音の番号（madoguchi recordings list）。")
    試行: bool = Field(default=True, description="true：どの媒体にあるかだけを示します。")


@dg.op(required_resource_keys={"workplace"}, description="日数を過ぎた録音を2つの媒体へ移します。")
@refusing
def rotate_now(context: dg.OpExecutionContext, config: Rotate) -> None:
    """Counts what is due, and moves it where asked."""
    workplace: Workplace = context.resources.workplace
    shown: dict[str, object] = {"対象": len(due_recordings(workplace))}
    if not config.試行:
        report = rotated(workplace)
        shown |= {"移した件数": report.rotated, "できなかった理由": report.refused or "なし"}
        shown["失敗"] = table(("内容",), [(one,) for one in report.failed])
    context.add_output_metadata(shown)


@dg.op(required_resource_keys={"workplace"}, description="媒体の写しをすべて読み、照合します。")
@refusing
def read_medium(context: dg.OpExecutionContext, config: ReadMedium) -> None:
    """Reads one whole medium and compares it with the catalogue; what differs fails the run."""
    workplace: Workplace = context.resources.workplace
    if config.試行:
        media = [
            (m.medium_id, "接続中" if m.is_mounted() else "未接続")
            for m in registered_media(workplace.engine)
        ]
        context.add_output_metadata({"媒体": table(("媒体", "接続"), media)})
        return
    looked = whole_medium(workplace, config.媒体)
    if looked is None:
        context.add_output_metadata({"結果": "接続中の媒体に写しがありません。"})
        return
    context.add_output_metadata(
        {
            "媒体": looked.medium_id,
            "読んだ件数": looked.read,
            "相違": table(("録音",), [(one,) for one in looked.wrong]),
        }
    )
    if looked.wrong:
        raise dg.Failure(
            description=f"{looked.medium_id}の{len(looked.wrong)}件が封緘したときのままではありません。もう一方の媒体を確かめてください。"
        )


@dg.op(required_resource_keys={"workplace"}, description="録音の所在を示し、手元に戻します。")
@refusing
def where_it_lies(context: dg.OpExecutionContext, config: Restore) -> None:
    """Shows where copies lie; brings one back for whoever has shown who they are and may."""
    workplace: Workplace = context.resources.workplace
    _must_exist(workplace, config.録音)
    if not config.試行:
        allow_page(workplace, Right.RESTORE_RECORDING)
        restore(workplace.engine, workplace.home, page_actor(workplace), config.録音)
    mounted = {m.medium_id for m in registered_media(workplace.engine) if m.is_mounted()}
    copies = [
        (
            copy.place,
            "手元" if copy.place == "online" else "接続中" if copy.place in mounted else "未接続",
        )
        for copy in kept_copies(workplace.engine)
        if copy.recording_id == config.録音
    ]
    context.add_output_metadata(
        {
            "所在": table(("場所", "状態"), copies),
            "行うには": f"試行を false にして実行（保護管理者・管理者）、又は madoguchi vault restore {config.録音} --by 職員番号",
        }
    )


@dg.job(
    name=ROTATE,
    description="録音の移動（手動）：日数を過ぎた録音を2つの媒体へ移します。初期値は試行です。",
    executor_def=dg.in_process_executor,
)
def recordings_rotate() -> None:
    """The job of one rotation."""
    rotate_now()


@dg.job(
    name=READ_MEDIUM,
    description="媒体の照合：1つの媒体の写しをすべて読みます（毎月1日、最も長く照合していない媒体）。",
    executor_def=dg.in_process_executor,
)
def recordings_read_medium() -> None:
    """The job of one medium."""
    read_medium()


@dg.job(
    name=RESTORE,
    description="録音の復元：どの媒体にあるかを示し、手元に戻します。",
    executor_def=dg.in_process_executor,
)
def recordings_restore() -> None:
    """The job of one recording's return to hand."""
    where_it_lies()


JOBS = (recordings_rotate, recordings_read_medium, recordings_restore)


def _must_exist(workplace: Workplace, recording_id: str) -> None:
    query = select(recordings.c.recording_id).where(recordings.c.recording_id == recording_id)
    with workplace.engine.connect() as connection:
        if connection.execute(query).first() is None:
            raise EntryRefused(f"録音 {recording_id} は目録にありません。")
