# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# chat.bash - completion for chat(1): source it from ~/.bashrc. Names are asked from the server you are logged in at.

_chat() {
	local word=${COMP_WORDS[COMP_CWORD]} command='' names=''

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | -u | --server | --user | --device | --timeout | --tls-ca | --password-command) ((i++)) ;;
		-*) ;;
		*) [ -n "$command" ] || command=${COMP_WORDS[i]} ;;
		esac
	done
	case $command in
	'') names=$(chat help | sed -n 's/^ *chat \([a-z]*\).*/\1/p') ;;
	send | history) names="$(chat friends 2>/dev/null | sed 's/  .*//') $(chat groups 2>/dev/null | sed 's/  .*//')" ;;
	add | remove | block | unblock | invite | kick | ban | unban | role)
		names=$(chat friends 2>/dev/null | sed 's/  .*//') ;;
	join | leave | members | set) names=$(chat groups 2>/dev/null | sed 's/^#//; s/  .*//') ;;
	revoke) names=$(chat devices 2>/dev/null | sed 's/  .*//') ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
}
complete -F _chat chat
