"""`python -m grader.reference_ddl ASSIGNMENT`: a command of `grader.assignment.reference_ddl`."""

from grader.assignment.reference_ddl import main

if __name__ == "__main__":
    raise SystemExit(main())
