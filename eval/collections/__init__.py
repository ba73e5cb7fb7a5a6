"""Collections judged by others: BEIR, TREC, NLI4CT."""
