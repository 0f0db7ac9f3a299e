#!/bin/sh
# The functions against each other: three transactions of three steps in a sample of the 1,680 orders they can
# meet in (t/chaos/all takes them all).
# shellcheck disable=SC1091,SC2154
. t/lib.sh

stack --nodes 1
unlimited
t/chaos/build
"$BUILD_DIR/chaos/interleave" 1 "${ORDERS:-24}" >"$dir/orders" || :
while read -r verdict _ _ sentence; do
	case $verdict in
	ok | not) t "$sentence" [ "$verdict" = ok ] ;;
	esac
done <"$dir/orders"
t 'all eleven were played' is "$(grep -c orders "$dir/orders")" 11

finish
