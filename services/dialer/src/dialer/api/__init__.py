"""The dialer's HTTP API, `/v1`: campaigns, contacts, calls, suppressions, and what stops them all.

`app.py` puts the routes together; each subject has a file of routes and, where its SQL is long, one
of rows. What all APIs of ours share (keys, problems, pages, safe repetitions) is `trunkline.api`;
what decides is pure and stands beside this folder.
"""
