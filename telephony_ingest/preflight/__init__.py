"""What the landed rows of a new site show before it goes live: names, gaps, clocks."""
