// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs about who has a page when its pool is destroyed: nobody at all, or a
 * socket that nobody reads.
 */
#include <linux/delay.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "fault.h"

#define PORT 4242
#define PACKETS 4
#define HEADROOM 64
/* More than there is room for behind the headers: it stays a fragment. */
#define PAYLOAD 1000

static struct socket *unread;

static void put_found(struct fault_pool *fp)
{
	fault_put_ring(fp, fp->page);
}

/*
 * Handed out, and in no place of the network stack: only we know it, and put
 * it at the release. (With a debt paid instead it would stay signed, and the
 * pool's address may be the next pool's.)
 */
static int leak(struct fault_pool *fp)
{
	struct page *page = fault_take(fp);

	if (!page)
		return fault_pool_end(fp) ?: -ENOMEM;
	fault_pool_destroy(fp);
	return fault_pool_keep(fp, put_found, page);
}

/* A datagram to PORT, its data in a page of @fp. */
static struct sk_buff *datagram(struct fault_pool *fp)
{
	struct sk_buff *skb = fault_skb();
	struct page *page;
	struct udphdr *udp;
	struct iphdr *ip;

	if (!skb)
		return NULL;
	page = fault_take(fp);
	if (!page) {
		kfree_skb(skb);
		return NULL;
	}
	skb_trim(skb, 0);
	skb_reserve(skb, HEADROOM);
	ip = skb_put_zero(skb, sizeof(*ip) + sizeof(*udp));
	fault_skb_add(skb, page, 0, PAYLOAD);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = ip->daddr = htonl(INADDR_LOOPBACK);
	udp = (struct udphdr *)(ip + 1);
	udp->source = udp->dest = htons(PORT);
	udp->len = htons(skb->len - sizeof(*ip));
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
	return skb;
}

/* Out through the loopback device, and in through a processor's backlog. */
static int send(struct sk_buff *skb)
{
	struct flowi4 way = { .daddr = htonl(INADDR_LOOPBACK) };
	struct rtable *route = ip_route_output_key(&init_net, &way);

	if (IS_ERR(route)) {
		kfree_skb(skb);
		return PTR_ERR(route);
	}
	skb_dst_set(skb, &route->dst);
	return ip_local_out(&init_net, unread->sk, skb);
}

static int open_socket(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int err;

	rtnl_lock();
	err = dev_open(init_net.loopback_dev, NULL);
	rtnl_unlock();
	if (err)
		return err;
	err = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP,
			       &unread);
	if (err)
		return err;
	/* the type of its address differs between kernels */
	err = kernel_bind(unread, (void *)&address, sizeof(address));
	if (err)
		sock_release(unread);
	return err;
}

static int send_unread(struct fault_pool *fp)
{
	struct sk_buff *skb;
	int i, err = 0;

	for (i = 0; i < PACKETS && !err; i++) {
		skb = datagram(fp);
		err = skb ? send(skb) : -ENOMEM;
	}
	for (i = 0; i < 100 && !err; i++) {
		if (skb_queue_len(&unread->sk->sk_receive_queue) == PACKETS)
			return 0;
		msleep(10);
	}
	return err ?: -EAGAIN;
}

static void close_socket(struct fault_pool *fp)
{
	sock_release(unread);
}

static int hold(struct fault_pool *fp)
{
	int err = open_socket();

	if (err)
		return fault_pool_end(fp) ?: err;
	err = send_unread(fp);
	fault_pool_destroy(fp);
	return fault_pool_keep(fp, close_socket, NULL) ?: err;
}

static int leaked(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_ms);
	if (wrong)
		return leak(fp) ?: err;
	return hold(fp) ?: err;
}

const struct knob holder_knobs[] = {
	{ "leaked", "leaked",
	  "a page is out when its pool is destroyed, and nobody has it", leaked,
	  true },
#ifdef HAVE_SKB_RECYCLE
	{ "held_socket", NULL,
	  "pages are in a socket that nobody reads when their pool is destroyed",
	  leaked, false },
#endif
	{},
};
