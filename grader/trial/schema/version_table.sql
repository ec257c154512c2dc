-- The version table: by its usual name, or else by its one column. Only what COPY can read as it is stored.
SELECT c.relname
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE
    c.relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'public')
    AND c.relkind = 'r'
    AND a.attname = 'version_num'
    AND a.attnum > 0
    AND a.attgenerated = ''
    AND a.atttypid IN ('varchar'::regtype, 'text'::regtype, 'bpchar'::regtype)
ORDER BY c.relname <> 'alembic_version', c.relnatts, c.relname
LIMIT 1
