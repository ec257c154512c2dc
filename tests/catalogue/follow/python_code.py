"""How hints about plain Python errors are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, EXTRA, INI, PROFILE, USERNAME, replace, write
from tests.catalogue.follow.way import Ways, like, way
from tests.catalogue.follow.ways_back import INCOMPLETE, instead

RIGHT = "right_reference"
MARKERS = "take out the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`"
SAVED = ("UTF-8",)

WAYS: Ways = {
    "merge_conflict": (
        way(
            "wrong_merge_conflict_in_app",
            replace(
                APP,
                ("<<<<<<< HEAD\n", ""),
                ("=======\napp = Flask('app')\n>>>>>>> 0123abc (x)\n", ""),
            ),
            says=(MARKERS, "app.py, line 20"),
        ),
        way(
            "wrong_merge_conflict_in_ini",
            replace(INI, ("<<<<<<< HEAD\n", ""), ("=======\nprepend_sys_path = ..\n>>>>>>> main\n", "")),
            says=MARKERS,
        ),
        way(
            "wrong_merge_conflict",
            replace(PROFILE, ("<<<<<<< HEAD\n", ""), ("=======\ndef downgrade():\n>>>>>>> main\n", "")),
            says=MARKERS,
        ),
    ),
    "syntax_error": (
        way(
            "wrong_syntax_in_app",
            replace(APP, ("db.Column(db.Text\n    avatar_url", "db.Column(db.Text)\n    avatar_url")),
            says="Correct that line",
        ),
        way(
            "wrong_syntax",
            replace(PROFILE, ("nullable=True)\n    op.add_column", "nullable=True))\n    op.add_column")),
            says="Correct that line",
        ),
        way("wrong_revision_in_utf_16", like(PROFILE, RIGHT), says="Save it as UTF-8"),
    ),
    "file_not_utf8": (
        way("wrong_ini_in_utf_16", like(INI, RIGHT), says="Save it as plain UTF-8"),
        way("wrong_ini_byte_order_mark", like(INI, RIGHT), says="Save it as plain UTF-8"),
    ),
    "not_postgresql": (
        way(
            "wrong_sqlite",
            replace(ENV, ('os.environ.get("BLOG_URL", "sqlite://")', 'os.environ["DIRECT_URL"]')),
            says=('write os.environ["DIRECT_URL"]', "as a fallback"),
        ),
    ),
    "not_implemented": (
        way(
            "wrong_downgrade_raises",
            replace(
                USERNAME,
                ("raise NotImplementedError", 'op.alter_column("users", "username", type_=sa.String(80))'),
            ),
            says="Write the way back: the opposite of every operation in upgrade()",
        ),
    ),
    "asks_for_input": (instead("asks_for_input", "pass", says="Take input() out"),),
    "operation_outside_migration": (
        way(
            "wrong_op_in_env",
            replace(ENV, ('op.execute("SELECT 1")\n', "")),
            says="Use `op` only inside upgrade() and downgrade()",
        ),
    ),
    "name_undefined": (
        way(
            "wrong_name_in_env",
            replace(ENV, ("Base.metadata", "db.Model.metadata")),
            says="with Flask-SQLAlchemy it is db.Model",
            then="no_revisions",
        ),
        way(
            "wrong_name_in_revision",
            replace(PROFILE, ("from alembic import op", "import sqlalchemy as sa\nfrom alembic import op")),
            says="Add `import sqlalchemy as sa` at the top of that file",
        ),
    ),
    "operation_unknown": (
        instead(
            "operation_unknown",
            'op.alter_column("posts", "title", new_column_name="headline")',
            says='`op.alter_column("table", "old", new_column_name="new")`',
            then=INCOMPLETE,
        ),
    ),
    "batch_column_missing": (
        instead(
            "batch_column_missing",
            'with op.batch_alter_table("posts", recreate="always") as batch_op:\n'
            '    batch_op.alter_column("title", nullable=True)',
            says="Write the column's name as it is in the table at this revision",
            then="left_behind",
        ),
    ),
    "program_missing": (
        way(
            "wrong_other_program",
            replace(
                EXTRA,
                ('import subprocess\n    subprocess.run(["supabase", "db", "push"], check=True)', "pass"),
            ),
            says="take the call out",
        ),
    ),
    "file_missing": (
        instead(
            "file_missing",
            'open("categories.csv").close()',
            write("categories.csv", "name,slug\n"),
            says="Commit the file if the migrations need it",
        ),
    ),
    "file_not_writable": (instead("file_not_writable", 'print("Linux")', says="log to the terminal"),),
    "endless_recursion": (instead("endless_recursion", "pass", says="never themselves"),),
    "attribute_missing": (
        instead(
            "attribute_missing",
            'op.drop_table("posts")',
            says="Check the spelling and what stands before the dot",
            then=INCOMPLETE,
        ),
    ),
    "arguments_wrong": (
        instead(
            "arguments_wrong",
            'op.drop_column("posts", "content")',
            says="the table's name comes first",
            then=INCOMPLETE,
        ),
    ),
}
