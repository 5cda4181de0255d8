/* SPDX-License-Identifier: Apache-2.0
 * Refused by tools/check_hls_subset.py, rule pointer_field: no pointer inside a structure. */
struct list {
	struct list *next;
};

int f(struct list l)
{
	return l.next == l.next;
}
