"""The tables, in the transactions of whoever reads news.

`rows.py` writes many rows in one statement; `anchors.py` says where something is filed, and what is
erased; `calls.py`, `turns.py` and `transcripts.py` store what records tell. All of it may be run
again with the same records, in any order, and nothing changes.
"""
