"""Answers: from ranked passages and stated fields to claims that cite their exact text."""
