"""Files that are written whole or not at all, and small files that are kept between runs.

Must not know what the files hold.
"""
