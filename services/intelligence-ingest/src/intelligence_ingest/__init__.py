"""Stores what is known of every call, and answers questions about it."""
