/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Class types: priority and the text that alerts show as category. From a
 * classification.config ("config classification: name,text,priority"), or the
 * standard classes when there is no file.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/draft.h"

#define CLASSES_FILE_MAX (1 << 20) /* bytes */

static const struct rule_class standard[] = {
	{ "not-suspicious", "Not Suspicious Traffic", 3 },
	{ "unknown", "Unknown Traffic", 3 },
	{ "bad-unknown", "Potentially Bad Traffic", 2 },
	{ "attempted-recon", "Attempted Information Leak", 2 },
	{ "successful-recon-limited", "Information Leak", 2 },
	{ "successful-recon-largescale", "Large Scale Information Leak", 2 },
	{ "attempted-dos", "Attempted Denial of Service", 2 },
	{ "successful-dos", "Denial of Service", 2 },
	{ "attempted-user", "Attempted User Privilege Gain", 1 },
	{ "unsuccessful-user", "Unsuccessful User Privilege Gain", 1 },
	{ "successful-user", "Successful User Privilege Gain", 1 },
	{ "attempted-admin", "Attempted Administrator Privilege Gain", 1 },
	{ "successful-admin", "Successful Administrator Privilege Gain", 1 },
	{ "rpc-portmap-decode", "Decode of an RPC Query", 2 },
	{ "shellcode-detect", "Executable code was detected", 1 },
	{ "string-detect", "A suspicious string was detected", 3 },
	{ "suspicious-filename-detect", "A suspicious filename was detected", 2 },
	{ "suspicious-login", "An attempted login using a suspicious username was detected", 2 },
	{ "system-call-detect", "A system call was detected", 2 },
	{ "tcp-connection", "A TCP connection was detected", 4 },
	{ "trojan-activity", "A Network Trojan was detected", 1 },
	{ "unusual-client-port-connection", "A client was using an unusual port", 2 },
	{ "network-scan", "Detection of a Network Scan", 3 },
	{ "denial-of-service", "Detection of a Denial of Service Attack", 2 },
	{ "non-standard-protocol", "Detection of a non-standard protocol or event", 2 },
	{ "protocol-command-decode", "Generic Protocol Command Decode", 3 },
	{ "web-application-activity", "access to a potentially vulnerable web application", 2 },
	{ "web-application-attack", "Web Application Attack", 1 },
	{ "misc-activity", "Misc activity", 3 },
	{ "misc-attack", "Misc Attack", 2 },
	{ "icmp-event", "Generic ICMP event", 3 },
	{ "inappropriate-content", "Inappropriate Content was Detected", 1 },
	{ "policy-violation", "Potential Corporate Privacy Violation", 1 },
	{ "default-login-attempt", "Attempt to login by a default username and password", 2 },
	{ "targeted-activity", "Targeted Malicious Activity was Detected", 1 },
	{ "exploit-kit", "Exploit Kit Activity Detected", 1 },
	{ "external-ip-check", "Device Retrieving External IP Address Detected", 2 },
	{ "domain-c2", "Domain Observed Used for C2 Detected", 1 },
	{ "pup-activity", "Possibly Unwanted Program Detected", 2 },
	{ "credential-theft", "Successful Credential Theft Detected", 1 },
	{ "social-engineering", "Possible Social Engineering Attempted", 2 },
	{ "coin-mining", "Crypto Currency Mining Activity Detected", 2 },
	{ "command-and-control", "Malware Command and Control Activity Detected", 1 },
};

static int add_line(struct rule_classes *c, char *line)
{
	static const char head[] = "config classification:";
	char *part[3];
	uint64_t priority;

	line = text_trim(line);
	if (!*line || *line == '#')
		return 0;
	if (strncmp(line, head, sizeof(head) - 1) || text_split(line + sizeof(head) - 1, ',', part, 3) != 3 ||
	    str_to_u64(part[2], 1, 255, &priority))
		return -EINVAL;
	return vec_push(&c->rows,
			((struct rule_class){ .name = part[0], .text = part[1], .priority = (uint8_t)priority }));
}

int rule_classes_load(struct rule_classes *c, const char *path, int fd, struct strbuf *err)
{
	uint32_t n = 0;
	size_t len;
	int r;

	if (!path)
		return 0;
	r = fd < 0 ? file_read(path, CLASSES_FILE_MAX, &c->data, &len) : file_read_fd(fd, CLASSES_FILE_MAX, &c->data, &len);
	if (r) {
		strbuf_addf(err, "%s: %s", path, strerror(-r));
		return r;
	}
	for (char *s = c->data, *next; s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = 0;
		n++;
		r = add_line(c, s);
		if (r) {
			strbuf_addf(err, "%s:%u: not 'config classification: name,text,priority'", path, n);
			return r;
		}
	}
	return 0;
}

const struct rule_class *rule_classes_find(const struct rule_classes *c, const char *name)
{
	const struct rule_class *row = c->rows.len ? c->rows.data : standard;
	size_t n = c->rows.len ? c->rows.len : ARRAY_SIZE(standard);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(row[i].name, name))
			return &row[i];
	return NULL;
}

void rule_classes_done(struct rule_classes *c)
{
	vec_done(&c->rows);
	free(c->data);
	c->data = NULL;
}
