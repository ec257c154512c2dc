"""The packages of the sandbox's image, fetched by pip."""

from __future__ import annotations

import pytest

from grader.errors import UnavailableError
from grader.runtime.sandbox import images


def test_failing_pip_says_why() -> None:
    with pytest.raises(UnavailableError, match="none-such"):
        images.download_wheels({"none-such-" + "x" * 20: "1.0"}, "x86_64")
