"""The rules, by where they come from."""
