// SPDX-License-Identifier: Apache-2.0
//
// vn_chain_add: splits the sums of N chains of vn_array_pair into two columns and adds the chains,
// N = 1, 2 or 4.
//
// The fields are at bit 0 and bit 19; the lower one is 2^18 too large in each chain, which makes
// N * 2^18 in the end: for a power of two, that is its highest bit inverted.
// Latency: log2(N) cycles.  Cost: N-1 adders of about 20 bits a column.
module vn_chain_add #(
    parameter int unsigned N = 2,
    parameter int unsigned W = 19 + $clog2(N)
) (
    input  logic clk,
    input  logic [48*N-1:0] sums,
    output logic [W-1:0] even,
    output logic [W-1:0] odd
);
  localparam int unsigned FIELD = 19;

  logic [W-1:0] biased;
  assign odd = {!biased[W-1], biased[W-2:0]};

  if (N == 1) begin : one
    assign biased = sums[0 +: FIELD];
    assign even = sums[FIELD +: FIELD];
  end else begin : tree
    // Sums of two neighbours, then of all.
    logic [(FIELD+1)*(N/2)-1:0] low, high;
    for (genvar i = 0; i < N / 2; i++) begin : add
      logic [FIELD-1:0] low_0, low_1, high_0, high_1;
      assign low_0 = sums[96*i +: FIELD];
      assign low_1 = sums[96*i+48 +: FIELD];
      assign high_0 = sums[96*i+FIELD +: FIELD];
      assign high_1 = sums[96*i+48+FIELD +: FIELD];
      always_ff @(posedge clk) begin
        low[(FIELD+1)*i +: FIELD+1] <= {1'b0, low_0} + {1'b0, low_1};
        high[(FIELD+1)*i +: FIELD+1] <= {high_0[FIELD-1], high_0} + {high_1[FIELD-1], high_1};
      end
    end
    if (N == 2) begin : two
      assign biased = low;
      assign even = high;
    end else begin : four
      always_ff @(posedge clk) begin
        biased <= {1'b0, low[FIELD:0]} + {1'b0, low[FIELD+1 +: FIELD+1]};
        even <= {high[FIELD], high[FIELD:0]} + {high[2*FIELD+1], high[FIELD+1 +: FIELD+1]};
      end
    end
  end
endmodule
