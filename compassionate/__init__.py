"""Compassionate use, one case at a time: the workflow engine of a Spanish hospital."""

__version__ = "0.1.0"
