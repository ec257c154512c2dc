"""An image with Python and all packages of the grader, like a course server's; without the grader itself."""

from __future__ import annotations

import os

from grader.integrations.gradescope.package import OWN_PACKAGES, requirements
from grader.runtime.engine.image import Image
from grader.runtime.sandbox.images import download_wheels
from grader.runtime.sandbox.packages import PACKAGES, pinned_packages
from tests.conftest import require

DOCKERFILE = b"""\
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap python3 python3-venv
COPY wheels /wheels
ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
RUN mkdir -p /autograder/results /autograder/source /autograder/submission
COPY requirements.txt /
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir --requirement /requirements.txt
"""
PYTHON = "/venv/bin/python"
"""Has the packages. What only brings its own may use the wheels."""


def image_name() -> str:
    """The name of the image, which is there then; otherwise the test that asks is skipped."""
    pins = pinned_packages((*PACKAGES, *OWN_PACKAGES))
    image = Image(
        "migration-grader-test-server",
        {"Dockerfile": DOCKERFILE, "requirements.txt": requirements().encode()},
        download=lambda machine: download_wheels(pins, machine),
    )
    if os.environ.get("GRADER_REQUIRE_ALL") == "1":
        image.ensure(print)
    require(image)
    return image.name
