"""`trunkline doctor`: everything that a real number needs, looked at, with what mends it."""
