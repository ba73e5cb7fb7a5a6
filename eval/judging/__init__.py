"""Readers' verdicts, and what they come to."""
