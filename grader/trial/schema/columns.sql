-- Columns of real tables are `column`; those of views, foreign tables and composite types are `attribute`.
SELECT
    CASE WHEN r.relkind IN ('r', 'p') THEN 'column' ELSE 'attribute' END AS kind,
    r.name AS scope,
    a.attname::text AS name,
    'pg_class',
    r.oid,
    a.attnum,
    NULL,
    json_build_object(
        'table', r.name,
        'type', format_type(a.atttypid, a.atttypmod),
        'nullable', NOT a.attnotnull,
        'not_null_unchecked', ( -- since 18
            SELECT TRUE FROM pg_constraint AS k -- since 18
            WHERE k.conrelid = r.oid AND k.contype = 'n' AND k.conkey[1] = a.attnum AND NOT k.convalidated -- since 18
        ), -- since 18
        'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
        'expression', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
        'storage',
        CASE
            WHEN a.attstorage = t.typstorage THEN NULL
            WHEN a.attstorage = 'p' THEN 'plain'
            WHEN a.attstorage = 'e' THEN 'external'
            WHEN a.attstorage = 'm' THEN 'main'
            ELSE 'extended'
        END,
        'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
        'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
        'options', (
            SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions || a.attfdwoptions) AS o
            -- Where in its log a column was made: noted by servers of November 2026 and later, and by nobody else.
            WHERE NOT starts_with(o, 'pg_attver=')
        ),
        'inherited', CASE WHEN a.attinhcount > 0 THEN TRUE END,
        'local', CASE WHEN a.attinhcount > 0 THEN a.attislocal END,
        -- The order of attributes is part of what a composite type or a view is, that of columns is not.
        'position',
        CASE WHEN r.relkind NOT IN ('r', 'p') THEN (
            SELECT count(*) FROM pg_attribute AS b
            WHERE b.attrelid = r.oid AND b.attnum BETWEEN 1 AND a.attnum AND NOT b.attisdropped
        ) END
    ) AS properties
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind <> 'S' AND NOT r.is_version_table
