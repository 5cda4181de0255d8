# SPDX-License-Identifier: Apache-2.0
"""A static timing estimate of rtl/ before placement: docs/timing.md."""
