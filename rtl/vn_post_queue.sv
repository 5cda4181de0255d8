// SPDX-License-Identifier: Apache-2.0
//
// vn_post_queue: results of POST on their way to the activation buffer or the middle buffer.
//
// A result's place is reserved, with its tag, when its last read is issued (`reserve`), and filled
// when it comes out of the lanes, in the same order: nothing in between ever stops.  `room` is low
// in time for DEPTH - 1 results at most: it may be looked at three cycles before the reservation that
// follows from it.
// A result of RAW leaves in RAW_WORDS activation words, any other one in one write.
// `y_last` marks a job's last write, `y_done` says that it can be read.  A job's last result goes to
// the middle buffer only when no y_done is owed, so that dones come in the order of jobs.
// Latency: y_valid or m_we two cycles after `fill`; `done` with y_done, or a cycle after the last m_we.
module vn_post_queue #(
    parameter int unsigned R = 32,
    parameter int unsigned LANES = 16,
    parameter int unsigned GROUP_W = 2,
    parameter int unsigned DST_W = 16,
    parameter int unsigned ACT_W = 16,
    parameter int unsigned SLOT_W = 11,
    parameter int unsigned DEPTH = 32
) (
    input  logic                clk,
    input  logic                rst,
    output logic                room,
    output logic                empty,
    input  logic                reserve,
    input  logic                tag_mid,
    input  logic                tag_raw,
    input  logic                tag_last,  // the job's last result
    input  logic [2:0]          tag_bank,
    input  logic [GROUP_W-1:0]  tag_group,
    input  logic [DST_W-1:0]    tag_dst,
    input  logic                fill,
    input  logic [32*LANES-1:0] fill_data,
    output logic                m_we,
    output logic [2:0]          m_bank,
    output logic [SLOT_W-1:0]   m_slot,
    output logic [GROUP_W-1:0]  m_group,
    output logic [8*LANES-1:0]  m_data,
    output logic                y_valid,
    input  logic                y_ready,
    output logic                y_last,
    output logic [ACT_W-1:0]    y_addr,
    output logic [R-1:0]        y_strb,
    output logic [8*R-1:0]      y_data,
    input  logic                y_done,
    output logic                done
);
  localparam int unsigned PARTS = R / LANES;          // groups of an activation word
  localparam int unsigned RAW_WORDS = 4 * LANES / R;  // activation words of a group's int32
  localparam int unsigned PTR_W = $clog2(DEPTH);

  logic [32*LANES-1:0] data_mem[DEPTH];
  logic [DST_W+GROUP_W+5:0] tag_mem[DEPTH];
  logic [PTR_W-1:0] reserved, filled, taken, tags;  // the next place for each; tags: read ahead
  logic [PTR_W-1:0] held, waiting;  // results reserved, until a cycle after they left; filled
  (* keep *) logic load;
  logic some, pop, popped, tag_load, end_word;        // some: waiting != 0
  logic head, head_mid, head_raw, head_last, out_last, out_raw;
  logic clear, mid_done;  // clear: every last write can be read
  logic [2:0] owed;       // last writes that cannot be read yet: those in the skid of vn_act, or behind it
  logic [2:0] head_bank;
  logic [GROUP_W-1:0] head_group;
  logic [DST_W-1:0] head_dst, out_dst;
  logic [32*LANES-1:0] head_data;
  logic [1:0] word;  // RAW: of the head's group

  // The oldest result's tag is in registers (head) before the result is filled.
  assign load = some && (!y_valid || y_ready) && (clear || !head_mid || !head_last);
  assign end_word = !head_raw || word == 2'(RAW_WORDS - 1);
  assign pop = load && end_word;
  assign tag_load = (!head || pop) && tags != reserved;
  assign head_data = data_mem[taken];
  assign empty = held == '0;

  always_ff @(posedge clk) begin
    if (reserve)
      tag_mem[reserved] <= {tag_mid, tag_raw, tag_last, tag_bank, tag_group, tag_dst};
    if (fill) data_mem[filled] <= fill_data;
    if (tag_load)
      {head_mid, head_raw, head_last, head_bank, head_group, head_dst} <= tag_mem[tags];
  end

  always_ff @(posedge clk)
    if (rst) begin
      room <= 1'b1;
      held <= '0;
      popped <= 1'b0;
      waiting <= '0;
      some <= 1'b0;
      reserved <= '0;
      filled <= '0;
      taken <= '0;
      tags <= '0;
      head <= 1'b0;
      word <= 2'd0;
      y_valid <= 1'b0;
      m_we <= 1'b0;
      clear <= 1'b0;
      owed <= 3'd0;
      mid_done <= 1'b0;
    end else begin
      room <= 32'(held) < DEPTH - 4;
      popped <= pop;
      if (reserve != popped) held <= reserve ? held + PTR_W'(1) : held - PTR_W'(1);
      if (fill != pop) waiting <= fill ? waiting + PTR_W'(1) : waiting - PTR_W'(1);
      some <= fill || waiting > PTR_W'(1) || (some && !pop);
      if (reserve) reserved <= reserved + PTR_W'(1);
      if (fill) filled <= filled + PTR_W'(1);
      if (pop) taken <= taken + PTR_W'(1);
      if (tag_load) tags <= tags + PTR_W'(1);
      head <= tag_load || (head && !pop);
      if (load) word <= end_word ? 2'd0 : word + 2'd1;
      y_valid <= (load && !head_mid) || (y_valid && !y_ready);
      m_we <= load && head_mid;
      clear <= owed == 3'd0 && !y_valid && !(load && !head_mid);
      if ((y_valid && y_ready && out_last) != y_done)
        owed <= y_done ? owed - 3'd1 : owed + 3'd1;
      mid_done <= m_we && out_last;
    end

  always_ff @(posedge clk)
    if (load) begin
      out_last <= head_last && pop;
      out_dst <= head_raw ? head_dst + DST_W'(word) : head_dst;
      m_bank <= head_bank;
      m_group <= head_group;
      out_raw <= head_raw;
      y_data <= head_raw ? head_data[8*R*(32'(word)%RAW_WORDS) +: 8*R] :
                           {PARTS{head_data[8*LANES-1:0]}};
    end

  for (genvar i = 0; i < PARTS; i++) begin : g_strobe
    assign y_strb[LANES*i +: LANES] = {LANES{out_raw || 32'(m_group) % PARTS == i}};
  end

  assign done = mid_done || y_done;
  assign y_last = out_last;
  assign y_addr = out_dst[ACT_W-1:0];
  assign m_slot = out_dst[SLOT_W-1:0];
  assign m_data = y_data[8*LANES-1:0];

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (held != '1 || !reserve || popped) else $fatal(1, "more results than places");
      assert (!fill || waiting != held) else $fatal(1, "a result without a place");
      assert (!some || head) else $fatal(1, "a result without a tag");
      assert (!y_done || owed != 3'd0) else $fatal(1, "a word is done that was not the last one");
      assert (!(&owed && y_valid && y_last)) else $fatal(1, "too many words are owed");
    end
  vn_stays #(.W(1 + ACT_W + R + 8 * R)) y_stays (
      .clk, .rst, .valid(y_valid), .ready(y_ready), .data({y_last, y_addr, y_strb, y_data})
  );
`endif
endmodule
