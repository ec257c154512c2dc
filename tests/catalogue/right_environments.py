"""Right answers that reach the database in other ways: by files, parts of a URL, drivers, templates."""

from __future__ import annotations

import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from tests.catalogue.case import APP, ENV, INI, Case, Edit, Files, replace, write

_DIRECT_URL = """    url = os.environ.get("DIRECT_URL")
    if not url:
        raise RuntimeError("DIRECT_URL is not set. Is there a .env file next to app.py?")
    return url
"""
_ENGINE = "create_engine(direct_url(), poolclass=pool.NullPool)"
_APP_URL = 'os.environ.get("DATABASE_URL")'


def _reads(env: str, app: str = _APP_URL, *, first: str = "") -> tuple[Edit, ...]:
    """No `load_dotenv`: `env.py` and the app get their URLs by these expressions, after these lines."""
    return (
        replace(
            ENV,
            ('load_dotenv(PROJECT / ".env")\n', f"{first}\n"),
            (_DIRECT_URL, f"    return {env}\n"),
        ),
        replace(APP, ('load_dotenv(Path(__file__).with_name(".env"))\n', f"{first}\n"), (_APP_URL, app)),
    )


def _connects(engine: str, *, first: str = "") -> Edit:
    """`env.py` makes its engine by this expression, after these lines at its top."""
    return replace(ENV, ("import os\n", f"import os\n{first}"), (_ENGINE, engine))


def _template(name: str, engine: tuple[str, str] | None = None, *, url: str) -> Edit:
    """Files as `alembic init -t NAME alembic` makes them, with the edits that the exercise asks for."""

    def apply(files: Files) -> None:
        with TemporaryDirectory() as folder:
            top = Path(folder)
            config = Config(top / "alembic.ini", toml_file=top / "pyproject.toml", stdout=io.StringIO())
            command.init(config, str(top / "alembic"), template=name)
            env = (top / "alembic" / "env.py").read_text()
            for ours in (INI, "pyproject.toml"):
                if (top / ours).exists():
                    text = (top / ours).read_text().replace(str(top), "%(here)s")
                    files[ours] = re.sub("(?m)^sqlalchemy.url", "# sqlalchemy.url", text).encode()
        imports = "import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\n\nfrom app import db\n\n"
        setting = f'config.set_main_option("sqlalchemy.url", {url})\n\ntarget_metadata = db.metadata\n'
        env = env.replace("target_metadata = None\n", setting)
        if engine is not None:
            env = env.replace(*engine)
        files[ENV] = (imports + env).encode()

    return apply


_FROM_PARTS = (
    "f\"postgresql+psycopg2://{os.environ['DB_USER']}:{quote_plus(os.environ['DB_PASSWORD'])}\""
    " f\"@{os.environ['DB_HOST']}:{int(os.environ['DB_PORT'])}/{os.environ['DB_NAME']}\""
)
_FROM_SUPABASE_PARTS = (
    "f\"postgresql+psycopg2://{os.getenv('user')}:{os.getenv('password')}\""
    " f\"@{os.getenv('host')}:{os.getenv('port')}/{os.getenv('dbname')}?sslmode=require\""
)
_SETTINGS = '''"""The project's settings."""

from pydantic import PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

    database_url: PostgresDsn
    direct_url: PostgresDsn
    secret_key: str


settings = Settings()
'''
_BY_HAND = """
values = {}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), HERE, ".env")) as lines:
    for line in lines:
        name, value = line.strip().split("=", 1)
        values[name] = value
"""
_TAKEN_APART = """create_engine(
        sa.URL.create(
            "postgresql+psycopg",
            username=parts.username,
            password=parts.password,
            host=parts.hostname,
            port=parts.port,
            database=parts.path[1:],
        ),
        poolclass=pool.NullPool,
        connect_args={"sslmode": "require", "connect_timeout": 5, "options": "-c search_path=public"},
    )"""
_BY_PATTERN = """create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(
            user=found[1], password=found[2], host=found[3], port=int(found[4]), dbname=found[5]
        ),
        poolclass=pool.NullPool,
    )"""

