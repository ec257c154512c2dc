"""`grade.json`: its layout, its schema, and what is refused on reading."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import ConfigurationError
from grader.report.formats.json import grade_json, is_as_written, read_grade_json
from grader.report.model import SCHEMA_VERSION, GradeReport, SubmissionInfo

EXPECTED = Path(__file__).parents[1] / "expected"
SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "docs" / "grade.schema.json").read_text(encoding="utf-8")
)
KINDS = ["mixed", "error", "perfect", "nothing"]


def sample(kind: str = "mixed") -> GradeReport:
    return read_grade_json(EXPECTED / kind / "grade.json")


def problems(document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("kind", KINDS)
def test_writing_what_was_read_gives_the_same_bytes(kind: str) -> None:
    assert grade_json(sample(kind)) == (EXPECTED / kind / "grade.json").read_bytes()


def test_layout() -> None:
    text = grade_json(sample()).decode()
    document = json.loads(text)
    assert text.startswith(
        '{\n  "schema_version": "1",\n  "assignment": {\n    "id": "exercise_4_migrations"'
    )
    assert text.endswith("}\n")
    assert list(document) == [
        *("schema_version", "assignment", "submission", "status", "score", "max_score", "bonus", "max_bonus"),
        *("criteria", "flags", "run", "error", "next_step", "checklist", "parts", "visibility"),
        *("person", "override", "late", "computed", "digest"),
    ]
    assert list(document["criteria"][0]) == [
        *("id", "title", "group", "status", "points", "max_points", "blocked_by", "seconds", "hint"),
        *("checks", "evidence", "visibility", "kind", "text", "part", "not_yet", "override"),
    ]
    assert isinstance(document["score"], float)


@pytest.mark.parametrize("kind", KINDS)
def test_reports_of_every_kind_fit_the_schema(kind: str) -> None:
    assert problems(json.loads(grade_json(sample(kind)))) == []


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_has_exactly_the_fields_of_the_report() -> None:
    by_name = {"GradeReport": SCHEMA, **SCHEMA["$defs"]}
    generated = msgspec.json.schema(GradeReport)["$defs"]
    for name, definition in generated.items():
        published = by_name[name]
        assert published.get("enum") == definition.get("enum")
        if "properties" in definition:
            of_file = {"digest"} if name == "GradeReport" else set()  # it is no part of the report's value
            assert set(published["properties"]) == {*definition["properties"], *of_file}, name
            assert set(published["required"]) == {*definition["properties"], *of_file}, name
            assert published["additionalProperties"] is False
    in_file = [key for key in SCHEMA["properties"] if key not in ("schema_version", "digest")]
    assert in_file == [item.name for item in fields(GradeReport) if item.name != "schema_version"]
    assert SCHEMA["properties"]["schema_version"] == {
        **SCHEMA["properties"]["schema_version"],
        "const": SCHEMA_VERSION,
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "done"),
        (("status",), "error"),
        (("score",), None),
        (("score",), "85"),
        (("score",), -1),
        (("schema_version",), "2"),
        (("extra",), 1),
        (("error",), "something"),
        (("assignment", "sha256"), "abc"),
        (("assignment", "id"), "Not An Id"),
        (("submission", "id"), ""),
        (("criteria", 0, "status"), "ok"),
        (("criteria", 0, "group"), "optional"),
        (("criteria", 0, "blocked_by"), "history"),
        (("criteria", 0, "points"), None),
        (("criteria", 0, "note"), "x"),
        (("criteria", 0, "checks", 0, "expected"), None),
        (("criteria", 0, "checks", 0, "status"), "Passed"),
        (("flags", 0, "id"), "something_new"),
        (("run", "seconds"), "1.4"),
    ],
)
def test_a_broken_report_does_not_fit_the_schema(path: tuple[str | int, ...], value: Any) -> None:
    document = json.loads(grade_json(sample()))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert problems(document)


@pytest.mark.parametrize("key", ["next_step", "error", "criteria", "schema_version", "bonus"])
def test_a_report_without_a_key_does_not_fit_the_schema(key: str) -> None:
    document = json.loads(grade_json(sample()))
    del document[key]
    assert problems(document)


def test_an_error_report_with_a_score_does_not_fit_the_schema() -> None:
    document = json.loads(grade_json(sample("error")))
    assert problems({**document, "score": 0.0})


def test_a_change_by_hand_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "grade.json"
    written = grade_json(sample())
    path.write_bytes(written)
    assert is_as_written(path)
    path.write_bytes(json.dumps(json.loads(written)).encode())  # another layout of the same values
    assert is_as_written(path)
    path.write_bytes(written.replace(b'"score": 75.0', b'"score": 80.0'))
    assert not is_as_written(path)
    path.write_bytes(written.replace(b'"digest"', b'"other"'))  # as an earlier release wrote it
    assert is_as_written(path)
    path.write_bytes(b"[]")
    assert is_as_written(path)  # `read_grade_json` refuses it


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_round_trip(text: str) -> None:
    report = replace(sample("error"), error=text, submission=SubmissionInfo(text, text, ""))
    assert msgspec.json.decode(grade_json(report), type=GradeReport) == report


def test_a_name_that_is_not_utf8_does_not_stop_the_report() -> None:
    report = replace(sample(), submission=SubmissionInfo("caf\udce9", "caf\udce9/", ""))
    assert json.loads(grade_json(report))["submission"]["id"] == "caf\ufffd"


def read_bytes(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "grade.json"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError) as caught:
        read_grade_json(path)
    assert str(path) in caught.value.message
    assert caught.value.next_step
    return caught.value.message


def test_a_half_written_file_is_refused_at_any_length(tmp_path: Path) -> None:
    data = grade_json(sample())
    for length in range(1, len(data) - 2, 997):
        assert "not whole or not JSON" in read_bytes(tmp_path, data[:length])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (b"\xff\xfe", "not whole or not JSON"),
        (b"[" * 100_000, "not whole or not JSON"),
        (b"[]", "no schema_version"),
        (b"{}", "no schema_version"),
        (b'{"schema_version": "2"}', "layout version '2'; this grader reads version '1'"),
        (b'{"schema_version": "1"}', "missing required field `assignment`"),
    ],
)
def test_what_is_no_report_is_refused_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    assert reason in read_bytes(tmp_path, data)


@pytest.mark.parametrize("change", [{"score": None}, {"status": "finished"}, {"status": "error"}])
def test_status_and_score_have_to_go_together(tmp_path: Path, change: dict[str, Any]) -> None:
    document = {**json.loads(grade_json(sample())), **change}
    assert "does not go with" in read_bytes(tmp_path, json.dumps(document).encode())


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_grade_json(tmp_path / "grade.json")
