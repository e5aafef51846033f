"""A simulated PBX: call lives, and what Asterisk would have written about them."""
