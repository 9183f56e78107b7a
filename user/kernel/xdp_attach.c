// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/kernel/kernel_btf.h"
#include "user/kernel/private.h"
#include "user/kernel/xdp_attach.h"
#include "user/kernel/xdp_object.h"
#include "user/util/util.h"

#define FRAGS_SUFFIX "_frags"

/* Queues of an instance of our own: memory for them is 344 bytes each and CPU. */
#define ATTACH_QUEUES 128
#define CPUMAP_QUEUE 512

/* Frames above this size may not fit into one page with what XDP needs there. */
#define XDP_HEADROOM 256
#define XDP_TAILROOM 320

struct xdp_attachment {
	struct bpf_object *object;
	int link; /* -1: by netlink, and so without an owner */
	int ifindex;
	int replaced; /* fd of the program that was there; -1: none */
	__u32 replaced_mode; /* XDP_FLAGS_* that it was attached with */
};

int xdp_attached_program(int ifindex, __u32 *program)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int err = bpf_xdp_query(ifindex, 0, &query);

	*program = 0;
	if (err)
		return err;
	if (query.drv_prog_id)
		*program = query.drv_prog_id;
	else if (query.hw_prog_id)
		*program = query.hw_prog_id;
	else
		*program = query.skb_prog_id ? query.skb_prog_id :
					       query.prog_id;
	return 0;
}

static int device_mtu(int ifindex)
{
	struct ifreq request = {};
	int err = 0, fd;

	if (!if_indextoname(ifindex, request.ifr_name))
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFMTU, &request))
		err = -errno;
	close(fd);
	return err ? err : request.ifr_mtu;
}

static void choose_program(const struct xdp_target *target, bool frags,
			   char *name)
{
	snprintf(name, XDP_PROGRAM_NAME, PROGRAM_PREFIX "%s%s%s",
		 xdp_action_name(target->action), target->to_cpu ? "_cpu" : "",
		 frags ? FRAGS_SUFFIX : "");
}

static int configure(struct bpf_object *object,
		     const struct xdp_attach_options *options)
{
	struct bpf_map *rodata, *stats, *rxq, *cpumap, *cpumap_frags;
	struct xdp_config config = {
		.sample_mask =
			(options->sample ? options->sample : XDP_SAMPLE) - 1,
		.queues = ATTACH_QUEUES,
		.cpu = options->target.cpu,
	};
	int err;

	rodata = bpf_object__find_map_by_name(object, RODATA_SUFFIX);
	stats = bpf_object__find_map_by_name(object, "netmem_stats");
	rxq = bpf_object__find_map_by_name(object, "netmem_rxq");
	cpumap = bpf_object__find_map_by_name(object, "netmem_cpumap");
	cpumap_frags = bpf_object__find_map_by_name(object, "netmem_cpu_frg");
	if (!rodata || !stats || !rxq || !cpumap || !cpumap_frags)
		return -EINVAL;
	err = bpf_map__set_initial_value(rodata, &config, sizeof(config));
	if (!err)
		err = bpf_map__set_max_entries(stats, ATTACH_QUEUES);
	if (!err)
		err = bpf_map__set_max_entries(rxq, ATTACH_QUEUES);
	if (!err)
		err = bpf_map__set_max_entries(cpumap, options->target.cpu + 1);
	if (!err)
		err = bpf_map__set_max_entries(cpumap_frags,
					       options->target.cpu + 1);
	return err;
}

/* Before the program sees a frame: without a target, redirect aborts. */
static int set_redirect_target(struct bpf_object *object,
			       const struct xdp_target *target, bool frags)
{
	__u32 key = target->to_cpu ? target->cpu : 0;
	__u32 value = target->to_cpu ? CPUMAP_QUEUE : target->device;
	const char *map;
	int fd;

	if (target->action != XDP_REDIRECT)
		return 0;
	if (target->to_cpu)
		map = frags ? "netmem_cpu_frg" : "netmem_cpumap";
	else
		map = frags ? "netmem_dev_frg" : "netmem_devmap";
	fd = bpf_object__find_map_fd_by_name(object, map);
	return fd < 0 ? fd : bpf_map_update_elem(fd, &key, &value, BPF_ANY);
}

