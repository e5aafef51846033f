"""Certified erasure (別紙2-13, 別紙1-5(10)(11), 6(3)カ): application, consent, authorisation, execution, verification,
certificate.

What is destroyed is the epoch's secret: the keys that go on are wrapped under a new one, and no copy of anything else
opens what was left behind. `states` says which step may follow which, `conditions` what an execution needs, `execution`
the one order of destruction, `examination` what another person looks at, `certificate` what the city gets, `offline`
how it checks that by itself.
"""
