// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_write: results of vn_dw, four channels of a pixel at a time, to the activation buffer.
//
// A FIFO of DEPTH results, so that the pipeline before it never stops: the walk makes a step only
// when `room` says that all results under way would fit.  Pixels come row by row, group of four by
// group of four; the addresses are counted here.
// Latency: y_valid two cycles after `push`.
module vn_dw_write #(
    parameter int unsigned R = 32,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned DEPTH = 32,
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
    input  logic [      31:0] data,
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
  localparam int unsigned PARTS = R / 4;
  localparam int unsigned PART_W = $clog2(PARTS);

  logic [34:0] fifo[DEPTH];
  logic [34:0] head;
  logic [PTR_W-1:0] wptr, rptr;
  logic [PTR_W:0] booked;
  logic some, pop;

  // The descriptor that results are of, and the one after it.
  logic have, have_next, load;
  logic [ADDR_W-1:0] next_addr, next_pitch, next_step;
  logic [ADDR_W-1:0] addr, row, block, pitch, step;
  logic [PART_W-1:0] part;

  assign head = fifo[rptr];
  assign some = wptr != rptr;
  assign pop = some && have && (!y_valid || y_ready);
  assign load = have_next && (!have || (pop && head[34]));
  assign room = booked != (PTR_W + 1)'(DEPTH - 1);
  assign empty = booked == '0 && !y_valid;

  always_ff @(posedge clk) begin
    if (push) fifo[wptr] <= {last, group_end, row_end, data};
    if (rst) begin
      wptr <= '0;
      rptr <= '0;
      booked <= '0;
      y_valid <= 1'b0;
    end else begin
      if (push) wptr <= wptr + 1'b1;
      if (pop) rptr <= rptr + 1'b1;
      if (book != pop) booked <= book ? booked + 1'b1 : booked - 1'b1;
      y_valid <= pop || (y_valid && !y_ready);
    end
    if (pop) begin
      y_addr <= addr;
      y_strb <= R'(4'hf) << {part, 2'b00};
      y_data <= {PARTS{head[31:0]}};
      y_last <= head[34];
    end
  end

  always_ff @(posedge clk) begin
    if (rst) begin
      have <= 1'b0;
      have_next <= 1'b0;
    end else begin
      if (load) have <= 1'b1;
      else if (pop && head[34]) have <= 1'b0;
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
      if (head[32]) begin
        addr <= row + pitch;
        row <= row + pitch;
      end
      if (head[33]) begin
        part <= part + 1'b1;
        addr <= part == '1 ? block + step : block;
        row <= part == '1 ? block + step : block;
        if (part == '1) block <= block + step;
      end
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (32'(booked) < DEPTH) else $fatal(1, "more results than places");
      assert (!push || wptr + 1'b1 != rptr) else $fatal(1, "no place for a result");
      assert (!pop || (have && booked != '0)) else $fatal(1, "a result that was not booked");
      assert (!(job_take && have_next && !load)) else $fatal(1, "a descriptor too many");
    end
  vn_stays #(.W(1 + ADDR_W + R + 8 * R)) y_stays (
      .clk, .rst, .valid(y_valid), .ready(y_ready), .data({y_last, y_addr, y_strb, y_data})
  );
`endif
endmodule
