/* SPDX-License-Identifier: Apache-2.0
 *
 * program_words.c - the words of the spec/ tables, by code.
 */
#include "model/program_words.h"

#include <stdio.h>

#include "spec/spec.h"

const char *vn_op_name(uint32_t op)
{
	switch (op) {
#define VN_OP(name, code, engine, doc)                                                             \
	case VN_OP_##name:                                                                         \
		return #name;
#include "spec/engines.def"
	default:
		return "?";
	}
}

const char *vn_cu_error_text(uint32_t code)
{
	switch (code) {
#define VN_CU_ERROR(name, value, doc)                                                              \
	case VN_CU_##name:                                                                         \
		return doc;
#include "spec/cu.def"
	default:
		return "unknown error code";
	}
}

static const struct {
	uint32_t op, word;
	const char *name;
} fields[] = {
#define VN_OP_ALL                                       0
#define VN_DESC(op, name, word, lsb, width, least, doc) {VN_OP_##op, word, #name},
#include "spec/desc.def"
#undef VN_OP_ALL
};

void vn_field_name(uint32_t op, uint32_t word, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "word %u", word);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		int n;

		if (fields[i].word != word || (fields[i].op != 0 && fields[i].op != op))
			continue;
		n = snprintf(text + used, size - used, "%s%s", used ? ", " : "", fields[i].name);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}
