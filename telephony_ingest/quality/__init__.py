"""Are the landed rows what such a source sends?

Great Expectations asks the questions that a dataset describes, of all rows where they are few, else of those that may fail and
a share of the rest; the answers are a `Verdict`, which papers print, and pages to read. A finding stops nothing and changes
no row: it is told. Judged is what the sources sent, never what was derived of it.

>>> from telephony_ingest.asterisk.datasets import DATASETS, SourceKind
>>> from telephony_ingest.quality.verdict import Check, Verdict
>>> asked = Check("event_is_known", "知られた事象である", is_met=False, rows_checked=200, rows_failed=1)
>>> verdict = Verdict(DATASETS[SourceKind.QUEUE_LOG], 200, (asked,))
>>> verdict.kind, verdict.is_met
('queue_log', False)
"""
