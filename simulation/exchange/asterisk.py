"""What Asterisk 22 writes about a call's life: CEL events, call detail records, queue_log lines.

The order of events and the state of each channel at each event are those of the recorded set, kind by
kind (`tests/telephony_ingest/test_simulated_shapes.py` compares them).
"""

from __future__ import annotations

from simulation.exchange.inbound import Inbound
from simulation.exchange.lives import InboundCall, OutboundCall
from simulation.exchange.outbound import Outbound
from simulation.exchange.pbx import Pbx


def tell(pbx: Pbx, life: InboundCall | OutboundCall) -> None:
    """Note a whole call in the PBX's logs."""
    if isinstance(life, OutboundCall):
        Outbound(pbx, life).tell()
    else:
        Inbound(pbx, life).tell()
