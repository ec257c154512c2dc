-- How the session looks things up: nothing but PostgreSQL's own, and its temporary objects last.
SET search_path = pg_catalog, pg_temp;
-- How constants in expressions are printed, whatever the database or the role was set to.
SET quote_all_identifiers = off;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'iso_8601';
SET TimeZone = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET xmloption = content;
-- The query is long and the catalog small: planning is what takes time.
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET join_collapse_limit = 1;
SET from_collapse_limit = 1;
SET plan_cache_mode = force_generic_plan;
-- And all of it is in memory.
SET random_page_cost = 0.1;
