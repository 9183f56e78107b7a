/* SPDX-License-Identifier: GPL-2.0 */
/* The generated skeleton, with the records that it names. */
#ifndef NETMEM_SKELETONS_H
#define NETMEM_SKELETONS_H

#include "model/records.h"

#include "netmem.skel.h"

#endif
