"""With and without each part, beside plain systems."""
