"""The published transition tables, one module a pathway and version."""
