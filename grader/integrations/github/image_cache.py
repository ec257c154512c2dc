"""Whether images in GitHub's cache can be trusted: only if the default branch alone can have saved them.

Under one key a job for a pull request finds entries of the pull request, of its base and of the default
branch, in this order. The author of a pull request can edit its workflow, have it save other images under the
key, and revert the edit. So a job asks GitHub which refs have saved an entry under the key, after it has
restored the entry and before it loads the images. If GitHub does not say, the images are built again.

`python -m grader.integrations.github.image_cache KEY` exits with 0 if they can be used, and with 1 if not.
Must not know what the entry holds.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

_SECONDS = 20
_MOST_BYTES = 4 * 1024 * 1024
_PER_PAGE = 100


class UnknownOriginError(Exception):
    """It is not known who has saved an entry; the text says why."""


@dataclass(frozen=True)
class Job:
    """The job that runs this."""

    api: str
    repository: str
    token: str
    ref: str
    base: str
    """The base branch of the pull request, as a ref; empty if there is none."""
    default: str
    """The default branch, as a ref."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Job:
        """Read the job's environment variables, and the event that started it.

        Raises:
            UnknownOriginError: something is missing.
        """
        try:
            event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
            base = environment.get("GITHUB_BASE_REF", "")
            return cls(
                api=environment["GITHUB_API_URL"],
                repository=environment["GITHUB_REPOSITORY"],
                token=environment.get("GITHUB_TOKEN", ""),
                ref=environment["GITHUB_REF"],
                base=f"refs/heads/{base}" if base else "",
                default=f"refs/heads/{event['repository']['default_branch']}",
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnknownOriginError(f"the job does not say what it runs for ({error!r})") from error


def may_use(job: Job, key: str) -> bool:
    """Whether the job can find under a key only entries of the default branch.

    Raises:
        UnknownOriginError: GitHub does not say.
    """
    untrusted = {job.ref, job.base} - {job.default, ""}
    return not untrusted or not any(ref in untrusted for ref in saved_by(job, key))


def saved_by(job: Job, key: str) -> set[str]:
    """The refs that have an entry under a key.

    Raises:
        UnknownOriginError: GitHub does not say.
    """
    address = urlsplit(job.api)
    query = urlencode({"key": key, "per_page": _PER_PAGE})
    path = f"{address.path}/repos/{job.repository}/actions/caches?{query}"
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "migration-grader"}
    if job.token:
        headers["Authorization"] = f"Bearer {job.token}"
    connect = http.client.HTTPConnection if address.scheme == "http" else http.client.HTTPSConnection
    connection = connect(address.netloc, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise UnknownOriginError(
                f"GitHub answered {answer.status}; for a private repository the job needs `actions: read`"
            )
        listed = json.loads(answer.read(_MOST_BYTES))
        entries = listed["actions_caches"]
        if listed["total_count"] > len(entries):
            raise UnknownOriginError(f"there are {listed['total_count']} entries with that key")
        return {entry["ref"] for entry in entries if entry["key"] == key}
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise UnknownOriginError(f"GitHub gave no answer that can be read ({error!r})") from error
    finally:
        connection.close()


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """See the module; returns the exit status, 2 for wrong arguments."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m grader.integrations.github.image_cache KEY\n")
        return 2
    try:
        trusted = may_use(Job.of(environment), arguments[0])
        reason = "a pull request or its base has saved images under the same key"
    except UnknownOriginError as error:
        trusted, reason = False, str(error)
    said = "are those of the default branch" if trusted else f"are not used, and built anew: {reason}"
    sys.stdout.write(f"The images in the cache {said}.\n")
    return 0 if trusted else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
