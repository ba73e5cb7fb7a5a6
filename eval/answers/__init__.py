"""Answers measured: quotes, numbers, counts, abstentions."""
