// SPDX-License-Identifier: Apache-2.0
//
// vn_mm: MM engine.  Walks the pixels of its descriptors through vn_array, a weight tile a turn,
// into the partial-sum buffer.  Twin of vn_array_mm in hls/vn_array.c.
//
// Weights and pixels know nothing of each other but two things: a turn starts (its first pixel
// switches) when R rows are in the array's shadow, and the next tile's rows follow from the cycle
// after.  The weights of a descriptor therefore come as early as the tile buffer has them, and
// turns follow each other without a gap within a descriptor and from one to the next.  A turn lasts
// the most of its pixels, R+1 cycles, and the cycles that its successor's R*C/64 beats need.
//
// The next descriptor is held while one is walked; it must be offered three cycles before that
// one's last pixel for the turns to follow without a gap.
//
//   cycle 0              x_en, x_addr; or a row of weights is asked of the tile buffer
//         A              x_data, the row: both enter the array
//         A+LATENCY-4    ps_en, ps_addr, ps_add
//         A+LATENCY      ps_data
//         A+LATENCY+1    the entry can be read; done, if it was the last
// where LATENCY is that of vn_array, A that of vn_act.
//
// Two MM descriptors may follow each other so that ACC adds to an entry that a pixel of the other
// has only just left for; the turn then starts late enough (`near`).  Compilers have no reason to
// make such a pair.
//
// state, a cycle late: BUSY with x_en, WEIGHTS while a descriptor is there and no pixel enters, else
// IDLE.
module vn_mm #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned FLAVOUR = 0  // of vn_array
) (
    input  logic clk,
    input  logic rst,
    // engine
    input  logic d_valid,
    output logic d_ready,
    input  logic [511:0] d,
    output logic done,
    output logic [2:0] state,
    // weights
    input  logic w_valid,
    output logic w_ready,
    input  logic [511:0] w_data,
    // vn_act
    output logic x_en,
    output logic [$clog2(ACT_WORDS)-1:0] x_addr,
    input  logic [8*R-1:0] x_data,
    // vn_psum
    output logic ps_en,
    output logic [$clog2(PSUM_ENTRIES)-1:0] ps_addr,
    output logic ps_add,
    output logic [32*C-1:0] ps_data  // four cycles later
);
  localparam int unsigned PW = $clog2(PSUM_ENTRIES);
  localparam int unsigned CHAIN = R < 16 ? R : 16;
  localparam int unsigned LATENCY = CHAIN + C / 2 + 2 + $clog2(R / CHAIN);
  localparam int unsigned RW = $clog2(R);
  localparam int unsigned REUSE = 8;  // cycles from an entry's use to the next, at least
  localparam int unsigned HW = $clog2(REUSE);

  // The pixel to enter, if it does.
  logic active, pixel, first, last, ends, ready, start, near, add;
  logic [PW-1:0] entry;
  vn_mm_walk #(.ACT_WORDS(ACT_WORDS), .PSUM_ENTRIES(PSUM_ENTRIES), .REUSE(REUSE)) walk (
      .clk, .rst, .d_valid, .d_ready, .d, .active, .step(pixel), .word(x_addr), .entry, .add,
      .first, .last, .ends, .ready, .start, .near
  );

  // Rows of the next tile in the shadow.
  logic tile, shift, loaded, last_row;
  logic [RW-1:0] rows;  // to come
  logic [8*C-1:0] w_row;
  vn_mm_rows #(.R(R), .C(C)) buffer (
      .clk, .rst, .w_valid, .w_ready, .w_data, .tile, .row_en(shift), .row(w_row)
  );
  assign shift = tile && !loaded;

  // Turns.
  logic close, settled;  // the first entry may be on its way; it is back
  logic [HW-1:0] hold;  // cycles until all entries of the descriptor before are back
  logic back;  // they are in the next cycle
  logic next_active, next_loaded, next_settled;
  assign next_active = pixel ? !ends || ready : active || ready;
  assign next_loaded = loaded ? !(pixel && first) : shift && last_row;
  assign next_settled = !(start ? near : close) || (!(pixel && ends) && back);
  assign x_en = pixel;

  always_ff @(posedge clk)
    if (rst) begin
      pixel <= 1'b0;
      rows <= RW'(R - 1);
      last_row <= 1'b0;
      loaded <= 1'b0;
      close <= 1'b0;
      settled <= 1'b1;
      hold <= '0;
      back <= 1'b1;
      state <= vn_cu_pkg::STATE_IDLE;
    end else begin
      pixel <= (pixel && !last) || (next_active && next_loaded && next_settled);
      if (shift) rows <= rows - 1'b1;  // wraps to R-1
      last_row <= rows == RW'(shift);
      loaded <= next_loaded;
      if (pixel && ends) hold <= HW'(REUSE - 1);
      else if (hold != '0) hold <= hold - 1'b1;
      back <= !(pixel && ends) && hold <= HW'(2);
      if (start) close <= near;
      settled <= next_settled;

      if (!active) state <= vn_cu_pkg::STATE_IDLE;
      else state <= pixel ? vn_cu_pkg::STATE_BUSY : vn_cu_pkg::STATE_WEIGHTS;
    end

  // To the array's pins.
  localparam int unsigned A = vn_cu_pkg::ACT_LATENCY;
  logic [A:1] pixels, switches, shifts;
  always_ff @(posedge clk)
    if (rst) begin
      pixels <= '0;
      switches <= '0;
      shifts <= '0;
    end else begin
      pixels <= {pixels[A-1:1], pixel};
      switches <= {switches[A-1:1], pixel && first};
      shifts <= {shifts[A-1:1], shift};
    end

  // For the simulated flavours: low when nothing is on its way to the array or inside.
  logic ce;
  if (FLAVOUR == 0) begin : always_on
    assign ce = 1'b1;
  end else begin : counted
    localparam int unsigned LEFT_W = $clog2(A + LATENCY + 1);
    logic [LEFT_W-1:0] left;
    logic enter;
    assign enter = pixel || shift;
    assign ce = enter || left != '0;
    always_ff @(posedge clk)
      if (rst || enter) left <= LEFT_W'(A + LATENCY);
      else if (ce) left <= left - 1'b1;
  end

  vn_array #(.R(R), .C(C), .FLAVOUR(FLAVOUR), .LATENCY(LATENCY)) array (
      .clk, .rst, .ce, .x_data, .x_switch(switches[A]), .w_shift(shifts[A]), .w_row, .sum(ps_data)
  );

  // To the partial-sum buffer, four cycles ahead of the sums.
  localparam int unsigned AHEAD = A + LATENCY - 4;
  logic [AHEAD:1] line_en, line_end;
  vn_delay_line #(.W(PW + 1), .N(AHEAD)) line (
      .clk, .rst, .ce, .d({add, entry}), .q({ps_add, ps_addr})
  );
  assign ps_en = line_en[AHEAD];
  logic [5:1] done_in;
  assign done = done_in[5];
  always_ff @(posedge clk)
    if (rst) begin
      line_en <= '0;
      line_end <= '0;
      done_in <= '0;
    end else begin
      if (ce) line_en <= {line_en[AHEAD-1:1], pixel};
      if (ce) line_end <= {line_end[AHEAD-1:1], pixel && ends};
      done_in <= {done_in[4:1], line_end[AHEAD]};
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert ((!last_row || rows == '0) && (!back || hold <= HW'(1)))
        else $fatal(1, "a counter's end is not its own");
      assert (!settled || !close || hold == '0) else $fatal(1, "settled is not what it follows from");
      assert (pixel == (active && (!first || (loaded && settled))))
        else $fatal(1, "a turn before its weights, or later than it could");
    end
`endif
endmodule
