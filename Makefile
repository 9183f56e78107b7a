# SPDX-License-Identifier: GPL-2.0
#
# make run     set up, build, and run the main job on real traffic
# make test    set up, build, and run all tests
# make check   build, and run the tests that need no kernel: unit and replay
# make help    the other targets
#
# On the command line: V=1 shows commands, O=DIR builds in DIR and writes
# nothing here, SAN=1 builds with sanitizers (in build-san unless O says
# otherwise), NO_SETUP=1 installs no packages. From the environment as well: CC,
# CLANG, BPFTOOL, CFLAGS, CPPFLAGS, LDFLAGS, and WERROR=1, warnings are errors.

VERSION := 0.1

PREFIX ?= /usr/local
BIN_DIR = $(PREFIX)/bin
# Programs and scripts that netmem-check starts, and BPF objects
LIBEXEC_DIR = $(PREFIX)/libexec/netmem-check
MAN_DIR = $(PREFIX)/share/man/man8
UNIT_DIR = $(PREFIX)/lib/systemd/system
SYSUSERS_DIR = $(PREFIX)/lib/sysusers.d
# Alerts and the dashboard of monitor
SHARE_DIR = $(PREFIX)/share/netmem-check
BASH_COMPLETION_DIR = $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETION_DIR = $(PREFIX)/share/zsh/site-functions

ifeq ($(origin CC),default)
CC = gcc
endif
CLANG ?= clang
BPFTOOL ?= bpftool
LLVM_STRIP ?= llvm-strip
PKG_CONFIG ?= pkg-config

# ---- where things go ----

ifneq ($(origin SAN),command line)
SAN =
endif
# Of `make fuzz', for the build that it makes
ifneq ($(origin FUZZ),command line)
FUZZ =
endif
ifneq ($(origin O),command line)
O = $(if $(SAN),build-san)
endif
# $B has all that is made; $D is in front of what people call by name: the
# program, and the XDP object beside it. Below here $B is a relative path, so
# that debug information is the same as that of a build elsewhere.
ifeq ($O,)
B = build
D =
else
B := $(patsubst $(CURDIR)/%,%,$(abspath $O))
D = $B/
endif

# Tests and tools use what was built here.
export NETMEM_CHECK ?= $(abspath $Dnetmem-check)
export NETMEM_BUILD ?= $(abspath $B)

# ---- with which commands ----

PACKAGES = libbpf jansson smartcols libmnl ncursesw sqlite3 libmicrohttpd zlib
# Package names resolve only after set-up, so ask when needed, once.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES)))$(PKG_LIBS)

# Neither the place of the sources nor that of the build is in what is built.
SAME_PATHS = '-ffile-prefix-map=$(CURDIR)=.' '-ffile-prefix-map=$B=build'
WARNINGS = -Wall -Wextra -Wno-unused-parameter $(if $(filter-out 0,$(WERROR)),-Werror)
ifneq ($(SAN),)
SAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
ifneq ($(FUZZ),)
# clang finds more to warn of than gcc, for which the code is written.
SAN_FLAGS += -fsanitize=fuzzer-no-link -Wno-missing-field-initializers
endif
# An exit code of its own: 1 is that of FAIL.
export ASAN_OPTIONS ?= detect_leaks=1:detect_stack_use_after_return=1:exitcode=99
export UBSAN_OPTIONS ?= print_stacktrace=1:exitcode=99
endif

