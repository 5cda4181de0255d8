/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - networks and programs as the command line names them: a file, or a variant by name.
 *
 * "vanillanet-9@384x256#7" is the variant of model/variants.h at 384 rows x 256 columns with the
 * random weights of seed 7.  A file of that name wins, which a note on stderr says.
 */
#ifndef VH_NET_H
#define VH_NET_H

#include <stdint.h>

#include "host/image.h"
#include "include/vanillin_compile.h"

/* What a NET may be, for --help. */
#define VH_NET_HELP                                                                                \
	"A NET is a file, or a variant with random weights by name: vanillanet-5 to -13, "         \
	"-13-1.5x, "                                                                               \
	"-13-1.5x-ada-pool, -13-det;\nvanillanet-9@384x256 for another size (height x width), "    \
	"vanillanet-9#7 for another seed."

enum {
	VH_SCENES = 32, /* pictures that calibrate a network without a set of its own */
};

/* Is @text the name of a variant, and of no file? */
int vh_is_variant(const char *text);

/* Is @text a program by its name (.vnx), or a file that begins as one? */
int vh_is_program(const char *text);

/* The network @text in float.  Errors: of vn_onnx_load and vn_net_variant. */
VN_MUST_CHECK int vh_net_load(const char *text, vn_net **net, vn_error *err);

/* The program @text: read, or if @text is a variant's name compiled here for the first array
 * that @devices (URIs, or NULL) name, or 32x64, and calibrated by scenes; a progress bar tells of the
 * seconds to a minute that takes.  Errors: of vn_program_load, vn_net_variant and vn_net_compile. */
VN_MUST_CHECK int vh_program_load(const char *text, const char *devices, vn_program **prog,
                                  vn_error *err);

/* @n synthetic pictures that fit @net, [n][h][w][c], the caller's to free.  VN_ENOMEM. */
VN_MUST_CHECK int vh_scenes(const struct vh_shape *shape, size_t n, uint8_t **pixels,
                            vn_error *err);

#endif /* VH_NET_H */
