// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_write: results of vn_dw, DW_CH channels of a pixel at a time, to the activation buffer.
//
// A FIFO of DEPTH results, so that the pipeline before it never stops: the walk makes a step only
// while `room`, which is low while DEPTH - 4 or more results are under way: a result may still be
// booked in the two cycles after `room` falls.  Pixels come row by row, group of channels by group;
// the addresses are counted here.
// Latency: y_valid three cycles after `push`.
module vn_dw_write #(
    parameter int unsigned R = 32,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned DW_CH = 4,
    parameter int unsigned DEPTH = 64,
    localparam int unsigned ADDR_W = $clog2(ACT_WORDS)
) (
    input  logic              clk,
    input  logic              rst,
    input  logic              job_take,  // job is the next descriptor from here on
    input  logic [     511:0] job,
    input  logic              book,      // a result was sent on its way
    output logic              room,
    output logic              empty,     // none is on its way
    input  logic              push,
    input  logic [8*DW_CH-1:0] data,
    input  logic              row_end,
    input  logic              group_end,
    input  logic              last,
    output logic              y_valid,
    input  logic              y_ready,
    output logic              y_last,
    output logic [ADDR_W-1:0] y_addr,
    output logic [     R-1:0] y_strb,
    output logic [   8*R-1:0] y_data
);
  localparam int unsigned PTR_W = $clog2(DEPTH);
  localparam int unsigned PARTS = R / DW_CH;
  localparam int unsigned PART_W = PARTS > 1 ? $clog2(PARTS) : 1;
  localparam int unsigned W = 8 * DW_CH;

  (* ram_style = "distributed" *) logic [W+2:0] fifo[DEPTH];
  logic [W-1:0] word;         // the oldest, in a register in front of the FIFO
  logic head_last, head_group_end, head_row_end;
  logic [PTR_W-1:0] wptr, rptr;
  logic [PTR_W:0] booked, count;  // on their way or here; in the FIFO
  logic some, have_head, fetch, pop;

  // The descriptor that results are of, and the one after it.
  logic have, have_next, load;
  logic [ADDR_W-1:0] next_addr, next_pitch, next_step;
  logic [ADDR_W-1:0] addr, row, block, pitch, step;
  logic [PART_W-1:0] part;
  logic part_last;

  assign part_last = 32'(part) == PARTS - 1;
  assign fetch = some && (!have_head || pop);
  assign pop = have_head && have && (!y_valid || y_ready);
  assign load = have_next && (!have || (pop && head_last));

  always_ff @(posedge clk) begin
    if (push) fifo[wptr] <= {last, group_end, row_end, data};
    if (rst) begin
      wptr <= '0;
      rptr <= '0;
      count <= '0;
      some <= 1'b0;
      have_head <= 1'b0;
      booked <= '0;
      room <= 1'b1;
      empty <= 1'b1;
      y_valid <= 1'b0;
    end else begin
      if (push) wptr <= wptr + 1'b1;
      if (fetch) rptr <= rptr + 1'b1;
      have_head <= fetch || (have_head && !pop);
      if (push != fetch) begin
        count <= push ? count + 1'b1 : count - 1'b1;
        some <= push || count != (PTR_W + 1)'(1);
      end
      room <= booked < (PTR_W + 1)'(DEPTH - 4);
      empty <= !book && booked == '0 && !pop && (!y_valid || y_ready);
      if (book != pop) booked <= book ? booked + 1'b1 : booked - 1'b1;
      y_valid <= pop || (y_valid && !y_ready);
    end
    if (fetch) {head_last, head_group_end, head_row_end, word} <= fifo[rptr];
    if (pop) begin
      y_addr <= addr;
      for (int unsigned i = 0; i < PARTS; i++) y_strb[DW_CH*i+:DW_CH] <= {DW_CH{32'(part) == i}};
      y_data <= {PARTS{word}};
      y_last <= head_last;
    end
  end

  always_ff @(posedge clk) begin
    if (rst) begin
      have <= 1'b0;
      have_next <= 1'b0;
    end else begin
      if (load) have <= 1'b1;
      else if (pop && head_last) have <= 1'b0;
      if (job_take) have_next <= 1'b1;
      else if (load) have_next <= 1'b0;
    end
    if (job_take) begin
      next_addr <= ADDR_W'(job[vn_spec_pkg::D_DW_ACT_LSB+:32]);
      next_pitch <= ADDR_W'(job[vn_spec_pkg::D_DW_DST_PITCH_LSB+:16]);
      next_step <= ADDR_W'(job[vn_spec_pkg::D_DW_DST_STEP_LSB+:32]);
    end
    if (load) begin
      addr <= next_addr;
      row <= next_addr;
      block <= next_addr;
      pitch <= next_pitch;
      step <= next_step;
      part <= '0;
    end else if (pop) begin
      addr <= addr + 1'b1;
      if (head_row_end) begin
        addr <= row + pitch;
        row <= row + pitch;
      end
      if (head_group_end) begin
        part <= part_last ? '0 : part + 1'b1;
        addr <= part_last ? block + step : block;
        row <= part_last ? block + step : block;
        if (part_last) block <= block + step;
      end
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (32'(booked) <= DEPTH) else $fatal(1, "more results than places");
      assert (!push || 32'(count) < DEPTH) else $fatal(1, "no place for a result");
      assert (some == (count != '0)) else $fatal(1, "some is not what count says");
      assert (!pop || (have && booked != '0)) else $fatal(1, "a result that was not booked");
      assert (!(job_take && have_next && !load)) else $fatal(1, "a descriptor too many");
    end
  vn_stays #(.W(1 + ADDR_W + R + 8 * R)) y_stays (
      .clk, .rst, .valid(y_valid), .ready(y_ready), .data({y_last, y_addr, y_strb, y_data})
  );
`endif
endmodule