RIGHT_ENVIRONMENTS: tuple[Case, ...] = (
    Case(
        "right_dotenv_values",
        "The URLs are read from the .env file itself, and never from the environment.",
        _reads(
            'dotenv_values(PROJECT / ".env")["DIRECT_URL"]',
            'dotenv_values(".env")["DATABASE_URL"]',
            first="from dotenv import dotenv_values",
        ),
    ),
    Case(
        "right_env_file_read_by_hand",
        "A loop over the lines of .env, in env.py and in the app.",
        (
            *_reads('values["DIRECT_URL"]', 'values["DATABASE_URL"]', first=_BY_HAND),
            replace(ENV, ("HERE", '".."')),
            replace(APP, ("HERE", '"."')),
        ),
    ),
    Case(
        "right_environs",
        "The package environs reads .env, and the URL of Flask's settings.",
        _reads(
            'env.str("DIRECT_URL")',
            'env("DATABASE_URL")',
            first="from environs import Env\n\nenv = Env()\nenv.read_env()",
        ),
    ),
    Case(
        "right_pydantic_settings",
        "Settings of pydantic from .env, which allow no variable that they do not know.",
        (
            write("settings.py", _SETTINGS),
            write(".env.example", "DATABASE_URL=\nDIRECT_URL=\nSECRET_KEY=change-me\n"),
            *_reads(
                "str(settings.direct_url)",
                "str(settings.database_url)",
                first="from settings import settings",
            ),
        ),
    ),
    Case(
        "right_env_local",
        "The file is called .env.local; a committed one leads elsewhere, and would win over the environment.",
        (
            *_reads(
                'os.environ["DIRECT_URL"] if loaded else ""',
                first='from dotenv import load_dotenv\nloaded = load_dotenv(".env.local", override=True)',
            ),
            write(".env.local", "DIRECT_URL=postgresql://localhost:1/mine\n"),
        ),
    ),
    Case(
        "right_parts_of_a_url",
        "The URL is put together from parts that .env.example names.",
        (
            *_reads(
                _FROM_PARTS,
                _FROM_PARTS,
                first="from urllib.parse import quote_plus\nfrom dotenv import load_dotenv\nload_dotenv()",
            ),
            write(
                ".env.example",
                "# your own database\nexport DB_HOST=localhost\nDB_PORT=5432\nDB_USER=postgres\n"
                'DB_PASSWORD="secret"\nDB_NAME=blog # the database\n',
            ),
        ),
    ),
    Case(
        "right_supabase_parts",
        "Parts as Supabase's dashboard shows them for Python, with TLS, and a key that the app insists on.",
        (
            *_reads(
                _FROM_SUPABASE_PARTS,
                _FROM_SUPABASE_PARTS,
                first="from dotenv import load_dotenv\n\nload_dotenv()",
            ),
            write(
                "sample.env",
                "user=postgres\npassword=[YOUR-PASSWORD]\nhost=db.abcd.supabase.co\nport=5432\n"
                "dbname=postgres\nSECRET_KEY=\n",
            ),
            replace(
                APP, ("app = Flask(__name__)\n", "app = Flask(__name__)\nassert os.environ['SECRET_KEY']\n")
            ),
        ),
    ),
    Case(
        "right_other_variable_names",
        "Variables of other names, which the committed example names with their ports.",
        (
            *_reads(
                "os.environ['SUPABASE_DB_URL']",
                "os.environ['SQLALCHEMY_DATABASE_URI']",
                first="from dotenv import find_dotenv, load_dotenv\n\nload_dotenv(find_dotenv())",
            ),
            write(
                ".env.sample",
                "SQLALCHEMY_DATABASE_URI=postgresql+psycopg2://user:password@localhost:6543/postgres\n"
                "SUPABASE_DB_URL=postgres://user:password@localhost:5432/postgres?sslmode=require\n"
                "SERVER_NAME=localhost:5000\n",
            ),
            replace(
                APP,
                (
                    "app = Flask(__name__)\n",
                    'app = Flask(__name__)\napp.config["SERVER_NAME"] = os.environ["SERVER_NAME"]\n',
                ),
            ),
        ),
    ),
    Case(
        "right_url_taken_apart",
        "urlparse takes the URL apart; psycopg 3 asks for TLS, a time limit and a search path.",
        (
            _connects(_TAKEN_APART, first="from urllib.parse import urlparse\n\nimport sqlalchemy as sa\n"),
            replace(
                ENV,
                (
                    "def run_migrations_offline",
                    "parts = urlparse(direct_url())\n\n\ndef run_migrations_offline",
                ),
            ),
        ),
    ),
    Case(
        "right_url_by_pattern",
        "A regular expression takes the URL apart, for a connection that psycopg2 makes.",
        (
            _connects(_BY_PATTERN, first="import re\n\nimport psycopg2\n"),
            replace(
                ENV,
                (
                    "def run_migrations_offline",
                    (
                        'found = re.match(r"postgresql://(.*):(.*)@(.*):(\\d+)/(.*)", direct_url())\n\n\n'
                        "def run_migrations_offline"
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_template_generic",
        "Alembic's usual template, with the URL in the settings.",
        (_template("generic", url='os.environ["DIRECT_URL"]'),),
    ),
    Case(
        "right_template_async",
        "Alembic's template `async`, with asyncpg and TLS.",
        (
            _template(
                "async",
                (
                    "poolclass=pool.NullPool,",
                    'poolclass=pool.NullPool,\n        connect_args={"ssl": "require"},',
                ),
                url='os.environ["DIRECT_URL"].replace("postgresql://", "postgresql+asyncpg://")',
            ),
        ),
    ),
    Case(
        "right_template_pyproject",
        "Alembic's template `pyproject`, with sslmode in the URL.",
        (_template("pyproject", url='os.environ["DIRECT_URL"] + "?sslmode=require"'),),
    ),
    Case(
        "right_template_pyproject_async",
        "Alembic's template `pyproject_async`, with psycopg 3.",
        (
            _template(
                "pyproject_async",
                url='os.environ["DIRECT_URL"].replace("postgresql", "postgresql+psycopg")',
            ),
        ),
    ),
)
"""Every one of them must get all points."""
