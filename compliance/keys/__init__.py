"""Keys of the home, which lie outside it."""
