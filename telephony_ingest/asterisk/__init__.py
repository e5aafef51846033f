"""What an Asterisk PBX writes, and how it is read into landing."""
