-- Comments on what had none: every column of every table and view, and the domains.

set local role chat_owner;
set local search_path = chat;

comment on domain group_name is 'a group''s name, see name_ok';
comment on domain conv_kind is 'direct: two users; group';
comment on domain entry_kind is 'what an entry of a log is: a text, a change of one, or of the group';
comment on domain join_policy is 'open: anyone may join; invite: the invited';
comment on domain history_policy is 'joined: members see what came since they joined; all: everything';
comment on domain short_text is 'at most 200 characters';

comment on column schema_version.version is 'number of the file';
comment on column schema_version.file is 'its name in schema/';
comment on column schema_version.sha256 is 'of its text as it was applied, in hex; an edited file is refused';
comment on column schema_version.applied_at is 'when';

comment on column settings.one is 'keeps it to one row';

comment on column users.id is 'never given again';
comment on column users.name is 'as it was registered; unique whatever the case and form, see name_key';
comment on column users.created_at is 'when it was registered';

comment on column devices.id is 'cursors and sessions refer to it';
comment on column devices.user_id is 'whose it is';
comment on column devices.name is 'what the client calls it at login';
comment on column devices.created_at is 'of the first login with it';

comment on column friends.user_id is 'whose list it is';
comment on column friends.friend_id is 'who is on it';
comment on column friends.since is 'when it was added';

comment on column blocks.user_id is 'who blocks';
comment on column blocks.blocked_id is 'whom';
comment on column blocks.since is 'since when';

comment on column conversations.id is 'conv in the protocol';
comment on column conversations.kind is 'direct or group';
comment on column conversations.lo is 'direct: the user with the lower id';
comment on column conversations.hi is 'direct: the other one';
comment on column conversations.name is 'group: unique whatever the case and form, see name_key';
comment on column conversations.description is 'group: what it is for';
comment on column conversations.join_policy is 'open: anyone may join; invite: the invited';
comment on column conversations.created_at is 'when it began';

comment on column members.conv_id is 'the conversation';
comment on column members.user_id is 'who belongs to it, or did';
comment on column members.role is 'creator (a group with members has one), admin or normal';

comment on column cursors.device_id is 'whose';
comment on column cursors.conv_id is 'in which conversation';
comment on column cursors.acked_seq is 'the newest entry that arrived, and with it all before';

comment on column messages.conv_id is 'the conversation';
comment on column messages.seq is 'number in the conversation: 1, 2, 3 ... without holes';
comment on column messages.sender_id is 'who said or did it';
comment on column messages.kind is 'text; edit, delete: of an earlier text; join, leave, kick, role, group: what happened in the group';
comment on column messages.sent_at is 'when it was stored';
comment on column messages.edited_at is 'when body was replaced by that of the newest edit';
comment on column messages.deleted_at is 'when body was blanked';

comment on column nodes.name is '--node; two masters share it while one hands over to the other';
comment on column nodes.pid is 'of the master, on its machine';
comment on column nodes.version is 'of the program';
comment on column nodes.started_at is 'of the first heartbeat';
comment on column nodes.last_seen is 'of the newest heartbeat; after 15 s without one the node is taken for dead';
comment on column nodes.sessions is 'how many connections there were at that moment';
comment on column nodes.counters is 'not used yet';

comment on column sessions.id is 'never given again';
comment on column sessions.node is 'name of the node it is on';
comment on column sessions.boot_id is 'the run of that node''s master, see nodes';
comment on column sessions.pid is 'of its process, on the node''s machine';
comment on column sessions.user_id is 'who is logged in';
comment on column sessions.device_id is 'with which device: one session each';
comment on column sessions.addr is 'where the client is, for people to read';
comment on column sessions.connected_at is 'of the login';

comment on column group_invites.conv_id is 'the group';
comment on column group_invites.user_id is 'who may join';
comment on column group_invites.by_id is 'who invited';
comment on column group_invites.at is 'when';

comment on column group_bans.conv_id is 'the group';
comment on column group_bans.user_id is 'who may not join';
comment on column group_bans.by_id is 'who banned';
comment on column group_bans.at is 'when';

comment on column invites.code is 'what is given at registration';
comment on column invites.created_at is 'when it was made';
comment on column invites.expires_at is 'when it stops being good; null: never';
comment on column invites.used_by is 'whose account was registered with it';
comment on column invites.used_at is 'when; null: still good';

