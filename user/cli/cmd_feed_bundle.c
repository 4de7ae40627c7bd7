// SPDX-License-Identifier: BSD-2-Clause
/*
 * `cordon feed keygen|export|import`: lists from one Cordon to another, signed, also where no network is. The
 * daemon writes the bundle; it is signed here, so that no process that talks to the network holds the key.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "cli/feed.h"

#define KEY_FILE_MAX 4096 /* bytes */

/* --- keygen --- */

const struct cli_option cmd_feed_keygen_options[] = { { 0 } };

/* a new file, synced; -EEXIST when there is one */
static int write_new(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t n = strlen(text);

	if (fd < 0)
		return -errno;
	if (write(fd, text, n) == (ssize_t)n && !fsync(fd))
		return 0;
	unlink(path);
	return -EIO;
}

int cmd_feed_keygen(const struct args *a)
{
	_cleanup_free_ char *pem = NULL;
	char public[ED25519_KEY_TEXT];
	struct json j = { .pretty = a->pretty };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	r = ed25519_new(&pem, public);
	if (!r)
		r = write_new(a->words.data[0], pem);
	if (pem)
		explicit_bzero(pem, strlen(pem));
	if (r)
		return cli_fail(a, EXIT_FAILED, "%s: %s", a->words.data[0],
				r == -EEXIST ? "there is one already: a key is not overwritten" : strerror(-r));
	if (!a->json) {
		printf("%s\n", public);
		return EXIT_DONE;
	}
	json_begin(&j, NULL, '{');
	json_str(&j, "key", public);
	json_str(&j, "file", a->words.data[0]);
	json_end(&j, '}');
	return cli_print_json(a, &j);
}

/* --- export --- */

const struct cli_option cmd_feed_export_options[] = {
	{ "all", 0, NULL, "of all feeds, without what is guarded here" },
	{ "key", 0, "FILE", "the private key, from cordon feed keygen" },
	{ "version", 0, "N", "at least 1, more than that of the last one; default: the seconds since 1970" },
	{ 0 },
};

/* the signature of what stands in @fd into @path */
static int sign(const struct args *a, int fd, const char *path, char public[ED25519_KEY_TEXT])
{
	const char *key = args_get(a, "key");
	_cleanup_free_ char *pem = NULL;
	char sig[ED25519_SIG_TEXT + 1];
	struct stat st;
	size_t len;
	void *data;
	int r = file_read(key, KEY_FILE_MAX, &pem, &len);

	if (r)
		return cli_fail(a, EXIT_FAILED, "%s: %s", key, strerror(-r));
	if (fstat(fd, &st) || !st.st_size)
		return cli_fail(a, EXIT_FAILED, "the daemon wrote nothing");
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	r = data == MAP_FAILED ? -errno : ed25519_sign(pem, len, data, (size_t)st.st_size, sig, public);
	if (data != MAP_FAILED)
		munmap(data, (size_t)st.st_size);
	explicit_bzero(pem, len);
	if (!r) {
		size_t n = strlen(sig);

		sig[n] = '\n';
		r = file_replace(path, sig, n + 1, 0644);
	}
	return r ? cli_fail(a, EXIT_FAILED, "%s: %s", r == -EINVAL ? key : path,
			    r == -EINVAL ? "no private Ed25519 key without a pass phrase" : strerror(-r))
		 : EXIT_DONE;
}

/* the daemon's answer, its entries in @fd */
static int ask_export(const struct args *a, const char *name, uint64_t version, int fd, struct jsonin **ret)
{
	struct json q = { 0 };

	ask_begin(&q, "feed export");
	if (name)
		json_str(&q, "name", name);
	json_u64(&q, "version", version);
	return ask(a, &q, &fd, 1, ret);
}

/* beside the file first: the signature takes its place just before the bundle does */
static int export_to(const struct args *a, const char *name, const char *path, uint64_t version)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	char aside[4100], sig[4100], public[ED25519_KEY_TEXT] = "";
	_cleanup_close_ int fd = -1;
	int r;

	if (snprintf(aside, sizeof(aside), "%s.new", path) >= (int)sizeof(aside))
		return cli_fail(a, EXIT_FAILED, "%s: %s", path, strerror(ENAMETOOLONG));
	snprintf(sig, sizeof(sig), "%s.sig", path);
	fd = open(aside, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return cli_fail(a, EXIT_FAILED, "%s: %s", aside, strerror(errno));
	r = ask_export(a, name, version, fd, &s);
	if (!r && fsync(fd))
		r = cli_fail(a, EXIT_FAILED, "%s: %s", aside, strerror(errno));
	if (!r)
		r = sign(a, fd, sig, public);
	if (!r && rename(aside, path))
		r = cli_fail(a, EXIT_FAILED, "%s: %s", path, strerror(errno));
	if (r)
		unlink(aside);
	else if (!ask_json(a, s))
		printf("%s, %s.sig: %llu entries, version %llu, signed by %s\n", path, path,
		       (unsigned long long)jsonin_u64(s, "exported"), (unsigned long long)version, public);
	return r;
}

