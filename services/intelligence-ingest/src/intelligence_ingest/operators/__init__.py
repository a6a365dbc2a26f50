"""Our own operators: what a finished call is about, and how it went. Pure, one file each.

They are declared in a YAML file (`declared.py`); each takes a `Story` and gives a result.
"""
