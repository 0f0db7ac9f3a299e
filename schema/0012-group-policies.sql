-- The policies of a group, shown wherever the group is.

set local role chat_owner;
set local search_path = chat;

-- Volatile: beside group_set() in one statement it is to see what that has changed.
create function group_policies(p_id bigint, out join_policy text, out history_policy text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select c.join_policy, c.history_policy into join_policy, history_policy
	from conversations c where c.id = p_id and c.kind = 'group';
end $$;
comment on function group_policies(bigint) is 'who may join a group, and what its members see';
grant execute on function group_policies to chatd;
