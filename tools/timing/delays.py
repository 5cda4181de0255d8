# SPDX-License-Identifier: Apache-2.0
"""Delays of UltraScale+ cells and nets, in ns, speed grade -2.

Cells: AMD's public UltraScale+ delay model as RapidWright ships it (timing/ultrascaleplus; Maidee, Neely, Kaviani, Lavin,
"An Open-source Lightweight Timing Model for RapidWright", FPT 2019: within 2 % of Vivado on routed nets), RAM and DSP beside it by
DS923's maximum frequencies.  Nets: what routing adds by fan-out before anything is placed; three guesses that bracket what placed
designs show, and no more than that.
"""
import math

# --- flip-flops, LUTs, carry -----------------------------------------------------------------
FF_OUT, FF_D, FF_CONTROL = 0.077, 0.03, 0.06  # clock to Q; setup of D; of CE, R, S
LUT = 0.09  # 0.035 (input A6) to 0.15 (A1)
MUXF = 0.075
CARRY_SUM = 0.06  # S to O of the same bit
CARRY_IN_OUT = 0.03  # CI to the block's CO
CARRY_IN_SUM = 0.10  # CI to any O
CARRY_GENERATE, CARRY_BIT = 0.13, 0.01  # S or DI to a later bit; each bit on
LUTRAM_OUT, LUTRAM_DATA, LUTRAM_WRITE = 0.31, 0.11, 0.18  # clock to output after a write; setup of data and address; of WE
SRL_OUT, SRL_DATA, SRL_ENABLE = 0.31, 0.07, 0.18

# --- block RAM, UltraRAM (DS923 tables 36, 37: FMAX 737 and 575 MHz with all registers) -------
BRAM_OUT, BRAM_OUT_REGISTERED, BRAM_SETUP, BRAM_DATA = 1.0, 0.23, 0.35, 0.30
URAM_OUT = {"A": 1.29, "B": 2.06}
URAM_OUT_REGISTERED = {"A": 0.77, "B": 0.70}
URAM_SETUP, URAM_ADDRESS = 0.45, 0.50  # enables, data; addresses and byte writes

# --- DSP48E2 (DS923 table 38: 775 MHz with all registers, 410 MHz with none inside) -----------
DSP_P, DSP_M, DSP_INPUT = 0.30, 1.0, 1.70  # clock to P: behind PREG; MREG, no PREG; input registers alone
DSP_THROUGH, DSP_C_THROUGH = 1.60, 0.80  # no register at all: A, B, D to P; C to P
DSP_SETUP, DSP_CONTROL = 0.20, 0.25  # of an input register; of CE, RST, modes
DSP_TO_M, DSP_TO_P, DSP_C_TO_P, DSP_CASCADE = 0.85, 1.50, 0.75, 0.67  # setup through to MREG; PREG; C; PCIN, ACIN

# --- nets --------------------------------------------------------------------------------------
# base + slope * log2(1 + fan-out), fan-out at most `most`: beyond that Vivado copies the driver.
NETS = {"optimistic": (0.12, 0.05, 32), "nominal": (0.20, 0.08, 128), "pessimistic": (0.32, 0.11, 1024)}
NET_TO_COLUMN = 0.10  # RAM and DSP columns lie apart from the logic
NET_IN_SLICE = 0.02  # LUT to the carry chain above it, block to block of a chain
NET_TO_MUXF, NET_TO_OWN_FF = 0.06, 0.05

# --- pins of a module that is looked at alone ---------------------------------------------------
# Inputs come from a register, or from one LUT behind it; outputs may meet one more LUT before their register.
PIN_IN, PIN_OUT = 0.50, 0.50


def net(model, fanout):
    """Routing of a net with @fanout sinks."""
    base, slope, most = NETS[model]
    return base + slope * math.log2(1 + min(fanout, most))
