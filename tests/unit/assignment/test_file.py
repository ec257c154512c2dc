"""Reading an assignment: the values of a right file, and the message about a wrong one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from grader.assignment import file as assignment_file
from grader.assignment.file import default_path, models_digest, reference_files
from grader.assignment.model import Audience, Group, Limits, Project, Visibility
from grader.assignment.objects import ExpectedColumn, ExpectedForeignKey, ExpectedKey
from grader.errors import ConfigurationError
from grader.runs.assignments import load

REFERENCE = Path(__file__).parents[3] / "reference_solution"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a self-check: the assignment and the reference schema, no code."""
    for name in ("assignment.toml", "reference_schema.sql"):
        shutil.copy(REFERENCE / name, tmp_path)
    return tmp_path


def edited(folder: Path, old: str, new: str) -> Path:
    """Replace a text that stands in the assignment file once, and return the file's path."""
    path = folder / "assignment.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def line_with(path: Path, text: str) -> int:
    """Return the number of the first line that begins with a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(text))


def failure(path: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return caught.value


def test_the_delivered_assignment_has_the_whole_rubric() -> None:
    assignment = load(REFERENCE / "assignment.toml")
    assert [(item.id, item.kind) for item in assignment.criteria] == [
        ("upgrade_head", "upgrade"),
        ("user_columns", "schema"),
        ("category_table", "schema"),
        ("current_revision", "current"),
        ("history", "history"),
        ("downgrade", "downgrade"),
        ("models_match", "models"),
        ("username_length", "column_change"),
        ("configuration", "configuration"),
        ("reapply", "reapply"),
        ("reversible_chain", "stairway"),
        ("data_survival", "rows"),
        ("offline", "offline"),
        ("atomic", "atomic"),
        ("unedited", "unedited"),
        ("explained", "explained"),
    ]
    points = {group: sum(c.points for c in assignment.criteria if c.group is group) for group in Group}
    assert points == {Group.REQUIRED: 100, Group.BONUS: 5, Group.PRACTICE: 0}
    assert [c.points for c in assignment.criteria] == [20, 10, 15, 10, 10, 15, 20, 5, *[0] * 8]
    assert (assignment.id, assignment.project) == ("exercise_4_migrations", Project())
    assert assignment.accepted_types == {
        ("users.username", "character varying(80)"),
        ("users.username", "character varying(50)"),
    }
    assert assignment.limits == Limits()
    assert "CREATE TABLE categories" in (assignment.reference_sql or "")


def test_the_delivered_expectations() -> None:
    assignment = load(REFERENCE / "assignment.toml")
    settings = {item.id: item.settings for item in assignment.criteria}
    assert settings["user_columns"].expected().columns == (
        ExpectedColumn("users", "bio", ("text",), nullable=True),
        ExpectedColumn("users", "avatar_url", ("character varying(255)",), nullable=True),
    )
    category = settings["category_table"].expected()
    assert (category.tables, category.primary_keys) == (
        ("categories",),
        (ExpectedKey("categories", ("id",)),),
    )
    assert category.unique == (ExpectedKey("categories", ("name",)), ExpectedKey("categories", ("slug",)))
    assert category.foreign_keys == (ExpectedForeignKey("posts", ("category_id",), "categories", ("id",)),)
    assert len(category.columns) == 6
    assert settings["history"].minimum_revisions == 3
    assert settings["username_length"].before.type == "character varying(80)"


def test_a_self_check_needs_no_solution_code(folder: Path) -> None:
    assert load(folder / "assignment.toml") == load(REFERENCE / "assignment.toml")


def test_the_packaged_assignment_is_the_default_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_path() == REFERENCE / "assignment.toml"
    monkeypatch.setattr(assignment_file, "__file__", str(tmp_path / "grader" / "assignment_file.py"))
    packaged = tmp_path / "grader" / "exercise" / "assignment.toml"
    packaged.parent.mkdir(parents=True)
    packaged.touch()
    assert default_path() == packaged


BIO = '"users.bio" = { type = "text", nullable = true }'
AVATAR = '"users.avatar_url" = { type = "character varying(255)", nullable = true }'
FOREIGN_KEY = 'foreign_keys = ["posts(category_id) -> categories(id)"]'
UPGRADE_POINTS = 'points = 20\npart = "initial"\n\n[criteria.user_columns]'

ROOT = '# alembic_root = "backend"'

BROKEN = [
    # what stands in the file, what it is replaced by, how the line begins, what the message says
    (
        'kind = "history"',
        'kind = "histroy"',
        'kind = "histroy"',
        '`criteria.history.kind` is "histroy", which is no kind. Did you mean `history`?',
    ),
    (
        'kind = "history"\n',
        "",
        "[criteria.history]",
        "`criteria.history` needs a `kind`: one of atomic, column_change, configuration,",
    ),
    (
        'kind = "reapply"',
        'kind = "history"\nminimum_revisions = 1',
        None,
        '`criteria.reapply.kind` is "history", as that of `criteria.history` is:',
    ),
    (
        "[criteria.reapply]\n",
        '[criteria."re apply"]\n',
        '[criteria."re apply"]',
        '`criteria."re apply"` must be an id of letters, digits, `_` and `-`, a letter first.',
    ),
    (
        'kind = "reapply"',
        'kind = "reapply"\nrequires = ["upgrade"]',
        "requires",
        '`criteria.reapply.requires` names "upgrade", which is no criterion. Did you mean `upgrade_head`?',
    ),
    (
        'kind = "upgrade"',
        'kind = "upgrade"\nrequires = ["reapply"]',
        "requires",
        "`criteria.upgrade_head.requires` goes round in a circle: upgrade_head -> reapply -> upgrade_head.",
    ),
    (
        'kind = "history"\ngroup',
        'kind = "history"\ngruop',
        "gruop",
        "`criteria.history.gruop` is not a known key. Did you mean `group`?",
    ),
    (
        "max_score = 100",
        "max_scroe = 100",
        "max_scroe",
        "`max_scroe` is not a known key. Did you mean `max_score`?",
    ),
    ("step_seconds = 30", "steps_seconds = 30", "steps_seconds", "Did you mean `step_seconds`?"),
    (
        "output_bytes = 65_536",
        "output_bytes = 2_000_000",
        "output_bytes",
        "must be a whole number from 1 to 1,048,576, but it is 2000000.",
    ),
    (
        'column = "users.username"\ntype',
        'colum = "users.username"\ntype',
        "colum =",
        "`accept.colum` is not a known key.",
    ),
    ("metadata = ", "meta = ", "meta =", "`reference.meta` is not a known key. Did you mean `metadata`?"),
    (
        BIO,
        '"users.bio" = { type = "text", null = true }',
        '"users.bio"',
        ('`criteria.user_columns.columns."users.bio".null` is not a known key. Did you mean `nullable`?'),
    ),
    (
        "minimum_revisions = 3",
        'tables = ["users"]',
        'tables = ["users"]',
        "`criteria.history.tables` is not a known key.",
    ),
    (
        'schema_version = "2"',
        'schema_version = "1"',
        "schema_version",
        '`schema_version` is "1": that layout is not read any more.',
    ),
    (
        'schema_version = "2"',
        'schema_version = "3"',
        "schema_version",
        '`schema_version` must be "2", but it is "3".',
    ),
    (
        'schema_version = "2"',
        "schema_version = 2",
        "schema_version",
        '`schema_version` must be "2", but it is 2.',
    ),
    (
        'id = "exercise_4_migrations"\n',
        "",
        "# How",
        "the key `id` is missing; it belongs at the top of the file.",
    ),
    ("max_score = 100\n", "", "# How", "the key `max_score` is missing"),
    (
        'models = "app.py"\n',
        "",
        "[reference]",
        "the key `reference.models` is missing; it belongs in `reference`.",
    ),
    (
        "minimum_revisions = 3\n",
        "",
        "[criteria.history]",
        "the key `criteria.history.minimum_revisions` is missing",
    ),
    (
        'from = { type = "character varying(80)" }\n',
        "",
        "[criteria.username_length]",
        "the key `criteria.username_length.from` is missing",
    ),
    (
        'column = "users.username"\n# What',
        'column = "username"\n# What',
        'column = "username"',
        "`criteria.username_length.column` must be a table, a dot and a column, in quotes",
    ),
    (
        'kind = "downgrade"\ngroup = "required"\npoints = 15',
        'kind = "downgrade"\ngroup = "required"\npoints = -1',
        "points = -1",
        "`criteria.downgrade.points` must be a number, 0 or more, but it is -1.",
    ),
    (
        UPGRADE_POINTS,
        'points = "twenty"\n\n[criteria.user_columns]',
        'points = "twenty"',
        '`criteria.upgrade_head.points` must be a number, 0 or more, but it is "twenty".',
    ),
    (
        'group = "bonus"',
        'group = "extra"',
        'group = "extra"',
        '`criteria.username_length.group` must be "required", "bonus" or "practice", but it is "extra".',
    ),
    (
        UPGRADE_POINTS,
        'points = 2\npart = "initial"\n\n[criteria.user_columns]',
        "max_score",
        ("`max_score` is 100, but the points of the required and the practice criteria add up to 82."),
    ),
    ("max_score = 100", "max_score = 0", "max_score", "`max_score` must be a number above 0, but it is 0."),
    (
        "max_score = 100",
        "max_score = inf",
        "max_score",
        "`max_score` must be a number above 0, but it is inf.",
    ),
    (
        "minimum_revisions = 3",
        "minimum_revisions = 2.5",
        "minimum_revisions",
        "must be a whole number, 1 or more",
    ),
    (
        '"users.bio" = {',
        '"bio" = {',
        '"bio"',
        "`criteria.user_columns.columns.bio` must be a table, a dot and a column, in quotes",
    ),
    (BIO, '"users.bio" = "text"', '"users.bio"', "must be a table"),
    (
        BIO,
        '"users.bio" = { type = 3, nullable = true }',
        '"users.bio"',
        "must be a text that is not empty or a list of one or more texts, but it is 3.",
    ),
    (
        BIO,
        '"users.bio" = { type = [], nullable = true }',
        '"users.bio"',
        "a list of one or more texts, but it is a list with no values.",
    ),
    (
        BIO,
        '"users.bio" = { type = "text", nullable = 1 }',
        '"users.bio"',
        "must be true or false, but it is 1.",
    ),
    (
        'primary_keys = ["categories(id)"]',
        'primary_keys = ["categories.id"]',
        "primary_keys",
        'has "categories.id": each must be a table and its columns, like this: "customers(email)".',
    ),
    (
        FOREIGN_KEY,
        'foreign_keys = ["posts(category_id)"]',
        "foreign_keys",
        '"orders(customer_id) -> customers(id)" or a table like { key = ..., on_delete = ... }.',
    ),
    (
        FOREIGN_KEY,
        'foreign_keys = ["posts(a, b) -> categories(id)"]',
        "foreign_keys",
        "`criteria.category_table.foreign_keys` must name as many columns of posts as of categories.",
    ),
    (
        'to = { type = "character varying(50)", nullable = false }',
        'to = "character varying(50)"',
        "to =",
        "`criteria.username_length.to` must be a table like { type = ... }, but it is",
    ),
    (
        f"{BIO}\n{AVATAR}\n",
        "",
        "[criteria.user_columns.columns]",
        "must be a table of one or more columns, but it is a table with no keys.",
    ),
    (
        f"[criteria.user_columns.columns]\n{BIO}\n{AVATAR}\n",
        "",
        "[criteria.user_columns]",
        "`criteria.user_columns` asks for nothing: name `tables`, `columns` or keys.",
    ),
    (
        'column = "users.username"\ntype',
        'column = "username"\ntype',
        'column = "username"',
        "`accept.column` must be a table, a dot",
    ),
    (
        "[[accept]]",
        "[accept]",
        "[accept]",
        "`accept` must be one or more tables under [[accept]], but it is a table with 2 keys.",
    ),
    (
        "step_seconds = 30",
        "step_seconds = 0",
        "step_seconds",
        "`limits.step_seconds` must be a number above 0",
    ),
    (
        "trial_seconds = 300",
        'trial_seconds = "long"',
        "trial_seconds",
        "`limits.trial_seconds` must be a number above 0",
    ),
    (
        "submission_files = 5000",
        "submission_files = -1",
        "submission_files",
        "`limits.submission_files` must be a whole number, 1 or more, but it is -1.",
    ),
    (ROOT, '[project]\nalembic_root = "../other"', "alembic_root", "must be a folder inside"),
    (ROOT, '[project]\nalembic_root = "/etc"', "alembic_root", "must be a folder inside"),
    (ROOT, '[project]\nworking_folder = "/etc"', "working_folder", "must be a folder inside"),
    (ROOT, '[project]\nflask_ap = "shop"', "flask_ap", "Did you mean `flask_app`?"),
    (
        ROOT,
        '[project]\nrequirements = "no.txt"',
        "requirements",
        "no.txt, which cannot be read (No such file",
    ),
    (ROOT, '[project.files]\n"a.ini" = "no.ini"', '"a.ini"', "no.ini, which cannot be read (No such file"),
    (ROOT, '[project.files]\n"../a.ini" = "assignment.toml"', '"../a.ini"', "must be a path inside the"),
    (ROOT, '[project.variables]\n"A B" = "1"', '"A B"', "must be the name of a variable."),
    (ROOT, '[aliases]\n"a.b.c" = "d"', '"a.b.c"', "must be a table, or a table, a dot and a column"),
    ('schema = "reference_schema.sql"', 'schema = "other.sql"', "schema = ", "`reference.schema` names"),
    (UPGRADE_POINTS, "points = 20 20\n\n[criteria.user_columns]", "points = 20 20", "this is not valid TOML"),
    ("[criteria.reapply]", "[criteria.configuration]", None, "this is not valid TOML"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), BROKEN)
def test_a_broken_file_is_refused_with_the_key_and_the_line(
    folder: Path, old: str, new: str, line: str | None, message: str
) -> None:
    path = edited(folder, old, new)
    said = failure(path).message
    assert message in said
    assert said.startswith(f"{path}, line ")
    if line is not None:
        assert said.startswith(f"{path}, line {line_with(path, line)}: ")


def test_a_file_without_criteria_is_refused(folder: Path) -> None:
    path = folder / "assignment.toml"
    reference = '[reference]\nmodels = "app.py"\nmetadata = "db.metadata"\nschema = "reference_schema.sql"\n'
    top = 'schema_version = "2"\nid = "a"\ntitle = "b"\nmax_score = 10\n'
    path.write_text(top + reference, encoding="utf-8")
    assert "the key `criteria` is missing" in failure(path).message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "There is no file" in failure(tmp_path / "assignment.toml").message


def test_a_criterion_may_be_left_out_and_practice_may_count(folder: Path) -> None:
    edited(folder, 'criteria = ["reapply"]', "look = true")
    edited(folder, '[criteria.reapply]\nkind = "reapply"\ngroup = "practice"\npoints = 0\n', "")
    survival = 'kind = "rows"\ngroup = "practice"\npoints = '
    edited(folder, f"{survival}0", f"{survival}7.5")
    assignment = load(edited(folder, "max_score = 100", "max_score = 107.5"))
    assert assignment.criterion("reapply") is None
    settings = assignment.criterion("data_survival")
    assert settings is not None
    assert (settings.group, settings.points) == (Group.PRACTICE, 7.5)


def test_the_folder_and_the_limits_can_be_set(folder: Path) -> None:
    edited(folder, "step_seconds = 30", "step_seconds = 2.5")
    assignment = load(edited(folder, ROOT, '[project]\nalembic_root = "./back end/"'))
    assert (assignment.project.alembic_root, assignment.limits.step_seconds) == ("back end", 2.5)


def test_the_time_of_a_whole_trial_can_be_set(folder: Path) -> None:
    assert load(folder / "assignment.toml").limits.trial_seconds == 300
    assert load(edited(folder, "trial_seconds = 300", "trial_seconds = 60")).limits.trial_seconds == 60


def test_the_revisions_that_were_handed_out(folder: Path) -> None:
    assert "672b0dfe84a9" in load(folder / "assignment.toml").handed_out
    pattern = re.compile(r"^handed_out_revisions = .*$", re.MULTILINE)
    path = folder / "assignment.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(pattern.sub("", text), encoding="utf-8")
    assert load(path).handed_out == ()
    path.write_text(pattern.sub("handed_out_revisions = [1]", text), encoding="utf-8")
    assert "`handed_out_revisions` has 1: each must be a text that is not empty." in failure(path).message


def test_limits_and_alternatives_are_optional(folder: Path) -> None:
    path = folder / "assignment.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("[[accept]]")[0], encoding="utf-8")
    assignment = load(path)
    assert (assignment.accepted_types, assignment.limits) == (frozenset(), Limits())


def test_keys_may_span_columns(folder: Path) -> None:
    edited(folder, '"categories(name)", "categories(slug)"', '"categories ( name , slug )"')
    path = edited(folder, '"posts(category_id) -> categories(id)"', '"posts(a, b)->categories(c, d)"')
    settings = load(path).criterion("category_table")
    assert settings is not None
    assert settings.settings.expected().unique == (ExpectedKey("categories", ("name", "slug")),)
    assert settings.settings.expected().foreign_keys == (
        ExpectedForeignKey("posts", ("a", "b"), "categories", ("c", "d")),
    )


def test_the_digest_changes_with_the_assignment_and_with_the_schema_only(folder: Path) -> None:
    path = folder / "assignment.toml"
    before = load(path).sha256
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path).sha256 == before
    schema = folder / "reference_schema.sql"
    schema.write_text(schema.read_text(encoding="utf-8") + "-- more\n", encoding="utf-8")
    with_schema = load(path).sha256
    with_title = load(edited(folder, "database migrations with Alembic", "migrations")).sha256
    assert len({before, with_schema, with_title}) == 3


def test_a_schema_that_is_older_than_the_models_is_refused(folder: Path) -> None:
    path = folder / "assignment.toml"
    models = folder / "app.py"
    shutil.copy(REFERENCE / "app.py", models)
    assert load(path).criteria
    models.write_bytes(models.read_bytes().replace(b"\n", b"\r\n"))  # a checkout on Windows
    assert load(path).criteria
    models.write_text(models.read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")
    error = failure(path)
    assert f"line {line_with(path, 'schema = ')}: `reference.schema`" in error.message
    assert "was not made from" in error.message
    assert f"python -m grader.reference_ddl {path}" in error.next_step


def test_a_schema_without_the_models_digest_is_refused_beside_the_models(folder: Path) -> None:
    shutil.copy(REFERENCE / "app.py", folder)
    (folder / "reference_schema.sql").write_text("CREATE TABLE users (id integer);\n", encoding="utf-8")
    assert "was not made from" in failure(folder / "assignment.toml").message


def test_a_missing_schema_is_refused_with_what_to_do(folder: Path) -> None:
    path = folder / "assignment.toml"
    (folder / "reference_schema.sql").unlink()
    assert "comes with the assignment file" in failure(path).next_step
    shutil.copy(REFERENCE / "app.py", folder)
    assert "grader.reference_ddl" in failure(path).next_step


def test_a_schema_without_tables_is_refused(folder: Path) -> None:
    (folder / "reference_schema.sql").write_text("-- nothing yet\n", encoding="utf-8")
    assert "no table is created" in failure(folder / "assignment.toml").message


def test_where_the_reference_is_can_be_read_without_a_schema(folder: Path) -> None:
    (folder / "reference_schema.sql").unlink()
    files = reference_files(folder / "assignment.toml")
    assert files is not None
    assert (files.models, files.metadata) == (folder / "app.py", "db.Model.metadata")
    assert files.schema == folder / "reference_schema.sql"


def test_the_models_digest_does_not_depend_on_line_ends(tmp_path: Path) -> None:
    unix, windows = tmp_path / "a.py", tmp_path / "b.py"
    unix.write_bytes(b"x = 1\n")
    windows.write_bytes(b"x = 1\r\n")
    assert models_digest(unix) == models_digest(windows)


# --- who sees what ----------------------------------------------------------------------------------------


def test_students_see_everything_unless_the_file_says_otherwise(folder: Path) -> None:
    assignment = load(folder / "assignment.toml")
    assert assignment.visibility == Visibility(Audience.STUDENT, Audience.STUDENT)
    assert {item.visibility for item in assignment.criteria} == {Audience.STUDENT}


def test_hints_points_and_criteria_can_be_for_the_instructor_alone(folder: Path) -> None:
    path = edited(folder, "[criteria.history]\n", '[criteria.history]\nvisibility = "instructor"\n')
    path = edited(folder, "[reference]\n", '[visibility]\nhints = "instructor"\n\n[reference]\n')
    assignment = load(path)
    assert assignment.visibility == Visibility(hints=Audience.INSTRUCTOR, points=Audience.STUDENT)
    hidden = [item.id for item in assignment.criteria if item.visibility is Audience.INSTRUCTOR]
    assert hidden == ["history"]


@pytest.mark.parametrize(
    ("lines", "begins", "message"),
    [
        (
            '[visibility]\npoints = "students"',
            "points =",
            '`visibility.points` must be "student" or "instructor", but it is "students".',
        ),
        (
            '[visibility]\nscore = "student"',
            "score =",
            "`visibility.score` is not a known key. Known are: hints, points.",
        ),
        ('visibility = "student"', "visibility =", '`visibility` must be a table, but it is "student".'),
    ],
)
def test_who_sees_what_is_checked(folder: Path, lines: str, begins: str, message: str) -> None:
    path = edited(folder, "[reference]\n", f"{lines}\n\n[reference]\n")
    assert failure(path).message == f"{path}, line {line_with(path, begins)}: {message}"


def test_who_sees_a_criterion_is_checked(folder: Path) -> None:
    path = edited(folder, "[criteria.history]\n", '[criteria.history]\nvisibility = "nobody"\n')
    assert '`criteria.history.visibility` must be "student" or "instructor"' in failure(path).message
