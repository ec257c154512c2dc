-- How many rows of the catalogue a snapshot has to go through. Objects made by initdb have an oid below 16384.
SELECT
    (SELECT count(*) FROM pg_depend WHERE objid >= 16384)
    + (SELECT count(*) FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0)
    + (SELECT count(*) FROM pg_enum)
