"""What a job on GitHub Actions needs: annotations, job summary, outputs, and a check of its image cache.

Must not know how a submission is graded.
"""
