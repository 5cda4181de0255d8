/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_axi_check.c - the rules of AXI4 and AXI4-Lite, and ours.
 *
 * Reading order: vn_axi_check_clock; responses are judged by what was taken at earlier edges, so
 * they come before the requests of this one.
 */
#include "sim/vn_axi_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void broken(struct vn_axi_verdict *v, const char *fmt,
                                                         ...)
{
	char rule[128];
	va_list ap;

	if (v->text[0])
		return;
	va_start(ap, fmt);
	vsnprintf(rule, sizeof(rule), fmt, ap);
	va_end(ap);
	snprintf(v->text, sizeof(v->text), "%s: %s (cycle %llu)", v->port, rule,
	         (unsigned long long)v->cycle);
}

/* ---- rules of one channel ---- */

/* @a, @b, @data (NULL: none): all that the channel carries. */
static void stays(struct vn_axi_verdict *v, struct vn_axi_held *h, const char *channel, int valid,
                  int ready, uint64_t a, uint64_t b, const uint32_t *data)
{
	if (h->waiting && !valid)
		broken(v, "%s: valid fell before ready", channel);
	else if (h->waiting && (h->a != a || h->b != b))
		broken(v, "%s: payload changed before ready", channel);
	else if (h->waiting && data && memcmp(h->data, data, sizeof(h->data)) != 0)
		broken(v, "%s: data changed before ready", channel);
	if (valid && !ready && !h->waiting) {
		h->a = a;
		h->b = b;
		if (data)
			memcpy(h->data, data, sizeof(h->data));
	}
	h->waiting = valid && !ready;
}

static void burst(struct vn_axi_verdict *v, const char *channel, uint64_t addr, unsigned len,
                  unsigned size, unsigned type)
{
	if (type != VN_AXI_INCR)
		broken(v, "%s: burst type %u is not INCR", channel, type);
	else if (size != VN_AXI_SIZE)
		broken(v, "%s: size %u is not 6 (64 bytes)", channel, size);
	else if (addr % VN_AXI_BEAT)
		broken(v, "%s: address 0x%llx is not a multiple of 64", channel,
		       (unsigned long long)addr);
	else if (len >= VN_AXI_BURST_OURS)
		broken(v, "%s: %u beats are more than 64", channel, len + 1);
	else if (addr % VN_AXI_PAGE + (len + 1) * VN_AXI_BEAT > VN_AXI_PAGE)
		broken(v, "%s: %u beats at 0x%llx cross 4 KiB", channel, len + 1,
		       (unsigned long long)addr);
}

/* True while in reset or at the first edge after it, where no valid may be up yet. */
static int in_reset(struct vn_axi_verdict *v, int reset_n, unsigned valids)
{
	const int was = v->reset_cycles;

	v->reset_cycles = reset_n ? -1 : was + 1 + (was < 0);
	if (reset_n && was < 0)
		return 0;
	if (valids && (was >= VN_AXI_CHECK_RESET || reset_n))
		broken(v, "reset: a valid is high in reset or at the first edge after it");
	return 1;
}

/* ---- AXI4 ---- */

void vn_axi_check_init(struct vn_axi_check *c, const char *port)
{
	memset(c, 0, sizeof(*c));
	c->verdict.port = port;
	c->verdict.reset_cycles = -1;
}

static void forget(struct vn_axi_check *c)
{
	const struct vn_axi_verdict verdict = c->verdict;

	memset(c, 0, sizeof(*c));
	c->verdict = verdict;
}

static void channels(struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	struct vn_axi_verdict *v = &c->verdict;

	stays(v, &c->ar, "AR", p->arvalid, p->arready, p->araddr,
	      p->arlen | (uint64_t)p->arsize << 8 | (uint64_t)p->arburst << 16, NULL);
	stays(v, &c->aw, "AW", p->awvalid, p->awready, p->awaddr,
	      p->awlen | (uint64_t)p->awsize << 8 | (uint64_t)p->awburst << 16, NULL);
	stays(v, &c->w, "W", p->wvalid, p->wready, p->wstrb, p->wlast, p->wdata);
	stays(v, &c->r, "R", p->rvalid, p->rready, p->rlast, p->rresp, p->rdata);
	stays(v, &c->b, "B", p->bvalid, p->bready, p->bresp, 0, NULL);
}

static void read_data(struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	struct vn_axi_verdict *v = &c->verdict;
	const unsigned len = c->read_len[c->reads_done % VN_AXI_CHECK_MAX];

	if (!p->rvalid)
		return;
	if (c->reads_done == c->reads)
		broken(v, "R: data without a request");
	else if (p->rlast != (c->read_beat == len))
		broken(v, "R: last is %d at beat %u of %u", p->rlast, c->read_beat + 1, len + 1);
	if (p->rresp == VN_AXI_EXOKAY)
		broken(v, "R: response EXOKAY to a plain access");
	if (!p->rready)
		return;
	c->read_beat = p->rlast ? 0 : c->read_beat + 1;
	c->reads_done += p->rlast;
}

static void write_response(struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	if (!p->bvalid)
		return;
	if (c->writes_done == c->writes || c->writes_done == c->writes_full)
		broken(&c->verdict, "B: response without a complete write");
	if (p->bresp == VN_AXI_EXOKAY)
		broken(&c->verdict, "B: response EXOKAY to a plain access");
	c->writes_done += p->bready;
}

