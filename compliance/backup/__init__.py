"""A second copy of a home, as it is sealed already: what of it is kept, its signed manifest, and what a restore must say.

The secrets lie outside the home and are never in it (`compliance.keys.backups` has their own copies); whoever has a
backup alone opens nothing. `manifest` says what a backup is, `taking` copies a living home, `putting` copies a backup
back, `afterwards` brings an older catalogue to what the log knows, `register` remembers what was made and tried.

>>> from datetime import UTC, datetime
>>> from compliance.audit.checkpoint import read_shown
>>> from compliance.backup.manifest import BackupManifest, sign
>>> from compliance.keys.signing import new_key
>>> log = read_shown("0:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
>>> made = BackupManifest(datetime(2023, 12, 1, tzinfo=UTC), "1.0", log, 1, "sqlite", files=(), left_out=())
>>> content, signature = sign(made, key := new_key())
>>> made.name, key.public.has_signed(content, signature)
('madoguchi-20231201T000000.000000Z', True)
"""
