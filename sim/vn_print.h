/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_print.h - included ahead of all of a plug-in's C++: what Verilator's runtime would print (the
 * text of a failed assertion) goes to vn_sim.cpp, which makes an error of it.
 */
#ifndef VN_PRINT_H
#define VN_PRINT_H

int vn_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define VL_PRINTF vn_print

#endif /* VN_PRINT_H */
