/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/*
 * thread_start() - a thread with all signals blocked: they are for the main thread
 * @ret: to be joined by the caller
 * Return: 0; -errno: there is none
 */
int thread_start(pthread_t *ret, void *(*run)(void *ctx), void *ctx);

#endif