CFLAGS ?= -O2 -g
# Found from the program's own place, whatever PREFIX and DESTDIR are
LIBEXEC_FROM_BIN := $(shell realpath -m --relative-to='$(BIN_DIR)' '$(LIBEXEC_DIR)')
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -I. -I$B/bpf -I$B $(SAME_PATHS) \
	-DNETMEM_VERSION='"$(VERSION)"' \
	-DNETMEM_LIBEXEC_DIR='"$(LIBEXEC_FROM_BIN)"' \
	$(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(SAN_FLAGS)
LINK = $(CC) $(CFLAGS) $(SAN_FLAGS) $(LDFLAGS)

ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
BPF_CFLAGS = -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -I. \
	-I/usr/include/$(MULTIARCH) -Wall $(if $(filter-out 0,$(WERROR)),-Werror) \
	$(SAME_PATHS)

# Quiet unless V=1: one line for each file that is made.
ifneq ($(origin V),command line)
V =
endif
ifeq ($(filter-out 0,$V),)
Q = @
say = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-7s %s\n' '$1' '$(@:$(CURDIR)/%=%)')
endif
MAKE_HERE = $(MAKE) --no-print-directory

# ---- what is made of what ----

# Linked into one object, because they share the shadow.
BPF_LINKED = track/page_pool track/function look/scan look/audit look/inspect look/registry look/statistics look/netdevs
BPF_SKELETONS = $(patsubst %,$B/bpf/%.skel.h,netmem netmem_plain calibrate holders sweep xdp_netmem_stats)
USER_OBJS = $(patsubst %.c,$B/%.o,$(wildcard user/*.c user/*/*.c))
LIB_OBJS = $(filter-out $B/user/main.o,$(USER_OBJS))
UNIT_TESTS = $(patsubst tests/unit/%.c,$B/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$B/%,$(wildcard tests/fuzz/*.c))
SCENARIOS = $(wildcard scenarios/run scenarios/cycle scenarios/*.sh)
# What scenarios source of lib/sh
SCENARIO_LIBS = $(patsubst %,lib/sh/%.sh,message args header scenario wait net)

.PHONY: all setup run test test-slow inject test-beside states check unit-tests fuzz fuzz-targets build-test soak bench lab lab-repeat \
	lab-test mutants knobs kernels lint man install uninstall clean help FORCE

all: $Dnetmem-check $Dxdp_netmem_stats.bpf.o $B/netmem-traffic
ifneq ($O,)
# Where the program looks for them
all: $(SCENARIOS:%=$B/%) $(SCENARIO_LIBS:%=$B/%)
endif

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo "make all     build only: ./netmem-check and ./xdp_netmem_stats.bpf.o"
	@echo "make check   the quick tests: all but those on the running kernel"
	@echo "make SAN=1 check   the same tests with address and undefined behaviour sanitizers"
	@echo "make fuzz    parsers and reports on inputs made by libFuzzer, for FOR=60s in sum"
	@echo "make build-test    tests of the build itself, a minute or two"
	@echo "make states        the answer in each state of a healthy machine, ARGS=COUNT=N times"
	@echo "make test-slow     live tests of many rounds, which \`make test' leaves out"
	@echo "make inject  each system call of short runs failing, INJECT_CALLS=32 of one place"
	@echo "make test-beside   the live tests while others use the machine"
	@echo "make soak    cycle all scenarios for FOR=10m with one watch over them"
	@echo "make bench   what we cost, beside what others cost"
	@echo "make lab     mvneta on an emulated NIC, Linux 6.1 and the netmem series"
	@echo "make lab-repeat    the same, twenty times"
	@echo "make mutants   each check proven on a broken kernel"
	@echo "make knobs   each check on pools that misbehave on command, on ten kernels"
	@echo "make kernels   the same and more on all kernels, as one table; with"
	@echo "               ARGS=--write-table it goes into docs/kernels.md"
	@echo "make lab-test      tests of the lab itself"
	@echo "make golden  write the reports that tests expect anew, and show what changes"
	@echo "make golden-bites  mistakes in the reports, which a golden test must find"
	@echo "make docs    docs/checks.md and the table of docs/recording.md, from the tables in the code"
	@echo "make lint    style, static analysis, docs against the check list"
	@echo "make man     the man pages, into $B/man"
	@echo "make -C kernel-patches    the netmem series and its checks"
	@echo "make install DESTDIR= PREFIX=$(PREFIX)"
	@echo "make deb     the Debian package, into $B/packages"
	@echo "make dist    one static program for amd64 (ARGS=arm64), into $B/dist"
	@echo "make dist-test     what is given to others, in roots of its own; minutes"
	@echo "make uninstall     removes what install put there"
	@echo "make clean"
	@sed -n '/^# On the command line/,/^$$/s/^# *//p' Makefile

# A file that is rewritten when the command lines that it stands for change
$B/%.command: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$COMMAND" | cmp -s - $@ || printf '%s\n' "$$COMMAND" >$@
$B/cc.command: export COMMAND = $(CC) $(ALL_CFLAGS)
$B/bpf.command: export COMMAND = $(CLANG) $(BPF_CFLAGS), $(BPFTOOL)
$B/link.command: export COMMAND = $(LINK) $(USER_OBJS) $(PKG_LIBS)

$Dnetmem-check: $(USER_OBJS) $B/link.command
	$(call say,LINK)
	$Q$(LINK) -o $@ $(filter %.o,$^) $(PKG_LIBS)

# A test takes from it what it needs.
$B/netmem-check.a: $(LIB_OBJS) $B/link.command
	$(call say,AR)
	$Qrm -f $@
	$Q$(AR) rcs $@ $(filter %.o,$^)

$B/netmem-traffic: tools/traffic/traffic.c tools/traffic/hold.c tools/traffic/traffic.h \
		$B/cc.command $B/link.command
	$(call say,CC)
	$Q$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(PKG_LIBS)

$Dxdp_netmem_stats.bpf.o: $B/bpf/xdp_netmem_stats.bpf.o
	$Qcp $< $@

# ---- the page of HTML reports ----

# libjs-dygraphs, whose licence is in each page
DYGRAPHS ?= /usr/share/javascript/dygraphs/dygraph.min.js
DYGRAPHS_LICENCE ?= /usr/share/doc/libjs-dygraphs/copyright
PAGE = user/report/page

$B/page/script.js: $(DYGRAPHS) $(PAGE)/plots.js
	@mkdir -p $(@D)
	$Qsed '/^\/\/# sourceMappingURL=/d; s/^\t*//' $^ >$@

$B/page/style.css: $(PAGE)/style.css
	@mkdir -p $(@D)
	$Qsed 's/^\t*//' $< >$@

# By which a browser knows that a script is ours
$B/page/script.sha256: $B/page/script.js
	$Qperl -MDigest::SHA -e 'print Digest::SHA->new(256)->addfile($$ARGV[0])->b64digest, "="' $< >$@

$B/page/assets.h: tools/embed $(PAGE)/page.html $B/page/style.css $B/page/script.js \
		$B/page/script.sha256 $(DYGRAPHS_LICENCE)
	$(call say,PAGE)
	$Qtools/embed page_skeleton=$(PAGE)/page.html page_style=$B/page/style.css \
		page_script=$B/page/script.js page_hash=$B/page/script.sha256 \
		page_licence=$(DYGRAPHS_LICENCE) >$@.tmp
	$Qmv $@.tmp $@

# Skeletons have to be there for the first build; after it a file waits for
# those that it includes.
$B/user/%.o: user/%.c $B/cc.command | $(BPF_SKELETONS) $B/bpf/netmem_plain.gz.h $B/page/assets.h
	$(call say,CC)
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/bpf/%.bpf.o: bpf/%.bpf.c $B/bpf.command
	$(call say,BPF)
	@mkdir -p $(@D)
	$Q$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $B/bpf/$*.d -MT $@ -c -o $@ $<

# The same for kernels without compare-and-swap
$B/bpf/plain/%.bpf.o: bpf/%.bpf.c $B/bpf.command
	$(call say,BPF)
	@mkdir -p $(@D)
	$Q$(CLANG) $(BPF_CFLAGS) -include bpf/compat/plain.h \
		-MMD -MP -MF $B/bpf/plain/$*.d -MT $@ -c -o $@ $<

$B/bpf/netmem.bpf.o: $(BPF_LINKED:%=$B/bpf/%.bpf.o) $B/bpf.command
	$(call say,BPFLINK)
	$Q$(BPFTOOL) gen object $@ $(filter %.o,$^)

$B/bpf/netmem_plain.bpf.o: $(BPF_LINKED:%=$B/bpf/plain/%.bpf.o) $B/bpf.command
	$(call say,BPFLINK)
	$Q$(BPFTOOL) gen object $@ $(filter %.o,$^)

# The loader opens the second object's bytes as if they were the first's.
$B/bpf/netmem_plain.skel.h: $B/bpf/netmem_plain.bpf.o $B/bpf/netmem.skel.h tools/same-layout
	$(call say,SKEL)
	$Q$(BPFTOOL) gen skeleton $< name netmem_plain_bpf >$@.tmp
	$Qtools/same-layout $B/bpf/netmem.skel.h $@.tmp
	$Qmv $@.tmp $@

# Few kernels want it, and it is a tenth of the program.
$B/bpf/netmem_plain.gz.h: $B/bpf/netmem_plain.bpf.o $B/bpf/netmem_plain.skel.h
	$(call say,GZIP)
	$Q{ echo 'static const unsigned char netmem_plain_gz[] = {'; \
		gzip -9nc $< | od -An -v -tx1 | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
		echo '};'; } >$@.tmp
	$Qmv $@.tmp $@

$B/bpf/netmem.skel.h: $B/bpf/netmem.bpf.o
$B/bpf/calibrate.skel.h: $B/bpf/look/calibrate.bpf.o
$B/bpf/holders.skel.h: $B/bpf/holders/holders.bpf.o
$B/bpf/sweep.skel.h: $B/bpf/holders/sweep.bpf.o
$B/bpf/xdp_netmem_stats.skel.h: $B/bpf/stripped/xdp_netmem_stats.bpf.o
$(filter-out %_plain.skel.h,$(BPF_SKELETONS)):
	$(call say,SKEL)
	$Q$(BPFTOOL) gen skeleton $< name $(@F:.skel.h=_bpf) >$@.tmp
	$Qmv $@.tmp $@

# Debug information is for us; BTF stays, the kernel wants it.
$B/bpf/stripped/xdp_netmem_stats.bpf.o: $B/bpf/xdp_netmem_stats.bpf.o
	$(call say,STRIP)
	@mkdir -p $(@D)
	$Q$(LLVM_STRIP) --strip-debug -o $@ $<

unit-tests: $(UNIT_TESTS) $B/tests/inject

$B/tests/%: tests/unit/%.c $B/netmem-check.a $B/cc.command
	$(call say,CC)
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
		$B/netmem-check.a $(PKG_LIBS) -lcmocka

# Lets system calls fail (tests/inject.sh).
$B/tests/inject: tests/inject.c $B/cc.command $B/link.command
	$(call say,CC)
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $<

# Prints the table of docs/recording.md.
$B/facts-table: tools/facts/table.c $B/netmem-check.a $B/cc.command
	$(call say,CC)
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
		$B/netmem-check.a $(PKG_LIBS)

# What is tested is in the archive, or is a file that the target includes.
fuzz-targets: $(FUZZ_TARGETS)

ifneq ($(FUZZ),)
$(FUZZ_TARGETS): $B/%: tests/fuzz/%.c $B/netmem-check.a $B/cc.command
	$(call say,FUZZ)
	$Q$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
		$B/netmem-check.a $(PKG_LIBS)
endif

# Makes the event lines of tests/replay fixtures (CONTRIBUTING.md).
$B/tests/make-recording: tests/replay/make.c $B/netmem-check.a $B/cc.command
	$(call say,CC)
	@mkdir -p $(@D)
	$Q$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $B/netmem-check.a $(PKG_LIBS)

$(SCENARIOS:%=$B/%) $(SCENARIO_LIBS:%=$B/%): $B/%: %
	@mkdir -p $(@D)
	$Qln -sf $(CURDIR)/$< $@

# ---- what it is used for ----

setup:
	@tools/setup

# After setup in a new make: package names resolve only then.
run: setup
	@$(MAKE_HERE) all
	@tools/tour

test: setup
	@$(MAKE_HERE) all unit-tests man
	@tests/run

check: all unit-tests
	@tests/run --quick

states: setup
	@$(MAKE_HERE) all
	@tests/states $(ARGS)

test-slow: setup
	@$(MAKE_HERE) all
	@tests/run --slow $(ARGS)

# All calls that fail; hours
inject: setup
	@$(MAKE_HERE) all $B/tests/inject
	@tests/run --slow 'live/inject*'

test-beside: setup
	@$(MAKE_HERE) all
	@tests/live-beside $(ARGS)

# Targets are built with clang, whose libFuzzer they link with.
fuzz: setup
	@$(MAKE_HERE) O=$B/fuzz SAN=1 FUZZ=1 CC=$(CLANG) fuzz-targets
	@tests/fuzz/run $B/fuzz $(FOR)

build-test:
	@tests/build $(ARGS)

soak: setup
	@$(MAKE_HERE) all
	@tools/soak $(FOR)

lint: all $B/facts-table
	@tools/lint

# These run what stands in the tree.
ifneq ($O,)
bench lab lab-repeat mutants knobs kernels lab-test:
	@echo "make $@: not with O= or SAN=: it runs what is built in the tree" >&2
	@exit 2
else
bench: setup
	@$(MAKE_HERE) all
	@bench/run $(ARGS)

lab: setup
	@$(MAKE_HERE) all
	@lab/all $(ARGS)

lab-repeat: setup
	@$(MAKE_HERE) all
	@lab/all --rounds 20 --drain 2s $(ARGS)

mutants: setup
	@$(MAKE_HERE) all
	@lab/mutate $(ARGS)

knobs: setup
	@$(MAKE_HERE) all
	@lab/knobs --kernel all $(ARGS)

kernels: setup
	@$(MAKE_HERE) all
	@lab/prove $(ARGS)

lab-test: setup
	@$(MAKE_HERE) all
	lab/qemu/test
	lab/tests/judge
	lab/tests/proof
	lab/mutants/test
	lab/tests/cache
	lab/tests/bad-input
endif

# Writes what is generated in docs/.
.PHONY: docs
docs: $Dnetmem-check $B/facts-table
	@$(abspath $Dnetmem-check) checks --markdown >docs/checks.md
	@tools/facts/docs $B/facts-table >$B/recording.md
	@mv $B/recording.md docs/recording.md

# Writes the reports that tests/golden expects anew, and shows what changes.
.PHONY: golden golden-bites
golden: $Dnetmem-check
	@tests/golden/run.sh --update $(abspath $Dnetmem-check)

# Makes mistakes in the reports, each of which a golden test must find.
golden-bites: $Dnetmem-check
	@tests/golden/bites

# ---- man pages, install ----

# One page for each subcommand that the program lists
man: $B/man/netmem-check.8

$B/man/netmem-check.8: $Dnetmem-check tools/man-pages
	$(call say,MAN)
	$Qtools/man-pages $(abspath $Dnetmem-check) $(@D)

$B/completion/%: $Dnetmem-check
	@mkdir -p $(@D)
	$Q$(abspath $Dnetmem-check) completion $* >$@.tmp
	$Qmv $@.tmp $@

# Made anew each time: PREFIX may be another.
$B/installed/netmem-check.service: contrib/monitor/netmem-check.service.in FORCE
	@mkdir -p $(@D)
	$Qsed 's,@BIN@,$(BIN_DIR),' $< >$@

# What works without anything else
.PHONY: install-programs
install-programs: all $B/bpf/stripped/xdp_netmem_stats.bpf.o
	@echo "  INSTALL $(DESTDIR)$(PREFIX)"
	$Qinstall -d $(DESTDIR)$(BIN_DIR) $(DESTDIR)$(LIBEXEC_DIR)/scenarios \
		$(DESTDIR)$(LIBEXEC_DIR)/lib/sh
	$Qinstall $Dnetmem-check $(DESTDIR)$(BIN_DIR)/
	$Qinstall $B/netmem-traffic $(DESTDIR)$(LIBEXEC_DIR)/
	$Qinstall -m 644 $B/bpf/stripped/xdp_netmem_stats.bpf.o $(DESTDIR)$(LIBEXEC_DIR)/
	$Qinstall $(filter-out %/lib.sh,$(SCENARIOS)) $(DESTDIR)$(LIBEXEC_DIR)/scenarios/
	$Qinstall -m 644 scenarios/lib.sh $(DESTDIR)$(LIBEXEC_DIR)/scenarios/
	$Qinstall -m 644 $(SCENARIO_LIBS) $(DESTDIR)$(LIBEXEC_DIR)/lib/sh/

install: install-programs man $B/completion/bash $B/completion/zsh \
		$B/installed/netmem-check.service
	$Qinstall -d $(DESTDIR)$(MAN_DIR) \
		$(DESTDIR)$(BASH_COMPLETION_DIR) $(DESTDIR)$(ZSH_COMPLETION_DIR)
	$Qinstall -m 644 $B/man/*.8 $(DESTDIR)$(MAN_DIR)/
	$Qinstall -m 644 $B/completion/bash $(DESTDIR)$(BASH_COMPLETION_DIR)/netmem-check
	$Qinstall -m 644 $B/completion/zsh $(DESTDIR)$(ZSH_COMPLETION_DIR)/_netmem-check
	$Qinstall -d $(DESTDIR)$(UNIT_DIR) $(DESTDIR)$(SYSUSERS_DIR) $(DESTDIR)$(SHARE_DIR)
	$Qinstall -m 644 contrib/monitor/alerts.yml contrib/monitor/grafana.json $(DESTDIR)$(SHARE_DIR)/
	$Qinstall -m 644 $B/installed/netmem-check.service $(DESTDIR)$(UNIT_DIR)/
	$Qinstall -m 644 contrib/monitor/netmem-check.sysusers $(DESTDIR)$(SYSUSERS_DIR)/netmem-check.conf

.PHONY: deb version dist dist-test
version:
	@echo $(VERSION)

# Of a copy of the tree
deb:
	@tools/deb $B/packages

# Static, with the libraries of a root of its own
dist:
	@tools/dist $B/dist $(ARGS)

dist-test: setup
	@tests/dist $(ARGS)

# Needs no build; folders that others may use stay.
INSTALLED = $(BASH_COMPLETION_DIR)/netmem-check $(ZSH_COMPLETION_DIR)/_netmem-check \
	$(SHARE_DIR)/alerts.yml $(SHARE_DIR)/grafana.json \
	$(UNIT_DIR)/netmem-check.service $(SYSUSERS_DIR)/netmem-check.conf \
	$(BIN_DIR)/netmem-check $(MAN_DIR)/netmem-check.8 $(MAN_DIR)/netmem-check-*.8 \
	$(LIBEXEC_DIR)/netmem-traffic $(LIBEXEC_DIR)/xdp_netmem_stats.bpf.o \
	$(SCENARIOS:%=$(LIBEXEC_DIR)/%) $(SCENARIO_LIBS:%=$(LIBEXEC_DIR)/%)
uninstall:
	@echo "  REMOVE  $(DESTDIR)$(PREFIX)"
	$Qrm -f $(INSTALLED:%=$(DESTDIR)%)
	$Qfor dir in $(addprefix $(DESTDIR)$(LIBEXEC_DIR),/scenarios /lib/sh /lib) $(DESTDIR)$(LIBEXEC_DIR) \
			$(DESTDIR)$(SHARE_DIR); do \
		[ ! -d $$dir ] || rmdir --ignore-fail-on-non-empty $$dir; \
	done

# Of a folder that the user named, only what we made there
clean:
ifeq ($O,)
	rm -rf $B netmem-check xdp_netmem_stats.bpf.o
else
	rm -rf $(addprefix $B/,user bpf page tests fuzz man completion installed scenarios lib *.command netmem-check \
		netmem-check.a netmem-traffic xdp_netmem_stats.bpf.o facts-table facts-table.d recording.md)
	[ ! -d $B ] || rmdir --ignore-fail-on-non-empty $B
endif

.SECONDARY:
.DELETE_ON_ERROR:
-include $(wildcard $B/user/*.d $B/user/*/*.d $B/bpf/*.d $B/bpf/*/*.d $B/bpf/plain/*/*.d \
	$B/tests/*.d $(FUZZ_TARGETS:%=%.d) $B/facts-table.d)
