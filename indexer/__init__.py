"""Records to documents to chunks to vectors to a new snapshot."""
