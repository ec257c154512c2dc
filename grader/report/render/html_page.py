"""Renders the templates of both HTML pages: they escape every text, and a policy forbids foreign scripts.

A page is one file that contains its style and its script. The content security policy names both by their
hashes, so a browser runs nothing that a submission wrote, even if escaping failed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from grader.files.cache import own_folder
from grader.report.model import Status
from grader.report.render import phrases
from grader.report.render.plain_text import cut_output, cut_value
from grader.text.untrusted import single_line

_SHORT_LINES = 12
_STATUS = Markup('<span class="tag {}"><span aria-hidden="true">{}</span> {}</span>')
_CODE = re.compile(r"(?<!`)`(?! *`)([^`]+)`(?!`)")


def page(template: str, *, styles: tuple[str, ...], script: str, **values: Any) -> str:
    """Render a template with its style sheets, in this order, and its script in the page."""
    style, code = "\n".join(_source(name) for name in styles), _source(script)
    return (
        _templates()
        .get_template(template)
        .render(
            policy=_policy(style, code),
            # Our own files, not a submission's.
            style=Markup(style),  # noqa: S704
            script=Markup(code),  # noqa: S704
            **values,
        )
    )


def block(text: str) -> str:
    """A value of one or more lines, cut if it is long."""
    return cut_value(text) or "(nothing)"


def output(text: str) -> str:
    """A command's output, cut if it is long."""
    return cut_output(text) or "(nothing)"


def prose(text: str) -> Markup:
    """One line of plain text as HTML; text between backticks becomes code."""
    parts = _CODE.split(single_line(text))
    if len(parts) == 1:
        return escape(parts[0])
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts)
    )


def is_short(text: str) -> bool:
    """Whether a text is short enough to be shown unfolded."""
    return text.strip("\n").count("\n") < _SHORT_LINES


@lru_cache(maxsize=512)
def status(item: Status, word: str | None = None) -> Markup:
    """A status with its sign. Cached, because a page shows the few of them a hundred times."""
    return _STATUS.format(item.value, phrases.SYMBOLS[item], word or item.value)


class BytecodeCache(FileSystemBytecodeCache):
    """Jinja's cache of compiled templates. A file that cannot be read or written costs time, not the page."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a compiled template; none if the file is damaged."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - the file may hold anything, such as the first half of itself
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template if that can be done."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def _templates() -> Environment:
    """The templates, compiled once for all pages of a run, and kept for later runs."""
    folder = own_folder("templates")
    environment = Environment(
        loader=PackageLoader("grader.report.render"),
        autoescape=True,
        bytecode_cache=BytecodeCache(str(folder)) if folder else None,
        # If the package is installed again during a run, the run keeps its templates.
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(line=single_line, block=block, output=output, prose=prose, short=is_short)
    environment.globals.update(phrases=phrases, status=status)
    return environment


@cache
def _source(name: str) -> str:
    return (resources.files("grader.report.render") / "templates" / name).read_text(encoding="utf-8")


@cache
def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
