"""A snapshot: its files, and what can be looked up in them."""
