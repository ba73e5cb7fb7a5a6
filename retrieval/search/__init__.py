"""From a question in a snapshot to ranked, explained passages."""
