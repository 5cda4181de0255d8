// SPDX-License-Identifier: Apache-2.0
//
// vn_mm_rows: weight tiles come as beats, first row first, and go as rows, last row first.
//
// Two tiles have room: one is filled with a beat a cycle while the other is read, so that neither
// waits for the other unless a whole tile is missing.
//   tile   a whole tile is there; row_en may be high, once for each of its R rows
//   row    ACT_LATENCY cycles after row_en: with the pixels
// Throughput: a beat and a row a cycle.  Cost: 2 * R*C bytes of RAM; a row narrower than a beat is
// chosen from it by a multiplexer of 64/C.
module vn_mm_rows #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64
) (
    input  logic clk,
    input  logic rst,
    input  logic w_valid,
    output logic w_ready,
    input  logic [511:0] w_data,
    output logic tile,
    input  logic row_en,
    output logic [8*C-1:0] row
);
  localparam int unsigned BEATS = R * C / 64;
  localparam int unsigned PER_ROW = C > 64 ? C / 64 : 1;  // beats of a row
  localparam int unsigned PER_BEAT = C < 64 ? 64 / C : 1;  // rows of a beat
  localparam int unsigned WORDS = BEATS / PER_ROW;  // of a tile in the RAM, PER_ROW beats wide
  localparam int unsigned AW = $clog2(2 * WORDS);
  localparam int unsigned BW = $clog2(BEATS + 1);
  localparam int unsigned RW = $clog2(R);

  logic [1:0] full;  // halves that hold a whole tile
  logic w_half, r_half;
  logic [BW-1:0] beat;  // to come
  logic [RW-1:0] at;  // row to go
  logic take, w_last, r_last;
  assign w_ready = !full[w_half];
  assign take = w_valid && w_ready;
  assign w_last = take && 32'(beat) == BEATS - 1;
  assign tile = full[r_half];
  assign r_last = row_en && at == '0;

  always_ff @(posedge clk)
    if (rst) begin
      full <= 2'b00;
      w_half <= 1'b0;
      r_half <= 1'b0;
      beat <= '0;
      at <= RW'(R - 1);
    end else begin
      if (take) beat <= w_last ? '0 : beat + 1'b1;
      if (w_last) begin
        w_half <= !w_half;
        full[w_half] <= 1'b1;
      end
      if (row_en) at <= at - 1'b1;  // wraps to R-1
      if (r_last) begin
        r_half <= !r_half;
        full[r_half] <= 1'b0;
      end
    end

  logic [AW-1:0] w_word, r_word;
  logic [512*PER_ROW-1:0] word;
  assign w_word = AW'((w_half ? WORDS : 0) + 32'(beat) / PER_ROW);
  assign r_word = AW'((r_half ? WORDS : 0) + 32'(at) / PER_BEAT);

  // Both ports of the RAM come from registers: a half that is freed is written no earlier than its
  // last row is read.
  logic [PER_ROW-1:0] we;
  logic [4:1] came;
  logic [AW-1:0] to, from;
  logic [511:0] data;
  always_ff @(posedge clk) begin
    came <= {came[3:1], row_en};
    from <= r_word;
    to <= w_word;
    if (take) data <= w_data;
  end
  for (genvar b = 0; b < PER_ROW; b++) begin : part
    (* ram_style = "block" *) logic [511:0] mem[2*WORDS];
    logic [511:0] read;
    always_ff @(posedge clk) begin
      we[b] <= take && 32'(beat) % PER_ROW == b;
      if (we[b]) mem[to] <= data;
      if (came[1]) read <= mem[from];
      if (came[2]) word[512*b +: 512] <= read;
    end
  end

  // The row of the word.
  logic [RW-1:0] at_1, at_2, at_3;
  logic [8*C-1:0] chosen;
  always_ff @(posedge clk) begin
    at_1 <= at;
    at_2 <= at_1;
    at_3 <= at_2;
    if (came[3]) chosen <= word[8*C*(32'(at_3)%PER_BEAT) +: 8*C];
    if (came[4]) row <= chosen;
  end
endmodule
