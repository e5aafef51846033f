"""週次集計結果別紙（市民の声）: the words that belong to the weekly report, in a paper of their own (6(3)エ、6(3)カ)."""
