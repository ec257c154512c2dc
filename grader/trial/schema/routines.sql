-- Functions, procedures, aggregates, and what fires them: triggers, rules, policies, event triggers.
SELECT
    'function' AS kind,
    s.scope,
    format('%I(%s)', f.proname, pg_get_function_identity_arguments(f.oid)) AS name,
    'pg_proc',
    f.oid,
    0,
    f.proowner,
    json_build_object(
        'routine',
        CASE f.prokind WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'window' END,
        -- For an aggregate pg_get_functiondef raises an error.
        'definition', CASE WHEN f.prokind <> 'a' THEN pg_get_functiondef(f.oid) END,
        'aggregate',
        CASE WHEN f.prokind = 'a' THEN (
            SELECT array_agg(concat(key, '=', value) ORDER BY key)
            FROM pg_aggregate AS g
            CROSS JOIN LATERAL jsonb_each_text(
                -- Names instead of numbers, which differ from database to database.
                to_jsonb(g) - 'aggfnoid' || jsonb_build_object(
                    'aggtranstype', format_type(g.aggtranstype, NULL),
                    'aggmtranstype', format_type(g.aggmtranstype, NULL),
                    'aggsortop', g.aggsortop::regoperator::text,
                    'aggparallel', f.proparallel
                )
            )
            WHERE g.aggfnoid = f.oid
        ) END
    ) AS properties
FROM pg_proc AS f
JOIN space AS s ON s.oid = f.pronamespace
WHERE
    f.oid >= 16384
    -- The constructors that come with a range type are part of it.
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'i'
    )

UNION ALL
SELECT
    'trigger',
    r.name,
    t.tgname::text,
    'pg_trigger',
    t.oid,
    0,
    NULL,
    json_build_object(
        'table', r.name,
        'enabled',
        CASE t.tgenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END,
        'definition', pg_get_triggerdef(t.oid)
    )
FROM pg_trigger AS t
JOIN relation AS r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal

UNION ALL
SELECT
    'rule',
    r.name,
    w.rulename::text,
    'pg_rewrite',
    w.oid,
    0,
    NULL,
    json_build_object(
        'table', r.name,
        'enabled',
        CASE w.ev_enabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END,
        'definition', pg_get_ruledef(w.oid)
    )
FROM pg_rewrite AS w
JOIN relation AS r ON r.oid = w.ev_class
WHERE w.rulename <> '_RETURN'

UNION ALL
SELECT
    'policy',
    r.name,
    p.polname::text,
    'pg_policy',
    p.oid,
    0,
    NULL,
    json_build_object(
        'table', r.name,
        'command',
        CASE p.polcmd
            WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all'
        END,
        'permissive', p.polpermissive,
        'roles', (SELECT array_agg(label ORDER BY label) FROM role WHERE role.oid = ANY (p.polroles)),
        'using', pg_get_expr(p.polqual, r.oid),
        'check', pg_get_expr(p.polwithcheck, r.oid)
    )
FROM pg_policy AS p
JOIN relation AS r ON r.oid = p.polrelid

UNION ALL
SELECT
    'event trigger',
    NULL,
    t.evtname::text,
    'pg_event_trigger',
    t.oid,
    0,
    t.evtowner,
    json_build_object(
        'event', t.evtevent,
        'function', t.evtfoid::regproc::text,
        'tags', (SELECT array_agg(tag ORDER BY tag) FROM unnest(t.evttags) AS tag),
        'enabled',
        CASE t.evtenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END
    )
FROM pg_event_trigger AS t

UNION ALL
SELECT
    'statistics',
    s.scope,
    x.stxname::text,
    'pg_statistic_ext',
    x.oid,
    0,
    x.stxowner,
    json_build_object(
        'table', r.name,
        'definition', pg_get_statisticsobjdef(x.oid),
        'target', CASE WHEN x.stxstattarget >= 0 THEN x.stxstattarget END
    )
FROM pg_statistic_ext AS x
JOIN space AS s ON s.oid = x.stxnamespace
JOIN relation AS r ON r.oid = x.stxrelid
