/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices in a database: what was given comes back, whole batches or none, and
 * of a damaged file nothing that was not written.
 */
#include "unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/disk.h"
#include "base/str.h"
#include "dev/store.h"
#include "dev/store_row.h"

#define MAX 4096 /* rows */

static char dir[64], path[96];

static int start(void **state)
{
	(void)state;
	/* in memory: a thousand times to a disk that is busy takes minutes */
	str_copy(dir, sizeof(dir), access("/dev/shm", W_OK) ? "/tmp/cordon-store.XXXXXX" : "/dev/shm/cordon-store.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/devices.db", dir);
	return 0;
}

static int stop(void **state)
{
	DIR *d = opendir(dir);
	struct dirent *x;

	(void)state;
	while (d && (x = readdir(d)))
		if (x->d_name[0] != '.')
			unlinkat(dirfd(d), x->d_name, 0);
	if (d)
		closedir(d);
	return rmdir(dir);
}

static struct store_item item(unsigned int n, uint64_t flows)
{
	struct store_item it = { .d.key.mac = { 2, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n }, .d.flows = flows };

	device_key_str(it.d.id, sizeof(it.d.id), &it.d.key);
	it.d.first_ns = it.d.last_ns = clock_now_ns() - 1000000000ULL;
	return it;
}

/* every column has something */
static struct store_item full_item(void)
{
	struct store_item it = item(7, UINT64_C(1) << 40);
	struct device *d = &it.d;

	str_copy(d->name, sizeof(d->name), "camera 'front'; \xc3\xa9");
	str_copy(d->group, sizeof(d->group), "cameras");
	str_copy(d->host, sizeof(d->host), "ipcam-\xff\xfe");
	str_copy(d->model, sizeof(d->model), "udhcp 1.0");
	memset(d->fingerprint, 'f', sizeof(d->fingerprint) - 1);
	d->alerts = 3;
	d->apps = CORDON_BIT(CORDON_APP_NONE + 1) | CORDON_BIT(CORDON_APPS - 1);
	d->flags = DEVICE_ANSWERED | DEVICE_RA;
	d->habit = (struct habit){ .total = 1 << 30, .learned_ns = 5, .day = 20000, .today = 77, .top = { 1, 0, UINT64_MAX, 4 } };
	d->contract = (struct contract){ .uses = CORDON_BIT(CORDON_APP_NONE + 2), .may_use = CORDON_BIT(CORDON_APP_NONE + 2),
					 .in_force = true, .denied = 9 };
	for (unsigned int i = 0; i < DEVICE_PEERS; i++) {
		d->peers[i] = (struct device_peer){ .flows = UINT32_MAX - i, .port = UINT16_MAX, .proto = 17, .app = CORDON_APPS - 1 };
		memset(&d->peers[i].addr, 0xfe, sizeof(struct addr));
		d->peers[i].addr.b[15] = (uint8_t)i;
		d->peers[i].last_ns = d->last_ns - i * 1000000000ULL;
	}
	for (d->n_addrs = 0; d->n_addrs < DEVICE_ADDRS; d->n_addrs++) {
		memset(&d->addrs[d->n_addrs], 0xfd, sizeof(struct addr));
		d->addrs[d->n_addrs].b[15] = d->n_addrs;
	}
	return it;
}

static int write_batch(struct store *s, const struct store_item *items, size_t n)
{
	return store_write(s, path, items, n * sizeof(*items));
}

struct seen {
	struct device d[2 * MAX];
	uint32_t n;
};
static struct seen seen;

static void see(const struct device *d, void *ctx)
{
	(void)ctx;
	if (seen.n < ARRAY_SIZE(seen.d))
		seen.d[seen.n] = *d;
	seen.n++;
}

static int load(struct store_report *ret)
{
	struct strbuf err = { 0 };
	int r;

	seen.n = 0;
	r = store_load(path, MAX, see, NULL, ret, &err);
	assert_int_equal(!r, !err.len);
	strbuf_done(&err);
	return r;
}

static void loads(uint32_t rows)
{
	struct store_report rep;

	assert_int_equal(load(&rep), 0);
	assert_int_equal(rep.rows, rows);
	assert_int_equal(rep.damaged, 0);
	assert_int_equal(seen.n, rows);
}

