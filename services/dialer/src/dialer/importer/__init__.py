"""Lists of contacts, from files of any size and from anybody's hands.

`lines.py` cuts what comes in into lines, `records.py` and `ndjson.py` into rows; `columns.py` says
what a column means, and `contacts.py` what a row does, by what `intake.py` asks (all pure).
`upload.py` keeps a file, encrypted and in parts; `jobs.py` works through it on any replica, with
`prepare.py` in processes of its own; `store.py` and `job_store.py` have the SQL.
"""
