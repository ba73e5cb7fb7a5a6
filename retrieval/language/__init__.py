"""Names of things: words, compounds, countries, synonyms. Knows no question and no corpus."""
