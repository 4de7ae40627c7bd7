/* SPDX-License-Identifier: BSD-2-Clause */
/* The providers by CONF_SIM_*, from the rows of conf.h. */
#ifndef OUT_SIMS_H
#define OUT_SIMS_H

#include "conf/conf.h"
#include "out/sim.h"

#define SIMS_X_DECLARE(id, ...) extern const struct sim_provider sim_##id;
CONF_SIM_LIST(SIMS_X_DECLARE)

#endif