static void write_data(struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	struct vn_axi_verdict *v = &c->verdict;
	const unsigned len = c->write_len[c->writes_full % VN_AXI_CHECK_MAX];

	if (!p->wvalid)
		return;
	if (c->writes_full == c->writes && !p->awvalid)
		broken(v, "W: data before its address");
	else if (p->wlast != (c->write_beat == len))
		broken(v, "W: last is %d at beat %u of %u", p->wlast, c->write_beat + 1, len + 1);
	if (!p->wready)
		return;
	c->write_beat = p->wlast ? 0 : c->write_beat + 1;
	c->writes_full += p->wlast;
}

static void read_address(struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	if (!p->arvalid)
		return;
	burst(&c->verdict, "AR", p->araddr, p->arlen, p->arsize, p->arburst);
	if (c->reads - c->reads_done == VN_AXI_CHECK_MAX)
		broken(&c->verdict, "AR: more than %d bursts under way", VN_AXI_CHECK_MAX);
	c->read_len[c->reads % VN_AXI_CHECK_MAX] = p->arlen;
	c->reads += p->arready;
}

/* Before the data, which may come with its address. */
static void write_address(struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	if (!p->awvalid)
		return;
	burst(&c->verdict, "AW", p->awaddr, p->awlen, p->awsize, p->awburst);
	if (c->writes - c->writes_done == VN_AXI_CHECK_MAX)
		broken(&c->verdict, "AW: more than %d bursts under way", VN_AXI_CHECK_MAX);
	c->write_len[c->writes % VN_AXI_CHECK_MAX] = p->awlen;
}

void vn_axi_check_clock(struct vn_axi_check *c, const struct vn_axi_pins *p, int reset_n)
{
	const unsigned valids = p->arvalid | p->awvalid | p->wvalid | p->rvalid | p->bvalid;
	const unsigned waiting =
	        c->ar.waiting | c->aw.waiting | c->w.waiting | c->r.waiting | c->b.waiting;

	if (in_reset(&c->verdict, reset_n, valids)) {
		forget(c);
	} else if (valids | waiting) {
		channels(c, p);
		read_data(c, p);
		write_response(c, p);
		read_address(c, p);
		write_address(c, p);
		write_data(c, p);
		c->writes += p->awvalid && p->awready;
	}
	c->verdict.cycle++;
}

int vn_axi_check_busy(const struct vn_axi_check *c, const struct vn_axi_pins *p)
{
	return c->reads != c->reads_done || c->writes != c->writes_done || p->arvalid ||
	       p->awvalid || p->wvalid;
}

/* ---- AXI4-Lite ---- */

void vn_axil_check_init(struct vn_axil_check *c, const char *port)
{
	memset(c, 0, sizeof(*c));
	c->verdict.port = port;
	c->verdict.reset_cycles = -1;
}

static void lite_channels(struct vn_axil_check *c, const struct vn_axil_pins *p)
{
	struct vn_axi_verdict *v = &c->verdict;

	stays(v, &c->ar, "AR", p->arvalid, p->arready, p->araddr, 0, NULL);
	stays(v, &c->aw, "AW", p->awvalid, p->awready, p->awaddr, 0, NULL);
	stays(v, &c->w, "W", p->wvalid, p->wready, p->wdata, p->wstrb, NULL);
	stays(v, &c->r, "R", p->rvalid, p->rready, p->rdata, p->rresp, NULL);
	stays(v, &c->b, "B", p->bvalid, p->bready, p->bresp, 0, NULL);
}

static void lite_order(struct vn_axil_check *c, const struct vn_axil_pins *p)
{
	struct vn_axi_verdict *v = &c->verdict;

	if (p->rvalid && c->reads_done == c->reads)
		broken(v, "R: data without a request");
	if (p->rvalid && p->rresp == VN_AXI_EXOKAY)
		broken(v, "R: AXI4-Lite has no response EXOKAY");
	if (p->bvalid && (c->writes_done == c->writes || c->writes_done == c->data))
		broken(v, "B: response without a complete write");
	if (p->bvalid && p->bresp == VN_AXI_EXOKAY)
		broken(v, "B: AXI4-Lite has no response EXOKAY");
	if (p->arvalid && p->araddr % 4)
		broken(v, "AR: address 0x%x is not a multiple of 4", p->araddr);
	if (p->awvalid && p->awaddr % 4)
		broken(v, "AW: address 0x%x is not a multiple of 4", p->awaddr);
	c->reads_done += p->rvalid && p->rready;
	c->writes_done += p->bvalid && p->bready;
	c->reads += p->arvalid && p->arready;
	c->writes += p->awvalid && p->awready;
	c->data += p->wvalid && p->wready;
}

void vn_axil_check_clock(struct vn_axil_check *c, const struct vn_axil_pins *p, int reset_n)
{
	const unsigned valids = p->arvalid | p->awvalid | p->wvalid | p->rvalid | p->bvalid;
	const unsigned waiting =
	        c->ar.waiting | c->aw.waiting | c->w.waiting | c->r.waiting | c->b.waiting;

	if (in_reset(&c->verdict, reset_n, valids)) {
		const struct vn_axi_verdict verdict = c->verdict;

		memset(c, 0, sizeof(*c));
		c->verdict = verdict;
	} else if (valids | waiting) {
		lite_channels(c, p);
		lite_order(c, p);
	}
	c->verdict.cycle++;
}
