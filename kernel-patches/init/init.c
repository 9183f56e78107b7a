// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of the kernels that `boot` and `bench` start. It does what
 * netmem.mode on the kernel's command line says, tells the outcome in one line
 * that starts with NETMEM-RESULT, and resets the machine.
 *
 *   netmem.mode=boot    test module, XDP live frames, traffic, kernel log
 *   netmem.mode=bench   bench module
 *   netmem.frames=N     frames of each live run
 *   netmem.spoil=N      the test module's check N expects something wrong
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static char cmdline[4096];
static int failures;

void fail(const char *format, ...)
{
	va_list args;

	failures++;
	printf("NETMEM-FAIL ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	bool written;

	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written;
}

void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

long argument(const char *name, long otherwise)
{
	char word[64];
	const char *at;

	snprintf(word, sizeof(word), "netmem.%s=", name);
	at = strstr(cmdline, word);
	return at ? atol(at + strlen(word)) : otherwise;
}

static void mount_all(void)
{
	static const struct {
		const char *type;
		const char *where;
	} mounts[] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "devtmpfs", "/dev" },
		{ "tracefs", "/sys/kernel/tracing" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		/* devtmpfs may be there already */
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
			  "") &&
		    errno != EBUSY)
			fail("cannot mount %s: %s; the kernel needs it built in",
			     mounts[i].type, strerror(errno));
	}
}

/* Loads a module of the initramfs; says false when its init refused. */
static bool load_module(const char *path, const char *arguments)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0 || syscall(SYS_finit_module, fd, arguments, 0))
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error)
		fail("'%s' did not load: %s", path, strerror(error));
	return !error;
}

/*
 * Huge pages whose struct pages share memory make compound_head() look twice.
 * That is switched on with the first of them.
 */
static long huge_pages(void)
{
	char text[32];

	if (!strstr(cmdline, "hugetlb_free_vmemmap=on"))
		return 0;
	write_file("/proc/sys/vm/nr_hugepages", "4");
	read_file("/proc/sys/vm/nr_hugepages", text, sizeof(text));
	if (!atol(text))
		fail("no huge page could be made");
	return atol(text);
}

/* One huge page, present; 0 when there are none. */
static unsigned long map_huge_page(void)
{
	size_t size = 2 << 20;
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (page == MAP_FAILED)
		return 0;
	memset(page, 0, size);
	return (unsigned long)page;
}

/* A lock that lockdep objects to switches it off for good. */
static bool locks_checked(void)
{
	char line[160];
	bool on = false;
	FILE *stats = fopen("/proc/lockdep_stats", "r");

	if (!stats)
		return false;
	while (fgets(line, sizeof(line), stats))
		if (strstr(line, "debug_locks:"))
			on = strchr(line, '1') != NULL;
	fclose(stats);
	return on;
}

static void test_module(long *holds, long *releases)
{
	char arguments[64];
	long without = 0;
	bool traced = trace_start("page_pool");

	snprintf(arguments, sizeof(arguments), "spoil=%ld huge=%lu",
		 argument("spoil", 0), map_huge_page());
	if (load_module("/netmem_test.ko", arguments) &&
	    syscall(SYS_delete_module, "netmem_test", 0))
		fail("'netmem_test' did not unload: %s", strerror(errno));
	if (!traced)
		return;
	trace_stop("page_pool");
	*holds = trace_count("page_pool_state_hold:", " pfn=0x", &without);
	*releases =
		trace_count("page_pool_state_release:", " pfn=0x", &without);
	/* each pool of the module has ended, so each page was released */
	if (!*holds || *holds != *releases)
		fail("tracepoints saw %ld pages held and %ld released", *holds,
		     *releases);
	if (without)
		fail("%ld tracepoint lines without a page frame", without);
}

static void boot(const char *release)
{
	static const uint8_t near_mac[] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t far_mac[] = { 2, 0, 0, 0, 0, 2 };
	struct live_result live = {};
	struct traffic_result sent = {};
	struct log_result log = {};
	long holds = 0, releases = 0, huge = huge_pages();
	bool locks;

	if (link_up("lo") ||
	    link_add_veth("near0", near_mac, "far0", far_mac) ||
	    link_address("near0", "10.9.0.1", 24) || link_up("near0") ||
	    link_up("far0"))
		fail("no veth pair; the kernel needs veth built in");
	test_module(&holds, &releases);
	live_frames(&live);
	traffic(&sent);
	locks = locks_checked();
	if (!locks)
		fail("lockdep is off; it must watch until the end");
	log_read(&log);
	if (!log.ok || log.ok + log.not_ok != log.planned)
		fail("%ld of %ld cases of the test module ran",
		     log.ok + log.not_ok, log.planned);
	if (log.lost)
		fail("%ld kernel log lines were lost; use a larger log_buf_len",
		     log.lost);
	printf("NETMEM-RESULT {\"mode\":\"boot\",\"release\":\"%s\","
	       "\"failures\":%d,\"cases\":%ld,\"passed\":%ld,"
	       "\"skipped\":%ld,\"runs\":%ld,\"frames\":%ld,"
	       "\"device_frames\":%ld,\"received\":%ld,\"pools_gone\":%ld,"
	       "\"tcp_bytes\":%ld,\"udp_packets\":%ld,\"held\":%ld,"
	       "\"released\":%ld,\"huge_pages\":%ld,\"lockdep\":%s,"
	       "\"log_lines\":%ld,\"log_bad\":%ld,\"log_allowed\":%ld}\n",
	       release, failures, log.planned, log.ok, log.skipped, live.runs,
	       live.frames, live.device_frames, live.received, live.pools_gone,
	       sent.tcp_bytes, sent.udp_packets, holds, releases, huge,
	       locks ? "true" : "false", log.lines, log.bad, log.allowed);
}

static void bench(const char *release)
{
	long huge = huge_pages();

	load_module("/netmem_bench.ko", "");
	printf("NETMEM-RESULT {\"mode\":\"bench\",\"release\":\"%s\","
	       "\"failures\":%d,\"huge_pages\":%ld}\n",
	       release, failures, huge);
}

int main(void)
{
	struct utsname kernel = {};

	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
	uname(&kernel);
	if (strstr(cmdline, "netmem.mode=boot"))
		boot(kernel.release);
	else if (strstr(cmdline, "netmem.mode=bench"))
		bench(kernel.release);
	else
		fail("no netmem.mode=boot|bench on the kernel's command line");
	/* A reset ends QEMU too (-no-reboot), with or without power control. */
	fflush(stdout);
	sync();
	reboot(RB_AUTOBOOT);
	return 1;
}
