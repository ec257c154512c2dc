"""PostgreSQL's extensions by what the grader makes of `CREATE EXTENSION`.

The same on every server: what a server has installed does not decide whose fault a failure is. Must not know
what was tried, or how it is judged.
"""

from __future__ import annotations

from difflib import get_close_matches

TRUSTED = frozenset(
    {
        *(
            "btree_gin",
            "btree_gist",
            "citext",
            "cube",
            "dict_int",
            "fuzzystrmatch",
            "hstore",
            "intarray",
            "isn",
        ),
        *("lo", "ltree", "pg_trgm", "pgcrypto", "plpgsql", "seg", "tablefunc", "tcn", "tsm_system_rows"),
        *("tsm_system_time", "unaccent", "uuid-ossp"),
    }
)
"""Those of PostgreSQL's own modules that its control files call trusted: who may create in a database may
create them. Source: the module list in PostgreSQL's documentation, appendix F."""
MADE_TRUSTED = frozenset({"autoinc", "insert_username", "moddatetime"})
"""Modules that the grader's container image calls trusted besides: each makes a single trigger function, and
managed services offer them. Supabase documents `moddatetime` as the way to keep an `updated_at`."""
REFUSED = frozenset(
    {
        *("adminpack", "amcheck", "dblink", "file_fdw", "old_snapshot", "pageinspect", "pg_freespacemap"),
        *("pg_surgery", "pg_visibility", "pg_walinspect", "plperlu", "plpython3u", "pltclu", "postgres_fdw"),
    }
)
"""PostgreSQL's own modules that only a superuser may create: they reach files, programs, other servers, or
the pages of other people's tables. To ask for one is an attempt at more rights than a submission has."""
OFFERED = frozenset(
    {
        *("address_standardizer", "age", "bloom", "dict_xsyn", "earthdistance", "h3", "h3_postgis", "hll"),
        *("http", "hypopg", "index_advisor", "intagg", "ip4r", "orafce", "pg_buffercache", "pg_cron"),
        *("pg_graphql", "pg_hashids", "pg_hint_plan", "pg_ivm", "pg_jsonschema", "pg_net", "pg_partman"),
        *("pg_prewarm", "pg_repack", "pg_similarity", "pg_stat_monitor", "pg_stat_statements", "pg_tle"),
        *(
            "pg_uuidv7",
            "pgaudit",
            "pgjwt",
            "pgmq",
            "pgroonga",
            "pgroonga_database",
            "pgrouting",
            "pgrowlocks",
        ),
        *("pgsodium", "pgstattuple", "pgtap", "plcoffee", "plls", "plperl", "plpgsql_check", "pltcl", "plv8"),
        *("postgis", "postgis_raster", "postgis_sfcgal", "postgis_tiger_geocoder", "postgis_topology"),
        *("prefix", "rdkit", "refint", "rum", "semver", "sslinfo", "supabase_vault", "timescaledb", "uint"),
        *("unit", "vector", "vectorscale", "wrappers", "xml2"),
    }
)
"""What services such as Supabase, Neon, RDS or Azure let their users create, and no server of ours does."""
KNOWN = TRUSTED | MADE_TRUSTED | REFUSED | OFFERED


def nearest(name: str) -> str | None:
    """The extension that a misspelt name was meant to be, or None."""
    candidates = get_close_matches(
        name.lower().replace("_", "-"), [n.replace("_", "-") for n in KNOWN], 1, 0.7
    )
    return next((n for n in sorted(KNOWN) if n.replace("_", "-") in candidates), None)
