# SPDX-License-Identifier: Apache-2.0
"""Run the tests of train/.  Last line PASS, FAIL or SKIP; exit status 0, 1 or 77."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    sys.dont_write_bytecode = True
    try:
        import onnx  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        print(f"SKIP train: {error}; hint: apt-get install python3-torch python3-onnx, "
              "and run with that python3")
        return 77
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.discover(HERE))
    print("PASS train" if result.wasSuccessful() else "FAIL train")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
