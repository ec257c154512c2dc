-- Enums, domains, composite types, ranges, and base types (of which only the presence is noted).
SELECT
    'type' AS kind,
    s.scope,
    t.typname::text AS name,
    'pg_type',
    t.oid,
    0,
    t.typowner,
    json_build_object(
        'type',
        CASE t.typtype
            WHEN 'e' THEN 'enum'
            WHEN 'd' THEN 'domain'
            WHEN 'c' THEN 'composite'
            WHEN 'r' THEN 'range'
            WHEN 'p' THEN 'shell'
            ELSE 'base'
        END,
        -- How the types of columns spell it.
        'written', format_type(t.oid, NULL),
        'labels', (
            SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid
        ),
        'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'nullable', CASE WHEN t.typtype = 'd' THEN NOT t.typnotnull END,
        'default', CASE WHEN t.typtype = 'd' THEN pg_get_expr(t.typdefaultbin, 0) END,
        'collation',
        CASE
            WHEN t.typtype = 'd' AND t.typcollation <> (SELECT b.typcollation FROM pg_type AS b WHERE b.oid = t.typbasetype)
                THEN t.typcollation::regcollation::text
        END,
        'subtype', format_type(g.rngsubtype, NULL),
        'subtype_operator_class', (SELECT p.opcname FROM pg_opclass AS p WHERE p.oid = g.rngsubopc),
        'subtype_collation', NULLIF(g.rngcollation, 0)::regcollation::text,
        'subtype_difference', NULLIF(g.rngsubdiff, 0)::regproc::text,
        'canonical', NULLIF(g.rngcanonical, 0)::regproc::text,
        'multirange', g.rngmultitypid::regtype::text,
        'input', CASE WHEN t.typtype = 'b' THEN t.typinput::regproc::text END
    ) AS properties
FROM pg_type AS t
JOIN space AS s ON s.oid = t.typnamespace
LEFT JOIN pg_range AS g ON g.rngtypid = t.oid
WHERE
    t.oid >= 16384
    AND t.typtype <> 'm'
    AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_type AS item WHERE item.typarray = t.oid)
