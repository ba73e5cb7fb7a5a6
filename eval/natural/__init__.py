"""Questions as people ask them: reading, grading, and training what reads records."""
