/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about contracts: which applications a device may talk. */
#include <errno.h>
#include <string.h>

#include "base/lists.h"
#include "daemon/verbs.h"

void verb_device_contract(struct daemon *d, const struct ctl_request *r)
{
	const struct device *dev = verb_device(d, r);
	struct json j = { 0 };

	if (!dev)
		return;
	verb_begin(&j);
	json_begin(&j, "contract", '{');
	json_str(&j, "device", dev->id);
	json_str(&j, "name", dev->name);
	json_bool(&j, "in_force", dev->contract.in_force);
	json_seen(&j, "first_seen", dev->first_ns, dev->first_wall_ns);
	json_app_set(&j, "uses", dev->contract.uses);
	json_app_set(&j, "serves", dev->contract.serves);
	json_app_set(&j, "may_use", dev->contract.may_use);
	json_app_set(&j, "may_serve", dev->contract.may_serve);
	json_app_set(&j, "outside", contract_outside(&dev->contract));
	json_u64(&j, "denied", dev->contract.denied);
	json_end(&j, '}');
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

/* -errno with @err */
static int change(struct device *dev, const char *what, const char *app, struct strbuf *err)
{
	int id, rc;

	if (!strcmp(what, "enforce")) {
		rc = contract_begin(&dev->contract);
		if (rc)
			strbuf_adds(err, rc == -EEXIST ? "one is in force already; --allow and --forbid change it, --off ends it" :
							 "no application of this device was recognised so far: there is nothing to agree on");
		return rc;
	}
	if (!strcmp(what, "off")) {
		rc = contract_end(&dev->contract);
	} else if (!strcmp(what, "allow") || !strcmp(what, "forbid")) {
		id = app ? app_from_name(app) : -EINVAL;
		if (id <= CORDON_APP_NONE) {
			strbuf_addf(err, "'%s' is no application; `cordon config show --options` names them", app ? app : "");
			return -EINVAL;
		}
		rc = contract_change(&dev->contract, (unsigned int)id, !strcmp(what, "allow"));
	} else {
		strbuf_addf(err, "'%s' is nothing that a contract knows", what);
		return -EINVAL;
	}
	if (rc)
		strbuf_adds(err, "no contract is in force for this device; --enforce makes one of what was seen");
	return rc;
}

void verb_device_contract_change(struct daemon *d, const struct ctl_request *r)
{
	struct device *dev = verb_device(d, r);
	const char *what = dev ? verb_need(d, r, "what") : NULL;
	struct strbuf err = { 0 };
	int rc;

	if (!what)
		return;
	rc = change(dev, what, jsonin_str(r->body, "app"), &err);
	if (!rc) {
		rc = names_changed(d, dev);
		if (rc)
			strbuf_addf(&err, "in force, but %s/devices.db cannot be written: %s", d->conf.state_dir, strerror(-rc));
	}
	verb_answer(d, r, rc, &err);
}
