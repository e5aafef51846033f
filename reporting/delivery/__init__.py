"""Ways to the city: a folder, an SFTP server with a pinned key, a mail server under TLS."""
