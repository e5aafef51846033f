"""Keys of the home, which lie outside it.

The master secret and the epoch's secret together wrap one key for each recording and record: once an epoch's secret is destroyed,
nothing that lies under it opens any more, in any copy. What is sealed opens at its own place only, so that nothing can be exchanged
for another; a copy of the home alone opens nothing. No key lies open in the home, in a log or in a message.

>>> from compliance.keys.texts import open_text, seal_text
>>> key = bytes(range(32))
>>> sealed = seal_text(key, "折返しを希望", "inquiries/1/summary")
>>> open_text(key, sealed, "inquiries/1/summary")
'折返しを希望'
"""
