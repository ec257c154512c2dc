"""A TOML file's values, and the lines that its error messages name."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.toml_file import Key, TomlFile, dotted, suggestion
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


@pytest.mark.parametrize(
    ("method", "value", "wanted"),
    [
        ("text", "1", "a text that is not empty, but it is 1"),
        ("text", '" "', "a text that is not empty"),
        ("texts", '"a"', 'a list of one or more texts, but it is "a"'),
        ("texts", "[]", "a list of one or more texts, but it is a list"),
        ("texts", "[1]", "a list of one or more texts"),
        ("flag", "1", "true or false, but it is 1"),
        ("number", '"1"', 'a number, 0 or more, but it is "1"'),
        ("number", "true", "a number, 0 or more, but it is true"),
        ("number", "-0.5", "a number, 0 or more, but it is -0.5"),
        ("number", "nan", "a number, 0 or more"),
        ("number", "inf", "a number, 0 or more"),
        ("positive", "0", "a number above 0"),
        ("count", "1.5", "a whole number, 1 or more, but it is 1.5"),
        ("count", "0", "a whole number, 1 or more"),
        ("count", "true", "a whole number, 1 or more"),
        ("table", "[1]", "a table, but it is a list"),
        ("tables", "{}", "written as one or more tables under [[key]]"),
    ],
)
def test_a_value_of_the_wrong_type(tmp_path: Path, method: str, value: str, wanted: str) -> None:
    table = toml(tmp_path, f"\n[a]\nkey = {value}\n").root.table("a")
    with pytest.raises(ConfigurationError) as caught:
        getattr(table, method)("key")
    assert caught.value.message.startswith(f"{tmp_path / 'file.toml'}, line 3: `a.key` must be {wanted}")


def test_values_of_the_right_type(tmp_path: Path) -> None:
    table = toml(tmp_path, 't = "x"\nl = ["x", "y"]\nf = false\nn = 2\nc = 3\n[[many]]\na = 1\n').root
    assert (table.text("t"), table.texts("l"), table.flag("f")) == ("x", ("x", "y"), False)
    assert (table.number("n"), table.positive("n"), table.count("c")) == (2.0, 2.0, 3)
    assert [item.values for item in table.tables("many")] == [{"a": 1}]
    assert table.tables("none") == ()


def test_a_missing_key_is_placed_in_its_table(tmp_path: Path) -> None:
    root = toml(tmp_path, "x = 1\n\n[a]\n").root
    with pytest.raises(ConfigurationError, match=r"line 3: the key `a\.b` is missing; it belongs in `a`"):
        root.table("a").text("b")
    with pytest.raises(ConfigurationError, match=r"line 1: the key `y` is missing; .* top of the file"):
        root.text("y")


def test_an_unknown_key_is_met_with_a_suggestion(tmp_path: Path) -> None:
    root = toml(tmp_path, "points = 1\npoimts = 2\n").root
    with pytest.raises(
        ConfigurationError, match=r"line 2: `poimts` is not a known key\. Did you mean `points`\?"
    ):
        root.only("points", "group")


def test_a_suggestion_falls_back_to_what_there_is() -> None:
    assert suggestion("zzz", ["b", "a"]) == "Known are: a, b."


def test_a_name_with_a_dot_is_quoted_and_positions_are_left_out() -> None:
    assert dotted(("criteria", "users.bio", 1, "type")) == 'criteria."users.bio".type'
