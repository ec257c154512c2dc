"""What the formats share, and renderings that are no format: the terminal, `summary.json`, GitHub Classroom.

Must not know which formats there are.
"""
