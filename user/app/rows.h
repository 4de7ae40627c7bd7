/* SPDX-License-Identifier: BSD-2-Clause */
/* The application rows, one file each. */
#ifndef APP_ROWS_H
#define APP_ROWS_H

#include "app/app.h"

extern const struct app_row app_http, app_tls, app_dns, app_quic, app_smtp, app_ssh, app_mqtt, app_snmp, app_modbus, app_sip, app_ftp, app_enip, app_dhcp, app_rfb;

#endif
