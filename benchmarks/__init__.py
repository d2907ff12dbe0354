"""Repeatable measurements against a baseline in the same, interleaved run; each prints a table, ratio last."""
