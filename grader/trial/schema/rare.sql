-- What an exercise hardly ever makes, and a downgrade could still leave behind.
SELECT
    'publication' AS kind,
    NULL AS scope,
    p.pubname::text AS name,
    'pg_publication',
    p.oid,
    0,
    p.pubowner,
    json_build_object(
        'all_tables', p.puballtables,
        'actions',
        concat_ws(
            ', ',
            CASE WHEN p.pubinsert THEN 'insert' END,
            CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END,
            CASE WHEN p.pubtruncate THEN 'truncate' END
        ),
        'via_root', p.pubviaroot,
        'generated_columns', NULLIF(p.pubgencols, 'n'), -- since 18
        'schemas', ( -- since 15
            SELECT array_agg(n.nspname ORDER BY n.nspname) -- since 15
            FROM pg_publication_namespace AS m -- since 15
            JOIN pg_namespace AS n ON n.oid = m.pnnspid -- since 15
            WHERE m.pnpubid = p.oid -- since 15
        ), -- since 15
        'tables', (
            SELECT array_agg(
                concat(
                    r.name
                    , ( -- since 15
                        SELECT ' (' || string_agg(a.attname, ', ' ORDER BY a.attname) || ')' -- since 15
                        FROM pg_attribute AS a -- since 15
                        WHERE a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs) -- since 15
                    ), ' where ' || pg_get_expr(m.prqual, m.prrelid) -- since 15
                )
                ORDER BY r.name
            )
            FROM pg_publication_rel AS m
            JOIN named AS r ON r.oid = m.prrelid
            WHERE m.prpubid = p.oid
        )
    ) AS properties
FROM pg_publication AS p

UNION ALL
SELECT
    'subscription',
    NULL,
    b.subname::text,
    NULL,
    NULL,
    0,
    NULL,
    json_build_object('enabled', b.subenabled, 'publications', b.subpublications)
FROM pg_subscription AS b
WHERE b.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())

UNION ALL
SELECT
    'operator',
    s.scope,
    format('%s(%s,%s)', o.oprname, format_type(NULLIF(o.oprleft, 0), NULL), format_type(NULLIF(o.oprright, 0), NULL)),
    'pg_operator',
    o.oid,
    0,
    o.oprowner,
    json_build_object(
        'result', format_type(o.oprresult, NULL),
        'function', o.oprcode::regprocedure::text,
        'commutator', NULLIF(o.oprcom, 0)::regoperator::text,
        'negator', NULLIF(o.oprnegate, 0)::regoperator::text,
        'restrict', NULLIF(o.oprrest, 0)::regproc::text,
        'join', NULLIF(o.oprjoin, 0)::regproc::text,
        'hashes', o.oprcanhash,
        'merges', o.oprcanmerge
    )
FROM pg_operator AS o
JOIN space AS s ON s.oid = o.oprnamespace
WHERE o.oid >= 16384

UNION ALL
SELECT
    'operator family',
    s.scope,
    format('%I using %s', f.opfname, m.amname),
    'pg_opfamily',
    f.oid,
    0,
    f.opfowner,
    json_build_object(
        'operators', (
            SELECT array_agg(concat(a.amopstrategy, ' ', a.amopopr::regoperator) ORDER BY a.amopstrategy, a.amopopr::regoperator::text)
            FROM pg_amop AS a
            WHERE a.amopfamily = f.oid
        ),
        'functions', (
            SELECT array_agg(concat(a.amprocnum, ' ', a.amproc::regprocedure) ORDER BY a.amprocnum, a.amproc::regprocedure::text)
            FROM pg_amproc AS a
            WHERE a.amprocfamily = f.oid
        )
    )
FROM pg_opfamily AS f
JOIN space AS s ON s.oid = f.opfnamespace
JOIN pg_am AS m ON m.oid = f.opfmethod
WHERE f.oid >= 16384

UNION ALL
SELECT
    'operator class',
    s.scope,
    format('%I using %s', c.opcname, m.amname),
    'pg_opclass',
    c.oid,
    0,
    c.opcowner,
    json_build_object(
        'type', format_type(c.opcintype, NULL),
        'family', f.opfname,
        'storage', format_type(NULLIF(c.opckeytype, 0), NULL),
        'default', c.opcdefault
    )
FROM pg_opclass AS c
JOIN space AS s ON s.oid = c.opcnamespace
JOIN pg_am AS m ON m.oid = c.opcmethod
JOIN pg_opfamily AS f ON f.oid = c.opcfamily
WHERE c.oid >= 16384

