"""Judged questions over the seeds, what a ranking is worth on them, and the gate."""