static void sql(const char *text)
{
	_cleanup_(db_close) struct db *db = NULL;
	struct strbuf err = { 0 };

	assert_int_equal(db_open(path, 0, &db, &err), 0);
	assert_int_equal(db_exec(db, text), 0);
	strbuf_done(&err);
}

static int64_t number(const char *text)
{
	_cleanup_(db_close) struct db *db = NULL;
	struct strbuf err = { 0 };
	int64_t n = -1;

	assert_int_equal(db_open(path, 0, &db, &err), 0);
	assert_int_equal(db_number(db, text, &n), 0);
	strbuf_done(&err);
	return n;
}

static void put(const struct store_item *items, size_t n)
{
	_cleanup_(store_free) struct store *s = store_new(MAX);

	assert_non_null(s);
	assert_int_equal(write_batch(s, items, n), 0);
}

/* times are kept by the wall clock: to the precision of two looks at both clocks */
static void assert_near(uint64_t a, uint64_t b)
{
	assert_true((a > b ? a - b : b - a) < 100000000ULL);
}

static bool keep_none(const struct device *d, void *ctx)
{
	(void)d;
	(void)ctx;
	return false;
}

static void every_column_comes_back(void **state)
{
	struct store_item it = full_item();
	struct device *d = &seen.d[0];
	struct stat st;

	(void)state;
	put(&it, 1);
	loads(1);
	assert_string_equal(d->id, it.d.id);
	assert_memory_equal(&d->key, &it.d.key, sizeof(d->key));
	assert_int_equal(d->n_addrs, DEVICE_ADDRS);
	assert_near(d->first_ns, it.d.first_ns);
	assert_near(d->last_ns, it.d.last_ns);
	it.d.first_ns = d->first_ns;
	it.d.last_ns = d->last_ns;
	it.d.habit.top[2] = d->habit.top[2] = 0;
	for (unsigned int i = 0; i < DEVICE_PEERS; i++) {
		assert_near(d->peers[i].last_ns, it.d.peers[i].last_ns);
		it.d.peers[i].last_ns = d->peers[i].last_ns;
		assert_memory_equal(&d->peers[i], &it.d.peers[i], sizeof(d->peers[i]));
	}
	assert_true(store_hash(d) == store_hash(&it.d));
	assert_string_equal(d->name, it.d.name);
	assert_memory_equal(&d->contract, &it.d.contract, sizeof(d->contract));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0); /* whom a device talks to is nobody's business */
}

/* the boot clock has no number for it */
static void seen_before_this_boot_stays_when_it_was(void **state)
{
	const uint64_t year_ns = 365 * 86400 * 1000000000ULL, then = clock_wall_ns() - 3 * year_ns;
	struct store_item it = item(1, 1);
	struct inventory *inv;
	struct device *d;

	(void)state;
	device_seen(then, &it.d.first_ns, &it.d.first_wall_ns);
	device_seen(then + year_ns, &it.d.last_ns, &it.d.last_wall_ns);
	put(&it, 1);
	for (int boot = 0; boot < 2; boot++) {
		loads(1);
		assert_true(device_seen_wall_ns(seen.d[0].first_ns, seen.d[0].first_wall_ns) == then);
		assert_true(device_seen_wall_ns(seen.d[0].last_ns, seen.d[0].last_wall_ns) == then + year_ns);
		it.d = seen.d[0];
		put(&it, 1);
	}
	assert_int_equal(inventory_new(2, &inv), 0);
	d = inventory_restore(inv, &seen.d[0]);
	assert_int_equal(inventory_age(inv, 3 * year_ns, clock_now_ns(), keep_none, NULL), 0);
	d->last_ns = clock_now_ns(); /* seen now */
	assert_int_equal(inventory_age(inv, year_ns, clock_now_ns(), keep_none, NULL), 0);
	d->last_ns = DEVICE_BEFORE_BOOT;
	assert_int_equal(inventory_age(inv, year_ns, clock_now_ns(), keep_none, NULL), 1);
	inventory_free(inv);
}

static void no_file_and_an_empty_one_have_no_devices(void **state)
{
	(void)state;
	loads(0);
	assert_int_equal(access(path, F_OK), -1); /* reading makes none */
	close(open(path, O_CREAT | O_WRONLY, 0600));
	loads(0);
}

