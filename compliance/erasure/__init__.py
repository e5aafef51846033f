"""Certified erasure (別紙2-13, 別紙1-5(10)(11), 6(3)カ): application, consent, authorisation, execution, verification,
certificate.

What is destroyed is the epoch's secret: the keys that go on are wrapped under a new one, and no copy of anything else
opens what was left behind. `states` says which step may follow which, `conditions` what an execution needs, `execution`
the one order of destruction, `examination` what another person looks at, `certificate` what the city gets, `offline`
how it checks that by itself.

>>> from compliance.erasure.states import FOLLOWS, CaseState
>>> CaseState.EXECUTING in FOLLOWS[CaseState.APPLIED]  # without the city's consent
False
>>> sorted(FOLLOWS[CaseState.EXECUTING])  # begun, and to be finished whatever happens
[<CaseState.EXECUTED: 'executed'>]
"""

from __future__ import annotations

from compliance.ground.stores import A_YEAR_AFTER, NO_KEY, Holds, Store

STORES: tuple[Store, ...] = (
    Store(
        pattern="erasure/keys/*",
        title="消去証明書の署名鍵（公開鍵）",
        holds=Holds.NOTHING,
        owner="compliance.erasure.certificate",
        key=NO_KEY,
        retention=A_YEAR_AFTER,
        eraser="kept as long as the certificates",
        verifier="madoguchi verify",
    ),
)
"""What this room writes below a home."""
