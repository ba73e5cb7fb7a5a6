"""A model's prose, and the verifier that holds it to the sources."""
