// SPDX-License-Identifier: Apache-2.0
// What the timing estimate must find: a long path, a wide enable, a RAM without its output register, a second clock.
module vn_planted #(
    parameter int LEVELS = 10
) (
    input  logic         clk,
    input  logic         other_clk,
    input  logic [127:0] in,
    input  logic         go,
    input  logic [9:0]   raddr,
    output logic         long_q,
    output logic [299:0] wide_q,
    output logic [35:0]  ram_q,
    output logic         other_q
);
  logic [127:0] start_q;
  logic [LEVELS:0] step;
  logic enable_q;
  (* ram_style = "block" *) logic [35:0] memory[1024];

  // Each step needs the one before and eleven more bits: half a level at least.
  assign step[0] = &start_q[127:126];
  for (genvar i = 0; i < LEVELS; i++) begin : gen_step
    assign step[i+1] = (step[i] & (^start_q[11*i+:6])) | (~step[i] & (&start_q[11*i+5+:6]));
  end

  always_ff @(posedge clk) begin
    start_q  <= in;
    long_q   <= step[LEVELS];  // the long path's end
    enable_q <= go;
    if (enable_q) wide_q <= {wide_q[171:0], in};
    if (go) memory[in[9:0]] <= in[45:10];
    ram_q <= memory[raddr];
  end
  always_ff @(posedge other_clk) other_q <= long_q;
endmodule
