"""Figures about many cases: how values lie, and how long the parts of a case's way took. No database, no pages."""
