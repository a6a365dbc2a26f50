"""PostgreSQL, as every service that has a database uses it: one schema per service.

`engine.py` connects, `transaction.py` runs work and says what its failures mean, `migrate.py`
brings a schema up to date, `probe.py` tells `/readyz`, and `offsets.py` keeps how far a topic was
read in the transaction of what its records did.
"""
