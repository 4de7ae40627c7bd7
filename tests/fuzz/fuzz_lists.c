// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: what rules bring with them: a list of a dataset, in every type, and reputation lists. The first byte
 * says which. Each value that was read is found, each score is one that may be.
 */
#include "fuzz/fuzz.h"
#include "rule/dataset.h"
#include "rule/iprep.h"

static void dataset(uint8_t type, char *text)
{
	struct rule_dataset s = { .name = "fuzz", .type = type, .memcap = 1 << 20 };
	struct strbuf err = { 0 };
	int r = dataset_read(&s, text, &err);

	must(r == -EINVAL ? err.len > 0 : !r);
	for (size_t i = 0; !r && i < s.values.len; i++) {
		const struct dataset_value *v = &s.values.data[i];
		const uint8_t *p = s.bytes.data + v->at;
		uint32_t len = v->len;
		uint8_t room[16];

		must(v->at + v->len <= s.bytes.len);
		must(dataset_key(&s, &p, &len, room) || type == RULE_DATASET_IPV4);
		must(dataset_find(&s, s.bytes.data + v->at, v->len));
		if (type == RULE_DATASET_IPV4 || type == RULE_DATASET_IP) {
			p = s.bytes.data + v->at + 12;
			len = 4;
			must(dataset_key(&s, &p, &len, room) && len == 16);
		}
	}
	dataset_done(&s);
	strbuf_done(&err);
}

/* @text: lines of categories up to an empty one, then lines of addresses */
static void reputation(char *text)
{
	static const rset_key ends[] = { 0, 0xffffc6120001ULL, ~(rset_key)0 };
	int (*fn)(struct iprep *i, char *line, const char **why) = iprep_category_line;
	const struct iprep_category *c;
	struct iprep *i = calloc(1, sizeof(*i));

	must(i);
	for (char *line = text, *next; line; line = next) {
		const char *why = NULL;

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (!*line)
			fn = iprep_line;
		else if (fn(i, line, &why))
			must(why);
	}
	must(!iprep_finish(i));
	c = iprep_find(i, "BadHosts");
	for (size_t k = 0; c && k < sizeof(ends) / sizeof(ends[0]); k++)
		must(iprep_score(c, ends[k]) <= 127);
	for (size_t k = 0; c && k < c->nets.len; k++)
		must(iprep_score(c, c->nets.data[k].lo) >= 0 && (!k || c->nets.data[k - 1].hi < c->nets.data[k].lo));
	iprep_free(i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = take8(&data, &size);
	char *text = malloc(size + 1);

	must(text);
	memcpy(text, data, size);
	text[size] = 0;
	if (how < RULE_DATASETS)
		dataset(how, text);
	else
		reputation(text);
	free(text);
	return 0;
}
