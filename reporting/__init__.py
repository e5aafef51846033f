"""The papers that the city is owed: one set of values, rendered as PDF and as a workbook."""
