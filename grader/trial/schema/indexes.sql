-- Indexes, those that stand behind a constraint too. A key is a column's name or an expression.
SELECT
    'index' AS kind,
    r.name AS scope,
    c.relname::text AS name,
    'pg_class',
    c.oid,
    0,
    NULL,
    json_build_object(
        'table', r.name,
        'method', m.amname,
        'unique', i.indisunique,
        'keys', (
            SELECT array_agg(
                CASE WHEN a.attname IS NULL THEN pg_get_indexdef(c.oid, n, FALSE) ELSE a.attname::text END ORDER BY n
            )
            FROM generate_series(1, i.indnkeyatts) AS n
            LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = i.indkey [n - 1] AND a.attnum <> 0
        ),
        'include', (
            SELECT array_agg(a.attname ORDER BY n)
            FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS n
            JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = i.indkey [n - 1]
        ),
        'expression', i.indexprs IS NOT NULL,
        'predicate', pg_get_expr(i.indpred, r.oid),
        'nulls_not_distinct', NULLIF(i.indnullsnotdistinct, FALSE), -- since 15
        'valid', i.indisvalid AND i.indisready AND i.indislive,
        'order', (
            SELECT array_agg(
                CASE WHEN o & 1 = 1 THEN 'desc' ELSE 'asc' END || CASE WHEN o & 2 = 2 THEN ' nulls first' ELSE '' END
                ORDER BY n
            )
            FROM unnest(i.indoption) WITH ORDINALITY AS listed (o, n)
        ),
        'operator_classes', (
            SELECT array_agg(CASE WHEN p.opcdefault THEN '' ELSE p.opcname::text END ORDER BY n)
            FROM unnest(i.indclass) WITH ORDINALITY AS listed (o, n)
            JOIN pg_opclass AS p ON p.oid = o
            HAVING bool_or(NOT p.opcdefault)
        ),
        'backs_constraint', (
            SELECT k.conname FROM pg_constraint AS k
            WHERE k.conindid = c.oid AND k.conrelid = r.oid AND k.contype IN ('p', 'u', 'x')
        ),
        'clustered', CASE WHEN i.indisclustered THEN TRUE END,
        'replica_identity', CASE WHEN i.indisreplident THEN TRUE END,
        'options', (SELECT array_agg(o ORDER BY o) FROM unnest(c.reloptions) AS o),
        'tablespace', (SELECT spcname FROM pg_tablespace AS t WHERE t.oid = c.reltablespace),
        'statistics', (
            SELECT array_agg(concat(a.attnum, ': ', a.attstattarget) ORDER BY a.attnum)
            FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attstattarget >= 0
        ),
        'partition_of', (
            SELECT named.name FROM pg_inherits AS h JOIN named ON named.oid = h.inhparent WHERE h.inhrelid = c.oid
        ),
        'definition', pg_get_indexdef(c.oid)
    ) AS properties
FROM pg_index AS i
JOIN relation AS r ON r.oid = i.indrelid
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_am AS m ON m.oid = c.relam
WHERE NOT r.is_version_table
