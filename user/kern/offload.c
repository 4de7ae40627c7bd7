// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a driver does before XDP sees a frame: a VLAN tag taken out of the
 * frame is invisible to XDP, and a frame that LRO has put together was never
 * on the wire. Both are turned off while we are attached.
 * ethtool's legacy flags (ETHTOOL_GFLAGS) suffice and every kernel has them.
 */
#include "kern/internal.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int ethtool(const char *ifname, void *cmd)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {};

	if (fd < 0)
		return -errno;
	str_copy(ifr.ifr_name, sizeof(ifr.ifr_name), ifname);
	ifr.ifr_data = cmd;
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

/* turn the ETH_FLAG_* in @mask to their values in @to */
static int set_flags(const char *ifname, uint32_t mask, uint32_t to)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	int r = ethtool(ifname, &v);

	if (r)
		return r;
	if ((v.data & mask) == to)
		return 0;
	v.cmd = ETHTOOL_SFLAGS;
	v.data = (v.data & ~mask) | to;
	return ethtool(ifname, &v);
}

static int turn_off(const char *ifname, uint32_t have, uint32_t flag, const char *name, const char *why, struct strbuf *err)
{
	int r = have & flag ? set_flags(ifname, flag, 0) : 0;

	if (r)
		strbuf_addf(err, "%s: cannot turn %s off (%s): %s", ifname, name, strerror(-r), why);
	return r;
}

int offload_off(const char *ifname, uint32_t *ret_off, struct strbuf *err)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GFLAGS };
	uint32_t off = 0;
	int r;

	*ret_off = 0;
	/* a device that has no such setting has nothing to turn off */
	if (ethtool(ifname, &v))
		return 0;
	r = turn_off(ifname, v.data, ETH_FLAG_RXVLAN, "rx-vlan-offload",
		     "tags would be invisible; attach to the VLAN devices on it instead", err);
	if (r)
		return r;
	off |= v.data & ETH_FLAG_RXVLAN ? OFFLOAD_RXVLAN : 0;
	r = turn_off(ifname, v.data, ETH_FLAG_LRO, "large-receive-offload",
		     "frames would not be those on the wire; turn it off with `ethtool -K` or in the driver's settings", err);
	if (r) {
		offload_restore(ifname, off);
		return r;
	}
	*ret_off = off | (v.data & ETH_FLAG_LRO ? OFFLOAD_LRO : 0);
	return 0;
}

int offload_restore(const char *ifname, uint32_t off)
{
	uint32_t flags = (off & OFFLOAD_RXVLAN ? ETH_FLAG_RXVLAN : 0) | (off & OFFLOAD_LRO ? ETH_FLAG_LRO : 0);

	return flags ? set_flags(ifname, flags, flags) : 0;
}

void offload_driver(const char *ifname, char ret[32])
{
	struct ethtool_drvinfo d = { .cmd = ETHTOOL_GDRVINFO };

	ret[0] = 0;
	if (!ethtool(ifname, &d))
		str_copy(ret, 32, d.driver);
}