static void newer_content_replaces_and_what_is_gone_goes(void **state)
{
	_cleanup_(store_free) struct store *s = store_new(MAX);
	struct store_item it[3] = { item(1, 10), item(2, 20), item(1, 11) };

	(void)state;
	assert_int_equal(write_batch(s, it, 3), 0);
	loads(2);
	assert_int_equal(seen.d[0].flows, 11);
	it[0].is_gone = true;
	it[1].d.flows = 21;
	assert_int_equal(write_batch(s, it, 2), 0);
	loads(1);
	assert_int_equal(seen.d[0].flows, 21);
	assert_int_equal(store_rows_written(s), 5);
	assert_int_equal(store_failures(s), 0);
}

static void hash_changes_with_each_column_and_with_nothing_else(void **state)
{
	struct store_item it = full_item();
	struct device d = it.d;
	uint64_t h = store_hash(&d);

	(void)state;
	d.ifindex = 5;
	d.said_ns[2] = 9;
	d.name[sizeof(d.name) - 1] = 'x'; /* behind its end */
	assert_true(store_hash(&d) == h);
	for (unsigned int i = 0; i < store_columns(); i++) {
		struct store_cell none = { .is_text = store_column_type(i)[0] == 'T', .text = "" };

		d = it.d;
		store_set(&d, i, &none);
		if (memcmp(&d, &it.d, sizeof(d))) /* it was not empty before */
			assert_true(store_hash(&d) != h);
	}
}

static void what_a_file_made_by_others_says_stays_within_bounds(void **state)
{
	struct store_item it = full_item();
	struct device *d = &seen.d[0];

	(void)state;
	put(&it, 1);
	/* cols beyond what we know: a newer version's row, whose sum we cannot tell */
	sql("UPDATE device SET cols = 999, name = printf('%.*c', 5000, 'n'), first = 9223372036854775807, last = -1,"
	    "flags = 4095, habit_day = -5, contract_in_force = 'yes', apps = 'http nonsense', habit_top = '1 x 3 ' || printf('%.*c', 900, '7'),"
	    "addresses = '1.2.3.4 zz ' || printf('%.*c', 900, ':'), fingerprint = x'0102', flows = -9,"
	    "peers = '6,80,http,1,5,zz 256,80,http,1,5,1.1.1.1 6,65536,-,1,5,1.1.1.1 6,80,http,0,5,1.1.1.1 6 6,80,http,,5,1.1.1.1 '"
	    "|| '17,53,nonsense,3,5,1.2.3.4 6,443,unknown,4,99999999999999999,fd00::1,x 6,443,failed,4,9223372036854775807,fd00::1 '"
	    "|| printf('%.*c', 900, ',')");
	loads(1);
	assert_int_equal(strlen(d->name), DEVICE_NAME_MAX - 1);
	assert_true(d->first_ns <= clock_now_ns() && d->last_ns <= clock_now_ns());
	assert_int_equal(d->flags, 0xff);
	assert_int_equal(d->habit.day, 0);
	assert_false(d->contract.in_force);
	assert_int_equal(d->n_addrs, 1);
	assert_int_equal(d->fingerprint[0], 0);
	assert_int_equal(d->flows, 0);
	assert_int_equal(d->peers[0].port, 53);
	assert_int_equal(d->peers[0].app, 0);
	assert_int_equal(d->peers[0].last_ns, DEVICE_BEFORE_BOOT);
	assert_int_equal(d->peers[0].last_wall_ns, 5);
	assert_int_equal(d->peers[1].port, 443);
	assert_int_equal(d->peers[1].app, 0);
	assert_true(d->peers[1].last_ns <= clock_now_ns());
	assert_int_equal(d->peers[2].flows, 0);
}