int cmd_feed_export(const struct args *a)
{
	bool all = args_get(a, "all") != NULL;
	const char *n = args_get(a, "version");
	uint64_t version = clock_wall_ns() / 1000000000ULL;
	int r = args_need_words(a, all ? 1 : 2, all ? 1 : 2);

	if (r)
		return r;
	if (!args_get(a, "key"))
		return cli_fail(a, EXIT_USAGE, "feed export: --key FILE: a bundle is signed; `cordon feed keygen FILE` makes a key");
	if (n && str_to_u64(n, 1, INT64_MAX, &version))
		return cli_fail(a, EXIT_USAGE, "--version: a number from 1, not '%s'", n);
	return export_to(a, all ? NULL : a->words.data[0], a->words.data[all ? 0 : 1], version);
}

/* --- import --- */

const struct cli_option cmd_feed_import_options[] = {
	{ "name", 0, "NAME", "of the feed; default: as the bundle says" },
	{ "key", 0, "KEY", "of a new feed: who must have signed it (Ed25519, base64)" },
	{ "action", 0, "observe|alert|drop|quarantine", "of a new feed: the most a hit does; default: drop" },
	{ "confidence", 0, "N", "of a new feed: for entries that say none; default: 50" },
	{ "alert-below", 0, "N", "of a new feed: entries of less confidence alert only; default: 50" },
	{ "observe", 0, NULL, "of a new feed: say what would have been done, do nothing" },
	{ 0 },
};

/* the name in the head of the bundle, not believed in more than as a name; freed by the caller */
static int head_name(const struct args *a, const char *path, char **ret)
{
	_cleanup_(jsonin_free) struct jsonin *head = NULL;
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	struct strbuf err = { 0 };
	char line[4096];
	int r = EXIT_DONE;

	if (!f)
		return cli_fail(a, EXIT_FAILED, "%s: %s", path, strerror(errno));
	if (fgets(line, sizeof(line), f) && !jsonin_parse(line, strcspn(line, "\n"), &head, &err) &&
	    jsonin_u64(head, "cordon_bundle") && jsonin_str(head, "name"))
		*ret = strdup(jsonin_str(head, "name"));
	else
		r = cli_fail(a, EXIT_FAILED, "%s: no bundle: `cordon feed check` says what it is", path);
	strbuf_done(&err);
	return r;
}

/* the feed of that name as the daemon has it; NULL: none */
static const struct jsonin *find_feed(const struct jsonin *all, const char *name)
{
	const struct jsonin *list = jsonin_get(all, "feeds");

	for (size_t i = 0; i < jsonin_len(list); i++)
		if (!strcmp(text_or(jsonin_str(jsonin_at(list, i), "name"), ""), name))
			return jsonin_at(list, i);
	return NULL;
}

static int import_new(const struct args *a, const char *name, const char *path)
{
	static const char *const numbers[][2] = { { "confidence", "confidence" }, { "alert-below", "alert_below" } };
	_cleanup_free_ char *full = realpath(path, NULL);
	struct json q = { 0 };
	uint64_t n;

	if (!args_get(a, "key"))
		return cli_fail(a, EXIT_USAGE, "feed import: --key KEY: who must have signed it, as `cordon feed keygen` printed there");
	ask_begin(&q, "feed add");
	json_str(&q, "name", name);
	json_str(&q, "format", "bundle");
	json_str(&q, "source", full ? full : path);
	ask_option(a, &q, "key", "key");
	ask_option(a, &q, "action", "action");
	json_bool(&q, "observe", args_get(a, "observe") != NULL);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *s = args_get(a, numbers[i][0]);

		if (s && str_to_u64(s, 0, 100, &n)) {
			json_done(&q);
			return cli_fail(a, EXIT_USAGE, "--%s: a number from 0 to 100, not '%s'", numbers[i][0], s);
		}
		if (s)
			json_u64(&q, numbers[i][1], n);
	}
	return feed_send(a, &q, path, true);
}

int cmd_feed_import(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *all = NULL;
	_cleanup_free_ char *name = NULL;
	const struct jsonin *feed;
	struct json q = { 0 };
	const char *path, *key = args_get(a, "key");
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	path = a->words.data[0];
	if (args_get(a, "name"))
		name = strdup(args_get(a, "name"));
	else
		r = head_name(a, path, &name);
	if (!r)
		r = feed_get_all(a, &all);
	if (r)
		return r;
	feed = find_feed(all, text_or(name, ""));
	if (!feed)
		return import_new(a, text_or(name, ""), path);
	if (!text_or(jsonin_str(feed, "key"), "")[0])
		return cli_fail(a, EXIT_FAILED, "feed '%s' is there and has no key: --name gives the bundle another name", name);
	if (key && strcmp(key, jsonin_str(feed, "key")))
		return cli_fail(a, EXIT_FAILED, "feed '%s' takes what %s signed, not another; remove it first to change that", name,
				jsonin_str(feed, "key"));
	ask_begin(&q, "feed update");
	json_str(&q, "name", name);
	return feed_send(a, &q, path, true);
}
