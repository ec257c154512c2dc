"""Addresses of repositories: which are taken, what they are called, and that no credential is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.submission.git.address import GitAddress

SECRET = "s3cret-of-the-course"


def parsed(text: str) -> GitAddress:
    address = GitAddress.parse(text)
    assert address is not None
    return address


@pytest.mark.parametrize(
    ("text", "url", "place"),
    [
        ("https://example.org/ada/work.git", None, "/example.org/ada/work"),
        ("https://example.org/ada/work", None, "/example.org/ada/work"),
        ("https://example.org:8443/ada/work/", None, "/example.org_8443/ada/work"),
        ("http://127.0.0.1/ada.git", None, "/127.0.0.1/ada"),
        ("HTTPS://example.org/ada.git", "https://example.org/ada.git", "/example.org/ada"),
        ("ssh://git@example.org:2222/~/ada.git", None, "/example.org_2222/ada"),
        ("git@example.org:class/ada.git", None, "/example.org/class/ada"),
        ("git@[::1]:ada.git", None, "/[__1]/ada"),
        ("file:///srv/class/ada.git", None, "/srv/class/ada"),
        ("file://localhost/srv/a%20b.git", None, "/localhost/srv/a b"),
        ("https://example.org/.git", None, "/example.org/submission"),
        ("https://example.org/a/../b/%2e%2e/x%2Fy.git", None, "/example.org/a/b/x_y"),
    ],
)
def test_addresses(text: str, url: str | None, place: str) -> None:
    address = parsed(text)
    assert address.url == (url or text)
    assert address.pseudo_path == Path(place)
    assert address.folder.name == f"{Path(place).name}.git"
    assert address.reference is None


@pytest.mark.parametrize("reference", ["main", "feature/x", "v1.0", "a" * 40, "zoë"])
def test_a_branch_after_the_hash_sign(reference: str) -> None:
    address = parsed(f"https://example.org/ada.git#{reference}")
    assert (address.url, address.reference) == ("https://example.org/ada.git", reference)
    assert address.pseudo_path == Path("/example.org/ada")


@pytest.mark.parametrize(
    "reference",
    ["", "-upload-pack=x", "+main", "a:b", "a b", "a..b", "a^", "~1", "/a", "a/", "a.lock", "*", "@{1}"],
)
def test_an_invalid_branch_is_refused(reference: str) -> None:
    with pytest.raises(UsageError, match="after #"):
        GitAddress.parse(f"https://example.org/ada.git#{reference}")


@pytest.mark.parametrize(
    "text",
    ["ada", "class/ada.git", "./x", "ada.zip", "C:/ada", "host:ada", "a@b", "", "-x", "-l@host:ada", "#"],
)
def test_a_path_is_no_address(text: str) -> None:
    assert GitAddress.parse(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ext::sh -c id", "begin with ext::"),
        ("EXT::sh", "begin with EXT::"),
        ("fd::17", "begin with fd::"),
        ("persistent-https::x", "begin with persistent-https::"),
        ("git://example.org/ada.git", "by git://"),
        ("ftp://example.org/ada.git", "by ftp://"),
        ("ssh://-oProxyCommand=id/ada.git", "names no host"),
        ("ssh://git@-oProxyCommand=id/ada.git", "names no host"),
        ("git@-oX:ada.git", "names no host"),
        ("ssh://-oX@example.org/ada.git", "names no host"),
        ("git@example.org:-ada", "not the address"),
        ("https:///ada.git", "names no host"),
        ("https://example.org", "not the address"),
        ("https://example.org/", "not the address"),
        ("https://example.org/a b", "not the address"),
        ("https://example.org/a\nb", "not the address"),
        ("file://example.org/ada.git", "another machine"),
    ],
)
def test_dangerous_and_incomplete_addresses_are_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        GitAddress.parse(text)
    assert "https://host/ada.git" in caught.value.next_step or "file:///" in caught.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        f"https://ada:{SECRET}@example.org/ada.git",
        f"https://{SECRET}@example.org/ada.git#main",
        f"https://{SECRET}:x-oauth-basic@example.org/ada.git",
        f"https://ada:{SECRET}@with-at@example.org/ada.git",
        f"ssh://git:{SECRET}@example.org/ada.git",
        f"https://example.org/ada.git?private_token={SECRET}",
    ],
)
def test_credentials_are_not_shown(text: str) -> None:
    address = parsed(text)
    assert SECRET in address.url
    for told in (
        repr(address),
        address.shown,
        str(address.pseudo_path),
        address.redacted(f"fatal: {address.url}: 403"),
    ):
        assert SECRET not in told
    assert address.shown.endswith("example.org/ada.git")


def test_credentials_in_any_form_are_removed_from_git_output() -> None:
    address = parsed("https://ada:p%40ss@example.org/ada.git")
    for form in ("p%40ss", "p@ss", "https://ada:p%40ss@example.org/ada.git/"):
        assert "ss" not in address.redacted(f"{form} |").replace("https", "")


@pytest.mark.parametrize(
    "text",
    [
        f"ftp://ada:{SECRET}@example.org/ada.git",
        f"https://ada:{SECRET}@example.org/a b",
        f"https://ada:{SECRET}@-x/ada.git",
        f"https://ada:{SECRET}@example.org/ada.git#a b",
        f"https://{SECRET}@example.org/ada.git#..",
    ],
)
def test_a_refusal_shows_no_credentials(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        GitAddress.parse(text)
    assert SECRET not in str(caught.value)


def test_the_user_of_ssh_is_shown() -> None:
    assert parsed("git@example.org:ada.git").shown == "git@example.org:ada.git"
    assert parsed("ssh://git@example.org/ada.git").shown == "ssh://git@example.org/ada.git"


@given(
    st.text(alphabet="abc:/@#?-.~%[]~ \n\0é2", max_size=40),
    st.sampled_from(["", "https://", "ssh://", "git@", "file:", "ext::"]),
)
def test_any_text_is_an_address_a_path_or_refused(text: str, beginning: str) -> None:
    try:
        address = GitAddress.parse(beginning + text)
    except UsageError as refused:
        assert refused.next_step  # noqa: PT017 - either outcome is right
        return
    if address is not None:
        assert not address.url.startswith("-")
        assert "\0" not in address.url
        assert address.pseudo_path.is_absolute()
        assert ".." not in address.pseudo_path.parts
        address.shown.encode()
