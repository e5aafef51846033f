"""What is asked of the rows of inquiries, beside the exchange's own: codes that the form knows, ids of their shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from compliance.inquiries.form import DEFAULT, Form, load_form
from telephony_ingest.landing.dataset import Asked, Dataset, Question, columns

NAME = "inquiries"


def inquiry_rows(form_file: Path = DEFAULT) -> Dataset:
    """The table of inquiries as the quality suites ask about it, by the form of that file."""
    form = load_form(form_file)
    return Dataset(
        name=NAME,
        title_ja="対応記録（符号）",
        grain_ja="1行＝対応記録1件の最新の版。言葉は含みません。",
        columns=columns(
            time="inquired_at",
            id="inquiry_id call_id row_key",
            fact="revision number operator category item voice stance handling faq ward age_band channel",
        ),
        time_column="inquired_at",
        place=("inquiry_id",),
        questions=(
            Question(Asked.IS_THERE, "inquired_at", "時刻がある"),
            Question(Asked.IS_SHAPED, "operator", "対応者は職員番号である", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"),
            Question(Asked.IS_SHAPED, "call_id", "通話番号の形が正しい", pattern=r"^$|[0-9]+\.[0-9]+$"),
            Question(Asked.IS_SHAPED, "faq", "FAQ番号の形が正しい", pattern=r"^$|^[A-Za-z]{0,4}-?[0-9]{1,4}$"),
            *(_is_known(name, title, known) for name, title, known in _codes(form)),
        ),
    )  # fmt: skip


def _codes(form: Form) -> Iterable[tuple[str, str, Mapping[str, str]]]:
    items = {code: title for root in form.categories.values() for code, title in root.items.items()}
    yield (
        "category",
        "区分が様式にある",
        {code: root.title for code, root in form.categories.items()},
    )
    yield "item", "小区分が様式にある", items
    yield "voice", "市民の声種別が様式にある", form.voices
    yield "stance", "態度が様式にある", form.stances
    yield "handling", "対応が様式にある", form.handlings
    yield "ward", "区が様式にある", form.wards
    yield "age_band", "年代が様式にある", form.age_bands
    if form.channels:
        yield "channel", "受付方法が様式にある", form.channels


def _is_known(name: str, title: str, known: Mapping[str, str]) -> Question:
    return Question(Asked.IS_KNOWN, name, title, values=("", *known))
