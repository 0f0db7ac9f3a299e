-- Numbered clients, see dialect.h.

set local role chat_owner;
set local search_path = chat;

create function user_dialect(p_user bigint, p_dialect text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	update users set dialect = p_dialect where id = p_user and dialect is distinct from p_dialect;
$$;
comment on function user_dialect(bigint, text) is 'remembers which numbered protocol a user''s client speaks';
grant execute on function user_dialect to chatd;
