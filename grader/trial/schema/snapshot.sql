-- The frame of the snapshot, and what its parts share.
-- $1: json, role name to label. $2: text[], version tables to leave out.
-- $3: how many bytes are given at most. $4: how many objects.
-- Read in a session whose search_path is pg_catalog alone, so every name below is PostgreSQL's own.
-- Every part gives: kind, scope (what the name is qualified with), name, the catalog row that the object is,
-- its owner, and its other properties.
-- Objects made by initdb have an oid below 16384; `public` is the only one of them that counts.
WITH
role AS MATERIALIZED (
    SELECT oid, COALESCE($1 ->> rolname::text, rolname::text) AS label FROM pg_roles
    UNION ALL
    SELECT 0::oid, 'PUBLIC'
),
space AS MATERIALIZED (
    SELECT
        n.oid,
        n.nspname::text AS name,
        CASE
            WHEN n.nspname = 'public' THEN NULL
            WHEN n.nspname ~ '[."]' THEN quote_ident(n.nspname)
            ELSE n.nspname::text
        END AS scope
    FROM pg_namespace AS n
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
),
-- What the script of an extension made belongs to the first superuser, whose ownership is not noted. What a student
-- put into an extension of their own (ALTER EXTENSION ... ADD) has an owner that is, and stays the student's.
member AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_depend AS d
    WHERE
        d.refclassid = 'pg_extension'::regclass
        AND d.deptype = 'e'
        AND NOT EXISTS (
            SELECT FROM pg_shdepend AS h
            WHERE
                h.classid = d.classid AND h.objid = d.objid AND h.deptype = 'o'
                AND h.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
        )
),
named AS MATERIALIZED (
    SELECT
        c.oid,
        concat(
            s.scope || '.', CASE WHEN c.relname ~ '[."]' THEN quote_ident(c.relname) ELSE c.relname::text END
        ) AS name
    FROM pg_class AS c
    JOIN space AS s ON s.oid = c.relnamespace
),
relation AS MATERIALIZED (
    SELECT
        c.oid,
        s.scope,
        c.relname::text AS own_name,
        n.name,
        c.relkind,
        c.relowner,
        c.relkind = 'r' AND n.name = ANY ($2) AS is_version_table
    FROM pg_class AS c
    JOIN space AS s ON s.oid = c.relnamespace
    JOIN named AS n ON n.oid = c.oid
    WHERE
        c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
        AND c.oid >= 16384
        AND NOT EXISTS (
            SELECT FROM member AS e
            WHERE
                e.classid = 'pg_class'::regclass AND e.objid = c.oid
                OR c.relkind = 'c' AND e.classid = 'pg_type'::regclass AND e.objid = c.reltype
        )
),
-- Privileges count as far as they differ from what the owner and PUBLIC have without any GRANT or REVOKE.
acl AS (
    SELECT
        'pg_class'::regclass AS class,
        oid,
        0 AS sub,
        relowner AS owner,
        relacl AS granted,
        acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, relowner) AS usual
    FROM pg_class
    WHERE relacl IS NOT NULL AND oid >= 16384
    UNION ALL
    SELECT 'pg_class'::regclass, r.oid, a.attnum, r.relowner, a.attacl, NULL
    FROM relation AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_namespace'::regclass, oid, 0, nspowner, nspacl, acldefault('n', nspowner)
    FROM pg_namespace
    WHERE nspacl IS NOT NULL
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, 0, proowner, proacl, acldefault('f', proowner)
    FROM pg_proc
    WHERE proacl IS NOT NULL AND oid >= 16384
    UNION ALL
    SELECT 'pg_type'::regclass, oid, 0, typowner, typacl, acldefault('T', typowner)
    FROM pg_type
    WHERE typacl IS NOT NULL AND oid >= 16384
    UNION ALL
    SELECT 'pg_language'::regclass, oid, 0, lanowner, lanacl, acldefault('l', lanowner)
    FROM pg_language
    WHERE lanacl IS NOT NULL AND oid >= 16384
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner, fdwacl, acldefault('F', fdwowner)
    FROM pg_foreign_data_wrapper
    WHERE fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, oid, 0, srvowner, srvacl, acldefault('S', srvowner)
    FROM pg_foreign_server
    WHERE srvacl IS NOT NULL
    UNION ALL
    SELECT
        'pg_default_acl'::regclass,
        oid,
        0,
        defaclrole,
        defaclacl,
        CASE
            WHEN defaclnamespace = 0
                THEN acldefault(CASE defaclobjtype WHEN 'S' THEN 's'::"char" ELSE defaclobjtype END, defaclrole)
        END
    FROM pg_default_acl
),
entry AS MATERIALIZED (
    SELECT
        acl.class,
        acl.oid,
        acl.sub,
        e.is_granted,
        concat(
            COALESCE(grantee.label, e.grantee::text),
            '/' || CASE WHEN e.grantor <> acl.owner THEN COALESCE(grantor.label, e.grantor::text) END
        ) AS holder,
        e.privilege_type || CASE WHEN e.is_grantable THEN '*' ELSE '' END AS privilege
    FROM acl
    CROSS JOIN LATERAL (
        SELECT TRUE AS is_granted, * FROM aclexplode(acl.granted)
        UNION ALL
        SELECT FALSE, * FROM aclexplode(acl.usual)
    ) AS e
    LEFT JOIN role AS grantee ON grantee.oid = e.grantee
    LEFT JOIN role AS grantor ON grantor.oid = e.grantor
),
access AS MATERIALIZED (
    SELECT class, oid, sub, array_agg(line ORDER BY line) AS privileges
    FROM (
        SELECT
            class,
            oid,
            sub,
            concat(
                holder, CASE WHEN is_granted THEN ': ' ELSE ': without ' END,
                string_agg(privilege, ', ' ORDER BY privilege)
            ) AS line
        FROM entry AS e
        WHERE
            NOT EXISTS (
                SELECT FROM entry AS o
                WHERE
                    (o.class, o.oid, o.sub) = (e.class, e.oid, e.sub) AND o.is_granted <> e.is_granted
                    AND o.holder = e.holder AND o.privilege = e.privilege
            )
        GROUP BY class, oid, sub, holder, is_granted
    ) AS listed
    GROUP BY class, oid, sub
)
SELECT
    listed.kind,
    listed.scope,
    listed.name,
    CASE WHEN listed.total <= $3 THEN listed.properties END,
    listed.owner,
    CASE WHEN listed.total <= $3 THEN listed.privileges END,
    CASE WHEN listed.total <= $3 THEN listed.comment END,
    listed.total
