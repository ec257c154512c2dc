"""What the formats of reports are called on the command line; what they are, `report_files` knows."""

from __future__ import annotations

FORMATS = ("html", "json", "md", "junit", "csv", "gradescope", "github")
DEFAULT_FORMATS = ("html", "json", "md")
