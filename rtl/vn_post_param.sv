// SPDX-License-Identifier: Apache-2.0
//
// vn_post_param: bias vectors and requantiser words of POST, by groups of LANES channels.
//
// Two halves: one descriptor's parameters are taken while the walk uses those of the one before.
// `start` announces a descriptor; its beats are taken, SLICE = min(LANES, 16) channels a cycle, so
// a beat a cycle from 16 lanes on; then `full` until `take`, which hands the half over.  A half is
// written again from the cycle after the next but one `release_half`: nobody reads it any more.
// Latency of reads: bias READ_LATENCY = 2 cycles (the RAM's and its output register), requantiser
// words one.  Cost: 32*LANES bits x 32*GROUPS of block RAM, 23*LANES x 2*GROUPS of LUT RAM (only the
// bits of M and S are read).
module vn_post_param #(
    parameter int unsigned C = 64,
    parameter int unsigned LANES = 16,
    parameter int unsigned GROUPS = 4,
    parameter int unsigned GROUP_W = 2
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                start,
    input  logic                border,  // with start: nine bias vectors
    input  logic                raw,     // with start: no requantiser words
    output logic                full,
    output logic                want,    // beats are still to come
    input  logic                take,
    output logic                half,    // the half being filled
    input  logic                release_half,  // the last reader of the older half that is used is through
    input  logic                p_valid,
    output logic                p_ready,
    input  logic [511:0]        p_data,
    input  logic                bias_en,
    input  logic                bias_half,
    input  logic [3:0]          bias_case,
    input  logic [GROUP_W-1:0]  bias_group,
    output logic [32*LANES-1:0] bias,
    input  logic                req_en,
    input  logic                req_half,
    input  logic [GROUP_W-1:0]  req_group,
    output logic [32*LANES-1:0] req
);
  localparam int unsigned SLICE = LANES < 16 ? LANES : 16;     // channels written at once
  localparam int unsigned SLICES = LANES / SLICE;              // of a group
  localparam int unsigned BEAT_SLICES = (C < 16 ? C : 16) / SLICE;
  localparam int unsigned PLACES = GROUPS * SLICES;            // slices of a vector
  localparam int unsigned PLACE_W = PLACES > 1 ? $clog2(PLACES) : 1;
  localparam int unsigned W = 32 * SLICE;

  logic [3:0] vector, last_bias;
  logic [PLACE_W-1:0] place;
  logic requant, with_requant, open, write, finish, last_place, beat_end, hold;
  logic one_used;  // of the halves that were handed over one is not released; hold: both
  logic [W-1:0] words;
  logic unused_padding;

  assign write = open && p_valid;
  assign finish = write && last_place && (requant || (vector == last_bias && !with_requant));
  assign beat_end = 32'(place) % BEAT_SLICES == BEAT_SLICES - 1;
  assign p_ready = open && beat_end;
  assign last_place = place == PLACE_W'(PLACES - 1);
  assign words = p_data[W*(32'(place)%BEAT_SLICES) +: W];

  assign unused_padding = &{1'b0, p_data};

  always_ff @(posedge clk)
    if (rst) begin
      want <= 1'b0;
      open <= 1'b0;
      full <= 1'b0;
      half <= 1'b0;
      one_used <= 1'b0;
      hold <= 1'b0;
      place <= '0;
    end else begin
      want <= start || (want && !finish);
      open <= want && !finish && !hold;
      if (write) place <= last_place ? '0 : place + PLACE_W'(1);
      full <= finish || (full && !take);
      if (take) half <= !half;
      if (take != release_half) begin
        one_used <= take || hold;
        hold <= take && one_used;
      end
    end

  always_ff @(posedge clk)
    if (start) begin
      vector <= 4'd0;
      requant <= 1'b0;
      last_bias <= border ? 4'd8 : 4'd0;
      with_requant <= !raw;
    end else if (write && last_place) begin
      vector <= vector + 4'd1;
      requant <= vector == last_bias;
    end

  for (genvar i = 0; i < SLICES; i++) begin : g_slice
    (* ram_style = "block" *) logic [W-1:0] bias_mem[32*GROUPS];
    (* ram_style = "distributed" *) logic [W-1:0] req_mem[2*GROUPS];
    logic [W-1:0] bias_read;
    (* keep *) logic bias_here, req_here;  // the next beat goes there; p_valid may be late
    logic bias_there;

    assign bias_here = open && !requant && 32'(place) % SLICES == i;
    assign req_here = open && requant && 32'(place) % SLICES == i;

    always_ff @(posedge clk) begin
      if (p_valid && bias_here)
        bias_mem[32'({half, vector}) * GROUPS + 32'(place) / SLICES] <= words;
      if (bias_en) bias_read <= bias_mem[32'({bias_half, bias_case}) * GROUPS + 32'(bias_group)];
      bias_there <= bias_en;
      if (bias_there) bias[W*i +: W] <= bias_read;
    end

    always_ff @(posedge clk) begin
      if (p_valid && req_here) req_mem[32'(half) * GROUPS + 32'(place) / SLICES] <= words;
      if (req_en) req[W*i +: W] <= req_mem[32'(req_half) * GROUPS + 32'(req_group)];
    end
  end
endmodule
