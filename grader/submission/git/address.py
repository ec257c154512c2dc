"""The address of a git repository on the command line. Must not know how a repository is fetched.

Addresses that would run a program (`ext::sh -c ...`) or that git would take for an option
(`ssh://-oProxyCommand=...`) are refused. An address may hold credentials: only `shown` and `pseudo_path` may
appear in reports and messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from grader.errors import UsageError
from grader.text.names import printable, safe_component
from grader.text.untrusted import REDACTED, redact

_PROTOCOLS = ("https", "http", "ssh", "file")
_HELPER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*::")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/@]*(?:@[^/@]*)*)@)?(?P<host>[^/@]*)(?P<path>/.*|)",
    re.DOTALL,
)
_SHORT = re.compile(r"(?P<user>\w[\w.+-]*)@(?P<host>[\w.-]+|\[[\da-fA-F:]+\]):(?P<path>[^:].*)", re.ASCII)
"""`git@host:path`. The user is required, because `host:path` could also be a file name."""
_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[\da-fA-F:]+\])(?::\d{1,5})?")
_NOT_IN_REFERENCES = re.compile(r"^[-+/.]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|[/.]$|\.lock$")
_SHORTEST_TOKEN = 12
_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f]")
_HOW = (
    "Write https://host/ada.git, ssh://git@host/ada.git, git@host:ada.git or file:///folder/ada.git; a "
    "branch, a tag or a whole commit id may follow after #."
)


@dataclass(frozen=True)
class GitAddress:
    """The address of one repository."""

    url: str = field(repr=False)
    """For git; may hold credentials."""
    shown: str
    """For messages: without credentials."""
    pseudo_path: Path
    """Host and path as a file path, to make a name from: `/host/class/ada`. No such file exists."""
    reference: str | None = None
    """A branch, a tag or a whole commit id; None for the commit that HEAD names."""
    local: Path | None = None
    """The folder of a `file:` address."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts that no message may hold."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse an address; None if the text is not an address, and so may be a path.

        Raises:
            UsageError: it is an address of a kind that is refused.
        """
        helper, url, short = _HELPER.match(text), _URL.fullmatch(text), _SHORT.fullmatch(text)
        found = url or short
        if helper is None and found is None:
            return None
        if helper is not None or found is None:
            protocol = text.partition("::")[0]
            raise UsageError(
                f"addresses that begin with {printable(protocol)}:: are not supported", next_step=_HOW
            )
        scheme = url["scheme"].lower() if url else "ssh"
        if scheme not in _PROTOCOLS:
            raise UsageError(f"repositories cannot be fetched by {printable(scheme)}://", next_step=_HOW)
        user, host, path = found["user"] or "", found["host"], found["path"]
        path, marked, reference = path.partition("#")
        address = text.partition("#")[0]
        plain, _, query = path.partition("?")  # the query may hold a key
        safe = printable(f"{scheme}://{host}{plain}" if url else f"{user}@{host}:{plain}")
        if _NOT_IN_ADDRESSES.search(address) or path.startswith("-") or not path.strip("/"):
            raise UsageError(f"{safe} is not the address of a repository", next_step=_HOW)
        if user.startswith("-") or not (_HOST.fullmatch(host) or (scheme == "file" and not host)):
            raise UsageError(f"{safe} names no host", next_step=_HOW)
        if marked and (not reference or _NOT_IN_REFERENCES.search(reference)):
            raise UsageError(
                f"{printable(reference) or 'nothing'} after # is not a branch of {safe}", next_step=_HOW
            )
        return cls(
            url=scheme + address[len(scheme) :] if url else address,
            shown=_with_user(scheme, user, f"{host}{plain}") if url else safe,
            pseudo_path=_pseudo_path(host, plain),
            reference=reference or None,
            local=_local(host, path, safe) if scheme == "file" else None,
            secrets=_secrets(scheme, user, query),
        )

    @property
    def folder(self) -> Path:
        """`pseudo_path` with the name of a bare repository."""
        return self.pseudo_path.with_name(f"{self.pseudo_path.name}.git")

    def redacted(self, text: str) -> str:
        """Remove this address's credentials from a text that git wrote."""
        return redact(text.replace(self.url, self.shown), self.secrets)


def _with_user(scheme: str, user: str, rest: str) -> str:
    """The address with its user, for messages. With https the user name may be a token."""
    name, colon, _ = user.partition(":")
    plain_user = f"{name}:{REDACTED}" if colon else name
    with_user = f"{plain_user if scheme == 'ssh' else REDACTED}@" if user else ""
    return printable(f"{scheme}://{with_user}{rest}")


def _secrets(scheme: str, user: str, query: str) -> tuple[str, ...]:
    name, _, password = user.partition(":")
    parts = {password, unquote(password), query}
    # The user name of https may be a token. A short one beside a password is a plain name, which may stand in
    # any message.
    if scheme != "ssh" and (not password or len(name) >= _SHORTEST_TOKEN):
        parts.add(name)
    return tuple(sorted((part for part in parts if part), key=len, reverse=True))


def _pseudo_path(host: str, path: str) -> Path:
    parts = [safe_component(unquote(part)).replace("/", "_") for part in path.split("/")]
    parts = [part for part in parts if part not in ("", ".", "..", "~")]
    name = (parts.pop() if parts else "").removesuffix(".git") or "submission"
    return Path("/", host.replace(":", "_"), *parts, name)


def _local(host: str, path: str, safe: str) -> Path:
    if host not in ("", "localhost"):
        raise UsageError(f"{safe} is on another machine", next_step="Write file:///folder/ada.git.")
    return Path(unquote(path))
