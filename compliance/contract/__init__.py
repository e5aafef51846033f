"""The contract as data: its terms, its calendar, its definitions, and the tables made of them for SQL."""
