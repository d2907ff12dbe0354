"""The patient's own cells: what each step of the region `cells` writes, and what pages read of it."""