comment on column entries.conv_id is 'the conversation';
comment on column entries.seq is 'number in the conversation';
comment on column entries.kind is 'text, edit, delete, join, leave, kick, role or group';
comment on column entries.sender_id is 'who said or did it';
comment on column entries.sender_name is 'the same, by name';
comment on column entries.body is 'the newest text; see messages';
comment on column entries.cid is 'chosen by the sender';
comment on column entries.ref is 'edit, delete: the entry meant; kick, role: the user meant';
comment on column entries.at is 'when it was stored, as the protocol writes it';
comment on column entries.edited_at is 'when the text was last replaced';
comment on column entries.deleted_at is 'when it was blanked';
comment on column entries.ref_name is 'kick, role: name of the user meant';
comment on column entries.is_group is 'whether the conversation is a group';
comment on column entries.to_id is 'the receiving user, or the group';
comment on column entries.to_name is 'the same, by name';

comment on column online.user_id is 'who';
comment on column online.name is 'the same, by name';
comment on column online.device is 'with which device';
comment on column online.node is 'on which node';
comment on column online.addr is 'from where';
comment on column online.since is 'when it logged in';

comment on column session_list.id is 'the session';
comment on column session_list.name is 'who is logged in';
comment on column session_list.device is 'with which device';
comment on column session_list.node is 'on which node';
comment on column session_list.pid is 'its process there; killing it hurts nobody else';
comment on column session_list.addr is 'from where';
comment on column session_list.connected_at is 'when it logged in';

comment on column conversation_list.id is 'conv in the protocol';
comment on column conversation_list.kind is 'direct or group';
comment on column conversation_list.name is 'the group''s, or those of the two';
comment on column conversation_list.last_seq is 'number of the newest entry';
comment on column conversation_list.members is 'how many are in it now';
comment on column conversation_list.created_at is 'when it began';

comment on column reach.user_id is 'a member, also a former one';
comment on column reach.device_id is 'one of its devices';
comment on column reach.device is 'the same, by name';
comment on column reach.conv_id is 'the conversation';
comment on column reach.acked is 'the last entry that arrived there, or the last it need not get';
comment on column reach.high is 'the last entry it is to get';

comment on column pending.user_id is 'for whom';
comment on column pending.name is 'the same, by name';
comment on column pending.device is 'on which device; null: never logged in';
comment on column pending.conv_id is 'in which conversation';
comment on column pending.seq is 'number of the entry there';
comment on column pending.kind is 'text, or what else it is';
comment on column pending.sender is 'from whom';
comment on column pending.bytes is 'length of the text';
comment on column pending.sent_at is 'when it was stored';

comment on column unread.user_id is 'who';
comment on column unread.name is 'the same, by name';
comment on column unread.conv_id is 'in which conversation';
comment on column unread.unread is 'how many texts of others are behind the read mark';

comment on column lag.user_id is 'who';
comment on column lag.name is 'the same, by name';
comment on column lag.device is 'on which device; null: never logged in';
comment on column lag.conv_id is 'in which conversation';
comment on column lag.acked is 'the last entry that arrived there';
comment on column lag.last_seq is 'the last entry it is to get';
comment on column lag.behind is 'the difference';

comment on column group_list.id is 'the group''s, and its conversation''s';
comment on column group_list.name is 'the group''s';
comment on column group_list.description is 'what it is for';
comment on column group_list.join_policy is 'open: anyone may join; invite: the invited';
comment on column group_list.history_policy is 'joined: members see what came since they joined; all: everything';
comment on column group_list.last_seq is 'number of the newest entry';
comment on column group_list.members is 'how many are in it now';
comment on column group_list.creator is 'who governs it; null: everybody has left';
comment on column group_list.created_at is 'when it was made';

comment on column node_list.name is '--node';
comment on column node_list.pid is 'of the master, on its machine';
comment on column node_list.version is 'of the program';
comment on column node_list.sessions is 'how many connections there were at the last heartbeat';
comment on column node_list.alive is 'the last heartbeat is younger than 15 s';
comment on column node_list.started_at is 'of the first heartbeat';
comment on column node_list.last_seen is 'of the last one';
comment on column node_list.counters is 'not used yet';
comment on column node_list.boot_id is 'one run of a master';

comment on column size.what is 'the table';
comment on column size.rows_about is 'how many rows it has, as of the last vacuum or analyze';
comment on column size.size is 'on disk, with its indexes';

comment on column invariants.what is 'which invariant is broken';
comment on column invariants.conv_id is 'in which conversation';
comment on column invariants.detail is 'how';
