"""What an Asterisk tells while it happens: the text protocol of its manager interface (AMI), the floor as its events leave it, and
the one connection that listens; it asks and changes nothing, and no number of a caller leaves its memory.

Source: Asterisk's own description of the manager interface and of each event (`manager show event …` at an exchange), and a
recorded stream of Asterisk 22.

>>> from telephony_ingest.ami.blocks import ManagerStream
>>> stream = ManagerStream()
>>> list(stream.feed(b"Event: QueueMemberPause\\r\\nMemberName: op1\\r\\nPau"))  # a block can be cut anywhere
[]
>>> [(block.event, block.get("Paused")) for block in stream.feed(b"sed: 1\\r\\n\\r\\n")]
[('QueueMemberPause', '1')]
"""
