#!/bin/sh
# The Debian package: lintian finds no error; in a system of its own it is installed, started, used, upgraded, removed.
# Needs root, debootstrap and a mirror.
cd "$(dirname "$0")/../.." || exit 1
. t/lib.sh
deb=$(make -s deb B="$BUILD_DIR")
t 'a package is built' [ -s "$deb" ]
if command -v lintian >/dev/null; then
	t 'lintian finds no error' lintian --fail-on error --allow-root "$deb"
else
	skip 'lintian finds no error' 'there is no lintian'
fi
t 'it has the program, its manual, its unit' is "$(dpkg-deb -c "$deb" | grep -cE ' ./(usr/sbin/chatd|usr/share/man/man8/chatd.8.gz|lib/systemd/system/chatd.service)$')" 3
[ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null || {
	skip 'in a system of its own' 'no root, or no debootstrap'
	finish
}
root=$dir/debian
mirror=$(sed -nE 's/^(deb|URIs:) *(\[[^]]*\] *)?([^ ]*).*/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$dir/debootstrap.log" 2>&1
made=$?
[ $made = 0 ] || {
	skip 'in a system of its own' "debootstrap ended with $made: $(tail -n 1 "$dir/debootstrap.log")"
	finish
}
cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2>/dev/null
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside() {
	chroot "$root" env -i HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d"
cp "$deb" "$root/chatd.deb"
mount --bind /proc "$root/proc"
undo() {
	umount "$root/proc"
}
# What is around it; some of that is configured only at the second try, in a system without devices.
inside sh -c 'apt-get update && apt-get install -y --no-install-recommends postgresql redis-server; dpkg --configure -a' \
	>"$dir/around.log" 2>&1
t 'it is installed, with what it needs' inside apt-get install -y --no-install-recommends /chatd.deb
t 'there is a user' inside id chatd
t 'it runs there' inside chatd --version
inside sh -c 'pg_ctlcluster 15 main start; redis-server --daemonize yes --bind 127.0.0.1 --port 6391 --save ""
	su postgres -c "createdb chat && chatd --migrate --db dbname=chat"
	su postgres -c "psql -qc \"alter role chatd password '"'secret'"'\" chat"' >"$dir/servers.log" 2>&1
inside sh -c 'ulimit -n 4096; su -s /bin/sh chatd -c "CHATD_REDIS=redis://127.0.0.1:6391 exec chatd --node p --listen 127.0.0.1:5991 --max-sessions 20" >/tmp/chatd.log 2>&1 & echo $! >/tmp/pid'
t 'a node starts' eventually 20 grep -q ev=ready "$root/tmp/chatd.log"
t 'somebody comes in' like "$(printf '%s\n' '{"op":"register","name":"ann","password":"ann-password"}' | inside chat -s 127.0.0.1:5991 pipe)" '"ok":true'
t 'the same package again is an upgrade' inside dpkg -i /chatd.deb
master=$(pgrep -f 'chatd: master p')
kill -USR2 "$master"
t 'and the running node takes it over' eventually 20 grep -q ev=succeeded "$root/tmp/chatd.log"
kill -TERM "$master"
t 'it stops' eventually 20 grep -q 'ev=bye' "$root/tmp/chatd.log"
t 'it is removed' inside apt-get remove -y chatd
t 'nothing is left but the settings' is "$(inside dpkg -L chatd 2>/dev/null | grep -v '^/etc\|^/\.$')" ''
t 'nor those' inside dpkg -P chatd
inside sh -c 'redis-cli -p 6391 shutdown nosave; pg_ctlcluster 15 main stop' >/dev/null 2>&1
undo
finish
