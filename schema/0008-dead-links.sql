-- A backend whose client cannot be reached any more ends after half a minute, not after two hours: what it holds is
-- one of max_connections. Unix sockets ignore this.
do $$
begin
	execute format('alter role chatd in database %I set tcp_keepalives_idle = 20', current_database());
	execute format('alter role chatd in database %I set tcp_keepalives_interval = 5', current_database());
	execute format('alter role chatd in database %I set tcp_keepalives_count = 3', current_database());
	execute format('alter role chatd in database %I set tcp_user_timeout = ''10s''', current_database());
end $$;
