"""The rules, grouped by their source."""
