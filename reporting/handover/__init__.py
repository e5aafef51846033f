"""鍵の指紋の手交票: one page with the fingerprints that the city keeps on paper (別紙1-5(6), 別紙2-13).

Whoever holds this page can tell the centre's own log and signatures from others; nothing that lies beside what it
signed is trusted without it.

>>> from reporting.handover.page import grouped
>>> print(grouped("0123456789abcdef" * 4))
0123 4567 89ab cdef 0123 4567 89ab cdef
0123 4567 89ab cdef 0123 4567 89ab cdef
"""
