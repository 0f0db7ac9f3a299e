-- Optional: an index for the operation `search`. Apply by hand, as a superuser:
--	psql -d chat -f schema/optional/search.sql
--
-- Without it a search reads all texts of the conversations it looks into, which is fine
-- within one conversation. With it, a search for three characters or more over all
-- conversations reads only what may match. What it costs: about as much disk as the texts
-- themselves, and each stored message becomes slower by the index's share (see `make bench`
-- on your own data before and after). Texts of scripts without blanks, such as Chinese, are found too,
-- but a pattern of one or two characters has no trigram and is searched without the index.

create extension if not exists pg_trgm;
create index if not exists messages_search on chat.messages using gin (lower(body) gin_trgm_ops) where kind = 'text';
