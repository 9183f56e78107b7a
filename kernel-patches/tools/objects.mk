# SPDX-License-Identifier: GPL-2.0
#
# Print what kbuild builds in the folder `dir`, one path a line: its objects,
# the parts of its composite objects, and its subfolders with a slash at the
# end. It reads the folder's own Makefile with the configuration of `out`,
# so the answer is that of Kconfig.
#
#   make -s -f objects.mk srctree=TREE out=OBJECTS ARCH=arm64 dir=net/core

include $(out)/include/config/auto.conf
include $(srctree)/scripts/Kbuild.include

SRCARCH := $(patsubst x86_64,x86,$(ARCH))
obj := $(dir)
src := $(dir)
include $(firstword $(wildcard $(srctree)/$(dir)/Kbuild $(srctree)/$(dir)/Makefile))

parts = $(foreach suffix,objs y m,$($(1:.o=)-$(suffix)))
objects := $(sort $(foreach o,$(obj-y) $(obj-m),$(o) $(call parts,$(o))))

.PHONY: list-objects
.DEFAULT_GOAL := list-objects
list-objects:
	@$(foreach o,$(objects),echo $(dir)/$(o);):
