/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.h - what vanillin doctor finds out: packages, XRT, cards, what is built here.
 *
 * Nothing here changes anything, calls XRT or blocks on more than files.  The folders of the system
 * begin at @root, which tests set by $VANILLIN_DOCTOR_ROOT.
 */
#ifndef VH_DOCTOR_H
#define VH_DOCTOR_H

#include <jansson.h>

enum vh_state {
	VH_IS_OK,
	VH_IS_ABSENT,  /* it costs something */
	VH_IS_BROKEN,  /* it is there, and cannot work */
	VH_IS_UNKNOWN, /* it cannot be found out */
};

struct vh_doctor {
	const char *root;
	const char *section;
	json_t *findings; /* [{section, state, what, text, hint}] */
	int broken;       /* findings of VH_IS_BROKEN */
	int cards;        /* that a program could open */
	int emulated;     /* .xclbin files for emulation that are whole */
};

/* Note a finding. @text: what is known of it if it is VH_IS_OK, else what that costs; @hint: how to
 * mend it. Both may be NULL. */
void vh_doctor_find(struct vh_doctor *d, enum vh_state state, const char *what, const char *text,
                    const char *hint);

/* All names in @root/@folder, sorted; NULL where there is none.  Free with json_decref. */
json_t *vh_doctor_names(const struct vh_doctor *d, const char *folder);
/* The first line of @root/@path, without its end; 0: not readable. */
int vh_doctor_line(const struct vh_doctor *d, const char *path, char *line, size_t size);

void vh_doctor_packages(struct vh_doctor *d); /* doctor_packages.c */
void vh_doctor_xrt(struct vh_doctor *d);      /* doctor_xrt.c */
void vh_doctor_cards(struct vh_doctor *d);    /* doctor_cards.c */
void vh_doctor_built(struct vh_doctor *d);    /* doctor_built.c */

#endif /* VH_DOCTOR_H */
