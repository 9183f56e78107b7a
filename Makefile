# SPDX-License-Identifier: GPL-2.0
#
# make run     set up, build, and run the main job on real traffic
# make test    set up, build, and run all tests
# make help    the other targets

PREFIX ?= /usr/local
DATA_DIR = $(PREFIX)/share/netmem-check
VERSION := 0.1

CC = gcc
CLANG ?= clang
BPFTOOL ?= bpftool
B = build

PACKAGES = libbpf jansson smartcols libmnl
# Package names resolve only after set-up, so ask when needed, once.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PACKAGES)))$(PKG_LIBS)

CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wno-unused-parameter
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -I. -I$B/bpf \
	-DNETMEM_VERSION='"$(VERSION)"' -DNETMEM_DATA_DIR='"$(DATA_DIR)"' \
	$(PKG_CFLAGS) $(CFLAGS)

ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
BPF_CFLAGS = -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -I. \
	-I/usr/include/$(MULTIARCH) -Wall -Werror

# Linked into one object, because they share the shadow.
BPF_LINKED = page_pool function scan audit inspect registry
BPF_SKELETONS = netmem calibrate holders
USER_OBJS = $(patsubst %.c,$B/%.o,$(wildcard user/*.c))
LIB_OBJS = $(filter-out $B/user/main.o,$(USER_OBJS))
UNIT_TESTS = $(patsubst tests/unit/%.c,$B/tests/%,$(wildcard tests/unit/test_*.c))
COMMANDS = run watch holders audit attach detach status report probe checks
MAN_PAGES = $B/man/netmem-check.1 $(COMMANDS:%=$B/man/netmem-check-%.1)

.PHONY: all setup run check test test-beside soak bench lab lab-repeat lab-test mutants knobs kernels lint man install clean help
all: netmem-check xdp_netmem_stats.bpf.o $B/netmem-traffic

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo "make all     build only: ./netmem-check and ./xdp_netmem_stats.bpf.o"
	@echo "make check   the quick tests: all but those on the running kernel"
	@echo "make test-beside   the live tests while others use the machine"
	@echo "make soak    cycle all scenarios for FOR=10m with one watch over them"
	@echo "make bench   what we cost, beside what others cost"
	@echo "make lab     mvneta on an emulated NIC, Linux 6.1 and the netmem series"
	@echo "make lab-repeat    the same, twenty times"
	@echo "make mutants   each check proven on a broken kernel"
	@echo "make knobs   each check on pools that misbehave on command, on ten kernels"
	@echo "make lab-test      tests of the lab itself"
	@echo "make lint    style, static analysis, docs against the check list"
	@echo "make man     the man pages, into $B/man"
	@echo "make -C kernel-patches    the netmem series and its checks"
	@echo "make install DESTDIR= PREFIX=$(PREFIX)"
	@echo "make clean"

setup:
	@tools/setup

# After setup in a new make: package names resolve only then.
run: setup
	@$(MAKE) --no-print-directory all
	@tools/tour

test: setup
	@$(MAKE) --no-print-directory all unit-tests man
	@tests/run

check: setup
	@$(MAKE) --no-print-directory all unit-tests
	@tests/run --quick

test-beside: setup
	@$(MAKE) --no-print-directory all
	@tests/live-beside $(ARGS)

unit-tests: $(UNIT_TESTS)

# Makes the event lines of tests/replay fixtures (CONTRIBUTING.md).
$B/tests/make-recording: tests/replay/make.c $(LIB_OBJS) | $B/tests
	$(CC) $(ALL_CFLAGS) -o $@ $< $(LIB_OBJS) $(PKG_LIBS)

soak: setup
	@$(MAKE) --no-print-directory all
	@tools/soak $(FOR)

bench: setup
	@$(MAKE) --no-print-directory all
	@bench/run $(ARGS)

lab: setup
	@$(MAKE) --no-print-directory all
	@lab/all $(ARGS)

lab-repeat: setup
	@$(MAKE) --no-print-directory all
	@lab/all --rounds 20 --drain 2s $(ARGS)

mutants: setup
	@$(MAKE) --no-print-directory all
	@lab/mutate $(ARGS)

knobs: setup
	@$(MAKE) --no-print-directory all
	@lab/knobs --kernel all $(ARGS)

kernels: setup
	@$(MAKE) --no-print-directory all
	@lab/prove $(ARGS)

lab-test: setup
	@$(MAKE) --no-print-directory all
	lab/qemu/test
	lab/tests/judge
	lab/tests/proof
	lab/mutants/test
	lab/tests/cache
	lab/tests/bad-input

lint: all
	@tools/lint

netmem-check: $(USER_OBJS)
	$(CC) $(CFLAGS) -o $@ $^ $(PKG_LIBS) $(LDFLAGS)

$B/netmem-traffic: scenarios/traffic.c scenarios/hold.c scenarios/traffic.h | $B/user
	$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c,$^) $(PKG_LIBS)

xdp_netmem_stats.bpf.o: $B/bpf/xdp_netmem_stats.bpf.o
	cp $< $@

$B/user/%.o: user/%.c $(BPF_SKELETONS:%=$B/bpf/%.skel.h) | $B/user
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/bpf/%.bpf.o: bpf/%.bpf.c | $B/bpf
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $B/bpf/$*.d -MT $@ -c -o $@ $<

$B/bpf/netmem.bpf.o: $(BPF_LINKED:%=$B/bpf/%.bpf.o)
	$(BPFTOOL) gen object $@ $^

$B/bpf/%.skel.h: $B/bpf/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp
	mv $@.tmp $@

$B/tests/%: tests/unit/%.c $(LIB_OBJS) | $B/tests
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB_OBJS) \
		$(PKG_LIBS) -lcmocka

$B/user $B/bpf $B/tests $B/man:
	mkdir -p $@

man: $(MAN_PAGES)

$B/man/netmem-check.1: netmem-check | $B/man
	help2man --no-info --section 1 \
		--name 'validate page_pool recycling in the running kernel' \
		--output $@ ./netmem-check

$B/man/netmem-check-%.1: netmem-check tools/help2man-wrapper | $B/man
	help2man --no-info --section 1 --version-string $(VERSION) \
		--name 'netmem-check subcommand $*' \
		--output $@ 'tools/help2man-wrapper $*'

install: all man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(DATA_DIR)/scenarios $(DESTDIR)$(DATA_DIR)/build
	install netmem-check $(DESTDIR)$(PREFIX)/bin/
	install -m 644 xdp_netmem_stats.bpf.o $(DESTDIR)$(DATA_DIR)/
	install scenarios/run scenarios/cycle $(DESTDIR)$(DATA_DIR)/scenarios/
	install -m 644 scenarios/*.sh $(DESTDIR)$(DATA_DIR)/scenarios/
	install $B/netmem-traffic $(DESTDIR)$(DATA_DIR)/build/
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(PREFIX)/share/man/man1/

clean:
	rm -rf $B netmem-check xdp_netmem_stats.bpf.o

.SECONDARY:
.DELETE_ON_ERROR:
-include $(wildcard $B/user/*.d $B/bpf/*.d $B/tests/*.d)
