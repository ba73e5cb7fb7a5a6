"""Adverse events as a record posts them, and the answers made of them."""
