// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_plan: geometry of a DW or WSUM descriptor, worked out while its parameters are loaded.
//
// A WSUM is a walk with N = 0 over the whole map.  `take`: job is new from the next cycle on.
// Everything is right, and stays, from `ready` on until the cycle after the next `take`.
// Latency: `ready` 12 + (SLOT_W+1)/2 cycles after `take`.
module vn_dw_plan #(
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned SIDE = 2 * MAX_N + 1
) (
    input  logic              clk,
    input  logic              take,
    input  logic [     511:0] job,
    output logic              ready,
    output logic              wsum,
    output logic              ninth,        // a column is two steps
    output logic [      15:0] cols_less,    // columns read, less 1
    output logic              one_col,
    output logic [      15:0] rows_less,    // rows of the rectangle, less 1
    output logic              one_row,
    output logic [       2:0] lack,         // columns that the map lacks on the right
    output logic [      15:0] later,        // pixels that enter after a row's first column
    output logic              later_some,
    output logic [  SIDE-1:0] to_first,     // places up to the kernel's first
    output logic [  SIDE-1:0] cut_first,    // at a row's first column: places that begin anew,
    output logic [  SIDE-1:0] keep_first,   // that take its product,
    output logic [  SIDE-1:0] live_first,   // and that hold a pixel to deliver
    output logic [       7:0] row_mask,     // of the first eight window rows those of the kernel
    output logic [       2:0] rot,          // bank of row Y0-N
    output logic [       8:0] in_map,       // rows Y0-N .. Y0-N+8
    output logic [      15:0] below,        // map rows below these nine
    output logic              below_some,
    output logic [      15:0] out_cols,     // of the result: columns and rows, less 1
    output logic [      15:0] out_rows,
    output logic [SLOT_W-1:0] base,         // of the ring; slots are those of the first column read
    output logic [SLOT_W-1:0] pitch,
    output logic [      12:0] octets_less,  // of the ring, less 1
    output logic [      12:0] octet,        // of rows that holds row Y0-N+8, within the ring
    output logic              octet_end,    // it is the ring's last
    output logic [SLOT_W-1:0] low,          // slot of the octet before it
    output logic [SLOT_W-1:0] high,         // of that octet
    output logic [SLOT_W-1:0] next          // of the one after it
);
  localparam int unsigned FACTOR = 8;  // two bits a cycle of 14 are divided before
  localparam int unsigned HIGH = FACTOR + 1 + (SLOT_W + 1) / 2;
  localparam int unsigned LAST = HIGH + 2;
  logic [4:0] step;

  always_ff @(posedge clk)
    if (take) begin
      step  <= 5'd0;
      ready <= 1'b0;
    end else if (!ready) begin
      step  <= step + 5'd1;
      ready <= step == 5'(LAST - 1);
    end

  // --- the rectangle: stages b to g, each of what the ones before it hold -----------------------
  logic op_wsum;
  logic [15:0] map_w, map_h;
  logic [3:0] n;
  logic [15:0] x0, y0, cols, rows;
  logic [16:0] end_b;                // X0+COLS
  logic [3:0] first_b;               // place of the kernel's first column
  logic [3:0] lead_b;                // columns that the map lacks on the left
  logic [16:0] left_b;               // X0-N
  logic signed [17:0] top_b;         // Y0-N
  logic [17:0] right_c;              // X0+COLS+N
  logic [15:0] left_c;               // first column read
  logic signed [17:0] rel_c;         // rows of the map from Y0-N on
  logic [3:0] enter_c;               // place where a row's first column meets its first pixel
  logic [16:0] over_c;               // COLS - lead - 1
  logic signed [17:0] excess_d;      // of right_c over the map's width
  logic signed [17:0] below_d;
  logic [3:0] jlast_d;               // pixels that enter with a row's first column, less 1
  logic [3:0] last_e;                // place of the last of them
  logic [15:0] end_e, width_f;

  assign op_wsum = job[vn_spec_pkg::D_ALL_OP_LSB+:8] == vn_spec_pkg::OP_WSUM;
  assign map_h = job[vn_spec_pkg::D_DW_MAP_H_LSB+:16];
  assign map_w = job[vn_spec_pkg::D_DW_MAP_W_LSB+:16];
  assign rot = top_b[2:0];
  assign out_cols = wsum ? 16'd0 : cols - 16'd1;
  assign out_rows = wsum ? 16'd0 : rows_less;

  always_ff @(posedge clk)
    if (!ready) begin
      wsum <= op_wsum;
      n <= op_wsum ? 4'd0 : job[vn_spec_pkg::D_DW_N_LSB+:4];
      x0 <= op_wsum ? 16'd0 : job[vn_spec_pkg::D_DW_X0_LSB+:16];
      y0 <= op_wsum ? 16'd0 : job[vn_spec_pkg::D_DW_Y0_LSB+:16];
      cols <= op_wsum ? map_w : job[vn_spec_pkg::D_DW_COLS_LSB+:16];
      rows <= op_wsum ? map_h : job[vn_spec_pkg::D_DW_ROWS_LSB+:16];

      ninth <= MAX_N == 4 && n == 4'd4;
      row_mask <= 8'((18'd2 << {n, 1'b0}) - 18'd1);
      first_b <= 4'(2 * MAX_N) - {n[2:0], 1'b0};
      end_b <= {1'b0, x0} + {1'b0, cols};
      lead_b <= x0[15:4] == 12'd0 && x0[3:0] < n ? n - x0[3:0] : 4'd0;
      left_b <= {1'b0, x0} - {13'd0, n};
      top_b <= $signed({2'd0, y0}) - $signed({14'd0, n});
      rows_less <= rows - 16'd1;
      one_row <= rows == 16'd1;

      right_c <= {1'b0, end_b} + {14'd0, n};
      left_c <= left_b[16] ? 16'd0 : left_b[15:0];
      rel_c <= $signed({2'd0, map_h}) - top_b;
      over_c <= {1'b0, cols} - {13'd0, lead_b} - 17'd1;
      enter_c <= first_b + lead_b;
      for (int unsigned j = 0; j < SIDE; j++) to_first[j] <= j <= 32'(first_b);

      excess_d <= $signed(right_c) - $signed({2'd0, map_w});
      below_d <= rel_c - 18'sd9;
      jlast_d <= over_c[16] ? cols[3:0] - 4'd1 : lead_b;
      later <= over_c[16] ? 16'd0 : over_c[15:0];
      later_some <= !over_c[16] && over_c[15:0] != 16'd0;
      for (int unsigned j = 0; j < SIDE; j++) cut_first[j] <= j <= 32'(enter_c);
      for (int unsigned i = 0; i < 9; i++)
        in_map[i] <= (!top_b[17] || 4'(i) >= 4'd8 - {1'b0, top_b[2:0]})
            && (rel_c[17:4] != '0 || 4'(i) < rel_c[3:0]);

      lack <= excess_d[17] ? 3'd0 : excess_d[2:0];
      end_e <= excess_d[17] ? right_c[15:0] : map_w;
      below <= below_d[17] ? 16'd0 : below_d[15:0];
      below_some <= !below_d[17] && below_d[15:0] != 16'd0;
      for (int unsigned j = 0; j < SIDE; j++) keep_first[j] <= cut_first[j] && j >= 32'(first_b);
      last_e <= enter_c - jlast_d;

      for (int unsigned j = 0; j < SIDE; j++) live_first[j] <= keep_first[j] && j >= 32'(last_e);
      width_f <= end_e - left_c;
      cols_less <= width_f - 16'd1;
      one_col <= width_f == 16'd1;
    end

  // --- place of the first row: octet = (Y0-N+8)/8 mod RING/8, then slots ------------------------
  logic [13:0] number;               // octet in the map, from the top
  logic [12:0] octets, rem, factor;
  logic [14:0] octets3, octet_in;    // three times; the remainder with two more bits
  logic [15:0] less1, less2, less3;  // with one, two, three times octets taken off
  logic octet_zero;
  logic [SLOT_W-1:0] pitch1, pitch3, times;

  assign octets = job[vn_spec_pkg::D_DW_RING_LSB+3+:13];
  assign pitch = SLOT_W'(job[vn_spec_pkg::D_DW_PITCH_LSB+:16]);
  assign octet_in = {rem, number[13:12]};
  assign less1 = {1'b0, octet_in} - {3'd0, octets};
  assign less2 = {1'b0, octet_in} - {2'd0, octets, 1'b0};
  assign less3 = {1'b0, octet_in} - {1'b0, octets3};

  always_comb
    case (factor[1:0])
      2'd0: times = '0;
      2'd1: times = pitch1;
      2'd2: times = pitch1 << 1;
      default: times = pitch3;
    endcase

  always_ff @(posedge clk)
    if (!ready) begin
      octets_less <= octets - 13'd1;
      base <= job[vn_spec_pkg::D_DW_MID_LSB+3+:SLOT_W] + SLOT_W'(left_c);
      if (step == 5'd0) begin
        number <= 14'((17'(job[vn_spec_pkg::D_DW_Y0_LSB+:16]) + 17'd8
            - 17'(job[vn_spec_pkg::D_DW_N_LSB+:4])) >> 3);
        rem <= 13'd0;
        octets3 <= {2'd0, octets} + {1'b0, octets, 1'b0};
        pitch1 <= pitch;
        pitch3 <= pitch + (pitch << 1);
      end else if (step < 5'(FACTOR)) begin
        rem <= !less3[15] ? less3[12:0] : !less2[15] ? less2[12:0]
            : !less1[15] ? less1[12:0] : octet_in[12:0];
        number <= number << 2;
      end else if (step == 5'(FACTOR)) begin
        octet <= rem;
        octet_zero <= rem == 13'd0;
        octet_end <= rem == octets_less;
        factor <= rem == 13'd0 ? octets_less : rem - 13'd1;
        low <= base;
      end else if (step < 5'(HIGH)) begin
        low <= low + times;
        factor <= factor >> 2;
        pitch1 <= pitch1 << 2;
        pitch3 <= pitch3 << 2;
      end else if (step == 5'(HIGH)) high <= octet_zero ? base : low + pitch;
      else next <= octet_end ? base : high + pitch;
    end
endmodule
