// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: the database of devices, as a disk or somebody may have changed it. The input is a list of changes to a
 * whole file: two bytes where, one length, one value. Whatever comes out is a device that could have been seen, and says the
 * same when it is written and read again.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/str.h"
#include "dev/store.h"
#include "dev/store_row.h"
#include "fuzz/fuzz.h"

static char path[64];
static struct {
	char *data;
	size_t len;
} image[2]; /* as written; of a newer version, whose sums nobody checks */

static void clean(void)
{
	char journal[80];

	snprintf(journal, sizeof(journal), "%s-journal", path);
	unlink(path);
	unlink(journal);
}

static void make_images(void)
{
	struct store *s = store_new(1024);
	struct store_item it = { .d = { .name = "camera", .group = "cams", .host = "ipcam", .flows = 7, .n_addrs = 1 } };
	struct strbuf err = { 0 };
	struct db *db = NULL;

	snprintf(path, sizeof(path), "/dev/shm/cordon-fuzz-store.%d", getpid());
	it.d.addrs[0].b[15] = 9;
	for (unsigned int i = 0; i < 40; i++) {
		it.d.key.mac[0] = 2;
		it.d.key.mac[5] = (uint8_t)i;
		it.d.apps = it.d.contract.uses = (uint64_t)i << 1;
		device_key_str(it.d.id, sizeof(it.d.id), &it.d.key);
		must(!store_write(s, path, &it, sizeof(it)));
	}
	store_free(s);
	must(!file_read(path, 1 << 24, &image[0].data, &image[0].len));
	must(!db_open(path, 0, &db, &err) && !db_exec(db, "UPDATE device SET cols = 999"));
	db_close(db);
	must(!file_read(path, 1 << 24, &image[1].data, &image[1].len));
	strbuf_done(&err);
	atexit(clean);
}

static void see(const struct device *d, void *ctx)
{
	char buf[STORE_CELL_MAX], again_buf[STORE_CELL_MAX];
	struct cordon_device_key key;
	struct device again = *d;
	struct store_cell c, e;

	(void)ctx;
	must(!device_key_parse(d->id, &key) && !memcmp(&key, &d->key, sizeof(key)));
	must(d->n_addrs <= DEVICE_ADDRS && strnlen(d->name, DEVICE_NAME_MAX) < DEVICE_NAME_MAX);
	for (unsigned int i = 0; i < store_columns(); i++) {
		store_get(d, i, buf, &c);
		store_set(&again, i, &c);
		store_get(&again, i, again_buf, &e);
		if (c.is_text) /* times pass by two clocks */
			must(c.len == e.len && !memcmp(c.text, e.text, c.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store_report rep;
	struct strbuf err = { 0 };
	size_t len;
	char *copy;
	int fd;

	if (!path[0])
		make_images();
	if (!size)
		return 0;
	len = image[data[0] & 1].len;
	copy = malloc(len);
	must(copy);
	memcpy(copy, image[data[0] & 1].data, len);
	for (size_t i = 1; i + 4 <= size; i += 4) {
		size_t at = (data[i] | (size_t)data[i + 1] << 8) % len;

		for (unsigned int k = 0; k <= data[i + 2] % 8U && at + k < len; k++)
			copy[at + k] = (char)(data[i + 3] + k);
	}
	fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
	must(fd >= 0 && write(fd, copy, len) == (ssize_t)len);
	close(fd);
	free(copy);
	(void)store_load(path, 64, see, NULL, &rep, &err);
	must(rep.rows <= 64 || rep.damaged || err.len);
	strbuf_done(&err);
	return 0;
}