UNION ALL
SELECT
    'cast',
    NULL,
    format('%s as %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
    'pg_cast',
    c.oid,
    0,
    NULL,
    json_build_object(
        'function', NULLIF(c.castfunc, 0)::regprocedure::text,
        'context', CASE c.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment' ELSE 'implicit' END,
        'method', CASE c.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'in and out' ELSE 'binary' END
    )
FROM pg_cast AS c
WHERE
    c.oid >= 16384
    -- The cast from a range to its multirange comes with the type.
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i')
    )

UNION ALL
SELECT
    'conversion',
    s.scope,
    c.conname::text,
    'pg_conversion',
    c.oid,
    0,
    c.conowner,
    json_build_object(
        'from', pg_encoding_to_char(c.conforencoding),
        'to', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc::regproc::text,
        'default', c.condefault
    )
FROM pg_conversion AS c
JOIN space AS s ON s.oid = c.connamespace
WHERE c.oid >= 16384

UNION ALL
SELECT
    'collation',
    s.scope,
    c.collname::text,
    'pg_collation',
    c.oid,
    0,
    c.collowner,
    json_build_object(
        'provider', c.collprovider::text,
        'collate', c.collcollate,
        'ctype', c.collctype,
        'locale', c.colliculocale, -- since 15 until 16
        'locale', c.colllocale, -- since 17
        'rules', c.collicurules, -- since 16
        'deterministic', c.collisdeterministic
    )
FROM pg_collation AS c
JOIN space AS s ON s.oid = c.collnamespace
WHERE c.oid >= 16384

UNION ALL
SELECT
    'text search configuration',
    s.scope,
    c.cfgname::text,
    'pg_ts_config',
    c.oid,
    0,
    c.cfgowner,
    json_build_object(
        'parser', (SELECT p.prsname FROM pg_ts_parser AS p WHERE p.oid = c.cfgparser),
        'mappings', (
            SELECT array_agg(concat(m.maptokentype, ': ', m.mapdict::regdictionary) ORDER BY m.maptokentype, m.mapseqno)
            FROM pg_ts_config_map AS m
            WHERE m.mapcfg = c.oid
        )
    )
FROM pg_ts_config AS c
JOIN space AS s ON s.oid = c.cfgnamespace
WHERE c.oid >= 16384

UNION ALL
SELECT
    'text search dictionary',
    s.scope,
    d.dictname::text,
    'pg_ts_dict',
    d.oid,
    0,
    d.dictowner,
    json_build_object(
        'template', (SELECT t.tmplname FROM pg_ts_template AS t WHERE t.oid = d.dicttemplate),
        'options', d.dictinitoption
    )
FROM pg_ts_dict AS d
JOIN space AS s ON s.oid = d.dictnamespace
WHERE d.oid >= 16384

UNION ALL
SELECT
    'foreign data wrapper',
    NULL,
    w.fdwname::text,
    'pg_foreign_data_wrapper',
    w.oid,
    0,
    w.fdwowner,
    json_build_object(
        'handler', NULLIF(w.fdwhandler, 0)::regproc::text,
        'validator', NULLIF(w.fdwvalidator, 0)::regproc::text,
        'options', w.fdwoptions
    )
FROM pg_foreign_data_wrapper AS w

UNION ALL
SELECT
    'foreign server',
    NULL,
    v.srvname::text,
    'pg_foreign_server',
    v.oid,
    0,
    v.srvowner,
    json_build_object(
        'wrapper', (SELECT w.fdwname FROM pg_foreign_data_wrapper AS w WHERE w.oid = v.srvfdw),
        'type', v.srvtype,
        'version', v.srvversion,
        'options', v.srvoptions,
        -- The options of a user mapping hold passwords: who has one is enough.
        'user_mappings', (
            SELECT array_agg(role.label ORDER BY role.label)
            FROM pg_user_mapping AS u
            JOIN role ON role.oid = u.umuser
            WHERE u.umserver = v.oid
        )
    )
FROM pg_foreign_server AS v

UNION ALL
SELECT
    'language',
    NULL,
    l.lanname::text,
    'pg_language',
    l.oid,
    0,
    l.lanowner,
    json_build_object(
        'trusted', l.lanpltrusted,
        'handler', NULLIF(l.lanplcallfoid, 0)::regproc::text
    )
FROM pg_language AS l
WHERE l.oid >= 16384

UNION ALL
SELECT
    'access method',
    NULL,
    m.amname::text,
    'pg_am',
    m.oid,
    0,
    NULL,
    json_build_object('handler', m.amhandler::regproc::text)
FROM pg_am AS m
WHERE m.oid >= 16384
