"""From observations to a report: the rubric's mechanics, its criteria, diagnoses, flags and pictures.

Pure functions: same in, same out. Must not run anything, and must not know any report format.
"""
