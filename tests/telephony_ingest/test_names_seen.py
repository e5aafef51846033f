"""What a name is, from what landed of a site that the settings do not know yet: contexts in which phones ring without a queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.preflight.names_seen import Evidence, Known, NameRole, unknown_names
from tests.telephony_ingest.desks import Ingest

TRUNK = "PJSIP/trunk-00000001"
KNOWN = Known(
    contexts=["from-trunk", "internal"],
    queues=["survey"],
    endpoints=["op1", "op2"],
    trunks=["PJSIP/trunk"],
)


@dataclass
class Site:
    """The calls of one exchange; each begins a minute after the one before."""

    ingest: Ingest
    cdr: list[str] = field(default_factory=list)
    cel: list[str] = field(default_factory=list)

    @property
    def call(self) -> str:
        return f"{1700442000 + 60 * (len(self.cdr) + len(self.cel))}.1"

    def recorded(
        self, context: str, legs: tuple[str, ...], *, app: str = "Dial", channel: str = TRUNK
    ) -> None:
        """A call of which the CDR alone tells, one row for each leg."""
        call, begin = self.call, "2023-11-20 10:00:00"
        data = "survey,t" if app == "Queue" else "&".join(legs)
        for n, leg in enumerate(legs):
            self.cdr.append(
                f'"{begin}","","{begin}","","","600","{context}","{channel}","{leg}","{app}","{data}",'
                f'"9.0","0.0","NO ANSWER","","","{call}","{call}","{n}","","600"'
            )

    def told(self, context: str, legs: tuple[str, ...]) -> None:
        """A call of which CEL alone tells."""
        call, events = self.call, [("CHAN_START", "from-trunk", TRUNK, "", 1)]
        events.append(("APP_START", context, TRUNK, "Dial", 1))
        events += [("CHAN_START", "internal", leg, "", n) for n, leg in enumerate(legs, 2)]
        events.append(("HANGUP", context, TRUNK, "", 1))
        for second, (kind, where, channel, app, n) in enumerate(events):
            own = f"{call.partition('.')[0]}.{n}"
            data = "&".join(legs) if app else ""
            self.cel.append(
                f'"{kind}","2023-11-20 10:00:0{second}.000000","","","","","","600","{where}","{channel}",'
                f'"{app}","{data}","","","{own}","{call}","","","",""'
            )

    def contexts(self) -> dict[str, Evidence]:
        for folder, lines in (("cdr-custom", self.cdr), ("cel-custom", self.cel)):
            (self.ingest.pbx / folder).mkdir(parents=True)
            text = "".join(f"{line}\n" for line in lines)
            (self.ingest.pbx / folder / "a.csv").write_text(text)
        for kind in (SourceKind.QUEUE_LOG, SourceKind.CDR, SourceKind.CEL):
            self.ingest.land(kind)
        seen = unknown_names(self.ingest.landing, KNOWN)
        return {one.name: one.evidence for one in seen if one.role is NameRole.CONTEXT}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(Ingest(tmp_path / "pbx", tmp_path / "landing"))


PHONES = ("PJSIP/op1-00000002", "PJSIP/op2-00000003")
STRANGERS = ("PJSIP/op7-00000002", "PJSIP/op8-00000003")


@pytest.mark.parametrize("legs", [PHONES, PHONES[:1], STRANGERS])
def test_phones_dialled_without_a_queue_make_a_ring_group_by_the_cdr_alone(
    site: Site, legs: tuple[str, ...]
) -> None:
    site.recorded("ext-group", legs)
    assert site.contexts() == {"ext-group": Evidence.RINGS_PHONES}


@pytest.mark.parametrize("legs", [PHONES, PHONES[:1], STRANGERS])
def test_phones_dialled_without_a_queue_make_a_ring_group_by_cel_alone(
    site: Site, legs: tuple[str, ...]
) -> None:
    site.told("macro-dial", legs)
    assert site.contexts() == {"macro-dial": Evidence.RINGS_PHONES}


def test_a_queue_s_context_a_line_outside_and_a_colleague_s_call_are_no_ring_groups(
    site: Site,
) -> None:
    site.recorded("queue", PHONES, app="Queue")
    site.recorded("outside", ("PJSIP/trunk-00000009",))
    site.recorded("out", PHONES, channel="PJSIP/op1-00000004")
    assert site.contexts() == {
        "queue": Evidence.LEADS_TO_QUEUE,
        "outside": Evidence.CALLS_END,
        "out": Evidence.PASSED,
    }
