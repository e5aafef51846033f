"""対応記録: what callers said, one record for each inquiry (6(2), 6(3)ア–オ).

`form` is the version of codes that the city confirmed, `record` what one record holds and what it must, `scan` what a free
text may not hold, `register` the store: codes in clear, texts and contacts sealed under a key of their own. Corrections are
new revisions; nothing is changed in place.
"""
