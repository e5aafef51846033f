"""What an Asterisk PBX writes, and how it is read into landing.

The one room that knows Asterisk: its column orders, verbs, unique ids, recordings and voicemail, described as datasets for
`landing`. `take_in.land` takes in what was written since the last time; `live` and `live_status` read the end of the queue log
as it is written, for the desk and its board. Nothing here writes where the PBX does.

>>> from telephony_ingest.asterisk.live import live_calls
>>> log = ["1700438400|1700438390.7|sogo|PJSIP/op1|CONNECT|10", "1700438460|1700438390.7|sogo|PJSIP/op1|COMPLETECALLER|10|60|1"]
>>> (call,) = live_calls(log, {"PJSIP/op1": "op1"})
>>> call.operator, (call.ended_at - call.answered_at).seconds
('op1', 60)
"""
