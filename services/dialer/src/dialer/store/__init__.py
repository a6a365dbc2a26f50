"""The dialer's tables: what is claimed, written ahead, learned and told, each in one transaction.

Locks are taken in one order everywhere, so that transactions wait for each other and never in a
circle: the number (advisory), attempts by id, contacts, campaigns by id, rate limits.
"""