/* of those from before this boot the oldest makes room, wherever it stands */
static void peer_silent_for_longest_makes_room_also_after_a_restart(void **state)
{
	struct cordon_facts f = { .from_device = 1, .dir = CORDON_TO_SERVER, .proto = 6, .dport = 0x5000, .daddr = { [15] = 99 } };
	struct store_item it = full_item();
	struct device *d = &seen.d[0];
	const unsigned int oldest = 3;

	(void)state;
	for (unsigned int i = 0; i < DEVICE_PEERS; i++)
		device_seen(i == oldest ? 1000 : 2000 + i, &it.d.peers[i].last_ns, &it.d.peers[i].last_wall_ns);
	put(&it, 1);
	loads(1);
	inventory_note_peer(d, &f, clock_now_ns());
	for (unsigned int i = 0; i < DEVICE_PEERS; i++)
		assert_int_equal(d->peers[i].port, i == oldest ? 80 : UINT16_MAX);
	inventory_note_peer(d, &f, clock_now_ns());
	assert_int_equal(d->peers[oldest].flows, 2);
}

static void older_and_newer_files_are_read_and_kept(void **state)
{
	struct store_item it = full_item();
	struct store_report rep;

	(void)state;
	put(&it, 1);
	/* one column less than we know, as a version before it left it */
	sql("ALTER TABLE device DROP COLUMN contract_denied; ALTER TABLE device ADD COLUMN later TEXT; UPDATE device SET later = 'kept'");
	assert_int_equal(load(&rep), -EBADMSG); /* its sum was made with it */
	assert_int_equal(rep.damaged, 1);
	put(&it, 1);
	loads(1);
	assert_int_equal(seen.d[0].contract.denied, 9);
	assert_int_equal(number("SELECT count(*) FROM device WHERE later = 'kept'"), 1);
	sql("PRAGMA user_version = 99");
	assert_int_equal(load(&rep), -ENOTSUP);
	assert_int_equal(rep.rows, 0);
}

static void too_many_rows_lose_the_oldest_without_a_name(void **state)
{
	static struct store_item it[MAX + 10];
	struct store_report rep;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(it); i++) {
		it[i] = item(i, i);
		it[i].d.last_ns -= (MAX + 10 - i) * 1000ULL;
	}
	str_copy(it[3].d.name, DEVICE_NAME_MAX, "named");
	str_copy(it[4].d.group, DEVICE_NAME_MAX, "grouped");
	put(it, ARRAY_SIZE(it));
	assert_int_equal(load(&rep), 0);
	assert_int_equal(rep.over, 10);
	assert_int_equal(rep.rows, MAX);
	for (uint32_t i = 0; i < seen.n; i++)
		assert_true(seen.d[i].flows >= 12 || seen.d[i].flows == 3 || seen.d[i].flows == 4);
	loads(MAX);
}

static void file_never_grows_beyond_its_bound(void **state)
{
	_cleanup_(store_free) struct store *s = store_new(1);
	static struct store_item it[MAX];
	struct stat st;
	int r = 0;

	(void)state;
	for (unsigned int i = 0; i < MAX; i++) {
		it[i] = full_item();
		it[i].d.key.mac[4] = (uint8_t)(i >> 8);
		it[i].d.key.mac[5] = (uint8_t)i;
		device_key_str(it[i].d.id, sizeof(it[i].d.id), &it[i].d.key);
	}
	assert_int_equal(write_batch(s, it, 100), 0);
	r = write_batch(s, it + 100, MAX - 100);
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(store_failures(s), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size <= 257 * 6144);
	loads(100); /* the batch that did not fit left nothing */
	assert_int_equal(write_batch(s, it, 1), 0); /* and later ones are written */
}

