# chatd: `make run` shows it, `make test` proves it. Everything built lands in $(B).

VERSION = 0.1.0
PREFIX ?= /usr/local
B ?= build
CC ?= cc
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wconversion -Wpointer-arith -Wwrite-strings -Wundef -Wno-format-nonliteral -Wno-format-zero-length
HARDEN = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
OPT ?= -O2 -g
CFLAGS ?=
LDFLAGS ?=
WERROR ?= -Werror
ALL_CFLAGS = -std=gnu11 $(OPT) $(WARN) $(WERROR) $(if $(SAN),-DSANITIZED,$(HARDEN)) $(SAN) -D_GNU_SOURCE \
	-DCHATD_VERSION='"$(VERSION)"' -I. $(CFLAGS)
ALL_LDFLAGS = $(if $(SAN),,-pie -Wl,-z,relro,-z,now -Wl,--as-needed) $(SAN) $(LDFLAGS)

PQ_CFLAGS = -isystem $(shell pg_config --includedir 2>/dev/null)
CHAT_LIBS = -ljson-c -lssl -lcrypto $(if $(filter 0,$(READLINE)),,-lreadline)

# An idle session pays for every mapping, so the libraries are linked in where their archives are: Debian's -dev packages,
# for libpq also postgresql-server-dev-15. Then Kerberos and LDAP, which libpq brings along, are answered "not here"
# (db/absent.c). OpenSSL and libc stay shared. STATIC=0 takes the shared ones.
STATIC ?= 1
lib = $(or $(if $(filter-out 0,$(STATIC)),$(filter /%,$(shell $(CC) -print-file-name=lib$(1).a))),-l$(1))
LIBPQ := $(call lib,pq)
PG_COMMON := $(wildcard $(addprefix $(shell pg_config --pkglibdir 2>/dev/null)/lib,pgcommon_shlib.a pgport_shlib.a))
ABSENT = $(shell nm -u $(LIBPQ) | sort -u | \
	sed -nE '/ (gss_|GSS_C_|ldap_)/{s/.* (.*)/-Wl,--defsym=\1=absent_failure/;s/(ldap_init=).*/\1absent_null/;p}')
PQ_LIBS := $(if $(and $(filter /%,$(LIBPQ)),$(word 2,$(PG_COMMON))),$(LIBPQ) $(PG_COMMON) $(ABSENT) -lssl -lcrypto,-lpq)
CHATD_LIBS := -Wl,--wrap=free $(PQ_LIBS) $(call lib,hiredis) $(call lib,json-c) $(call lib,sodium) -lm
READLINE ?= 1

LIB_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard lib/*.c))
CHATD_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard *.c master/*.c front/*.c session/*.c handlers/*.c db/*.c bus/*.c)) $(B)/schema/files.o $(B)/contrib/dialects.o $(B)/web/files.o $(LIB_OBJ)
CHAT_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard client/*.c)) $(LIB_OBJ)
UNITS = $(patsubst t/unit/%.c,$(B)/unit/%,$(wildcard t/unit/*.c)) \
	$(patsubst t/fuzz/%.c,$(B)/fuzz/%,$(wildcard t/fuzz/*.c)) \
	$(patsubst t/dialect/%.c,$(B)/dialect/%,$(wildcard t/dialect/*.c)) $(B)/chatd-lines $(B)/chatd-hasty $(B)/chat-bench \
	$(B)/chatd-deeds

all: $(B)/chatd $(B)/chat

$(B)/chatd: $(CHATD_OBJ)
	@echo "  CC $@"; $(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHATD_LIBS)

$(B)/chat: $(CHAT_OBJ)
	@echo "  CC $@"; $(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHAT_LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) $(PQ_CFLAGS) -DREADLINE=$(READLINE) -MMD -MP -c -o $@ $<

# The schema travels inside the program, so that it can never meet the wrong one.
$(B)/schema/files.c: $(wildcard schema/*.sql schema/code/*.sql) schema/level schema/embed.sh
	@mkdir -p $(@D)
	sh schema/embed.sh schema >$@.tmp && mv $@.tmp $@

$(B)/schema/files.o: $(B)/schema/files.c
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) -c -o $@ $<

# So do the tables of the numbered dialects.
$(B)/contrib/dialects.c: $(wildcard contrib/dialects/*.conf)
	@mkdir -p $(@D)
	@{ echo 'extern const char *const dialect_texts[][2];'; echo 'const char *const dialect_texts[][2] = {'; \
	for f in $^; do n=$${f##*/}; echo "{\"$${n%.conf}\","; sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $$f; echo '},'; done; \
	echo '{0, 0}};'; } >$@

$(B)/contrib/dialects.o: $(B)/contrib/dialects.c
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) -c -o $@ $<

