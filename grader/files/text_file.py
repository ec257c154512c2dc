"""Reads a text file that a person wrote, or says why it cannot be read. Must not know what it is about."""

from __future__ import annotations

from pathlib import Path

from grader.errors import ConfigurationError


def read_text(path: Path) -> str:
    r"""Read a text file as UTF-8, with or without a byte order mark, and with `\n` for any line end.

    Raises:
        ConfigurationError: the file is missing, cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"There is no file {path}.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{path}, line {line}: this is not UTF-8 text.", next_step="Save the file as UTF-8."
        ) from None
    return text.replace("\r\n", "\n")
