"""個人情報取扱状況報告書: what was held, by whom, what was done with it, each month (8(3), 9(2)イ, 別紙1-10)."""