FROM (
    SELECT
        shown.*,
        sum(
            octet_length(shown.name) + octet_length(shown.properties)
            + COALESCE(octet_length(shown.comment), 0) + COALESCE(octet_length(shown.privileges::text), 0)
        ) OVER (ROWS UNBOUNDED PRECEDING) AS total
    FROM (
        SELECT
            f.kind,
            f.scope,
            f.name,
            -- A value that takes many megabytes (a definition, a comment) is kept as a hash, enough to see it change.
            CASE
                WHEN length(f.properties::text) < 200000 THEN json_strip_nulls(f.properties)::text
                ELSE (
                    SELECT
                        json_object_agg(
                            p.key,
                            CASE WHEN length(p.value::text) < 20000 THEN p.value ELSE to_json(md5(p.value::text)) END
                        )::text
                    FROM json_each(f.properties) AS p
                    WHERE json_typeof(p.value) <> 'null'
                )
            END AS properties,
            role.label AS owner,
            access.privileges,
            -- Its length in bytes is known without reading it.
            CASE WHEN octet_length(d.description) < 200000 THEN d.description ELSE md5(d.description) END AS comment
        FROM (
-- the parts
        ) AS f
        LEFT JOIN role ON role.oid = f.owner
        LEFT JOIN access ON access.class = f.catalog AND access.oid = f.oid AND access.sub = f.sub
        LEFT JOIN pg_description AS d ON d.objoid = f.oid AND d.classoid = f.catalog AND d.objsubid = f.sub
        WHERE NOT EXISTS (SELECT FROM member AS e WHERE e.classid = f.catalog AND e.objid = f.oid)
    ) AS shown
) AS listed
LIMIT $4
