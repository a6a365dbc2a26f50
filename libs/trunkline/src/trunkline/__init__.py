"""The plumbing every Trunkline service shares. It knows no service."""
