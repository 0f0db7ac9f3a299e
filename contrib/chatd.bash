# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# chatd.bash - completion for chatd(8): options, and the words that one of them takes.

_chatd() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} values

	values=$(chatd --help | sed -nE "s/^  $before ([a-z]+([|][a-z]+)+)\$/\\1/p" | tr '|' ' ')
	[ -n "$values" ] || values=$(chatd --help | sed -nE 's/^  (--?[a-z-]+).*/\1/p')
	mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
}
complete -F _chatd chatd
