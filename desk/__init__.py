"""The floor's pages: the sign-in, and the record of what callers said, keyboard first (6(3)アイ, 別紙1-5(3)).

`app.build_desk` makes the web application of `services.Services`, which hands in all that the desk needs of others;
`middleware.AccessMiddleware` stands before it, and may stand before another application as well. Nothing here opens a home, reads a clock or
knows of Dagster. What `custody` shows of recordings, media, keys and backups is looked at and never changed there.

>>> from datetime import UTC, datetime
>>> from compliance.inquiries.form import load_form
>>> from desk.bodies import FORM, fields_of
>>> from desk.submission import handed_in
>>> page = fields_of(b"call=|2023-11-20T10:05&subject=card/lost", FORM)
>>> record = handed_in(page, "op1", (), datetime(2023, 11, 20, 2, tzinfo=UTC), load_form()).record
>>> record.operator, record.category, record.item
('op1', 'card', 'lost')
"""
