/* SPDX-License-Identifier: Apache-2.0
 *
 * recipe.h - how a picture becomes the image that a network takes.
 */
#ifndef VN_RECIPE_H
#define VN_RECIPE_H

enum { VN_RESIZE_MAX = 8192 }; /* short side */

struct vn_recipe {
	int resize;   /* 0: pictures have the network's size; else they are resized, and the
	                 network's size is cropped from the middle */
	int squash;   /* 0: @resize is the short side, the picture keeps its proportions; 1: it
	                 gets those of the network, and @resize is the network's short side */
	int bilinear; /* 0: bicubic */
	int bgr;      /* 1: the network takes blue first */
};

#endif /* VN_RECIPE_H */
