// SPDX-License-Identifier: Apache-2.0
//
// vn_mm_walk: the activation words of an MM, KTILES times N2 turns of N1 turns of N0 pixels, and
// the partial-sum entry of each.  Twin of `walk` and `front` of hls/vn_array.c.
//
// Two descriptors are held: the one that is walked and the next.  A descriptor that is taken in
// cycle 0 can be walked from cycle 2 on; then, or with the last pixel of the one before, it starts,
// and its first pixel is offered in the next cycle.  step, only while active, moves to the next
// pixel; what a pixel is comes from registers that are computed a pixel ahead.
//   first   of a tile, or not active
//   last    of a tile
//   ends    the descriptor's last pixel, or not active
//   ready   the next descriptor can start
//   start   the next descriptor becomes the one that is walked
//   near    with start: it adds to an entry that one of the last REUSE pixels may have used
module vn_mm_walk #(
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned REUSE = 8  // a power of two
) (
    input  logic clk,
    input  logic rst,
    input  logic d_valid,
    output logic d_ready,
    input  logic [511:0] d,
    output logic active,
    input  logic step,
    output logic [$clog2(ACT_WORDS)-1:0] word,
    output logic [$clog2(PSUM_ENTRIES)-1:0] entry,
    output logic add,  // to what the entry holds
    output logic first,
    output logic last,
    output logic ends,
    output logic ready,
    output logic start,
    output logic near
);
  localparam int unsigned AW = $clog2(ACT_WORDS);
  localparam int unsigned PW = $clog2(PSUM_ENTRIES);

  // The next descriptor: its fields, then what follows from them.  Counts are kept less one.
  logic taken;
  logic [15:0] q_n0, q_n1, q_n2, q_tiles;
  logic [AW-1:0] q_act, q_s1, q_s2, q_k_step;
  logic [PW-1:0] q_psum;
  logic q_acc;
  logic q_one_0, q_one_1, q_one_2, q_one_tile, q_single, q_only, q_other;
  logic [PW-1:0] base;  // first entry of the descriptor before
  logic opens;
  localparam int unsigned HW = $clog2(REUSE);
  logic [PW-1:0] gap;  // from the first entry of the next descriptor to that of the pixel
  logic behind, wraps;  // it is less than REUSE; at the first pixel of a tile
  assign d_ready = !taken;
  assign opens = ready && !active;
  assign start = ready && ends && (step || !active);
  // The same first entry is safe: it is used a turn later.
  assign near = q_other && (!active || behind);
  assign gap = entry - q_psum;

  always_ff @(posedge clk) begin
    if (d_valid && d_ready) begin
      q_n0 <= d[vn_spec_pkg::D_MM_N0_LSB +: 16] - 16'd1;
      q_n1 <= d[vn_spec_pkg::D_MM_N1_LSB +: 16] - 16'd1;
      q_n2 <= d[vn_spec_pkg::D_MM_N2_LSB +: 16] - 16'd1;
      q_tiles <= d[vn_spec_pkg::D_MM_KTILES_LSB +: 16] - 16'd1;
      q_act <= d[vn_spec_pkg::D_MM_ACT_LSB +: AW];
      q_s1 <= d[vn_spec_pkg::D_MM_S1_LSB +: AW];
      q_s2 <= d[vn_spec_pkg::D_MM_S2_LSB +: AW];
      q_k_step <= d[vn_spec_pkg::D_MM_K_STEP_LSB +: AW];
      q_psum <= d[vn_spec_pkg::D_MM_PSUM_LSB +: PW];
      q_acc <= d[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_ACC];
    end
    if (start) base <= q_psum;
    q_one_0 <= q_n0 == 16'd0;
    q_one_1 <= q_n1 == 16'd0;
    q_one_2 <= q_n2 == 16'd0;
    q_one_tile <= q_tiles == 16'd0;
    q_single <= {q_n2, q_n1, q_n0} == 48'd0;
    q_only <= {q_tiles, q_n2, q_n1, q_n0} == 64'd0;
    q_other <= q_acc && q_psum != base;
  end

  // The one that is walked.
  logic [15:0] n0, n1, n2;
  logic one_0, one_1, one_2;
  logic [AW-1:0] s1, s2, k_step;
  logic [PW-1:0] psum;
  // Where it stands: counters down to 0, first word of the line, plane and tile.
  logic [15:0] i0, i1, i2, tiles;
  logic [AW-1:0] line, plane, tile;
  logic end_0, end_1, end_2, final_tile;  // the counters are 0; all three; that of the tiles

  logic next_0, next_1, next_2, next_last, next_final;
  assign next_0 = end_0 ? one_0 : i0 == 16'd1;
  assign next_1 = !end_0 ? end_1 : end_1 ? one_1 : i1 == 16'd1;
  assign next_2 = !(end_0 && end_1) ? end_2 : end_2 ? one_2 : i2 == 16'd1;
  assign next_last = next_0 && next_1 && next_2;
  assign next_final = last ? tiles == 16'd1 : final_tile;

  logic end_line, end_plane;  // they go on
  assign end_line = step ? end_0 : opens;
  assign end_plane = step ? end_0 && end_1 : opens;

  always_ff @(posedge clk)
    if (rst) begin
      taken <= 1'b0;
      ready <= 1'b0;
      active <= 1'b0;
      ends <= 1'b1;
    end else begin
      taken <= taken ? !start : d_valid;
      ready <= taken && !start;
      if (ends && (step || !active)) active <= ready;
      if (step || opens) ends <= ends ? !ready || q_only : next_last && next_final;
    end

  // With the last pixel the next descriptor's fields come in even if there is none: nothing is
  // active then.
  always_ff @(posedge clk) begin
    if (step ? ends : opens) begin
      n0 <= q_n0;
      n1 <= q_n1;
      n2 <= q_n2;
      one_0 <= q_one_0;
      one_1 <= q_one_1;
      one_2 <= q_one_2;
      s1 <= q_s1;
      s2 <= q_s2;
      k_step <= q_k_step;
      psum <= q_psum;
    end
    if (step || opens) begin
      end_0 <= ends ? q_one_0 : next_0;
      end_1 <= ends ? q_one_1 : next_1;
      end_2 <= ends ? q_one_2 : next_2;
      last <= ends ? q_single : next_last;
      final_tile <= ends ? q_one_tile : next_final;
      add <= ends ? q_acc : last || add;
      entry <= ends ? q_psum : last ? psum : entry + 1'b1;
      i0 <= ends ? q_n0 : end_0 ? n0 : i0 - 16'd1;
    end
    if (end_line) i1 <= ends ? q_n1 : end_1 ? n1 : i1 - 16'd1;
    if (end_plane) i2 <= ends ? q_n2 : end_2 ? n2 : i2 - 16'd1;
    if (step ? last : opens) tiles <= ends ? q_tiles : tiles - 16'd1;
    first <= step ? last : first || !active;
    wraps <= 32'(PW'(psum - q_psum)) < REUSE;
    if (!step) behind <= gap[PW-1:HW] == '0;
    else behind <= last ? wraps : &gap || (gap[PW-1:HW] == '0 && !(&gap[HW-1:0]));
  end

  always_ff @(posedge clk) begin
    if (step || opens)
      word <= ends ? q_act : last ? tile + k_step : end_0 && end_1 ? plane + s2 :
              end_0 ? line + s1 : word + 1'b1;
    if (end_line)
      line <= ends ? q_act : last ? tile + k_step : end_1 ? plane + s2 : line + s1;
    if (end_plane) plane <= ends ? q_act : last ? tile + k_step : plane + s2;
    if (step ? last : opens) tile <= ends ? q_act : tile + k_step;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(step && !active)) else $fatal(1, "a pixel of no descriptor");
      assert (!active || (last == (i0 == 16'd0 && i1 == 16'd0 && i2 == 16'd0) &&
                          ends == (last && tiles == 16'd0)))
        else $fatal(1, "the ends are not those of the counters");
    end
`endif
endmodule
