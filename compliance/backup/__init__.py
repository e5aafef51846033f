"""A second copy of a home, as it is sealed already: what of it is kept, its signed manifest, and what a restore must say.

The secrets lie outside the home and are never in it (`compliance.keys.backups` has their own copies); whoever has a
backup alone opens nothing. `manifest` says what a backup is, `taking` copies a living home, `putting` copies a backup
back, `afterwards` brings an older catalogue to what the log knows, `register` remembers what was made and tried.

>>> from compliance.backup.manifest import NAME
>>> NAME
'manifest.json'
"""
