// SPDX-License-Identifier: BSD-2-Clause
/*
 * The queue of one output. Whoever publishes never waits for a disk or a peer:
 * he takes a lock that is held for a few instructions only, and a line that
 * finds the queue full is dropped and counted.
 */
#include "out/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/thread.h"
#include "out/dead.h"

#define RETRY_FIRST_NS 1000000000ULL
#define RETRY_MAX_NS (3600 * 1000000000ULL)

struct item {
	struct item *next;
	struct out_line line;
	char text[];
};

struct out_queue {
	const struct out_row *row;
	struct dead_letters *dead;
	void *state; /* the thread's */
	pthread_t thread;
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake, idle;
	struct item *head, **tail;
	size_t lines, bytes;
	bool reopen, stop;
	uint64_t deadline_ns; /* when stop */
	unsigned long long written, dropped, failed;
	bool failing; /* the last line failed: said once */
	bool ended;   /* the thread is done */
	bool orphan;  /* nobody waits for the thread: it frees this */
};

static uint64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000ULL), .tv_nsec = (long)(ns % 1000000000ULL) };
}

/* --- the thread --- */

/* waits with the lock held until @until_ns or until told to stop */
static void wait_until(struct out_queue *q, uint64_t until_ns)
{
	struct timespec ts = to_timespec(until_ns);

	while (!q->stop && mono_ns() < until_ns)
		pthread_cond_timedwait(&q->wake, &q->lock, &ts);
}

static void do_reopen(struct out_queue *q)
{
	int r;

	q->reopen = false;
	pthread_mutex_unlock(&q->lock);
	r = q->row->reopen(q->state);
	pthread_mutex_lock(&q->lock);
	if (r)
		log_warn("output %s: cannot reopen: %s; going on with the old one", q->row->name, strerror(-r));
}

/* the next line with the lock held, taken out; NULL: the end */
static struct item *take(struct out_queue *q)
{
	struct item *i;

	for (;;) {
		if (q->reopen)
			do_reopen(q);
		if (q->stop && (!q->head || mono_ns() >= q->deadline_ns))
			return NULL;
		if (q->head)
			break;
		pthread_cond_wait(&q->wake, &q->lock);
	}
	i = q->head;
	q->head = i->next;
	if (!q->head)
		q->tail = &q->head;
	return i;
}

static int write_with_retries(struct out_queue *q, const struct out_line *l)
{
	uint64_t pause = RETRY_FIRST_NS;
	unsigned int n;
	int r = 0;

	for (n = 1; n <= q->row->tries; n++) {
		pthread_mutex_unlock(&q->lock);
		r = q->row->write(q->state, l);
		pthread_mutex_lock(&q->lock);
		if (r != -EAGAIN || n == q->row->tries || q->stop)
			break;
		wait_until(q, mono_ns() + pause);
		pause = pause * 2 < RETRY_MAX_NS ? pause * 2 : RETRY_MAX_NS;
	}
	return r;
}

static void free_queue(struct out_queue *q)
{
	struct item *i;

	while ((i = q->head)) {
		q->head = i->next;
		free(i);
	}
	pthread_cond_destroy(&q->wake);
	pthread_cond_destroy(&q->idle);
	pthread_mutex_destroy(&q->lock);
	dead_letters_unref(q->dead);
	free(q);
}

/* what was worth many tries is worth keeping; the lock is not held over the disk's time */
static void bury(struct out_queue *q, const struct out_line *l)
{
	if (q->row->tries < 2 || !q->dead)
		return;
	pthread_mutex_unlock(&q->lock);
	dead_letters_add(q->dead, q->row->name, l);
	pthread_mutex_lock(&q->lock);
}

static void account(struct out_queue *q, const struct out_line *l, int r)
{
	if (r)
		bury(q, l);
	q->written += !r;
	q->failed += !!r;
	if (r && !q->failing)
		log_error("output %s: %s; the event is lost, counting from here", q->row->name,
			  r == -EAGAIN ? "gave up trying" : strerror(-r));
	else if (!r && q->failing)
		log_info("output %s: works again after %llu lost events", q->row->name, q->failed);
	q->failing = !!r;
}