static void damaged_bytes_never_become_a_device(void **state)
{
	static struct store_item it[200];
	char *good, *bad;
	size_t len;
	unsigned int found = 0, intact = 0, seed = 1;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(it); i++) {
		it[i] = full_item();
		it[i].d.key.mac[5] = (uint8_t)i;
		it[i].d.flows = 1000 + i;
		it[i].d.n_addrs = 4; /* short enough for a leaf: else most of the file is free bytes */
		device_key_str(it[i].d.id, sizeof(it[i].d.id), &it[i].d.key);
		snprintf(it[i].d.name, DEVICE_NAME_MAX, "name %u", i);
	}
	put(it, ARRAY_SIZE(it));
	assert_int_equal(file_read(path, 16 << 20, &good, &len), 0);
	for (unsigned int round = 0; round < 400; round++) {
		struct store_report rep;
		size_t at;
		int r;

		bad = malloc(len);
		memcpy(bad, good, len);
		seed = seed * 1103515245 + 12345;
		at = round < 100 ? round : (seed >> 3) % len;
		bad[at] = (char)(bad[at] ^ (1 << (seed >> 16 & 7)));
		assert_int_equal(file_replace(path, bad, len, 0600), 0);
		r = load(&rep);
		for (uint32_t i = 0; i < seen.n && i < ARRAY_SIZE(seen.d); i++) {
			unsigned int k = seen.d[i].key.mac[5];

			assert_true(k < ARRAY_SIZE(it));
			assert_int_equal(seen.d[i].flows, 1000 + k);
			assert_string_equal(seen.d[i].name, it[k].d.name);
			assert_string_equal(seen.d[i].host, it[k].d.host);
		}
		if (!r && seen.n == ARRAY_SIZE(it))
			intact++; /* a byte that nothing lies in */
		else if (r)
			found++;
		else
			assert_true(rep.over); /* else rows were lost without a word */
		free(bad);
	}
	assert_int_equal(found + intact, 400);
	assert_true(found > 200);
	free(good);
}

static void garbage_triggers_and_views_are_refused(void **state)
{
	struct store_report rep;
	struct store_item it = item(1, 1);

	(void)state;
	assert_int_equal(file_replace(path, "this is no database, whatever its name says", 43, 0600), 0);
	assert_int_equal(load(&rep), -EBADMSG);
	assert_int_equal(store_set_aside(path), 0);
	put(&it, 1);
	sql("CREATE TRIGGER t AFTER INSERT ON device BEGIN DELETE FROM device; END");
	assert_int_equal(load(&rep), -EBADMSG);
	assert_int_equal(store_set_aside(path), 0);
	put(&it, 1);
	sql("ALTER TABLE device RENAME TO other; CREATE VIEW device AS SELECT * FROM other");
	assert_int_equal(load(&rep), -EBADMSG);
}

static void writer_sets_a_damaged_file_aside_and_begins_anew(void **state)
{
	_cleanup_(store_free) struct store *s = store_new(MAX);
	struct store_item it = item(1, 1);
	char bad[128];

	(void)state;
	assert_int_equal(file_replace(path, "no database", 11, 0600), 0);
	assert_int_equal(write_batch(s, &it, 1), -EBADMSG);
	assert_int_equal(store_asides(s), 1);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	assert_int_equal(access(bad, F_OK), 0);
	assert_int_equal(write_batch(s, &it, 1), 0);
	loads(1);
}

