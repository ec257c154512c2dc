"""All that was seen of one submission, as plain values: files, revision graph, steps, schemas.

Must not know how a value was found, or what follows from it.
"""
