"""Recalls by batch: entered in one act, called patient by patient, closed when every unit is accounted for."""
