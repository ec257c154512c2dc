-- Constraints of tables and of domains. NOT NULL is a property of columns: only PostgreSQL 18 keeps it here as well.
SELECT
    CASE WHEN k.contypid = 0 THEN 'constraint' ELSE 'domain constraint' END AS kind,
    COALESCE(r.name, concat(s.scope || '.', t.typname)) AS scope,
    k.conname::text AS name,
    'pg_constraint',
    k.oid,
    0,
    NULL,
    json_build_object(
        'table', r.name,
        'domain', CASE WHEN k.contypid <> 0 THEN concat(s.scope || '.', t.typname) END,
        'type',
        CASE k.contype
            WHEN 'p' THEN 'primary key'
            WHEN 'u' THEN 'unique'
            WHEN 'f' THEN 'foreign key'
            WHEN 'c' THEN 'check'
            ELSE 'exclude'
        END,
        'columns',
        CASE WHEN k.contypid = 0 THEN COALESCE((
            SELECT array_agg(a.attname ORDER BY key.position)
            FROM unnest(k.conkey) WITH ORDINALITY AS key (number, position)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = key.number
        ), '{}') END,
        'expression', pg_get_expr(k.conbin, k.conrelid),
        'target_table', CASE WHEN k.confrelid <> 0 THEN COALESCE(target.name, k.confrelid::regclass::text) END,
        'target_columns',
        CASE WHEN k.confrelid <> 0 THEN (
            SELECT array_agg(a.attname ORDER BY key.position)
            FROM unnest(k.confkey) WITH ORDINALITY AS key (number, position)
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = key.number
        ) END,
        'match', CASE k.confmatchtype WHEN 's' THEN 'simple' WHEN 'f' THEN 'full' WHEN 'p' THEN 'partial' END,
        'on_update', action.word [strpos('arcnd', trim(k.confupdtype))],
        'on_delete', action.word [strpos('arcnd', trim(k.confdeltype))],
        'on_delete_columns', ( -- since 15
            SELECT array_agg(a.attname ORDER BY a.attname) -- since 15
            FROM pg_attribute AS a -- since 15
            WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.confdelsetcols) -- since 15
        ), -- since 15
        'triggers_disabled', (
            SELECT TRUE FROM pg_trigger AS g
            WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled <> 'O' LIMIT 1
        ),
        'deferrable', k.condeferrable,
        'initially_deferred', k.condeferred,
        'valid', k.convalidated,
        'enforced', NULLIF(k.conenforced, TRUE), -- since 18
        'period', NULLIF(k.conperiod, FALSE), -- since 18
        'nulls_not_distinct', ( -- since 15
            SELECT TRUE FROM pg_index AS i -- since 15
            WHERE k.contype = 'u' AND i.indexrelid = k.conindid AND i.indnullsnotdistinct -- since 15
        ), -- since 15
        'no_inherit', CASE WHEN k.contype = 'c' THEN k.connoinherit END,
        'inherited', CASE WHEN k.coninhcount > 0 THEN TRUE END,
        'local', CASE WHEN k.coninhcount > 0 THEN k.conislocal END,
        'definition', pg_get_constraintdef(k.oid)
    ) AS properties
FROM pg_constraint AS k
CROSS JOIN (
    SELECT ARRAY['no action', 'restrict', 'cascade', 'set null', 'set default'] AS word
) AS action
LEFT JOIN relation AS r ON r.oid = k.conrelid AND NOT r.is_version_table
LEFT JOIN named AS target ON target.oid = k.confrelid
LEFT JOIN pg_type AS t ON t.oid = k.contypid
LEFT JOIN space AS s ON s.oid = t.typnamespace
WHERE
    k.contype IN ('p', 'u', 'f', 'c', 'x')
    AND k.oid >= 16384
    AND (
        r.oid IS NOT NULL
        OR s.oid IS NOT NULL
        AND NOT EXISTS (SELECT FROM member AS e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
    )