/* Opens the object for one of its programs. */
static int open_object(const struct xdp_attach_options *options,
		       const char *name, struct bpf_object **opened)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = XDP_OBJECT_NAME,
		    .btf_custom_path = kernel_btf_path());
	struct bpf_object *object;
	struct bpf_program *program;
	const void *bytes;
	size_t size;
	int err;

	bytes = xdp_object(&size);
	object = bpf_object__open_mem(bytes, size, &opts);
	if (!object)
		return errno ? -errno : -ENOMEM;
	err = bpf_object__find_program_by_name(object, name) ? 0 : -EINVAL;
	bpf_object__for_each_program (program, object)
		bpf_program__set_autoload(
			program, !strcmp(bpf_program__name(program), name));
	if (!err)
		err = configure(object, options);
	if (err) {
		bpf_object__close(object);
		return err;
	}
	*opened = object;
	return 0;
}

static int load(const struct xdp_attach_options *options, const char *name,
		bool frags, struct bpf_object **loaded)
{
	struct bpf_object *object;
	int err;

	err = open_object(options, name, &object);
	if (err)
		return err;
	err = bpf_object__load(object);
	if (!err)
		err = set_redirect_target(object, &options->target, frags);
	if (err) {
		bpf_object__close(object);
		return err;
	}
	*loaded = object;
	return 0;
}

int xdp_put_back(int ifindex, int program, __u32 mode)
{
	int err = bpf_xdp_attach(ifindex, program,
				 mode | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	char name[IF_NAMESIZE];

	if (err)
		pr_error(
			"the XDP program that was on '%s' cannot be put back: %s",
			if_indextoname(ifindex, name) ?:
							"a device that is gone",
			error_text(err));
	return err;
}

/* The replaced one only, so that another that came since stays. */
static int detach_replaced(const struct xdp_attachment *attachment)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, old,
		    .old_prog_fd = attachment->replaced);

	return bpf_xdp_detach(attachment->ifindex, attachment->replaced_mode,
			      &old);
}

/*
 * In the mode of the replaced program in one step, so that no frame goes without
 * one. The kernel has none in two modes at once: between two there is a gap.
 */
static int attach_lasting(const struct xdp_attachment *attachment, int program,
			  __u32 mode)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, old,
		    .old_prog_fd = attachment->replaced);
	int err;

	if (attachment->replaced < 0)
		return bpf_xdp_attach(attachment->ifindex, program,
				      mode | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	if (mode == attachment->replaced_mode)
		return bpf_xdp_attach(attachment->ifindex, program, mode, &old);
	err = detach_replaced(attachment);
	if (err)
		return err;
	err = bpf_xdp_attach(attachment->ifindex, program,
			     mode | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	if (err)
		xdp_put_back(attachment->ifindex, attachment->replaced,
			     attachment->replaced_mode);
	return err;
}

/* Neither takes the place of another program: the kernel says EBUSY or EEXIST. */
static int attach_program(struct xdp_attachment *attachment, int program,
			  __u32 mode, bool lasting)
{
	LIBBPF_OPTS(bpf_link_create_opts, link, .flags = mode);
	int err;

	if (lasting) {
		err = attach_lasting(attachment, program, mode);
	} else {
		attachment->link = bpf_link_create(program, attachment->ifindex,
						   BPF_XDP, &link);
		err = attachment->link < 0 ? attachment->link : 0;
	}
	return err == -EEXIST ? -EBUSY : err;
}

static int try_attach(struct xdp_attachment *attachment,
		      const struct xdp_attach_options *options, bool frags,
		      bool generic, bool lasting)
{
	struct bpf_object *object = NULL;
	char name[XDP_PROGRAM_NAME];
	int err, fd;

	choose_program(&options->target, frags, name);
	err = load(options, name, frags, &object);
	if (err)
		return err;
	fd = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	err = attach_program(attachment, fd,
			     generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE,
			     lasting);
	if (err) {
		bpf_object__close(object);
		return err;
	}
	attachment->object = object;
	return 0;
}

/* Errors after which no other program or mode does better. */
static bool is_final(int err)
{
	return err == -EBUSY || err == -EPERM || err == -ENODEV ||
	       err == -ENOMEM;
}

/*
 * Drivers refuse with many an errno, so all that could do is tried in order:
 * native before generic, and by MTU the plain program or that for fragments
 * first (a veth judges by its peer's MTU, which is not ours). Of all errors
 * the first one says most.
 */
static int attach_best(struct xdp_attachment *attachment,
		       const struct xdp_attach_options *options, bool frags,
		       bool lasting)
{
	int from = options->mode == XDP_ATTACH_GENERIC ? 2 : 0;
	int to = options->mode == XDP_ATTACH_NATIVE ? 2 : 4;
	int err, first = 0, i;

	for (i = from; i < to; i++) {
		err = try_attach(attachment, options, (i & 1) ? !frags : frags,
				 i >= 2, lasting);
		if (!err || is_final(err))
			return err;
		if (!first)
			first = err;
	}
	return first;
}

static void put_back(struct xdp_attachment *attachment)
{
	if (attachment->replaced < 0)
		return;
	xdp_put_back(attachment->ifindex, attachment->replaced,
		     attachment->replaced_mode);
	close_fd(&attachment->replaced);
}

/* Keeps the program that is there, if we may take its place. */
static int find_replaced(struct xdp_attachment *attachment,
			 const struct xdp_attach_options *options)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int err;

	err = bpf_xdp_query(attachment->ifindex, 0, &query);
	if (err)
		return err;
	if (query.attach_mode == XDP_ATTACHED_NONE)
		return 0;
	if (!options->replace || (query.attach_mode != XDP_ATTACHED_DRV &&
				  query.attach_mode != XDP_ATTACHED_SKB))
		return -EBUSY;
	attachment->replaced_mode = query.attach_mode == XDP_ATTACHED_DRV ?
					    XDP_FLAGS_DRV_MODE :
					    XDP_FLAGS_SKB_MODE;
	if (options->replace_only && options->replace_only != query.prog_id)
		return -EBUSY;
	attachment->replaced = bpf_prog_get_fd_by_id(query.prog_id);
	return attachment->replaced < 0 ? -EBUSY : 0;
}

