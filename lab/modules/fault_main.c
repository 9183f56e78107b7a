// SPDX-License-Identifier: GPL-2.0
/*
 * netmem_fault: page pools of its own that misbehave on command, one knob for
 * each check of netmem-check, and knobs with which nothing is wrong.
 *
 *	/sys/kernel/debug/netmem_fault/knobs    one a line: name, check, about
 *	/sys/kernel/debug/netmem_fault/run      write a name; returns after it
 *	/sys/kernel/debug/netmem_fault/release  a write makes good what was left
 *	/sys/kernel/debug/netmem_fault/ms       length of a knob's traffic
 *	/sys/kernel/debug/netmem_fault/cost/    what a page's way costs (fault_cost.c)
 *
 * For test machines only: some of it corrupts what page_pool knows about its
 * pages, and a knob that goes wrong may do worse.
 */
#define pr_fmt(fmt) "netmem_fault: " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "fault.h"

unsigned int fault_ms = 1000;

/* Those that make good what is left come before those that keep something. */
static const struct knob *const lists[] = {
	book_knobs,   recycle_knobs,
#ifdef HAVE_MEMORY_PROVIDER
	iov_knobs,
#endif
	audit_knobs,  race_knobs,
#ifdef HAVE_FRAGS
	frag_knobs,
#endif
	device_knobs, holder_knobs,  xdp_knobs, clean_knobs,
};

/* One knob at a time. */
static DEFINE_MUTEX(running);
static struct dentry *dir;

static const struct knob *find_knob(const char *name)
{
	const struct knob *knob;
	int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (knob = lists[i]; knob->name; knob++)
			if (!strcmp(knob->name, name))
				return knob;
	return NULL;
}

static int knobs_show(struct seq_file *file, void *unused)
{
	const struct knob *knob;
	int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (knob = lists[i]; knob->name; knob++)
			seq_printf(file, "%s %s %s\n", knob->name,
				   knob->check ?: "-", knob->about);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(knobs);

static ssize_t run_write(struct file *file, const char __user *data,
			 size_t size, loff_t *offset)
{
	const struct knob *knob;
	char name[64];
	int err;

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, data, size))
		return -EFAULT;
	name[size] = '\0';
	knob = find_knob(strim(name));
	if (!knob)
		return -ENOENT;
	err = mutex_lock_interruptible(&running);
	if (err)
		return err;
	err = knob->run(knob->wrong);
	mutex_unlock(&running);
	if (err)
		pr_err("%s: error %d\n", knob->name, err);
	return err ?: size;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static ssize_t release_write(struct file *file, const char __user *data,
			     size_t size, loff_t *offset)
{
	int err;

	err = mutex_lock_interruptible(&running);
	if (err)
		return err;
	err = fault_release();
	mutex_unlock(&running);
	return err ?: size;
}

static const struct file_operations release_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = release_write,
};

static int __init fault_init(void)
{
	dir = debugfs_create_dir("netmem_fault", NULL);
	debugfs_create_file("knobs", 0400, dir, NULL, &knobs_fops);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("release", 0200, dir, NULL, &release_fops);
	debugfs_create_u32("ms", 0600, dir, &fault_ms);
	fault_cost_init(dir);
	fault_xdp_init();
	return 0;
}

static void __exit fault_exit(void)
{
	debugfs_remove(dir);
	fault_xdp_exit();
	fault_release();
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("page pools that misbehave on command");
MODULE_LICENSE("GPL");