static void file_taken_away_is_noticed(void **state)
{
	_cleanup_(store_free) struct store *s = store_new(MAX);
	struct store_item it[2] = { item(1, 1), item(2, 2) };

	(void)state;
	assert_int_equal(write_batch(s, it, 1), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_not_equal(write_batch(s, it, 2), 0); /* so that its owner gives all of them again */
	assert_int_equal(store_failures(s), 1);
	assert_int_equal(write_batch(s, it, 2), 0);
	loads(2);
}

static void another_program_that_holds_the_file_is_no_loss(void **state)
{
	_cleanup_(store_free) struct store *s = store_new(MAX);
	struct store_item it = item(1, 1);
	struct strbuf err = { 0 };
	struct db *other = NULL;

	(void)state;
	assert_int_equal(write_batch(s, &it, 1), 0);
	assert_int_equal(db_open(path, 0, &other, &err), 0);
	assert_int_equal(db_begin(other), 0);
	it.d.flows = 2;
	assert_int_equal(write_batch(s, &it, 1), -EBUSY);
	db_close(other);
	assert_int_equal(write_batch(s, &it, 1), 0);
	loads(1);
	assert_int_equal(seen.d[0].flows, 2);
	strbuf_done(&err);
}

/* writes batches of @n rows that all have the batch's number, and says each one that is done */
static void write_on(int said, unsigned int n)
{
	struct store *s = store_new(MAX);
	struct store_item it[64];

	for (uint32_t round = 1;; round++) {
		for (unsigned int i = 0; i < n; i++)
			it[i] = item(i, round);
		if (write_batch(s, it, n) || write(said, &round, sizeof(round)) != sizeof(round))
			_exit(1);
	}
}

static void killed_at_any_moment_whole_batches_are_there_and_none_that_was_acknowledged_is_lost(void **state)
{
	unsigned int seed = 7, kills = 30;
	struct store_report rep;

	(void)state;
	for (unsigned int k = 0; k < kills; k++) {
		int fds[2];
		uint32_t last = 0, round;
		pid_t pid;

		unlink(path);
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			write_on(fds[1], 64);
		close(fds[1]);
		seed = seed * 1103515245 + 12345;
		/* so many acknowledged, and then somewhere in the next */
		for (unsigned int i = 0; i <= (seed >> 16) % 5; i++)
			assert_int_equal(read(fds[0], &last, sizeof(last)), sizeof(last));
		for (volatile unsigned int spin = 0; spin < (seed >> 8) % 2000000; spin++)
			;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (read(fds[0], &round, sizeof(round)) == sizeof(round))
			last = round;
		close(fds[0]);
		assert_int_equal(load(&rep), 0);
		assert_int_equal(rep.rows, 64);
		assert_true(seen.d[0].flows >= last && seen.d[0].flows <= last + 1);
		for (uint32_t i = 1; i < seen.n; i++)
			assert_int_equal(seen.d[i].flows, seen.d[0].flows);
	}
}

static void disk_thread_writes_batches_in_order(void **state)
{
	struct store *s = store_new(MAX);
	struct store_item it[10];
	struct disk *d;

	(void)state;
	assert_int_equal(disk_new(&d), 0);
	for (unsigned int round = 1; round <= 50; round++) {
		for (unsigned int i = 0; i < 10; i++)
			it[i] = item(i, round);
		assert_int_equal(disk_append(d, path, it, sizeof(it), store_write, s), 0);
	}
	assert_int_equal(disk_ticket(d), 50);
	disk_free(d);
	assert_int_equal(store_rows_written(s), 500);
	store_free(s);
	loads(10);
	for (uint32_t i = 0; i < seen.n; i++)
		assert_int_equal(seen.d[i].flows, 50);
}

static void inventory_takes_a_record_over_but_not_what_is_anothers(void **state)
{
	struct store_item a = full_item(), b = item(9, 5);
	struct inventory *inv;
	struct device *d, *e;

	(void)state;
	assert_int_equal(inventory_new(2, &inv), 0);
	d = inventory_restore(inv, &a.d);
	assert_non_null(d);
	assert_string_equal(d->name, a.d.name);
	assert_int_equal(d->n_addrs, DEVICE_ADDRS);
	assert_true(inventory_owner(inv, 0, 0, &a.d.addrs[3]) == d);
	b.d.addrs[b.d.n_addrs++] = a.d.addrs[3];
	e = inventory_restore(inv, &b.d);
	assert_non_null(e);
	assert_int_equal(e->n_addrs, 0);
	assert_true(inventory_owner(inv, 0, 0, &a.d.addrs[3]) == d);
	a = item(10, 1);
	assert_null(inventory_restore(inv, &a.d));
	assert_int_equal(inventory_refused(inv), 1);
	inventory_free(inv);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_column_comes_back), T(seen_before_this_boot_stays_when_it_was),
		T(no_file_and_an_empty_one_have_no_devices),
		T(newer_content_replaces_and_what_is_gone_goes), T(hash_changes_with_each_column_and_with_nothing_else),
		T(what_a_file_made_by_others_says_stays_within_bounds), T(older_and_newer_files_are_read_and_kept),
		T(peer_silent_for_longest_makes_room_also_after_a_restart), T(older_and_newer_files_are_read_and_kept),
		T(too_many_rows_lose_the_oldest_without_a_name), T(file_never_grows_beyond_its_bound),
		T(damaged_bytes_never_become_a_device), T(garbage_triggers_and_views_are_refused),
		T(writer_sets_a_damaged_file_aside_and_begins_anew), T(file_taken_away_is_noticed),
		T(another_program_that_holds_the_file_is_no_loss),
		T(killed_at_any_moment_whole_batches_are_there_and_none_that_was_acknowledged_is_lost),
		T(disk_thread_writes_batches_in_order), T(inventory_takes_a_record_over_but_not_what_is_anothers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
