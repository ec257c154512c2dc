"""What a submission is tried in: PostgreSQL servers, sandboxes, the container engine, and slots made of them.

Must not know what is run in a sandbox, or what it shows of a submission.
"""
