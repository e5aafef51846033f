"""What Asterisk 22 writes about a call's life: CEL events, call detail records, queue_log lines.

The order of events and the state of each channel at each event are those of the recorded set, kind by
kind (`tests/telephony_ingest/test_simulated_shapes.py` compares them).
"""

from __future__ import annotations

from telephony_ingest.simulation.inbound import Inbound
from telephony_ingest.simulation.lives import InboundCall, OutboundCall
from telephony_ingest.simulation.outbound import Outbound
from telephony_ingest.simulation.pbx import Pbx


def tell(pbx: Pbx, life: InboundCall | OutboundCall) -> None:
    """Note a whole call in the PBX's logs."""
    if isinstance(life, OutboundCall):
        Outbound(pbx, life).tell()
    else:
        Inbound(pbx, life).tell()
