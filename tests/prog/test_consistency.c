// SPDX-License-Identifier: BSD-2-Clause
/*
 * A packet sees one generation of the threat set or another, never half of
 * each. Images differ in pairs that change together: an address and a name.
 * Threads swap as fast as the kernel lets them (each swap waits for an RCU grace
 * period, so several do), one sends DNS queries to the address for the name. The address's entry drops, the name's only tells: a
 * packet that is dropped and names nothing, or the other way round, saw half.
 *
 * CORDON_SWAP_SECONDS: how long each of the tests runs (3); under CORDON_VM 1.
 */
#include "harness/walk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "feed/feed.h"

#define PAIRS 8
#define SWAPPERS 8
#define SWAPS_MIN 20 /* fewer prove nothing */
#define FLOWS 512 /* some live on over many swaps, others are new each time */

struct swapper {
	struct walk *w;
	int fd[2];
	atomic_bool end;
	atomic_ulong swaps;
	atomic_uint generation;
};

struct seen {
	uint64_t packets, listed, clear, half, undecided;
};

static double seconds(void)
{
	const char *s = getenv("CORDON_SWAP_SECONDS");

	return s ? atof(s) : getenv("CORDON_VM") ? 1 : 3;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void add(struct indicators *in, const char *value, uint8_t action)
{
	struct feed_report rep = {0};
	struct feed_opts o = {.name = "pairs", .category = "x", .action = action, .confidence = 90};

	assert_int_equal(feed_parse("plain", value, strlen(value), &o, in, &rep), 0);
	feed_report_done(&rep);
}

/* an image in which the pairs of @bits are listed; the others' places are taken by values nobody asks for */
static int image(uint32_t generation, uint32_t bits)
{
	struct indicators in = {0};
	struct strbuf err = {0};
	struct cordon_line *mem;
	char value[64];
	uint32_t lines;
	int fd = -1;

	for (unsigned int i = 0; i < PAIRS; i++) {
		unsigned int at = bits >> i & 1 ? i : 100 + i;

		snprintf(value, sizeof(value), "198.18.7.%u\n", at);
		add(&in, value, CORDON_ACTION_DROP);
		snprintf(value, sizeof(value), "pair%u.example\n", at);
		add(&in, value, CORDON_ACTION_ALERT);
	}
	lines = threat_image_lines(&in);
	assert_int_equal(kern_threat_new(lines, &fd, &mem), 0);
	assert_int_equal(threat_image_fill(&in, generation, mem, lines, &err), 0);
	kern_threat_unmap(mem, lines);
	indicators_done(&in);
	strbuf_done(&err);
	return fd;
}

/* two images in turn */
static void *swap_ready_ones(void *arg)
{
	struct swapper *s = arg;

	while (!atomic_load(&s->end))
		if (kern_threat_swap(s->w->k, s->fd[atomic_fetch_add(&s->swaps, 1) & 1]))
			break;
	return NULL;
}

/* another one each time, built while the last is looked at, as updates are */
static void *swap_new_ones(void *arg)
{
	struct swapper *s = arg;

	while (!atomic_load(&s->end)) {
		uint32_t generation = atomic_fetch_add(&s->generation, 1);
		int fd = image(generation, generation * 2654435761U >> 24);

		if (kern_threat_swap(s->w->k, fd))
			break;
		close(fd);
		atomic_fetch_add(&s->swaps, 1);
	}
	return NULL;
}

static size_t query(uint8_t *p, unsigned int pair)
{
	static const uint8_t head[] = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 'p', 'a', 'i', 'r'};
	static const uint8_t tail[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1};

	memcpy(p, head, sizeof(head));
	p[sizeof(head)] = (uint8_t)('0' + pair);
	memcpy(p + sizeof(head) + 1, tail, sizeof(tail));
	return sizeof(head) + 1 + sizeof(tail);
}

static size_t frame_of(uint8_t *frame, unsigned int pair, unsigned int flow)
{
	char dst[32];
	uint8_t p[64];
	struct pkt_spec s = walk_udp(53, p, query(p, pair));

	snprintf(dst, sizeof(dst), "198.18.7.%u", pair);
	s.dst = dst;
	s.sport = (uint16_t)(20000 + flow);
	return pkt_build(&s, frame);
}

