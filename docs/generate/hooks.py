"""The functions that MkDocs calls while it builds the site. No other module here knows MkDocs."""

from __future__ import annotations

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# MkDocs loads this file by its path. The other modules and the catalogue are imported from the repository.
sys.path.insert(0, str(Path(__file__).parents[2]))

from docs.generate import site
from grader.errors import GraderError


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace `folder/*` in the navigation by the pages."""
    config.nav = site.navigation(config.nav or [], Path(config.docs_dir))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    try:
        pages = site.generated_pages()
    except GraderError as error:
        raise PluginError(f"The examples cannot be graded: {error.message} {error.next_step}") from error
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs passes them by name
    """Fill in the generated parts of a written page."""
    try:
        return site.finished(markdown, page.file.src_uri)
    except LookupError as error:
        raise PluginError(str(error)) from error


def on_post_build(config: MkDocsConfig) -> None:
    """Check that the site loads nothing from other hosts.

    Raises:
        PluginError: a page or a style sheet would load something.
    """
    for path in sorted(Path(config.site_dir).rglob("*")):
        if path.suffix in (".html", ".css"):
            found = site.fetched_from_elsewhere(path.read_text(encoding="utf-8"))
            if found:
                raise PluginError(f"{path.name} would load {', '.join(found)} when it is opened.")
