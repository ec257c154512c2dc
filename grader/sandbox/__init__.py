"""Where students' code runs: one protocol, whatever keeps the code in."""