static void *run(void *ctx)
{
	struct out_queue *q = ctx;
	struct item *i;
	bool orphan;

	pthread_mutex_lock(&q->lock);
	while ((i = take(q))) {
		account(q, &i->line, write_with_retries(q, &i->line));
		q->lines--; /* only now: what is being tried is still queued */
		q->bytes -= i->line.len;
		if (!q->lines)
			pthread_cond_signal(&q->idle);
		free(i);
	}
	for (i = q->head; i; i = i->next)
		bury(q, &i->line);
	pthread_mutex_unlock(&q->lock);
	q->row->close(q->state);
	pthread_mutex_lock(&q->lock);
	q->ended = true;
	orphan = q->orphan;
	pthread_mutex_unlock(&q->lock);
	if (orphan)
		free_queue(q);
	return NULL;
}

/* --- the other side --- */

int out_queue_new(const struct out_row *row, void *state, struct dead_letters *dead, struct out_queue **ret)
{
	_cleanup_free_ struct out_queue *q = calloc(1, sizeof(*q));
	pthread_condattr_t attr;
	int r;

	if (!q)
		return -ENOMEM;
	q->row = row;
	q->state = state;
	q->dead = dead ? dead_letters_ref(dead) : NULL;
	q->tail = &q->head;
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->wake, &attr);
	pthread_cond_init(&q->idle, &attr);
	pthread_condattr_destroy(&attr);
	r = thread_start(&q->thread, run, q);
	if (r) {
		dead_letters_unref(q->dead);
		return r;
	}
	*ret = TAKE_PTR(q);
	return 0;
}

static struct item *item_new(const struct out_line *l)
{
	size_t summary = strlen(l->summary) + 1;
	struct item *i = malloc(sizeof(*i) + l->len + 1 + summary);

	if (!i)
		return NULL;
	memcpy(i->text, l->text, l->len);
	i->text[l->len] = '\0';
	memcpy(i->text + l->len + 1, l->summary, summary);
	i->next = NULL;
	i->line = *l;
	i->line.text = i->text;
	i->line.summary = i->text + l->len + 1;
	return i;
}

void out_queue_put(struct out_queue *q, const struct out_line *l)
{
	struct item *i = item_new(l);

	pthread_mutex_lock(&q->lock);
	if (i && !q->stop && q->lines < q->row->max_lines && q->bytes + l->len <= q->row->max_bytes) {
		*q->tail = i;
		q->tail = &i->next;
		q->lines++;
		q->bytes += l->len;
		i = NULL;
		pthread_cond_signal(&q->wake);
	} else {
		q->dropped++;
	}
	pthread_mutex_unlock(&q->lock);
	free(i);
}

void out_queue_reopen(struct out_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->reopen = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

void out_queue_stat(struct out_queue *q, struct out_stat *ret)
{
	pthread_mutex_lock(&q->lock);
	*ret = (struct out_stat){ .name = q->row->name,	  .written = q->written, .dropped = q->dropped,
				  .failed = q->failed, .queued = q->lines };
	pthread_mutex_unlock(&q->lock);
}

void out_queue_wait(struct out_queue *q, uint64_t deadline_ns)
{
	struct timespec ts = to_timespec(deadline_ns);

	pthread_mutex_lock(&q->lock);
	while (q->lines && !q->ended && mono_ns() < deadline_ns)
		pthread_cond_timedwait(&q->idle, &q->lock, &ts);
	pthread_mutex_unlock(&q->lock);
}

const struct out_row *out_queue_row(const struct out_queue *q)
{
	return q->row;
}

void out_queue_stop(struct out_queue *q, uint64_t deadline_ns)
{
	pthread_mutex_lock(&q->lock);
	q->stop = true;
	q->deadline_ns = deadline_ns;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

void out_queue_free(struct out_queue *q)
{
	struct timespec ts = to_timespec(q->deadline_ns);
	pthread_t thread = q->thread; /* an orphan is gone once the lock is released */
	bool orphan;

	if (pthread_clockjoin_np(q->thread, NULL, CLOCK_MONOTONIC, &ts)) {
		pthread_mutex_lock(&q->lock);
		orphan = q->orphan = !q->ended; /* a peer holds its write up */
		pthread_mutex_unlock(&q->lock);
		if (orphan) {
			pthread_detach(thread);
			return;
		}
		pthread_join(q->thread, NULL);
	}
	free_queue(q);
}
