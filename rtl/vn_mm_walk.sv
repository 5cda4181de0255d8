// SPDX-License-Identifier: Apache-2.0
//
// vn_mm_walk: the activation words of an MM, KTILES times N2 turns of N1 turns of N0 pixels, and
// the partial-sum entry of each.  Twin of `walk` and `front` of hls/vn_array.c.
//
// load takes a descriptor; word and entry are its first pixel's in the next cycle; step moves to
// the next pixel.  first, last: of a tile; final_tile: of the descriptor.
module vn_mm_walk #(
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned PSUM_ENTRIES = 2048
) (
    input  logic clk,
    input  logic load,
    input  logic [511:0] d,
    input  logic step,
    output logic [$clog2(ACT_WORDS)-1:0] word,
    output logic [$clog2(PSUM_ENTRIES)-1:0] entry,
    output logic add,  // to what the entry holds
    output logic first,
    output logic last,
    output logic final_tile
);
  localparam int unsigned AW = $clog2(ACT_WORDS);
  localparam int unsigned PW = $clog2(PSUM_ENTRIES);

  // Of the descriptor.  Counts are kept less one.
  logic [15:0] n0, n1, n2;
  logic [AW-1:0] s1, s2, k_step;
  logic [PW-1:0] psum;
  // Where it stands: counters down to 0, first word of the line, plane and tile.
  logic [15:0] i0, i1, i2, tiles;
  logic [AW-1:0] line, plane, tile;

  wire [AW-1:0] next_line = line + s1;
  wire [AW-1:0] next_plane = plane + s2;
  wire [AW-1:0] next_tile = tile + k_step;
  wire end_0 = i0 == 16'd0;
  wire end_1 = i1 == 16'd0;
  assign last = end_0 && end_1 && i2 == 16'd0;
  assign final_tile = tiles == 16'd0;

  wire [15:0] d_n0 = d[vn_spec_pkg::D_MM_N0_LSB +: 16] - 16'd1;
  wire [15:0] d_n1 = d[vn_spec_pkg::D_MM_N1_LSB +: 16] - 16'd1;
  wire [15:0] d_n2 = d[vn_spec_pkg::D_MM_N2_LSB +: 16] - 16'd1;
  wire [AW-1:0] d_act = d[vn_spec_pkg::D_MM_ACT_LSB +: AW];

  always_ff @(posedge clk)
    if (load) begin
      n0 <= d_n0;
      n1 <= d_n1;
      n2 <= d_n2;
      s1 <= d[vn_spec_pkg::D_MM_S1_LSB +: AW];
      s2 <= d[vn_spec_pkg::D_MM_S2_LSB +: AW];
      k_step <= d[vn_spec_pkg::D_MM_K_STEP_LSB +: AW];
      psum <= d[vn_spec_pkg::D_MM_PSUM_LSB +: PW];
      i0 <= d_n0;
      i1 <= d_n1;
      i2 <= d_n2;
      tiles <= d[vn_spec_pkg::D_MM_KTILES_LSB +: 16] - 16'd1;
      word <= d_act;
      line <= d_act;
      plane <= d_act;
      tile <= d_act;
      entry <= d[vn_spec_pkg::D_MM_PSUM_LSB +: PW];
      add <= d[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_ACC];
      first <= 1'b1;
    end else if (step) begin
      i0 <= end_0 ? n0 : i0 - 16'd1;
      if (end_0) i1 <= end_1 ? n1 : i1 - 16'd1;
      if (end_0 && end_1) i2 <= last ? n2 : i2 - 16'd1;
      entry <= last ? psum : entry + 1'b1;
      first <= last;
      word <= word + 1'b1;
      if (last) begin
        word <= next_tile;
        line <= next_tile;
        plane <= next_tile;
        tile <= next_tile;
        tiles <= tiles - 16'd1;
        add <= 1'b1;
      end else if (end_0 && end_1) begin
        word <= next_plane;
        line <= next_plane;
        plane <= next_plane;
      end else if (end_0) begin
        word <= next_line;
        line <= next_line;
      end
    end
endmodule
