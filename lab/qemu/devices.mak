# SPDX-License-Identifier: GPL-2.0
#
# What lab/qemu/build has in QEMU, in place of all devices of all boards: the
# virt machine, with what it brings, and the guest's ports. Another NIC to
# compare with is a line here, as CONFIG_VIRTIO_NET=y.
CONFIG_ARM_VIRT=y
CONFIG_VIRTIO_SERIAL=y
# the translator of arm64 does not link without it
CONFIG_ARM_V7M=y
