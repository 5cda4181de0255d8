// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_params: takes the descriptors of vn_dw, one ahead of the walk, with their parameters.
//
// Holds two sets of parameters: one in use, one being loaded.  A descriptor is accepted when a set
// is free (`done` frees the oldest); its beats of bias, requantiser words and taps are taken one a
// cycle.  Then `loaded`; `job_take` hands it to the walk.  Weights of a WSUM are left to the walk:
// `p_ready` is its `weight_take` until `weight_end`.
// Taps go from a memory to the lanes' shadow registers, one of each of DW_CH channels a cycle,
// group by group: `tap_ready` when the next group's are there, or will be by the time that a step
// of the next cycle needs them; `tap_take` books them; `tap_swap`, two cycles later, lets the next
// group's in.  A group of a DW takes at least (2N+1)^2 cycles, N = 0: four.
// Cost at C = 64, MAX_N = 4: 15 RAMB18E2 of taps.
module vn_dw_params #(
    parameter int unsigned C = 64,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned DW_CH = 4,
    localparam int unsigned SIDE = 2 * MAX_N + 1,
    localparam int unsigned WORD_BEATS = C > 16 ? C / 16 : 1,
    localparam int unsigned BEAT_W = $clog2(2 * WORD_BEATS)
) (
    input  logic               clk,
    input  logic               rst,
    input  logic               d_valid,
    output logic               d_ready,
    input  logic [      511:0] d,
    input  logic               done,
    output logic               waiting,      // parameters are being loaded
    input  logic               p_valid,
    output logic               p_ready,
    input  logic [      511:0] p_data,
    // to vn_dw_plan and the walk
    output logic               take,
    output logic [      511:0] job,          // the descriptor
    output logic               set,
    output logic               loaded,
    input  logic               job_take,
    input  logic               weight_take,
    input  logic               weight_end,
    // to the lanes
    output logic               bias_we,
    output logic               scale_we,
    output logic [ BEAT_W-1:0] beat,
    output logic               tap_we,
    output logic [   SIDE-1:0] tap_row,      // one bit each
    output logic [   SIDE-1:0] tap_col,
    output logic [8*DW_CH-1:0] tap,
    output logic               tap_ready,
    input  logic               tap_take,
    input  logic               tap_swap
);
  localparam int unsigned BYTE_BEATS = C > 64 ? C / 64 : 1;  // beats of a vector of taps
  localparam int unsigned GROUPS = C / DW_CH;
  localparam int unsigned GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam int unsigned PARTS = GROUPS / BYTE_BEATS;       // groups in such a beat
  localparam int unsigned WIDTH = 8 * DW_CH * PARTS;
  localparam int unsigned TAP_W = $clog2(SIDE * SIDE + 1);
  localparam int unsigned HALF_W = BYTE_BEATS > 1 ? 1 : 0;
  localparam int unsigned TAP_AW = 1 + TAP_W + HALF_W;       // {set, vector, half}

  // --- descriptor and its beats --------------------------------------------------------------
  logic idle, bias, scale, taps, weights;  // what is awaited; `loaded` is the sixth
  logic more;                              // bias, scale or taps
  logic [1:0] held;                        // descriptors accepted and not done
  logic is_dw;
  logic [BEAT_W-1:0] word;                 // beat of bias or of requantiser words
  logic word_end, tap_end;                 // the vector's last beat; the last of the taps
  logic [TAP_W-1:0] vector, vectors, end_vector;
  logic [SIDE-1:0] first_new;              // first column of the kernel
  logic half;
  logic [3:0] n;
  logic tap_put;

  assign d_ready = idle && !held[1];
  assign take = d_valid && d_ready;
  assign waiting = more || loaded;
  assign p_ready = more || (weights && weight_take);
  assign bias_we = p_valid && bias;
  assign scale_we = p_valid && scale;
  assign tap_put = p_valid && taps;
  assign beat = set ? word | BEAT_W'(WORD_BEATS) : word;
  assign word_end = word == BEAT_W'(WORD_BEATS - 1);
  assign n = job[vn_spec_pkg::D_DW_N_LSB+:4];

  always_ff @(posedge clk)
    if (rst) begin
      idle <= 1'b1;
      {bias, scale, taps, loaded, weights, more} <= '0;
      held <= 2'd0;
      set <= 1'b0;
    end else begin
      if (take != done) held <= take ? held + 2'd1 : held - 2'd1;
      if (take) begin
        {idle, bias, more} <= 3'b011;
        set <= !set;
      end
      if (bias_we && word_end) {bias, scale} <= 2'b01;
      if (scale_we && word_end) {scale, taps, loaded, more} <= {1'b0, is_dw, !is_dw, is_dw};
      if (tap_put && tap_end) {taps, loaded, more} <= 3'b010;
      if (job_take) {loaded, idle, weights} <= {1'b0, is_dw, !is_dw};
      if (weight_end) {weights, idle} <= 2'b01;
    end

  always_ff @(posedge clk) begin
    if (take) begin
      job <= d;
      is_dw <= d[vn_spec_pkg::D_ALL_OP_LSB+:8] == vn_spec_pkg::OP_DW;
      word <= '0;
      vector <= '0;
      half <= 1'b0;
    end
    if (bias) begin
      vectors <= TAP_W'((2 * 32'(n) + 1) * (2 * 32'(n) + 1));
      first_new <= SIDE'(1) << (2 * (MAX_N - 32'(n)));
      tap_end <= BYTE_BEATS == 1 && n == 4'd0;
    end
    if (scale) end_vector <= vectors - TAP_W'(BYTE_BEATS == 1 ? 2 : 1);
    if (bias_we || scale_we) word <= word_end ? '0 : word + 1'b1;
    if (tap_put) begin
      half <= !half;
      if (BYTE_BEATS == 1 || half) vector <= vector + 1'b1;
      tap_end <= (BYTE_BEATS == 1 || !half) && vector == end_vector;
    end
  end

  // --- taps to the lanes ---------------------------------------------------------------------
  logic [TAP_W-1:0] there0, there1, there;  // vectors that the memory has, per set; of `from`
  logic ahead, whole;                       // more than are read; all of them
  logic fresh;                              // a DW was accepted whose taps nobody reads yet
  logic reading, loading;                   // has a descriptor; may fill the shadow registers
  logic [1:0] opening;                      // the two cycles between
  logic from;                               // set
  logic [SIDE-1:0] row, col, first_col;     // one bit each
  logic [GROUP_W-1:0] group;
  logic [TAP_W-1:0] at, after, last_at, early_at;  // after: at + 1
  logic read, sure, early, we_q;            // sure: the last three will be read without a wait
  logic [GROUP_W-1:0] part_q;
  logic [SIDE-1:0] row_q, col_q;
  (* ram_style = "block" *) logic [WIDTH-1:0] mem[2**TAP_AW];
  logic [WIDTH-1:0] vector_q;
  logic [TAP_AW-1:0] waddr, raddr;

  assign read = loading && ahead;
  assign sure = whole && at == early_at;
  assign waddr = TAP_AW'({set, vector, half} >> (1 - HALF_W));
  assign raddr = TAP_AW'({from, at, group[GROUP_W-1]} >> (1 - HALF_W));

  always_ff @(posedge clk) begin
    if (tap_put) mem[waddr] <= p_data[WIDTH-1:0];
    if (read) vector_q <= mem[raddr];
    if (read) begin
      part_q <= GROUP_W'(32'(group) % PARTS);
      row_q <= row;
      col_q <= col;
    end
    if (we_q) begin
      tap <= vector_q[8*DW_CH*32'(part_q)+:8*DW_CH];
      tap_row <= row_q;
      tap_col <= col_q;
    end
  end

  always_ff @(posedge clk)
    if (rst) begin
      fresh <= 1'b0;
      reading <= 1'b0;
      opening <= 2'b00;
      loading <= 1'b0;
      we_q <= 1'b0;
      tap_we <= 1'b0;
      tap_ready <= 1'b0;
      early <= 1'b0;
    end else begin
      if (take) fresh <= d[vn_spec_pkg::D_ALL_OP_LSB+:8] == vn_spec_pkg::OP_DW;
      else if (!reading) fresh <= 1'b0;
      if (read || we_q || tap_we) begin
        we_q <= read;
        tap_we <= we_q;
      end
      opening <= {opening[0], !reading && fresh};
      if (!reading && fresh) reading <= 1'b1;
      else if (tap_swap && group == GROUP_W'(GROUPS - 1)) reading <= 1'b0;
      if (opening[1] || (tap_swap && group != GROUP_W'(GROUPS - 1))) loading <= 1'b1;
      else if (read && at == last_at) loading <= 1'b0;
      if (tap_take) tap_ready <= 1'b0;
      else if (read && !early && (at == last_at || sure)) tap_ready <= 1'b1;
      if (opening[1] || tap_swap) early <= 1'b0;
      else if (read && sure) early <= 1'b1;
    end

  always_ff @(posedge clk) begin
    if (take && set) there0 <= '0;
    else if (tap_put && !set && (BYTE_BEATS == 1 || half)) there0 <= vector + 1'b1;
    if (take && !set) there1 <= '0;
    else if (tap_put && set && (BYTE_BEATS == 1 || half)) there1 <= vector + 1'b1;
    if (reading) begin
      there <= from ? there1 : there0;
      whole <= there > last_at;
      ahead <= tap_swap || (read ? there != after : there != at);
    end
    if (read) begin
      at <= after;
      after <= after + 1'b1;
      col <= col[SIDE-1] ? first_col : col << 1;
      if (col[SIDE-1]) row <= row << 1;
    end
    if (tap_swap) begin
      group <= group + 1'b1;
      at <= '0;
      after <= TAP_W'(1);
      row <= SIDE'(1);
      col <= first_col;
    end
    if (!reading && fresh) from <= set;
    if (opening[0]) begin
      last_at <= vectors - TAP_W'(1);
      early_at <= vectors - TAP_W'(4);
      first_col <= first_new;
      group <= '0;
      at <= '0;
      after <= TAP_W'(1);
      row <= SIDE'(1);
      col <= first_new;
    end
  end
endmodule
