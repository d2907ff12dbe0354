"""The demonstration: two invented hospitals, their people and their cases, lived through the product's own services."""
