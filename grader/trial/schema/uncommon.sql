-- Whether there may be anything that only the parts `types`, `routines` and `rare` show: most chains make none of it, and
-- planning those parts takes as long as planning all else. An event trigger has its function, a server its wrapper.
-- Then the size of the files with a row or more for each object, column and label: only where it is large are they counted.
SELECT
    EXISTS (SELECT FROM pg_class WHERE relkind = 'c' AND oid >= 16384)
    -- Any type but those that come with a table, and the arrays of them.
    OR EXISTS (
        SELECT FROM pg_type AS t
        WHERE
            t.oid >= 16384
            AND t.typtype <> 'c'
            AND NOT EXISTS (SELECT FROM pg_type AS item WHERE item.oid = t.typelem AND item.typarray = t.oid)
    )
    OR EXISTS (SELECT FROM pg_proc WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal)
    OR EXISTS (SELECT FROM pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN')
    OR EXISTS (SELECT FROM pg_policy)
    OR EXISTS (SELECT FROM pg_statistic_ext)
    OR EXISTS (SELECT FROM pg_publication)
    OR EXISTS (SELECT FROM pg_subscription)
    OR EXISTS (SELECT FROM pg_operator WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_opfamily WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_opclass WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_cast WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_conversion WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_collation WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_ts_config WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_ts_dict WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_foreign_data_wrapper)
    OR EXISTS (SELECT FROM pg_language WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_am WHERE oid >= 16384) AS is_uncommon,
    pg_relation_size('pg_depend') + pg_relation_size('pg_attribute') + pg_relation_size('pg_enum') AS bytes
