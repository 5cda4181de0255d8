// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_params: takes the descriptors of vn_dw, one ahead of the walk, with their parameters.
//
// Holds two sets of parameters: one in use, one being loaded.  A descriptor is accepted when a set
// is free (`done` frees the oldest); its beats of bias, requantiser words and taps are taken one a
// cycle; meanwhile the place of its first row in the ring is worked out, 9 + (SLOT_W+1)/2 cycles.
// Then `job_valid`; `job_take` hands it to the walk.  Weights of a WSUM are left to the walk:
// `p_ready` is its `weight_take` until `weight_end`.
// Taps go from a memory to the lanes' shadow registers, a vector a cycle, group by group:
// `tap_ready` when the next group's are there, `tap_take` books them, `tap_swap` (two steps of the
// pipeline later) lets the next group's in.
// Cost at C = 64, MAX_N = 4: 15 RAMB18E2 of taps.
module vn_dw_params #(
    parameter int unsigned C = 64,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned GROUP_W = $clog2(C / 4),
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
    // to the walk
    output logic               job_valid,
    input  logic               job_take,
    output logic               job_set,
    output logic [      511:0] job,          // the descriptor
    output logic [       12:0] job_octet,    // octet of rows that holds row Y0-N+8, within the ring
    output logic [ SLOT_W-1:0] job_low,      // slot of the octet before it
    output logic [ SLOT_W-1:0] job_high,     // slot of that octet
    input  logic               weight_take,
    input  logic               weight_end,
    // to the lanes
    output logic               bias_we,
    output logic               scale_we,
    output logic [ BEAT_W-1:0] beat,
    output logic               tap_we,
    output logic [        3:0] tap_row,
    output logic [        3:0] tap_col,
    output logic [       31:0] tap,          // of the four channels
    output logic               tap_ready,
    input  logic               tap_take,
    input  logic               tap_swap
);
  localparam int unsigned SIDE = 2 * MAX_N + 1;
  localparam int unsigned GROUPS = C / 4;
  localparam int unsigned BYTE_BEATS = C > 64 ? C / 64 : 1;  // beats of a vector of taps
  localparam int unsigned PARTS = GROUPS / BYTE_BEATS;       // groups in such a beat
  localparam int unsigned PART_W = $clog2(PARTS);
  localparam int unsigned TAP_W = $clog2(SIDE * SIDE + 1);
  localparam int unsigned HALF_W = BYTE_BEATS > 1 ? 1 : 0;
  localparam int unsigned TAP_AW = 1 + TAP_W + HALF_W;       // {set, vector, half}

  // --- descriptor and its beats --------------------------------------------------------------
  localparam logic [1:0] IDLE = 2'd0, LOAD = 2'd1, WEIGHTS = 2'd2;
  localparam logic [1:0] BIAS = 2'd0, SCALE = 2'd1, TAPS = 2'd2, ALL = 2'd3;
  logic [1:0] state, part;
  logic [1:0] held;         // descriptors accepted and not done
  logic set, is_dw;
  logic [BEAT_W-1:0] word;  // beat of bias or of requantiser words
  logic [TAP_W-1:0] vector, vectors;
  logic half;
  logic [3:0] n;
  logic take, p_take, place_ready;

  assign d_ready = state == IDLE && held != 2'd2;
  assign take = d_valid && d_ready;
  assign waiting = state == LOAD;
  assign p_ready = state == LOAD ? part != ALL : state == WEIGHTS && weight_take;
  assign p_take = p_valid && state == LOAD && part != ALL;
  assign bias_we = p_take && part == BIAS;
  assign scale_we = p_take && part == SCALE;
  assign beat = set ? word | BEAT_W'(WORD_BEATS) : word;
  assign job_valid = state == LOAD && part == ALL && place_ready;
  assign job_set = set;
  assign is_dw = job[vn_spec_pkg::D_ALL_OP_LSB+:8] == vn_spec_pkg::OP_DW;
  assign n = job[vn_spec_pkg::D_DW_N_LSB+:4];
  assign vectors = TAP_W'((2 * 32'(n) + 1) * (2 * 32'(n) + 1));

  always_ff @(posedge clk)
    if (rst) begin
      state <= IDLE;
      held <= 2'd0;
      set <= 1'b0;
    end else begin
      if (take != done) held <= take ? held + 2'd1 : held - 2'd1;
      case (state)
        IDLE:
        if (take) begin
          state <= LOAD;
          set <= !set;
          part <= BIAS;
          word <= '0;
          vector <= '0;
          half <= 1'b0;
          job <= d;
        end
        LOAD: begin
          if (p_take)
            case (part)
              BIAS, SCALE: begin
                word <= word + 1'b1;
                if (word == BEAT_W'(WORD_BEATS - 1)) begin
                  word <= '0;
                  part <= part == BIAS ? SCALE : is_dw ? TAPS : ALL;
                end
              end
              default: begin
                if (BYTE_BEATS > 1) half <= !half;
                if (BYTE_BEATS == 1 || half) begin
                  vector <= vector + 1'b1;
                  if (vector == vectors - 1'b1) part <= ALL;
                end
              end
            endcase
          if (job_take) state <= is_dw ? IDLE : WEIGHTS;
        end
        default: if (weight_end) state <= IDLE;
      endcase
    end

  // --- place of the first row: octet = (Y0-N+8)/8 mod RING/8, then slots ------------------------
  localparam int unsigned DIVIDE = 7;                // two bits a cycle of 14
  localparam int unsigned MULTIPLY = (SLOT_W + 1) / 2;
  localparam int unsigned LAST = DIVIDE + MULTIPLY + 1;
  logic [4:0] step;
  logic [13:0] number;      // octet in the map, from the top
  logic [12:0] octets, octet_low;
  logic [12:0] rem;
  logic [2*MULTIPLY-1:0] factor;
  logic [SLOT_W-1:0] base, pitch;

  assign octets = job[vn_spec_pkg::D_DW_RING_LSB+3+:13];
  assign base = job[vn_spec_pkg::D_DW_MID_LSB+3+:SLOT_W];
  assign pitch = SLOT_W'(job[vn_spec_pkg::D_DW_PITCH_LSB+:16]);
  assign octet_low = rem == 13'd0 ? octets - 13'd1 : rem - 13'd1;
  assign place_ready = step == 5'(LAST);

  function automatic [12:0] reduce(input [12:0] r, input bit_in, input [12:0] divisor);
    reduce = {r, bit_in} >= {1'b0, divisor} ? 13'({r, bit_in} - {1'b0, divisor})
        : {r[11:0], bit_in};
  endfunction

  always_ff @(posedge clk)
    if (take) begin
      step <= 5'd0;
      rem <= 13'd0;
      job_low <= '0;
      number <= 14'((17'(d[vn_spec_pkg::D_DW_Y0_LSB+:16]) + 17'd8
          - 17'(d[vn_spec_pkg::D_DW_N_LSB+:4])) >> 3);
    end else if (state == LOAD && !place_ready) begin
      step <= step + 5'd1;
      if (step < 5'(DIVIDE)) begin
        rem <= reduce(reduce(rem, number[13], octets), number[12], octets);
        number <= number << 2;
      end else if (step == 5'(DIVIDE)) begin
        job_octet <= rem;
        factor <= (2 * MULTIPLY)'(octet_low);
      end else begin
        job_low <= (job_low << 2) + (factor[2*MULTIPLY-1] ? pitch << 1 : '0)
            + (factor[2*MULTIPLY-2] ? pitch : '0)
            + (step == 5'(LAST - 1) ? base : '0);
        factor <= factor << 2;
      end
    end
  assign job_high = job_octet == 13'd0 ? base : job_low + pitch;

  // --- taps to the lanes ---------------------------------------------------------------------
  logic [TAP_W-1:0] there0, there1;         // vectors that the memory has, per set
  logic fresh;                              // a DW was accepted whose taps nobody reads yet
  logic reading, loading;                   // has a descriptor; may fill the shadow registers
  logic from;                               // set
  logic [3:0] row, col, first_col;
  logic [GROUP_W-1:0] group;
  logic [TAP_W-1:0] at, count;
  logic read;
  logic [PART_W-1:0] part_q;
  (* ram_style = "block" *) logic [32*PARTS-1:0] mem[2**TAP_AW];
  logic [32*PARTS-1:0] vector_q;
  logic [TAP_AW-1:0] waddr, raddr;

  assign read = loading && at < (from ? there1 : there0);
  assign waddr = TAP_AW'({set, vector, half} >> (1 - HALF_W));
  assign raddr = TAP_AW'({from, at, group[GROUP_W-1]} >> (1 - HALF_W));

  always_ff @(posedge clk) begin
    if (p_take && part == TAPS) mem[waddr] <= p_data[32*PARTS-1:0];
    if (read) vector_q <= mem[raddr];
  end
  assign tap = vector_q[32*32'(part_q)+:32];

  always_ff @(posedge clk)
    if (rst) begin
      fresh <= 1'b0;
      reading <= 1'b0;
      loading <= 1'b0;
      tap_we <= 1'b0;
      tap_ready <= 1'b0;
    end else begin
      if (take) fresh <= d[vn_spec_pkg::D_ALL_OP_LSB+:8] == vn_spec_pkg::OP_DW;
      if (take && set) there0 <= '0;
      if (take && !set) there1 <= '0;
      if (p_take && part == TAPS && (BYTE_BEATS == 1 || half)) begin
        if (set) there1 <= vector + 1'b1;
        else there0 <= vector + 1'b1;
      end
      if (tap_we || read) begin
        tap_we <= read;
        tap_row <= row;
        tap_col <= col;
        part_q <= group[PART_W-1:0];
      end
      if (!reading && fresh) begin
        fresh <= 1'b0;
        reading <= 1'b1;
        loading <= 1'b1;
        from <= set;
        count <= vectors;
        first_col <= 4'(2 * (MAX_N - 32'(n)));
        group <= '0;
        at <= '0;
        row <= 4'd0;
        col <= 4'(2 * (MAX_N - 32'(n)));
      end
      if (read) begin
        at <= at + 1'b1;
        col <= col + 4'd1;
        if (col == 4'(SIDE - 1)) begin
          col <= first_col;
          row <= row + 4'd1;
        end
        if (at == count - 1'b1) begin
          loading <= 1'b0;
          tap_ready <= 1'b1;
        end
      end
      if (tap_take) tap_ready <= 1'b0;
      if (tap_swap) begin
        if (group == GROUP_W'(GROUPS - 1)) reading <= 1'b0;
        else begin
          loading <= 1'b1;
          group <= group + 1'b1;
          at <= '0;
          row <= 4'd0;
          col <= first_col;
        end
      end
    end
endmodule
