// SPDX-License-Identifier: GPL-2.0
/*
 * TCP and UDP between two network namespaces: skbs of all shapes through the
 * code that the series touches, once without and once with XDP on the way.
 */
#define _GNU_SOURCE
#include "init.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TCP_BYTES (4 << 20)
#define UDP_PACKETS 2000
#define PORT 5000

static const struct sockaddr_in *address(const char *ip)
{
	static struct sockaddr_in a;

	a.sin_family = AF_INET;
	a.sin_port = htons(PORT);
	a.sin_addr.s_addr = inet_addr(ip);
	return &a;
}

/* The other namespace: echoes datagrams, swallows a stream and says its size.
 */
static int far_side(int ready, int go)
{
	int udp, tcp, stream;
	uint32_t total;
	char byte = 'x';

	if (unshare(CLONE_NEWNET) || write(ready, &byte, 1) != 1 ||
	    read(go, &byte, 1) != 1)
		return 1;
	if (link_address("far1", "10.9.1.2", 24) || link_up("far1"))
		return 1;
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(udp, (void *)address("10.9.1.2"), sizeof(struct sockaddr_in)))
		return 1;
	if (bind(tcp, (void *)address("10.9.1.2"), sizeof(struct sockaddr_in)))
		return 1;
	if (listen(tcp, 1) || write(ready, &byte, 1) != 1)
		return 1;
	if (!fork()) {
		static char data[2048];
		struct sockaddr_in from;
		socklen_t size;
		ssize_t got;

		for (;;) {
			size = sizeof(from);
			got = recvfrom(udp, data, sizeof(data), 0,
				       (void *)&from, &size);
			if (got > 0)
				sendto(udp, data, got, 0, (void *)&from, size);
		}
	}
	while ((stream = accept(tcp, NULL, NULL)) >= 0) {
		static char data[65536];
		ssize_t got;

		total = 0;
		while ((got = read(stream, data, sizeof(data))) > 0)
			total += got;
		if (write(stream, &total, sizeof(total)) < 0)
			perror("far side");
		close(stream);
	}
	return 0;
}

static void send_stream(struct traffic_result *result)
{
	static char data[50000];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t left = TCP_BYTES, total = 0;

	if (connect(fd, (void *)address("10.9.1.2"),
		    sizeof(struct sockaddr_in))) {
		fail("no TCP to the other namespace: %s", strerror(errno));
		close(fd);
		return;
	}
	while (left) {
		ssize_t sent = send(
			fd, data, left < sizeof(data) ? left : sizeof(data), 0);

		if (sent <= 0)
			break;
		left -= sent;
	}
	shutdown(fd, SHUT_WR);
	if (read(fd, &total, sizeof(total)) != sizeof(total) ||
	    total != TCP_BYTES)
		fail("TCP: %u of %d bytes arrived", total, TCP_BYTES);
	result->tcp_bytes += total;
	close(fd);
}

static void send_datagrams(struct traffic_result *result)
{
	static char data[1400];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { .tv_sec = 2 };
	long echoed = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (void *)address("10.9.1.2"),
		    sizeof(struct sockaddr_in)))
		fail("no UDP to the other namespace: %s", strerror(errno));
	/* one at a time, so that none is lost */
	for (int i = 0; i < UDP_PACKETS; i++) {
		if (send(fd, data, 1 + i % sizeof(data), 0) < 0 ||
		    recv(fd, data, sizeof(data), 0) < 0)
			break;
		echoed++;
	}
	if (echoed != UDP_PACKETS)
		fail("UDP: %ld of %d datagrams came back", echoed, UDP_PACKETS);
	result->udp_packets += echoed;
	close(fd);
}

void traffic(struct traffic_result *result)
{
	static const uint8_t near_mac[] = { 2, 0, 0, 0, 1, 1 };
	static const uint8_t far_mac[] = { 2, 0, 0, 0, 1, 2 };
	int ready[2], go[2], link, pid;
	char byte = 'x';

	if (pipe(ready) || pipe(go)) {
		fail("no pipe: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (!pid) {
		/* a group of its own, so that it can end as one */
		setpgid(0, 0);
		close(ready[0]);
		close(go[1]);
		exit(far_side(ready[1], go[0]));
	}
	close(ready[1]);
	close(go[0]);
	if (read(ready[0], &byte, 1) != 1 ||
	    link_add_veth("near1", near_mac, "far1", far_mac) ||
	    link_move("far1", pid) || link_address("near1", "10.9.1.1", 24) ||
	    link_up("near1") || write(go[1], &byte, 1) != 1 ||
	    read(ready[0], &byte, 1) != 1) {
		fail("no traffic between two network namespaces");
		goto end;
	}
	send_stream(result);
	send_datagrams(result);
	link = xdp_attach_pass("near1");
	if (link < 0)
		fail("no XDP program on 'near1': %s", strerror(errno));
	send_stream(result);
	send_datagrams(result);
	close(link);
end:
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(go[1]);
}
