"""台帳: small registers that people keep, each one description; one store, one sheet and one command serve all.

`description` says what a register holds, `known` lists the registers, `check` decides about an entry, `entries` is the store:
every change is a new revision with its audit row. What describes a citizen is sealed under the key of the inquiry that the
entry is about, so that an erasure reaches it; everything else is codes, dates, ids and short labels that name nobody.

>>> from compliance.registers.scan import masked
>>> masked("011-000-0001へ折り返す")
'＊＊＊＊＊＊＊＊＊＊＊＊へ折り返す'
"""
