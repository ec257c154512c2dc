"""Measures the grader side by side with what somebody would use instead; see `docs/benchmarks.md`."""
