"""The query API, `/v1/calls`: calls with all that is known of them, exports, and erasures.

`app.py` puts the routes together. What all APIs of ours share (keys, problems, pages, safe
repetitions) is `trunkline.api`.
"""
