"""Landing: every source row once, as immutable Parquet; nothing here knows which exchange wrote it."""
