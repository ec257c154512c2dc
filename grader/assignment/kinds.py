"""What an assignment file has to know of the kinds of criteria: their settings, titles and texts.

The kinds themselves stand in `grader.judging.kinds`. Whoever reads a file hands them over, since this room
must not know how anything is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from grader.assignment.tables import KindSettings


class Kind(Protocol):
    """A kind of criteria, as far as an assignment file is concerned."""

    @property
    def name(self) -> str:
        """What stands behind `kind =`."""
        ...

    @property
    def settings(self) -> type[KindSettings]:
        """The keys of a criterion of this kind."""
        ...

    @property
    def once(self) -> bool:
        """Whether an assignment may have one criterion of this kind at most."""
        ...

    @property
    def requires(self) -> tuple[str, ...]:
        """The kinds whose criteria have to pass first, where the file does not say."""
        ...

    @property
    def all_or_nothing(self) -> bool:
        """Whether there are only points when all checks pass, where the file does not say."""
        ...

    def title_of(self, settings: Any) -> str:
        """The title of a criterion whose table gives none."""
        ...

    def text_of(self, settings: Any) -> tuple[str, ...]:
        """The rubric's text, by paragraphs, of a criterion whose table gives none."""
        ...


Kinds: TypeAlias = Mapping[str, Kind]
"""All kinds by name."""
