/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD: another wall clock. CLOCK_REALTIME is that of the machine plus
 * the int64_t of nanoseconds in the file WALLCLOCK, which is mapped, so that it
 * may be stepped while the process runs. No other clock is touched.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL

static const volatile int64_t *offset;

static __attribute__((constructor)) void open_offset(void)
{
	const char *path = getenv("WALLCLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		_exit(112); /* a test that steps a clock nobody reads would prove nothing */
	offset = p;
}

static int64_t wall_ns(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec + (offset ? *offset : 0);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t ns;

	if (id != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, id, ts);
	ns = wall_ns();
	*ts = (struct timespec){ ns / SECOND_NS, ns % SECOND_NS };
	return 0;
}

time_t time(time_t *ret)
{
	time_t s = (time_t)(wall_ns() / SECOND_NS);

	if (ret)
		*ret = s;
	return s;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t ns = wall_ns();

	(void)tz;
	*tv = (struct timeval){ ns / SECOND_NS, ns % SECOND_NS / 1000 };
	return 0;
}
