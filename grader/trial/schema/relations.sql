-- Schemas and default privileges, extensions, tables of every sort, views and sequences.
SELECT
    'schema' AS kind,
    NULL AS scope,
    s.name,
    'pg_namespace'::regclass AS catalog,
    s.oid,
    0 AS sub,
    n.nspowner AS owner,
    json_build_object() AS properties
FROM space AS s
JOIN pg_namespace AS n ON n.oid = s.oid
WHERE
    -- It is there from the start. That a downgrade drops it with the extension in it, or leaves it, is all the same.
    n.nspname <> 'extensions'
    -- Nor does the schema of the version table count: env.py has to make it before any revision runs.
    AND (
        n.nspname = 'public'
        OR NOT EXISTS (SELECT FROM relation AS r WHERE r.is_version_table AND r.scope = s.scope)
    )

UNION ALL
SELECT
    'default privileges',
    NULL,
    concat(
        'of ', role.label, ' ' || 'in ' || n.nspname, ' on ',
        CASE d.defaclobjtype
            WHEN 'r' THEN 'tables'
            WHEN 'S' THEN 'sequences'
            WHEN 'f' THEN 'functions'
            WHEN 'T' THEN 'types'
            WHEN 'n' THEN 'schemas'
            ELSE 'large objects'
        END
    ),
    'pg_default_acl',
    d.oid,
    0,
    NULL,
    json_build_object()
FROM pg_default_acl AS d
JOIN role ON role.oid = d.defaclrole
LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace

UNION ALL
SELECT
    'extension',
    NULL,
    x.extname::text,
    'pg_extension',
    x.oid,
    0,
    x.extowner,
    json_build_object(
        'schema', (SELECT nspname FROM pg_namespace WHERE pg_namespace.oid = x.extnamespace),
        'version', x.extversion
    )
FROM pg_extension AS x

UNION ALL
SELECT
    CASE r.relkind WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END,
    r.scope,
    r.own_name,
    'pg_class',
    r.oid,
    0,
    r.relowner,
    json_build_object(
        'relation',
        CASE r.relkind
            WHEN 'r' THEN 'table'
            WHEN 'p' THEN 'partitioned table'
            WHEN 'f' THEN 'foreign table'
            WHEN 'v' THEN 'view'
            ELSE 'materialized view'
        END,
        'schema', (SELECT space.name FROM space WHERE space.oid = c.relnamespace),
        'persistence', CASE c.relpersistence WHEN 'p' THEN NULL WHEN 'u' THEN 'unlogged' ELSE 'temporary' END,
        'definition', CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END,
        'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'inherits',
        CASE WHEN NOT c.relispartition THEN (
            SELECT array_agg(named.name ORDER BY i.inhseqno)
            FROM pg_inherits AS i
            JOIN named ON named.oid = i.inhparent
            WHERE i.inhrelid = r.oid
        ) END,
        'partition_of',
        CASE WHEN c.relispartition THEN (
            SELECT named.name FROM pg_inherits AS i JOIN named ON named.oid = i.inhparent WHERE i.inhrelid = r.oid
        ) END,
        'partition_bound', pg_get_expr(c.relpartbound, r.oid),
        'partition_key', CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END,
        'row_security', c.relrowsecurity,
        'row_security_forced', c.relforcerowsecurity,
        'replica_identity',
        CASE c.relreplident
            WHEN 'f' THEN 'full'
            WHEN 'n' THEN CASE WHEN r.relkind IN ('r', 'p', 'm') THEN 'nothing' END
            WHEN 'i' THEN 'index'
        END,
        'options', (
            SELECT array_agg(o ORDER BY o)
            FROM (
                SELECT unnest(c.reloptions)
                UNION ALL
                SELECT 'toast.' || unnest(t.reloptions) FROM pg_class AS t WHERE t.oid = c.reltoastrelid
            ) AS listed (o)
        ),
        'access_method', (SELECT amname FROM pg_am WHERE pg_am.oid = c.relam AND amname <> 'heap'),
        'tablespace', (SELECT spcname FROM pg_tablespace AS t WHERE t.oid = c.reltablespace),
        'server', (
            SELECT v.srvname
            FROM pg_foreign_table AS t
            JOIN pg_foreign_server AS v ON v.oid = t.ftserver
            WHERE t.ftrelid = r.oid
        ),
        'server_options', (SELECT t.ftoptions FROM pg_foreign_table AS t WHERE t.ftrelid = r.oid)
    )
FROM relation AS r
JOIN pg_class AS c ON c.oid = r.oid
WHERE r.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT r.is_version_table

UNION ALL
SELECT
    'sequence',
    r.scope,
    r.own_name,
    'pg_class',
    r.oid,
    0,
    r.relowner,
    json_build_object(
        'type', format_type(q.seqtypid, NULL),
        'start', q.seqstart,
        'increment', q.seqincrement,
        'min', q.seqmin,
        'max', q.seqmax,
        'cache', q.seqcache,
        'cycle', q.seqcycle,
        'owned_by', concat(owning.name || '.', CASE WHEN a.attname ~ '[."]' THEN quote_ident(a.attname) ELSE a.attname END),
        'table', owning.name,
        'identity', d.deptype = 'i',
        'persistence', CASE c.relpersistence WHEN 'p' THEN NULL WHEN 'u' THEN 'unlogged' ELSE 'temporary' END
    )
FROM relation AS r
JOIN pg_class AS c ON c.oid = r.oid
JOIN pg_sequence AS q ON q.seqrelid = r.oid
LEFT JOIN pg_depend AS d
    ON
        d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN named AS owning ON owning.oid = d.refobjid
LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
