/* SPDX-License-Identifier: Apache-2.0
 *
 * process.h - what a process has once, and forks.
 *
 * A child that a fork made has copies of its parent's objects, without the threads that serve them
 * and with locks that nobody will open.  So an object with threads notes the process it was made
 * in, and every call on it looks at that before it takes a lock.
 */
#ifndef VN_PROCESS_H
#define VN_PROCESS_H

/* The number of this process: a child's differs from those of all that it descends from. */
unsigned vn_process(void);

/* The lock of tables that a process has once; a thread may take it again.  Never held while calling
 * a runtime.  A fork waits for it, so a child finds it free and the tables whole. */
void vn_process_lock(void);
void vn_process_unlock(void);

#endif /* VN_PROCESS_H */
