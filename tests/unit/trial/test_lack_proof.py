"""What an error says was lacking counts where the server lacks it and the files ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.observations.lacks import Lack, LackKind
from grader.trial.lack_proof import Offer, proven

OFFER = Offer(16, frozenset({"citext"}), frozenset({"C", "en_US.utf8"}), icu=False)


def real(lack: Lack, text: str, folder: Path, offer: Offer = OFFER) -> bool:
    """Whether a lack is proven over one file."""
    (folder / "revision.py").write_text(text, encoding="utf-8")
    return proven([lack], folder, lambda: offer) == (lack,)


@pytest.mark.parametrize(
    ("lack", "text"),
    [
        (Lack(LackKind.EXTENSION, "postgis"), 'op.execute("CREATE EXTENSION postgis")'),
        (Lack(LackKind.EXTENSION, "vector"), 'for n in ["vector"]: op.execute(f"create  extension {n}")'),
        (Lack(LackKind.COLLATION, "de_DE.utf8"), 'sa.String(80, collation="de_DE.utf8")'),
        (Lack(LackKind.ICU, "de-x-icu"), "op.execute('SELECT a COLLATE \"de-x-icu\"')"),
        (Lack(LackKind.ICU, "ICU"), "op.execute(\"CREATE COLLATION g (provider = icu, locale = 'de')\")"),
        (Lack(LackKind.POSTGRES, "uuidv7()", "18"), 'server_default=sa.text("uuidv7()")'),
        (Lack(LackKind.POSTGRES, "a built-in collation", "17"), ""),
        (Lack(LackKind.NEWER_PYTHON, "itertools.batched", "3.12"), "from itertools import batched"),
        (
            Lack(LackKind.NEWER_PYTHON, "itertools.batched", "3.12"),
            "import itertools\nitertools.batched(a, 2)",
        ),
        (Lack(LackKind.NEWER_PYTHON, "PosixPath.walk", "3.12"), "for _ in folder.walk():"),
        (Lack(LackKind.NEWER_PYTHON, "annotationlib", "3.14"), "import annotationlib"),
        (Lack(LackKind.OLDER_PYTHON, "distutils", "3.12"), "from distutils.util import strtobool"),
        (Lack(LackKind.NEWER_PYTHON, "app.py", "3.12"), ""),
    ],
)
def test_what_the_files_ask_for_and_the_server_lacks_is_lacking(
    lack: Lack, text: str, tmp_path: Path
) -> None:
    assert real(lack, text, tmp_path)


@pytest.mark.parametrize(
    ("lack", "text"),
    [
        (
            Lack(LackKind.EXTENSION, "postgis"),
            "raise RuntimeError('extension \"postgis\" is not available')",
        ),
        (Lack(LackKind.EXTENSION, "citext"), 'op.execute("CREATE EXTENSION citext")'),
        (
            Lack(LackKind.COLLATION, "de_DE.utf8"),
            'raise E(\'collation "de_DE.utf8" for encoding "UTF8" does not exist\')',
        ),
        (Lack(LackKind.COLLATION, "en_US.utf8"), "op.execute('... COLLATE \"en_US.utf8\"')"),
        (Lack(LackKind.ICU, "ICU"), 'raise E("ICU is not supported in this build")'),
        (Lack(LackKind.POSTGRES, "uuidv7()", "18"), 'raise E("function uuidv7() does not exist")'),
        (Lack(LackKind.POSTGRES, "xmltext()", "16"), 'op.execute("SELECT xmltext(a)")'),
        (
            Lack(LackKind.NEWER_PYTHON, "itertools.batched", "3.12"),
            "raise ImportError(\"cannot import name 'batched' from 'itertools'\")",
        ),
        (
            Lack(LackKind.NEWER_PYTHON, "annotationlib", "3.14"),
            "raise ModuleNotFoundError(\"No module named 'annotationlib'\")",
        ),
    ],
)
def test_what_is_there_or_only_said_to_be_lacking_is_not(lack: Lack, text: str, tmp_path: Path) -> None:
    assert not real(lack, text, tmp_path)


def test_a_server_with_icu_lacks_none_of_its_collations(tmp_path: Path) -> None:
    text = "op.execute('SELECT a COLLATE \"xx-x-icu\"')"
    assert real(Lack(LackKind.ICU, "xx-x-icu"), text, tmp_path)
    with_icu = Offer(16, frozenset(), frozenset(), icu=True)
    assert not real(Lack(LackKind.ICU, "xx-x-icu"), text, tmp_path, with_icu)


def test_a_server_is_not_asked_for_nothing(tmp_path: Path) -> None:
    def never() -> Offer:
        raise AssertionError

    assert proven([], tmp_path, never) == ()
