// SPDX-License-Identifier: GPL-2.0
/*
 * Freed packets wait on the processor that made them until it receives
 * something: an idle one keeps a pool's pages for long. So every processor
 * receives a datagram. That happens in a thread with a network namespace and
 * an affinity of its own: both go with the thread, and nobody else's loopback
 * carries the datagram.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/util/util.h"

/* The largest number of processors that a kernel can be built for */
#define CPUS_MAX 8192
/*
 * The first one may be received before the waiting packets are freed, in one
 * and the same softirq; the second one comes after that.
 */
#define DATAGRAMS 2
#define TIMEOUT_US 500000
/* Until what was freed is counted; the kernel empties a ring once a second. */
#define KICK_SETTLE_US 1200000

static int bring_loopback_up(int fd)
{
	struct ifreq request = { .ifr_name = "lo" };

	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return -errno;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
}

static int connect_to_itself(int fd)
{
	struct timeval timeout = { .tv_usec = TIMEOUT_US };
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	if (getsockname(fd, (struct sockaddr *)&address, &size))
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

/* The kernel refuses processors that are offline or outside of our cpuset. */
static int move_to(int cpu)
{
	cpu_set_t set[CPUS_MAX / CPU_SETSIZE];

	CPU_ZERO_S(sizeof(set), set);
	CPU_SET_S(cpu, sizeof(set), set);
	if (sched_setaffinity(0, sizeof(set), set))
		return -errno;
	return sched_getcpu() == cpu ? 0 : -ENODEV;
}

static int send_and_receive(int fd)
{
	char byte = 0;
	int i;

	for (i = 0; i < DATAGRAMS; i++) {
		if (send(fd, &byte, sizeof(byte), 0) < 0)
			return -errno;
		if (recv(fd, &byte, sizeof(byte), 0) < 0)
			return -errno;
	}
	return 0;
}

static int kick_all(int fd)
{
	int cpu, err, last = 0, reached = 0;

	for (cpu = 0; cpu < CPUS_MAX; cpu++) {
		if (move_to(cpu))
			continue;
		err = send_and_receive(fd);
		if (err)
			last = err;
		else
			reached++;
	}
	return reached ? reached : last;
}

static int kick_from_own_namespace(void)
{
	int fd, result;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	result = bring_loopback_up(fd);
	if (!result)
		result = connect_to_itself(fd);
	if (!result)
		result = kick_all(fd);
	close(fd);
	return result;
}

static void *kick_thread(void *result)
{
	*(int *)result = kick_from_own_namespace();
	return NULL;
}

/* Returns the processors that were reached, or a negative errno. */
static int kick_cpus(void)
{
	sigset_t all, before;
	pthread_t thread;
	int err, result = 0;

	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, kick_thread, &result);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return -err;
	pthread_join(thread, NULL);
	return result;
}

/* ---- in a session ---- */

/* Pages in flight of each pool, by its own counters. */
static void read_inflight(struct live *live, int64_t *inflight)
{
	struct pool_reading reading;
	uint32_t slot;

	for (slot = 1; slot < SLOT_COUNT; slot++) {
		reading = live_read_pool(live, slot);
		inflight[slot] = reading.readable ? (int32_t)(reading.hold -
							      reading.release) :
						    -1;
	}
}

static void emit_kick(struct live *live, int cpus)
{
	struct fact fact = { .type = FACT_nudge };

	fact.nudge.cpus = cpus > 0 ? cpus : 0;
	if (cpus < 0)
		fact_set(&fact.nudge, nudge, why, error_text(cpus));
	live_emit(live, &fact);
}

static void emit_kicked(struct live *live, uint32_t slot, int64_t before,
			int64_t after)
{
	struct fact fact = { .type = FACT_nudged };

	fact.nudged.slot = slot;
	fact.nudged.seq = live->watches[slot].seq;
	fact.nudged.before = before;
	/* Gone meanwhile: all of them came back. */
	fact.nudged.after = after > 0 ? after : 0;
	live_emit(live, &fact);
}

void live_kick(struct live *live)
{
	static int64_t before[SLOT_COUNT], after[SLOT_COUNT];
	uint32_t slot;
	int cpus;

	read_inflight(live, before);
	cpus = kick_cpus();
	live->kicked = cpus > 0;
	emit_kick(live, cpus);
	live_pause(live, KICK_SETTLE_US);
	read_inflight(live, after);
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (before[slot] > 0 && live->watches[slot].seq)
			emit_kicked(live, slot, before[slot], after[slot]);
	live_emit_pools(live);
}
