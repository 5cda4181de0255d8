/* SPDX-License-Identifier: Apache-2.0
 *
 * kernel_xml.c - see kernel_xml.h.
 */
#include "bitstreams/mkxclbin/kernel_xml.h"

#include <ctype.h>
#include <string.h>

#include "driver/xclbin.h"
#include "spec/spec.h"

enum {
	CONTROL_RANGE = 0x1000, /* the 12 address bits of vn_cu's s_axi_control */
};

enum {
#define VN_REG(name, offset, bytes, access, doc) BYTES_##name = (bytes),
#include "spec/cu.def"
};

static void print_port(FILE *out, const char *name, const char *mode, unsigned long long range,
                       int width)
{
	fprintf(out,
	        "        <port name=\"%s\" mode=\"%s\" range=\"0x%llX\" dataWidth=\"%d\" "
	        "portType=\"addressable\" base=\"0x0\"/>\n",
	        name, mode, range, width);
}

static void print_arg(FILE *out, const char *name, int index, const char *port, int offset,
                      int bytes, const char *type)
{
	const int scalar = strcmp(port, "control") == 0;
	char lower[32];
	size_t i;

	for (i = 0; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	fprintf(out,
	        "        <arg name=\"%s\" addressQualifier=\"%d\" id=\"%d\" port=\"%s_%s\" "
	        "size=\"0x%X\" offset=\"0x%03X\" hostOffset=\"0x0\" hostSize=\"0x%X\" "
	        "type=\"%s\"/>\n",
	        lower, !scalar, index, scalar ? "s_axi" : "m_axi", port, bytes, offset, bytes,
	        type);
}

/* @ports, @args: the elements that enclose them in one of the two documents, "" in the other. */
static void print_interface(FILE *out, const char *ports, const char *args)
{
	if (*ports)
		fprintf(out, "      <%s>\n", ports);
	print_port(out, "s_axi_control", "slave", CONTROL_RANGE, 32);
	for (int m = 0; m < VB_MASTERS; m++) {
		char name[32];

		snprintf(name, sizeof(name), "m_axi_%s", vb_master_names[m]);
		print_port(out, name, "master", ~0ULL, 8 * VN_BEAT_BYTES);
	}
	if (*ports)
		fprintf(out, "      </%s>\n      <%s>\n", ports, args);
#define VN_ARG(name, index, port, type)                                                            \
	print_arg(out, #name, index, #port, VN_REG_##name, BYTES_##name, #type);
#include "spec/cu.def"
	if (*args)
		fprintf(out, "      </%s>\n", args);
}

/* @language: "ip_c" is Vivado's word for an RTL kernel, "ip" that of an .xclbin. */
static void print_head(FILE *out, const char *language)
{
	fprintf(out,
	        "    <kernel name=\"" VN_KERNEL
	        "\" language=\"%s\" vlnv=\"vanillin:kernel:" VN_KERNEL
	        ":1.0\" attributes=\"\" preferredWorkGroupSizeMultiple=\"0\" workGroupSize=\"1\" "
	        "interrupt=\"true\" hwControlProtocol=\"ap_ctrl_hs\">\n",
	        language);
}

void vb_print_kernel(FILE *out)
{
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	             "<root versionMajor=\"1\" versionMinor=\"6\">\n");
	print_head(out, "ip_c");
	print_interface(out, "ports", "args");
	fprintf(out, "    </kernel>\n</root>\n");
}

void vb_print_metadata(FILE *out, const struct vb_card *card, const struct vb_recipe *recipe)
{
	fprintf(out,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	        "<project name=\"" VN_KERNEL "\">\n"
	        "  <platform vendor=\"xilinx\" boardid=\"%s\" name=\"%s\" featureRomTime=\"0\">\n"
	        "  <version major=\"1\" minor=\"0\"/>\n"
	        "  <description/>\n"
	        "  <board name=\"xilinx.com:%s:1.0\" vendor=\"xilinx\" fpga=\"%s\"/>\n"
	        "  <device name=\"fpga0\" fpgaDevice=\"virtexuplus:%s\" addrWidth=\"0\">\n"
	        "  <core name=\"OCL_REGION_0\" target=\"hw_em\" type=\"clc_region\" "
	        "clockFreq=\"%dMHz\" numComputeUnits=\"%d\">\n"
	        "    <kernelClocks><clock port=\"DATA_CLK\" frequency=\"%dMHz\"/></kernelClocks>\n",
	        card->name, card->platform, card->name, card->part, card->part, recipe->clock_mhz,
	        recipe->n_units, recipe->clock_mhz);
	print_head(out, "ip");
	print_interface(out, "", "");
	fprintf(out, "        <compileWorkGroupSize x=\"1\" y=\"1\" z=\"1\"/>\n"
	             "        <maxWorkGroupSize x=\"1\" y=\"1\" z=\"1\"/>\n");
	for (int u = 0; u < recipe->n_units; u++)
		fprintf(out,
		        "        <instance name=\"%s\"><addrRemap base=\"0x%x\" range=\"0x%x\" "
		        "port=\"s_axi_control\"/></instance>\n",
		        recipe->unit[u].name, VB_REGISTERS_BASE + VB_REGISTERS_RANGE * u,
		        VB_REGISTERS_RANGE);
	fprintf(out, "    </kernel>\n  </core>\n  </device>\n  </platform>\n</project>\n");
}
