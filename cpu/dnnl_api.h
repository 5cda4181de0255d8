/* SPDX-License-Identifier: Apache-2.0
 *
 * dnnl_api.h - inside cpu/: the functions of oneDNN's C API, looked up at run time, so that this
 * library also runs where oneDNN is not.
 *
 * Their types are those of oneDNN's headers: vn_dnnl.stream_wait is dnnl_stream_wait.
 */
#ifndef VN_DNNL_API_H
#define VN_DNNL_API_H

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

#include "include/vanillin.h"

#define VN_DNNL_CALLS(X)                                                                           \
	X(version)                                                                                 \
	X(get_effective_cpu_isa)                                                                   \
	X(status2str)                                                                              \
	X(engine_create)                                                                           \
	X(engine_destroy)                                                                          \
	X(stream_create)                                                                           \
	X(stream_wait)                                                                             \
	X(stream_destroy)                                                                          \
	X(memory_create)                                                                           \
	X(memory_set_data_handle)                                                                  \
	X(memory_get_data_handle)                                                                  \
	X(memory_destroy)                                                                          \
	X(memory_desc_init_by_tag)                                                                 \
	X(memory_desc_equal)                                                                       \
	X(memory_desc_get_size)                                                                    \
	X(primitive_desc_create)                                                                   \
	X(primitive_desc_query_md)                                                                 \
	X(primitive_desc_destroy)                                                                  \
	X(primitive_create)                                                                        \
	X(primitive_execute)                                                                       \
	X(primitive_destroy)                                                                       \
	X(primitive_attr_create)                                                                   \
	X(primitive_attr_set_output_scales)                                                        \
	X(primitive_attr_set_post_ops)                                                             \
	X(primitive_attr_destroy)                                                                  \
	X(post_ops_create)                                                                         \
	X(post_ops_append_eltwise)                                                                 \
	X(post_ops_destroy)                                                                        \
	X(reorder_primitive_desc_create)                                                           \
	X(convolution_forward_desc_init)                                                           \
	X(pooling_forward_desc_init)                                                               \
	X(inner_product_forward_desc_init)

/* Filled by vn_dnnl_load, before any other call. */
extern struct vn_dnnl {
#define X(name) __typeof__(&dnnl_##name) name;
	VN_DNNL_CALLS(X)
#undef X
	void (*set_threads)(int); /* OpenMP's, for what this thread calls next */
} vn_dnnl;

/* Load oneDNN; calls nothing of it.  VN_ENODEV: it is not installed, or of a version without one
 * of the functions. */
VN_MUST_CHECK int vn_dnnl_load(vn_error *err);

/* 0, or VN_ENOMEM or VN_ERUNTIME for a @status of oneDNN's that is not success.  @what: was tried. */
VN_MUST_CHECK int vn_dnnl_check(dnnl_status_t status, const char *what, vn_error *err);

#endif /* VN_DNNL_API_H */
