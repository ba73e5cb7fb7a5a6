"""HTTP over `retrieval`: routes, schemas, the page, and `ask` in the terminal."""
