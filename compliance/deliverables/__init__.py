"""The register of papers: editions, files, due dates, what counts as delivered."""
