"""A TOML file: its values, and the lines and keys that its error messages name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from grader.assignment.tables import Number
from grader.assignment.toml_file import Key, TomlFile
from grader.errors import ConfigurationError

TEXT = '''\
# a comment with title = "not this one"
title = "first"

[one]
long = """
two = 2
"""
two = 2
list = [
    "a",
    "b",
]
[one.inner]
"a.b" = { deep = 1 }

[[many]]
x = 1
[[many]]
x = 2
'''


def toml(tmp_path: Path, text: str | bytes) -> TomlFile:
    path = tmp_path / "file.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return TomlFile.read(path)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("title",), 2),
        (("one",), 4),
        (("one", "long"), 5),
        (("one", "two"), 8),
        (("one", "list", 1), 9),
        (("one", "inner"), 13),
        (("one", "inner", "a.b", "deep"), 14),
        (("many", 0), 16),
        (("many", 1, "x"), 19),
        ((), 1),
        (("nowhere",), 1),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_key_is_found_on_the_line_its_statement_begins_on(
    tmp_path: Path, key: Key, line: int, line_end: str
) -> None:
    assert toml(tmp_path, TEXT.replace("\n", line_end)).line_of(key) == line


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    assert toml(tmp_path, b"\xef\xbb\xbfa = 1").values == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("a = 1\n\nb = ten\n", 3, "b = ten"),
        ("a = 1\na = 2\nb = 3\n", 2, "a = 2"),
        ("[a]\n[a]\n", 2, "[a]"),
        ("a = 1\nb = [\n  1,\nc = 2\n", 2, "b = ["),
        ("a = 1\nb = '''\nnever closed\n", 2, "b = '''"),
        ('name = "unclosed\n', 1, 'name = "unclosed'),
    ],
)
def test_a_syntax_error_names_the_line_and_shows_it(tmp_path: Path, text: str, line: int, shown: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        toml(tmp_path, text)
    assert f"file.toml, line {line}: this is not valid TOML (" in caught.value.message
    assert caught.value.message.endswith(f": {shown}")
    assert caught.value.next_step


def test_a_file_of_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"file\.toml, line 2: this is not UTF-8"):
        toml(tmp_path, "a = 1\nb = 'é'\n".encode("latin-1"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no file .*nothing\.toml"):
        TomlFile.read(tmp_path / "nothing.toml")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TomlFile.read(tmp_path)


Text = Annotated[str, Meta(pattern=r"\S", title="a text")]


class Inner(msgspec.Struct):
    """An entry of a table."""

    number: Number


class Item(msgspec.Struct, forbid_unknown_fields=True):
    """A table in the files below."""

    x: Annotated[int, Meta(ge=1, title="a whole number, 1 or more")] = 1
    choice: Literal["a", "b"] = "a"
    text_or_list: Text | Annotated[list[Text], Meta(min_length=1, title="a list of texts")] = "a"
    entries: Annotated[
        dict[Annotated[str, Meta(pattern="^[a-z]+$", title="a name in small letters")], Inner],
        Meta(max_length=2, title="a table of two at most"),
    ] = {}


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    """The files below."""

    one: Item
    many: Annotated[list[Item], Meta(title="tables under [[many]]")] = []


def test_a_right_file_is_decoded_by_its_types(tmp_path: Path) -> None:
    file = toml(tmp_path, "[one]\nentries.a.number = 2\n[[many]]\nx = 3\n")
    assert file.decoded(Whole) == Whole(one=Item(entries={"a": Inner(2.0)}), many=[Item(x=3)])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the key `one` is missing; it belongs at the top of the file."),
        (
            "\n[one]\nentries.a = {}\n",
            3,
            "the key `one.entries.a.number` is missing; it belongs in `one.entries.a`.",
        ),
        ("[one]\nchioce = 1\n", 2, "`one.chioce` is not a known key. Did you mean `choice`?"),
        ("[one]\n[zzz]\n", 2, "`zzz` is not a known key. Known are: many, one."),
        ("one = 1\n", 1, "`one` must be a table, but it is 1."),
        ("[one]\nx = 0\n", 2, "`one.x` must be a whole number, 1 or more, but it is 0."),
        ("[one]\nx = 1.5\n", 2, "`one.x` must be a whole number, 1 or more, but it is 1.5."),
        ("[one]\nx = true\n", 2, "`one.x` must be a whole number, 1 or more, but it is true."),
        ("[one]\nx = 2020-01-01\n", 2, "`one.x` must be a whole number, 1 or more, but it is 2020-01-01."),
        ('[one]\nchoice = "c"\n', 2, '`one.choice` must be "a" or "b", but it is "c".'),
        ("[one]\nchoice = []\n", 2, '`one.choice` must be "a" or "b", but it is a list with no values.'),
        (
            "[one]\ntext_or_list = 1\n",
            2,
            "`one.text_or_list` must be a text or a list of texts, but it is 1.",
        ),
        (
            '[one]\ntext_or_list = " "\n',
            2,
            '`one.text_or_list` must be a text or a list of texts, but it is " ".',
        ),
        ("[one]\ntext_or_list = [\n'a',\n'']\n", 2, '`one.text_or_list` has "": each must be a text.'),
        ("[one]\nentries = 1\n", 2, "`one.entries` must be a table of two at most, but it is 1."),
        (
            "[one.entries]\na.number = 1\nb.number = 1\nc.number = 1\n",
            1,
            "`one.entries` must be a table of two at most, but it is a table with 3 keys.",
        ),
        (
            "[one.entries]\na.number = 1\n'b.c'.number = 1\n",
            3,
            '`one.entries."b.c"` must be a name in small letters.',
        ),
        (
            "[one.entries]\na.number = 1\nb.number = -1\n",
            3,
            "`one.entries.b.number` must be a number, 0 or more, but it is -1.",
        ),
        ("[one]\n[[many]]\n[[many]]\nx = 0\n", 4, "`many.x` must be a whole number, 1 or more, but it is 0."),
        ("[one]\n[[many]]\n[[many]]\nxx = 0\n", 4, "`many.xx` is not a known key. Did you mean `x`?"),
        ("[one]\n[many]\nx = 1\n", 2, "`many` must be tables under [[many]], but it is a table with 1 key."),
        ("many = [1]\n[one]\n", 1, "`many` has 1: each must be a table."),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        toml(tmp_path, text).decoded(Whole)
    assert caught.value.message == f"{tmp_path / 'file.toml'}, line {line}: {message}"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-0.5", "true", '"1"', "1e400"])
def test_a_number_is_a_finite_one(tmp_path: Path, value: str) -> None:
    file = toml(tmp_path, f"[one]\n[one.entries.a]\nnumber = {value}\n")
    with pytest.raises(
        ConfigurationError, match=r"line 3: `one.entries.a.number` must be a number, 0 or more"
    ):
        file.decoded(Whole)
