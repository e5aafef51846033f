"""鍵の指紋の手交票: one page with the fingerprints that the city keeps on paper (別紙1-5(6), 別紙2-13).

Whoever holds this page can tell the centre's own log and signatures from others; nothing that lies beside what it
signed is trusted without it.
"""
