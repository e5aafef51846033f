"""週次集計結果 (6(3)エ, 9(1)): its value, its reading, its words, its two renderings, its corrections."""
