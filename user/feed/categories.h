/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a feed asks for when nobody said so: by a word of its category, the first
 * row that fits; else drop. Words are what is between '-', '_', '.' and '/', so
 * "botnet-c2" has two. X(word, action).
 */
#ifndef FEED_CATEGORIES_H
#define FEED_CATEGORIES_H

#define FEED_CATEGORY_LIST(X)                                                                      \
	X("ads", OBSERVE)                                                                          \
	X("advertising", OBSERVE)                                                                  \
	X("tracking", OBSERVE)                                                                     \
	X("telemetry", OBSERVE)                                                                    \
	X("reputation", ALERT)                                                                     \
	X("c2", QUARANTINE)                                                                        \
	X("botnet", QUARANTINE)                                                                    \
	X("malware", QUARANTINE)                                                                   \
	X("ransomware", QUARANTINE)

#endif
