"""The embedder and the reranker, and how they are loaded."""
