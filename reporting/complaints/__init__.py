"""日次報告書（苦情）: the complaints of a business day for the city, by the next one (6(3)オ)."""
