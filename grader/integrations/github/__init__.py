"""What a job on GitHub Actions reads and writes: its log, its summary, its outputs, its image cache.

Must not know how a submission is graded.
"""
