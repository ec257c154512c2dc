"""How hints about the way to the database are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, ENV, INI, Edit, replace, write
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.follow.ways_back import instead

DIRECT = 'os.environ["DIRECT_URL"]'
USE_DIRECT = f"Take the URL from {DIRECT} in alembic/env.py"
READ_DIRECT = f"read {DIRECT} instead"
WRITE_DIRECT = f"write {DIRECT} in place of the URL"
SET = f'config.set_main_option("sqlalchemy.url", {DIRECT})'
WITH_NAME = f'{DIRECT} + "?application_name=my%20app"'
CONFIG = "config = context.config\n"


def returns(written: str, url: str = DIRECT) -> Edit:
    """Let direct_url() of env.py return another expression."""
    return replace(ENV, (f"    return {written}\n", f"    return {url}\n"))


WAYS: Ways = {
    "environment_variable_missing": (
        way(
            "wrong_variable_name",
            replace(ENV, ('os.environ["DIRECT_DATABASE_URL"]', DIRECT)),
            says=READ_DIRECT,
        ),
        way(
            "wrong_variable_that_no_example_names",
            write(".env.example", "SECRET=change-me\nSECRET_KEY=change-me\n"),
            says=("commit a .env.example", "`SECRET_KEY=change-me`"),
        ),
        way("wrong_variable_not_set", replace(ENV, ('os.getenv("SUPABASE_URL")', DIRECT)), says=READ_DIRECT),
        way(
            "wrong_variable_in_settings",
            replace("settings.py", ('os.getenv("SUPABASE_URL")', DIRECT)),
            says=("In settings.py, line 3", READ_DIRECT),
        ),
        way("wrong_url_none", replace(ENV, ('os.environ.get("DB_URL")', DIRECT)), says=READ_DIRECT),
    ),
    "url_of_missing_parts": (
        way(
            "wrong_url_of_parts",
            returns('f"postgresql://postgres@{host}:{port}/blog"'),
            says=f"use the whole URL, {DIRECT}, in place of the parts",
        ),
    ),
    "setting_missing": (
        way(
            "wrong_environs",
            replace(ENV, ('Env().str("BLOG_DATABASE_URL")', 'Env().str("DIRECT_URL")')),
            says="Let them ask for DIRECT_URL instead",
        ),
        way(
            "wrong_pydantic_settings",
            replace("settings.py", ("blog_database_url: str", "direct_url: str")),
            replace(ENV, ("settings.blog_database_url", "settings.direct_url")),
            says="`direct_url: str` in the class",
            elsewhere=(ENV,),
        ),
    ),
    "url_option_missing": (
        way(
            "wrong_env_untouched",
            replace(ENV, (CONFIG, f"{CONFIG}{SET}\n")),
            says=(f"`{SET}`", f"below `{CONFIG.strip()}`"),
            then="no_revisions",
        ),
        way(
            "wrong_url_commented_out",
            replace(ENV, (CONFIG, f"{CONFIG}{SET}\n")),
            says=(f"`{SET}`", f"below `{CONFIG.strip()}`"),
        ),
    ),
    "template_url": (
        way(
            "wrong_template_url",
            replace(INI, ("sqlalchemy.url =", "# sqlalchemy.url =")),
            replace(ENV, (CONFIG, f"{CONFIG}{SET}\n")),
            says=("Comment out alembic.ini, line ", f"`{SET}`"),
        ),
        way(
            "wrong_template_url_in_app",
            replace(APP, ('"driver://user:pass@localhost/dbname"', DIRECT)),
            says=WRITE_DIRECT,
        ),
    ),
    "postgres_scheme": (
        way(
            "wrong_postgres_scheme",
            returns('url.replace("postgresql://", "postgres://")', "url"),
            says="Write postgresql:// in the URL",
        ),
        way(
            "wrong_postgres_scheme",
            replace(
                ENV,
                (
                    '    return url.replace("postgresql://", "postgres://")\n',
                    (
                        '    url = url.replace("postgresql://", "postgres://")\n'
                        '    return url.replace("postgres://", "postgresql://", 1)\n'
                    ),
                ),
            ),
            says='alembic/env.py: `url.replace("postgres://", "postgresql://", 1)`',
        ),
    ),
    "unknown_dialect": (
        way(
            "wrong_dialect",
            returns('url.replace("postgresql://", "postgressql://")'),
            says='Take the URL from os.environ["DIRECT_URL"]',
        ),
    ),
    "url_not_parsed": (
        way(
            "wrong_url_placeholder",
            returns('"postgresql://user:password@host:port/dbname"'),
            says=WRITE_DIRECT,
        ),
    ),
    "percent_in_url": (
        way(
            "wrong_percent_in_url",
            replace(
                ENV,
                (
                    f'config.set_main_option("sqlalchemy.url", {WITH_NAME})',
                    (f'url = {WITH_NAME}\nconfig.set_main_option("sqlalchemy.url", url.replace("%", "%%"))'),
                ),
            ),
            says='`config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))`',
        ),
    ),
    "ssl_setting": (
        way(
            "wrong_sslmode",
            returns('url + "?sslmode=required"', "url"),
            says="take sslmode and sslrootcert out",
        ),
        way(
            "wrong_sslmode",
            returns('url + "?sslmode=required"', "url"),
            replace(
                ENV,
                ("poolclass=pool.NullPool)", 'poolclass=pool.NullPool, connect_args={"sslmode": "require"})'),
            ),
            says='use `connect_args={"sslmode": "require"}` for Supabase',
        ),
    ),
    "password_refused": (
        way(
            "wrong_password",
            returns('make_url(url).set(password="password")'),
            says=(USE_DIRECT, "Leave it unchanged"),
        ),
    ),
    "other_database": (
        way("wrong_database_name", returns('make_url(url).set(database="exercise_4")'), says=USE_DIRECT),
    ),
    "database_unreachable": (
        way(
            "wrong_hard_coded_database",
            returns('"postgresql://postgres:Kx9vTq2Lm@127.0.0.1:1/postgres"'),
            says=WRITE_DIRECT,
        ),
        way(
            "wrong_host_in_config",
            replace(
                "config.py", ("class", "import os\n\n\nclass"), ('"postgresql://me@127.0.0.1:1/blog"', DIRECT)
            ),
            says=("In config.py, line 2", WRITE_DIRECT),
        ),
        way(
            "wrong_host_in_ini",
            replace(INI, ("sqlalchemy.url =", "# sqlalchemy.url =")),
            replace(ENV, (CONFIG, f"{CONFIG}{SET}\n")),
            says=("Comment out alembic.ini, line ", f"`{SET}`"),
        ),
    ),
    "too_many_connections": (
        instead(
            "too_many_connections",
            "import os\n"
            'engine = sa.create_engine(os.environ["DIRECT_URL"])\n'
            "for _ in range(40):\n    with engine.connect():\n        pass",
            says=("Make one engine", "close connections with a `with` block"),
        ),
    ),
    "connection_lost": (
        instead("connection_lost", 'op.execute("SELECT 1")', says=("take that out", "use op.execute()")),
    ),
}