/* one record at least, that of the name */
static int on_record(const struct cordon_event_hdr *ev, void *ctx)
{
	const struct cordon_event_name *n = (const void *)ev;

	if (ev->kind == CORDON_EVENT_NAME)
		*(int *)ctx = n->indicator != 0;
	return 0;
}

/* for the time asked, and on a slow machine until there was something to be torn by */
static bool is_enough(const struct swapper *s, const struct seen *r, double since)
{
	double s_gone = now_s() - since;

	if (r->packets % 1024)
		return false;
	return s_gone >= seconds() && (atomic_load(&s->swaps) > SWAPS_MIN || s_gone > seconds() + 60);
}

static void send_all(struct walk *w, const struct swapper *s, struct seen *r)
{
	uint8_t frames[PAIRS * 4][256], big[PKT_FRAME_MAX];
	size_t len[PAIRS * 4];
	int name = -1;
	struct kern_ring *ring;
	double begin = now_s();

	assert_int_equal(kern_ring_new(w->k, on_record, &name, &ring), 0);
	for (unsigned int i = 0; i < PAIRS * 4; i++) {
		len[i] = frame_of(big, i % PAIRS, 0);
		assert_in_range(len[i], 1, sizeof(frames[i]));
		memcpy(frames[i], big, len[i]);
	}
	while (!is_enough(s, r, begin)) {
		unsigned int i = (unsigned int)(r->packets % (PAIRS * 4));
		unsigned int port = 20000 + (i < PAIRS * 2 ? i : (unsigned int)(r->packets / 7 % FLOWS));
		bool drop = false;

		frames[i][34] = (uint8_t)(port >> 8);
		frames[i][35] = (uint8_t)port;
		name = -1;
		assert_int_equal(kern_test_run(w->k, KERN_XDP, frames[i], len[i], &drop, NULL), 0);
		kern_ring_consume(ring);
		r->packets++;
		r->undecided += name < 0;
		r->half += name >= 0 && name != drop;
		r->listed += name == 1 && drop;
		r->clear += !name && !drop;
	}
	kern_ring_free(ring);
}

static void run(struct walk *w, const char *what, void *(*swap)(void *))
{
	struct swapper s = {.w = w, .fd = {image(1, 0x55), image(2, 0xaa)}, .generation = 3};
	struct seen r = {0};
	pthread_t thread[SWAPPERS];

	assert_int_equal(kern_threat_swap(w->k, s.fd[0]), 0);
	for (int i = 0; i < SWAPPERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, swap, &s), 0);
	send_all(w, &s, &r);
	atomic_store(&s.end, true);
	for (int i = 0; i < SWAPPERS; i++)
		pthread_join(thread[i], NULL);
	close(s.fd[0]);
	close(s.fd[1]);
	printf("# %s: %llu packets, %llu swaps: %llu saw a pair, %llu none, %llu half of one\n", what,
	       (unsigned long long)r.packets, (unsigned long long)atomic_load(&s.swaps), (unsigned long long)r.listed,
	       (unsigned long long)r.clear, (unsigned long long)r.half);
	assert_int_equal(r.half, 0);
	assert_int_equal(r.undecided, 0);
	/* it was a test: both were seen, and there was something to be torn by */
	assert_true(r.listed > r.packets / 100 && r.clear > r.packets / 100);
	assert_true(atomic_load(&s.swaps) > SWAPS_MIN);
}

static void images_swapped_in_turn_are_never_mixed(void **state)
{
	run(*state, "two images in turn", swap_ready_ones);
}

static void images_built_anew_are_never_mixed(void **state)
{
	run(*state, "each image a new one", swap_new_ones);
}

static int setup(void **state)
{
	*state = walk_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(images_swapped_in_turn_are_never_mixed, setup, teardown),
		cmocka_unit_test_setup_teardown(images_built_anew_are_never_mixed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
