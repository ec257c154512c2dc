"""How hints about Alembic's own set-up are followed."""

from __future__ import annotations

from tests.catalogue.case import CATEGORIES, ENV, INI, INITIAL, PROFILE, USERNAME, delete, replace
from tests.catalogue.follow.way import Ways, like, way

RIGHT = "right_reference"
REVISIONS = (INITIAL, PROFILE, CATEGORIES, USERNAME)
LOCATION = "script_location = %(here)s/alembic"
CONFIGURE = "context.configure(connection=connection, target_metadata=target_metadata)"

WAYS: Ways = {
    "toml_broken": (
        way(
            "wrong_broken_pyproject",
            replace("pyproject.toml", ('"blog\n', '"blog"\n')),
            says="Correct that line (close the quotes",
        ),
        way(
            "wrong_broken_pyproject", delete("pyproject.toml"), says="or delete the file if nothing needs it"
        ),
    ),
    "script_location_missing": (
        way("wrong_no_alembic_ini", like(INI, RIGHT), says="Commit the alembic.ini"),
    ),
    "script_folder_missing": (
        way(
            "wrong_no_script_folder",
            *(like(path, RIGHT) for path in (ENV, *REVISIONS)),
            says="Commit the folder with its env.py and its revisions",
            elsewhere=REVISIONS,
        ),
        way(
            "wrong_script_location",
            replace(INI, (LOCATION, "script_location = %(here)s/migrations")),
            says="correct `script_location`",
        ),
        way("wrong_no_env_py", like(ENV, RIGHT), says="Commit the file"),
        way(
            "wrong_env_py_elsewhere",
            replace(INI, ("script_location = %(here)s/database", LOCATION)),
            says="let `script_location` name the folder that holds env.py",
        ),
        way(
            "wrong_no_script_location",
            replace(INI, ("[alembic]\n", f"[alembic]\n{LOCATION}\n")),
            says=f"Write `{LOCATION}` into its section [alembic]",
        ),
    ),
    "env_py_missing": (
        way("wrong_no_env_py", like(ENV, RIGHT), fails="alembic upgrade head", says="Commit env.py"),
        way(
            "wrong_no_env_py",
            "alembic init elsewhere",
            "cp elsewhere/env.py alembic/env.py",
            fails="alembic upgrade head",
            works="alembic history",
            says="run `alembic init` in another folder and copy its env.py here",
        ),
    ),
    "ini_broken": (
        way(
            "wrong_setting_twice",
            replace(INI, ("prepend_sys_path = .\nprepend_sys_path = .\n", "prepend_sys_path = .\n")),
            says="Correct that line",
        ),
    ),
    "logging_sections_missing": (
        way(
            "wrong_no_logging_sections",
            like(INI, RIGHT),
            says="Put the sections [loggers], [handlers] and [formatters] back",
        ),
        way(
            "wrong_no_logging_sections",
            replace(
                ENV,
                (
                    (
                        "if context.config.config_file_name is not None:\n"
                        "    fileConfig(context.config.config_file_name)\n"
                    ),
                    "",
                ),
            ),
            says="or take fileConfig() out of env.py",
        ),
    ),
    "context_not_configured": (
        way(
            "wrong_not_configured",
            replace(
                ENV,
                (
                    "as connection:\n        with context.begin_transaction():",
                    f"as connection:\n        {CONFIGURE}\n        with context.begin_transaction():",
                ),
            ),
            says=f"Call `{CONFIGURE}` first",
        ),
    ),
    "target_metadata_unusable": (
        way(
            "wrong_metadata_is_db",
            replace(ENV, ("target_metadata = db\n", "target_metadata = db.Model.metadata\n")),
            says="`target_metadata = db.Model.metadata`",
        ),
    ),
}
