"""Questions made of records, with their answers."""
