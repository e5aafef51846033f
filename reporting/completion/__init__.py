"""業務完了届: the month's work is done, and these are its papers (9(2)ア)."""
