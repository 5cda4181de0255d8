/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule thread: no thread-local storage. */
static _Thread_local int count;

int f(void)
{
	return ++count;
}