# And the page that browsers are shown.
$(B)/web/files.c: $(filter-out web/embed.sh,$(wildcard web/*)) web/embed.sh
	@mkdir -p $(@D)
	sh web/embed.sh web >$@.tmp && mv $@.tmp $@

$(B)/web/files.o: $(B)/web/files.c
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) -c -o $@ $<

# Unit tests of the parsers; t/10-*.t runs them.
units: $(UNITS)
$(B)/unit/%: t/unit/%.c $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIB_OBJ) -ljson-c

FUZZED = $(filter-out $(B)/chatd.o,$(CHATD_OBJ)) $(B)/client/link.o $(B)/client/tls.o
WRAPPED = -Wl,--wrap=clock_ms,--wrap=
$(B)/fuzz/front_fuzz: FUZZ_AS = $(WRAPPED)table_run
$(B)/fuzz/numbered_fuzz: FUZZ_AS = $(WRAPPED)table_call,--wrap=db_user_dialect
$(B)/fuzz/dialect_fuzz: FUZZ_HAS = $(B)/front/dialect.o
$(B)/fuzz/%: t/fuzz/%.c $(wildcard t/fuzz/*.h) $(FUZZED)
	@mkdir -p $(@D)
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) $(FUZZ) $(ALL_LDFLAGS) $(FUZZ_AS) -o $@ $< $(filter-out $(FUZZ_HAS),$(FUZZED)) $(CHATD_LIBS) -lssl -lcrypto

# Every parser, each for TIME seconds with clang's fuzzer, from the inputs in t/fuzz/corpus/. COVER=1 says instead what
# those inputs reach, and fails below 95 % of the regions of any of t/fuzz/parsers, or of all branches.
TIME ?= 60
FUZZ_B = build-fuzz$(if $(COVER),-cover)
fuzz:
	@t/deps test
	@flock . $(MAKE) -s CC=clang B=$(FUZZ_B) FUZZ='-fsanitize=fuzzer -DLIBFUZZER' OPT='-O1 -g' \
		SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all$(if $(COVER), -fprofile-instr-generate -fcoverage-mapping)' \
		$(patsubst t/fuzz/%.c,$(FUZZ_B)/fuzz/%,$(wildcard t/fuzz/*.c))
	@t/fuzz/run $(if $(COVER),cover,$(TIME))

$(B)/dialect/%: t/dialect/%.c
	@mkdir -p $(@D)
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -ljson-c

# A front for tests, built in by a row of the table and nothing else; t/00-fronts.t talks to it.
$(B)/front/with_lines.c: front/front.c
	@mkdir -p $(@D)
	@sed 's/^\tX(native)$$/\tX(lines) \\\n&/' $< >$@

$(B)/front/with_lines.o: $(B)/front/with_lines.c
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/chatd-lines: $(filter-out $(B)/front/front.o,$(CHATD_OBJ)) $(B)/front/with_lines.o $(B)/t/front/lines.o
	@echo "  CC $@"; $(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHATD_LIBS)

# What has arrived counts after 3 s where it is 2 minutes; t/08-hands.t waits for it.
$(B)/front/hasty_queue.o: front/numbered_queue.c
	@echo "  CC $@"; $(CC) $(ALL_CFLAGS) -DSETTLE_MS=3000 -MMD -MP -c -o $@ $<

$(B)/chatd-hasty: $(filter-out $(B)/front/numbered_queue.o,$(CHATD_OBJ)) $(B)/front/hasty_queue.o
	@echo "  CC $@"; $(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHATD_LIBS)

# Processes that do what a burglar would; t/31-sandbox.t tells them to.
$(B)/chatd-deeds: $(CHATD_OBJ) $(B)/t/sandbox/deeds.o
	@echo "  CC $@"; $(CC) $(ALL_LDFLAGS) -o $@ $^ $(CHATD_LIBS)

# The load generator; BENCH='quick pairs50' and more: see t/bench/run
BENCH_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard t/bench/*.c)) $(LIB_OBJ)
$(B)/chat-bench: $(BENCH_OBJ)
	@echo "  CC $@"; $(CC) $(ALL_LDFLAGS) -o $@ $^

bench:
	@t/deps test
	@flock . $(MAKE) -s all $(B)/chat-bench
	@t/bench/run $(BENCH)

# Floods in their full size, beside fifty pairs who talk and others who log in: wants a machine of its own.
flood:
	@t/deps test
	@flock . $(MAKE) -s all units
	@FLOOD=full prove -v t/31-floods.t

# The long proof: random kills, crash points, power cuts, mutants. An hour, as root for all of it.
chaos:
	@t/deps test
	@flock . $(MAKE) -s all
	@t/chaos/all

ASAN = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
asan-build:
	$(MAKE) B=build-asan SAN='$(ASAN)' OPT='-O1 -g' all units

run:
	@t/run

stop:
	@t/run stop

# Parallel by file: each has its own servers on free ports. Those that wait longest begin.
J ?= 2
LONG = $(wildcard $(addprefix t/,26-o* 09-e* 26-n* 31-fl* 21-* 10-room* 08-ha* 25-* 23-* 20-* 08-fr* 08-fa* 07-cl* 07-r* 10-l* 22-* 07-co* 07-e*))
TESTS = $(LONG) $(filter-out $(LONG),$(wildcard t/*.t))
test:
	@t/deps test
	@flock . $(MAKE) -s all units
	@flock . t/chaos/build
	@prove -j$(J) $(T) $(TESTS)

# What takes minutes, root or a browser. SCREENS=t/slow/screens takes the README's pictures anew.
test-slow:
	@t/deps slow
	@flock . $(MAKE) -s all units
	@prove $(T) t/slow/*.t

asan:
	@t/deps test
	@flock . $(MAKE) -s asan-build
	@BUILD_DIR=build-asan prove -j$(J) $(T) $(TESTS)

# What is said without running a test, by whoever has something to say; then the tests.
SCRIPTS = $(shell grep -lE '^.!.*[/ ]sh$$|^. shellcheck shell' $$(git ls-files t contrib schema))
check:
	@t/deps check
	@flock . $(MAKE) -s CC=gcc B=build all units $(B)/chat-bench
	@flock . $(MAKE) -s CC=clang B=build-clang all units build-clang/chat-bench
	t/format
	shellcheck -x -S warning $(SCRIPTS)
	t/nginx-t
	@$(MAKE) -s analyze
	@$(MAKE) -s test

# What four analyzers say of all C there is: nothing. They look again at what has changed; what clang-tidy is not asked,
# and why, is in .clang-tidy.
ifneq ($(filter analyze $(B)/analyze/%,$(MAKECMDGOALS)),)
ANALYZED := $(shell git ls-files '*.c')
analyze:
	@t/deps analyze
	@flock . $(MAKE) -sk -Otarget -j$(shell nproc) $(B)/analyze/cppcheck $(foreach by,gcc tidy scan,$(ANALYZED:%=$(B)/analyze/%.$(by)))

ANALYZE_CFLAGS = $(ALL_CFLAGS) $(PQ_CFLAGS) -DREADLINE=1
$(B)/analyze/%.gcc: %
	@mkdir -p $(@D)
	@gcc $(ANALYZE_CFLAGS) -fanalyzer -MMD -MP -MF $@.d -MT '$@ $(@:.gcc=.tidy) $(@:.gcc=.scan)' -c -o $@ $<

$(B)/analyze/%.tidy: % .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet --config-file=.clang-tidy $< -- $(ANALYZE_CFLAGS) >$@.said 2>&1 || { cat $@.said; exit 1; }
	@touch $@

$(B)/analyze/%.scan: %
	@mkdir -p $(@D)
	@scan-build -o $(B)/analyze/reports --status-bugs --use-cc=clang clang $(ANALYZE_CFLAGS) -c -o $@ $< >$@.said || \
		{ cat $@.said; rm -f $@; exit 1; }

# cppcheck does not know for which processor it reads.
$(B)/analyze/cppcheck: $(ANALYZED) $(shell git ls-files '*.h')
	@mkdir -p $(@D)
	@cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr -D_GNU_SOURCE -D__x86_64__ \
		--include=/usr/include/$(shell gcc -print-multiarch)/sys/queue.h -I. $(ANALYZED)
	@touch $@

-include $(ANALYZED:%=$(B)/analyze/%.gcc.d)
endif

# What operators need, see contrib/. DESTDIR for packages.
SHARE = $(DESTDIR)$(PREFIX)/share
INSTALLED = $(DESTDIR)$(PREFIX)/sbin/chatd $(DESTDIR)$(PREFIX)/bin/chat $(SHARE)/man/man1/chat.1 $(SHARE)/man/man8/chatd.8 \
	$(patsubst man/%,$(SHARE)/man/man7/%,$(wildcard man/*.7)) $(SHARE)/bash-completion/completions/chat \
	$(SHARE)/bash-completion/completions/chatd $(SHARE)/chatd/schema $(SHARE)/doc/chatd/examples
install: all
	install -d $(sort $(dir $(INSTALLED))) $(SHARE)/chatd/schema/code $(SHARE)/doc/chatd/examples
	install -m 755 $(B)/chatd $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(B)/chat $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(SHARE)/man/man1
	install -m 644 man/*.7 $(SHARE)/man/man7
	sed 's,/usr/local/share,$(PREFIX)/share,' man/chatd.8 >$(SHARE)/man/man8/chatd.8
	install -m 644 contrib/chat.bash $(SHARE)/bash-completion/completions/chat
	install -m 644 contrib/chatd.bash $(SHARE)/bash-completion/completions/chatd
	install -m 644 schema/*.sql $(SHARE)/chatd/schema
	install -m 644 schema/code/*.sql $(SHARE)/chatd/schema/code
	cp -r nginx.conf $(filter-out contrib/deb contrib/%.bash,$(wildcard contrib/*)) $(SHARE)/doc/chatd/examples

uninstall:
	rm -rf $(INSTALLED)
	rmdir -p $(sort $(dir $(INSTALLED))) 2>/dev/null || :

deb: all
	@contrib/deb/build $(B) $(VERSION)

clean:
	rm -rf build build-asan build-clang build-fuzz build-fuzz-cover

-include $(B)/t/front/lines.d $(B)/front/hasty_queue.d $(patsubst %.o,%.d,$(CHATD_OBJ) $(CHAT_OBJ) $(BENCH_OBJ))
.PHONY: all analyze bench flood chaos check fuzz units asan-build run stop test asan install uninstall deb test-slow clean
