-- chat.size without the -1 that PostgreSQL has for a table it has never counted.

set local role chat_owner;
set local search_path = chat;

create or replace view size as
	select c.relname as what,
		case when c.reltuples < 0 then pg_stat_get_live_tuples(c.oid) else c.reltuples::bigint end as rows_about,
		pg_size_pretty(pg_total_relation_size(c.oid)) as size
	from pg_class c where c.relnamespace = 'chat'::regnamespace and c.relkind = 'r'
	order by pg_total_relation_size(c.oid) desc;
comment on column size.rows_about is 'how many rows it has, as of the last vacuum or analyze; before the first, as counted since PostgreSQL last crashed';
