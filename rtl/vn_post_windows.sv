// SPDX-License-Identifier: Apache-2.0
//
// vn_post_windows: the pooling windows of POST descriptors, row by row, ahead of the walk through
// their elements.
//
// A job is begun (`begin_job`) as soon as it is planned (`ready`) and the one before it has no more
// windows to be offered, while vn_post_walk may still be at that one: its first window (w_first)
// waits for the walk.
// Throughput: a window a cycle.  Latency: w_valid two cycles after begin_job.
module vn_post_windows #(
    parameter int unsigned PSUM_W = 11
) (
    input  logic              clk,
    input  logic              rst,
    // the job (vn_post_plan)
    input  logic              ready,
    output logic              begin_job,
    input  logic [15:0]       rows,    // behind the first one
    input  logic [15:0]       cols,
    input  logic              one_row,
    input  logic              one_col,
    input  logic              y_over,  // of the first window
    input  logic [15:0]       y_rem,   // behind it
    input  logic [15:0]       y_rest,
    input  logic [16:0]       y_less,
    input  logic [1:0]        y_ratio,
    input  logic [PSUM_W-1:0] y_at,
    input  logic [PSUM_W-1:0] pitch,
    input  logic [PSUM_W-1:0] stride,
    input  logic              y_head,  // the first row of windows is the map's
    input  logic              y_tail,  // the last one
    input  logic              x_over,
    input  logic [15:0]       x_rem,
    input  logic [15:0]       x_rest,
    input  logic [16:0]       x_less,
    input  logic [1:0]        x_ratio,
    input  logic [PSUM_W-1:0] x_at,
    input  logic              x_head,
    input  logic              x_tail,
    // windows
    output logic              w_valid,
    input  logic              w_ready,
    output logic [PSUM_W-1:0] w_addr,   // its first element
    output logic [1:0]        w_dy,     // rows behind the first
    output logic [1:0]        w_dx,     // columns
    output logic              w_first,  // of the job
    output logic              w_row_end,
    output logic              w_last,   // of the job
    output logic [3:0]        w_edge    // it has the map's {last row, first row, last column, first}
);
  (* keep *) logic move, move_row;  // to the next window (of rows), or to the job's first one
  logic step, valid, out_ready, last, first, y_first, x_first;
  logic last_row, last_col, one_col_q, y_head_q, y_tail_q, x_head_q, x_tail_q;
  logic [15:0] rows_left, cols_left, cols_again;
  logic [1:0] y_more, x_more;
  logic [PSUM_W-1:0] y_now, x_now;

  assign step = valid && out_ready;
  assign begin_job = ready && (!valid || (out_ready && last));
  assign move = step || (ready && !valid);
  assign move_row = (step && last_col) || (ready && !valid);

  vn_post_axis #(.AT_W(PSUM_W)) y_axis (
      .clk, .load(begin_job), .over(y_over), .rem(y_rem), .rest(y_rest), .less(y_less),
      .ratio(y_ratio), .first(y_at), .pitch, .stride, .move(move_row), .again(1'b0),
      .at(y_now), .more(y_more)
  );
  vn_post_axis #(.AT_W(PSUM_W)) x_axis (
      .clk, .load(begin_job), .over(x_over), .rem(x_rem), .rest(x_rest), .less(x_less),
      .ratio(x_ratio), .first(x_at), .pitch(PSUM_W'(1)), .stride(PSUM_W'(x_ratio)), .move,
      .again(last_col), .at(x_now), .more(x_more)
  );

  always_ff @(posedge clk)
    if (rst) valid <= 1'b0;
    else valid <= begin_job || (valid && !(out_ready && last));

  // A job ends with the last window of its last row, so where `move` does not begin one there is
  // another one in this job.
  always_ff @(posedge clk)
    if (move) begin
      first <= begin_job;
      x_first <= begin_job || last_col;
      cols_left <= begin_job ? cols : last_col ? cols_again : cols_left - 16'd1;
      last_col <= begin_job ? one_col : last_col ? one_col_q : cols_left == 16'd1;
      last <= begin_job ? one_row && one_col :
              last_col ? one_col_q && rows_left == 16'd1 : last_row && cols_left == 16'd1;
    end

  always_ff @(posedge clk)
    if (move_row) begin
      y_first <= begin_job;
      rows_left <= begin_job ? rows : rows_left - 16'd1;
      last_row <= begin_job ? one_row : rows_left == 16'd1;
    end

  always_ff @(posedge clk)
    if (begin_job) begin
      cols_again <= cols;
      one_col_q <= one_col;
      y_head_q <= y_head;
      y_tail_q <= y_tail;
      x_head_q <= x_head;
      x_tail_q <= x_tail;
    end

  vn_skid #(.WIDTH(PSUM_W + 11)) windows (
      .clk, .rst, .in_valid(valid), .in_ready(out_ready),
      .in_data({y_now + x_now, y_more, x_more, first, last_col, last,
                y_tail_q && last_row, y_head_q && y_first, x_tail_q && last_col,
                x_head_q && x_first}),
      .out_valid(w_valid), .out_ready(w_ready),
      .out_data({w_addr, w_dy, w_dx, w_first, w_row_end, w_last, w_edge})
  );
endmodule
