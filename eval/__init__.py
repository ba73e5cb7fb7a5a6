"""Test collections, runs, measures and benchmarks.

Always ``from eval.x import y``: a bare ``import eval`` would shadow the builtin.
"""
