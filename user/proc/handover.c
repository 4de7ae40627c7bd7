/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon may not read what its operator can, and the keeper parses nothing
 * but the configuration: so the keeper opens the files that the configuration
 * names, and passes descriptors. The effective configuration itself goes as
 * text in a memory file, in the form `cordon config show` prints.
 */
#include "proc/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "feed/parts.h"
#include "rule/rule.h"

#define SECRET_MAX 4096

/* a memory file with a copy of @data, at its start; any user may open it again by its /proc path */
static int memory_file(const char *name, const void *data, size_t len)
{
	_cleanup_close_ int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

/* a regular file for reading; nothing that could block or act */
static int open_plain(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return TAKE_FD(fd);
}

static const struct {
	size_t offset;
	const char *option;
} secrets[SECRETS] = {
	[SECRET_WEBHOOK] = { offsetof(struct conf, webhook_secret_file), "webhook.secret_file" },
	[SECRET_MQTT] = { offsetof(struct conf, mqtt_password_file), "mqtt.password_file" },
	[SECRET_SIM] = { offsetof(struct conf, sim_key_file), "sim.key_file" },
};

char **handover_secret(struct conf *c, unsigned int secret)
{
	return (char **)((char *)c + secrets[secret].offset);
}

static int open_secret(const char *option, const char *path)
{
	_cleanup_close_ int fd = open_plain(path);
	_cleanup_free_ char *data = NULL;
	struct stat st;
	size_t len;
	int r = fd < 0 ? fd : fstat(fd, &st) ? -errno : 0;

	if (!r && st.st_mode & (S_IROTH | S_IWOTH)) {
		log_error("%s %s: every user of this host may read or change it (chmod o-rw); going on without it", option, path);
		return -EPERM;
	}
	if (!r)
		r = file_read_fd(fd, SECRET_MAX, &data, &len);
	if (!r) {
		r = memory_file("secret", data, len);
		explicit_bzero(data, len);
	}
	if (r < 0)
		log_error("%s %s: %s; going on without it", option, path, strerror(-r));
	return r;
}

static int open_conf(const struct conf *c)
{
	struct strbuf text = { 0 };
	int r;

	conf_show(c, &text);
	r = text.failed ? -ENOMEM : memory_file("configuration", text.s, text.len);
	strbuf_done(&text);
	return r;
}

static bool is_set(const char *s)
{
	return s && s[0];
}

int handover_send(int notify_fd, const struct conf *c, bool is_reload)
{
	struct notify m = { .type = NOTIFY_CONFIG, .is_reload = is_reload };
	int files[MSG_FILES_MAX], fd, r;
	uint8_t kind;
	size_t n = 0;

	if (c->rules.len + c->feeds.len + 3 + SECRETS > MSG_FILES_MAX)
		return -E2BIG;
	fd = open_conf(c);
	if (fd < 0)
		return fd;
	files[n++] = fd;
	if (is_set(c->eve_file) && (fd = open(c->eve_file, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK)) >= 0) {
		m.has_eve = 1;
		files[n++] = fd;
	}
	for (unsigned int i = 0; i < SECRETS; i++) {
		const char *path = *(char *const *)((const char *)c + secrets[i].offset);

		if (is_set(path) && (fd = open_secret(secrets[i].option, path)) >= 0) {
			m.has_secret[i] = 1;
			files[n++] = fd;
		}
	}
	if (is_set(c->classification_file) && (fd = open_plain(c->classification_file)) >= 0) {
		m.has_classification = 1;
		files[n++] = fd;
	}
	for (size_t i = 0; i < c->rules.len; i++) {
		fd = open_plain(rule_file_path(c->rules.data[i], &kind));
		m.rule_err[m.n_rules++] = fd < 0 ? -fd : 0;
		if (fd >= 0)
			files[n++] = fd;
	}
	for (size_t i = 0; i < c->feeds.len; i++) {
		fd = feed_open(c->feeds.data[i].source, is_set(c->feeds.data[i].key));
		m.feed_err[m.n_feeds++] = fd < 0 ? -fd : 0;
		if (fd >= 0)
			files[n++] = fd;
	}
	r = msg_send(notify_fd, &m, sizeof(m), files, n);
	msg_close_files(files, n);
	return r;
}

/* the next descriptor, or -1 when there are no more */
static int next(int *files, size_t n_files, size_t *used)
{
	int fd = *used < n_files ? files[*used] : -1;

	if (fd >= 0)
		files[(*used)++] = -1;
	return fd;
}

static int take_conf(int fd, struct conf *ret)
{
	struct strbuf err = { 0 };
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = conf_init(ret);
	if (!r)
		r = conf_load_file(ret, path, &err);
	if (r)
		log_error("the keeper's configuration cannot be read: %s", err.s ? err.s : strerror(-r));
	strbuf_done(&err);
	close(fd);
	return r;
}

static bool adds_up(const struct notify *m, size_t len, size_t n_files)
{
	size_t want = 1u + m->has_eve + m->has_classification;

	if (len != sizeof(*m) || m->n_rules > MSG_FILES_MAX || m->n_feeds > MSG_FILES_MAX)
		return false;
	for (size_t i = 0; i < SECRETS; i++)
		want += !!m->has_secret[i];
	for (size_t i = 0; i < m->n_rules; i++)
		want += !m->rule_err[i];
	for (size_t i = 0; i < m->n_feeds; i++)
		want += !m->feed_err[i];
	return want == n_files;
}

int handover_take(const struct notify *m, size_t len, int *files, size_t n_files, struct handover *ret)
{
	struct handover h = { .eve = -1, .classification = -1 };
	size_t used = 0;
	int r;

	if (!adds_up(m, len, n_files)) {
		msg_close_files(files, n_files);
		return -EBADMSG;
	}
	memset(h.secret, -1, sizeof(h.secret));
	h.is_reload = m->is_reload;
	r = take_conf(next(files, n_files, &used), &h.conf);
	if (m->has_eve)
		h.eve = next(files, n_files, &used);
	for (unsigned int i = 0; i < SECRETS; i++)
		h.secret[i] = m->has_secret[i] ? next(files, n_files, &used) : -1;
	if (m->has_classification)
		h.classification = next(files, n_files, &used);
	for (h.n_rules = 0; h.n_rules < m->n_rules; h.n_rules++) {
		h.rule_err[h.n_rules] = m->rule_err[h.n_rules];
		h.rules[h.n_rules] = m->rule_err[h.n_rules] ? -1 : next(files, n_files, &used);
	}
	for (h.n_feeds = 0; h.n_feeds < m->n_feeds; h.n_feeds++) {
		h.feed_err[h.n_feeds] = m->feed_err[h.n_feeds];
		h.feeds[h.n_feeds] = m->feed_err[h.n_feeds] ? -1 : next(files, n_files, &used);
	}
	if (!r && (h.n_rules != h.conf.rules.len || h.n_feeds != h.conf.feeds.len))
		r = -EBADMSG;
	if (r)
		handover_done(&h);
	else
		*ret = h;
	return r;
}

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void handover_done(struct handover *h)
{
	if (h->eve >= 0)
		close(h->eve);
	close_all(h->secret, SECRETS);
	if (h->classification >= 0)
		close(h->classification);
	close_all(h->rules, h->n_rules);
	close_all(h->feeds, h->n_feeds);
	conf_done(&h->conf);
	memset(h, 0, sizeof(*h));
	h->eve = h->classification = -1;
	memset(h->secret, -1, sizeof(h->secret));
}
