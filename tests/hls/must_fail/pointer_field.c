/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer_field.c - refused by tools/check_hls_subset.py for this rule and no other.
 */
struct list {
	struct list *next;
};

int f(struct list l)
{
	return l.next == l.next;
}
