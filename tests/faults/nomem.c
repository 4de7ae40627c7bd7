/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD: memory that runs out. malloc(), calloc() and realloc() fail while
 * the uint32_t in the file NOMEM is N > 0 for one call in N, by the calls' own
 * number, so that a run is the same every time. The file is mapped: a test turns
 * it on when the process is where it wants it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static struct {
	volatile uint32_t one_in;
	atomic_uint failed; /* the test reads how many did */
} *shared;
static atomic_uint calls;

static __attribute__((constructor)) void open_shared(void)
{
	const char *path = getenv("NOMEM");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		_exit(112);
	shared = p;
}

static int fails(void)
{
	uint32_t n = shared ? shared->one_in : 0;

	if (!n || (atomic_fetch_add(&calls, 1) + 1) % n)
		return 0;
	atomic_fetch_add(&shared->failed, 1);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
