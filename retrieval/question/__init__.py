"""What a question says, read once: pure, knows no corpus."""