/* A link takes the place of no program: what is there goes first. */
static int make_room(const struct xdp_attachment *attachment,
		     const struct xdp_attach_options *options)
{
	int err = 0;

	if (attachment->replaced < 0)
		return 0;
	if (options->hold)
		err = options->hold(options->hold_data, attachment->ifindex,
				    attachment->replaced,
				    attachment->replaced_mode);
	if (!err)
		err = detach_replaced(attachment);
	return err == -EEXIST ? -EBUSY : err;
}

static bool options_are_valid(const struct xdp_attach_options *options)
{
	return options->ifindex > 0 && options->target.action >= 0 &&
	       options->target.action < XDP_ACTIONS &&
	       options->sample <= 1U << 16 &&
	       !(options->sample & (options->sample - 1));
}

static struct xdp_attachment *attach(const struct xdp_attach_options *options,
				     bool lasting, int *err)
{
	long page = sysconf(_SC_PAGESIZE);
	struct xdp_attachment *attachment;
	int mtu;

	*err = options_are_valid(options) ? 0 : -EINVAL;
	if (*err)
		return NULL;
	mtu = device_mtu(options->ifindex);
	*err = mtu < 0 ? mtu : -ENOMEM;
	if (mtu < 0)
		return NULL;
	attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return NULL;
	attachment->ifindex = options->ifindex;
	attachment->link = attachment->replaced = -1;
	*err = find_replaced(attachment, options);
	if (!*err && !lasting)
		*err = make_room(attachment, options);
	if (*err)
		goto free_attachment;
	*err = attach_best(attachment, options,
			   mtu + ETH_HLEN + XDP_HEADROOM + XDP_TAILROOM > page,
			   lasting);
	if (!*err)
		return attachment;
	if (!lasting)
		put_back(attachment);
free_attachment:
	close_fd(&attachment->replaced);
	free(attachment);
	return NULL;
}

struct xdp_attachment *xdp_attach(const struct xdp_attach_options *options,
				  int *err)
{
	return attach(options, false, err);
}

int xdp_attach_lasting(const struct xdp_attach_options *options)
{
	struct xdp_attachment *attachment;
	int err;

	attachment = attach(options, true, &err);
	if (!attachment)
		return err;
	bpf_object__close(attachment->object);
	close_fd(&attachment->replaced);
	free(attachment);
	return 0;
}

void xdp_detach(struct xdp_attachment *attachment)
{
	if (!attachment)
		return;
	bpf_link_detach(attachment->link);
	close_fd(&attachment->link);
	bpf_object__close(attachment->object);
	put_back(attachment);
	free(attachment);
}
