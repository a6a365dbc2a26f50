"""`trunkline demo`: real conversations on the real stack, shown as they happen."""
