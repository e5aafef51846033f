"""The contract as data: its calendar, its stores and registers, its recordings and their proof."""
