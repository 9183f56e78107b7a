#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: skbs of the second page of order-1 netmems, from a module's own pool
# expect: PASS
# seconds: 1
# watch: all
# module: netmem_fault
# counts: none
# log: ^netmem_fault: loading out-of-tree module taints kernel\.$
. /lab/lib.sh

run_module order1_clean 1000
