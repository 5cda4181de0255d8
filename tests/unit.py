# SPDX-License-Identifier: Apache-2.0
"""unittest with the verdict that docs/testing.md asks of a test."""
import sys
import unittest


def main():
    """Run the tests of the program; say what was skipped; the last line is the verdict."""
    result = unittest.main(exit=False).result
    for case, reason in result.skipped:
        print(f"SKIP part: {case.id().removeprefix('__main__.')}: {reason}")
    ran = result.testsRun - len(result.skipped)
    if not result.wasSuccessful():
        print(f"FAIL {len(result.failures) + len(result.errors)} of {ran} checks")
        sys.exit(1)
    print(f"PASS {ran} checks")
