-- The version table: by its usual name, or else by its one column. Only what COPY can read as it is stored.
-- `version_table_schema` of an env.py may put it into any schema; `public` goes first.
SELECT
    n.nspname,
    c.relname,
    pg_relation_size(c.oid),
    CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_relation_size(c.reltoastrelid) END
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE
    c.oid >= 16384
    AND c.relkind = 'r'
    AND n.nspname !~ '^pg_'
    AND a.attname = 'version_num'
    AND a.attnum > 0
    AND a.attgenerated = ''
    AND a.atttypid IN ('varchar'::regtype, 'text'::regtype, 'bpchar'::regtype)
ORDER BY c.relname <> 'alembic_version', n.nspname <> 'public', c.relnatts, n.nspname, c.relname
LIMIT 1
