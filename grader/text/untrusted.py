"""Makes text that a submission wrote safe to keep and to show: cleaned, shortened, without credentials.

Must not know what the text means or which format it ends up in: each renderer escapes for its own format.
The order is always `redact(clean(text), secrets)`, because an escape sequence in the middle of a password
would hide it from `redact`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

# Nearly all texts hold only the other characters, and need no cleaning.
_NOT_PLAIN = re.compile(r"[^\n\t -~]")
# The quantifiers are possessive (`*+`) and the payloads stop at the next escape character, so that many
# unfinished sequences cannot make the matching slower than linear.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?+"  # CSI: colours, cursor movement; also cut off before its end
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])"  # OSC, DCS, SOS, PM, APC: titles, links, pictures
    r"(?:[^\x07\x0a\x0d\x1b\x80-\x9f]*+(?:\x07|\x1b\\|\x9c))?+"  # left open, only the introducer goes
    r"|\x1b[ -/]*+[0-~]?+"  # every other escape sequence, and an escape character alone
)
_LINE_ENDS = re.compile("[\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Surrogates, and the code points that Unicode keeps free of characters: Markdown and XML refuse them.
_NONCHARACTERS = "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_UNENCODABLE = re.compile(f"[\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]")
# Bidirectional controls and invisible characters: both make a text look like another one.
# The zero-width joiners are left alone because several scripts cannot be written without them.
_DECEPTIVE = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CARRIAGE_RETURNS = re.compile(r"(?<!\r)\r++\n")
_URL_PASSWORD = re.compile(
    r"(://[^\s:/@]*+:)"  # `scheme://user:`; the scheme itself need not be looked at
    r"(?:(?!://)[^\s@])++@"  # the password, and an `@` in it that nobody encoded
    r"(?:(?:(?!://)[^\s/@])*+@)*+"
)
_CI_COMMAND = re.compile(
    r"(:)(?=:(?:add-|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-|stop-commands|warning))"
    r"|(#)(?=#(?:vso|teamcity)?\[)",
    re.IGNORECASE,
)

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
REDACTED = "***"


def clean(text: str) -> str:
    r"""Remove characters that a terminal, an editor or a file format would interpret instead of show.

    Escape sequences and control characters are removed, except newline and tab. Every kind of line end
    becomes `\n`. If a line was overwritten after a carriage return (a progress bar), its last state is kept.
    Bidirectional controls and invisible characters become escapes such as `\u202e`. What is no character
    (a lone surrogate, U+FDD0 and the like) becomes U+FFFD. Cleaning a clean text changes nothing.
    """
    if not _NOT_PLAIN.search(text):
        return text
    text = _ESCAPE_SEQUENCE.sub("", text)
    text = _LINE_ENDS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    text = _UNENCODABLE.sub(REPLACEMENT, text)
    text = _DECEPTIVE.sub(lambda match: match[0].encode("ascii", "backslashreplace").decode(), text)
    text = _CARRIAGE_RETURNS.sub("\n", text)
    if "\r" in text:
        text = "\n".join(_last_state(line) for line in text.split("\n"))
    return text


def single_line(text: str) -> str:
    """Clean a name or a title, and replace every run of white space by one space."""
    return " ".join(clean(text).split())


def shorten(line: str, limit: int) -> str:
    """Keep at most `limit` characters of a line. An ellipsis marks a shortened line."""
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def cut(text: str, lines: int, characters: int) -> str:
    """Keep the beginning and the end of a long text. A line between them says how much was left out.

    One third of the kept text is the beginning. The rest is the end, where errors are.

    Args:
        text: the text; returned unchanged if it fits.
        lines: the most lines to keep, without the line that says how much was left out.
        characters: the most characters to keep, without that line.
    """
    all_lines = text.split("\n")
    head, tail = text, text
    if len(all_lines) > lines:
        head = "\n".join(all_lines[: lines // 3])
        tail = "\n".join(all_lines[len(all_lines) - (lines - lines // 3) :])
    elif len(text) <= characters:
        return text
    if head is text or len(head) + len(tail) > characters:
        head = head[: characters // 3]
        tail = tail[max(0, len(tail) - (characters - characters // 3)) :]
    left_out = len(text) - len(head) - len(tail)
    whole_lines = len(all_lines) - len(head.split("\n")) - len(tail.split("\n"))
    amount = f"{left_out:,} characters" + (f" in {whole_lines:,} lines" if whole_lines > 1 else "")
    return f"{head}\n[... {amount} left out ...]\n{tail}"


def redact(text: str, secrets: Sequence[str]) -> str:
    """Replace credentials by `***`: the secrets given, and the password in anything like a database URL.

    A secret is found as it is, percent-encoded in whole or in part, and with its `%` doubled as in
    `alembic.ini`. The password in `scheme://user:password@host` is replaced whether it is known or not. In
    doubt, too much is replaced rather than too little.
    """
    if known := tuple(secret for secret in secrets if secret):
        text = _pattern_of(known).sub(REDACTED, text)
    return _URL_PASSWORD.sub(rf"\g<1>{REDACTED}@", text)


def rename(text: str, names: Mapping[str, str]) -> str:
    """Replace names that are different in every run by the words that stand for them."""
    for name, shown in names.items():
        text = text.replace(name, shown)
    return text


def without_ci_commands(text: str) -> str:
    r"""Break up texts that a CI system would run as commands when it finds them in its log.

    `::error …` (GitHub) becomes `:\:error …`, and `##[`, `##vso[`, `##teamcity[` become `#\#[` and so on. A
    cast such as `'draft'::text` stays as it is.
    """
    if "::" not in text and "##" not in text:  # as in nearly all texts, and quickly told
        return text
    return _CI_COMMAND.sub(lambda match: f"{match[0]}\\", text)


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state.strip()]
    return states[-1] if states else ""


@lru_cache(maxsize=64)
def _pattern_of(secrets: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for all secrets, longer ones first. Cached: the steps of a trial have the same secrets."""
    longest_first = sorted(secrets, key=len, reverse=True)
    return re.compile("|".join("".join(map(_character_forms, secret)) for secret in longest_first))


def _character_forms(character: str) -> str:
    """A pattern for one character of a secret: plain, or in one of its encodings."""
    encoded = "".join(f"%?%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    forms = [f"(?i:{encoded})", re.escape(character)]
    if character == "%":
        forms.insert(1, "%%")
    if character == " ":
        forms.append(re.escape("+"))
    return f"(?:{'|'.join(forms)})"
