"""Breaks the dialer on purpose, and asks an oracle whether its guarantees held all the same."""
