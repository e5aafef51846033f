"""The commands behind `madoguchi`, and what they print."""
