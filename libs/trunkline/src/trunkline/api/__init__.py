"""What every HTTP API of ours shares, so that all of them behave alike.

`app.py` makes the app: errors as problem+json (`problem.py`), bodies with a limit, a trace id for
each request. `require.py` lets keys in by scope and at their rate, `idempotency.py` makes a POST
safe to repeat, `paging.py` pages by signed cursors, `etag.py` refuses lost updates, `audit.py`
keeps who did what. `tables.py` has the tables behind it, which each service's migration makes.
"""
