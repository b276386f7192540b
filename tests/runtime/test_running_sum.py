"""A running sum has the bits of the builtin `sum` of Python 3.12 and later."""

import math
import struct
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamflow_runtime.running_sum import RunningSum

numbers = st.one_of(
    st.floats(), st.integers(-9, 9), st.integers(-(2**70), 2**70), st.booleans(), st.floats(-1e3, 1e3, width=32)
)


def builtin_sum(values):
    """`sum` of CPython 3.12 to 3.14, written after `builtin_sum_impl` in its `bltinmodule.c`."""
    values, total = iter(values), 0
    for value in values:  # integers
        fits = type(value) in (int, bool) and -sys.maxsize - 1 <= value <= sys.maxsize
        total = total + value
        if not (fits and -sys.maxsize - 1 <= total <= sys.maxsize):
            break
    if type(total) is float:
        carry = 0.0
        for value in values:
            if type(value) is float:
                raised = total + value
                carry += (total - raised) + value if abs(total) >= abs(value) else (value - raised) + total
                total = raised
            elif isinstance(value, int) and -sys.maxsize - 1 <= value <= sys.maxsize:
                total += float(value)
            else:
                total = (total + carry if carry and math.isfinite(carry) else total) + value
                break
        else:
            return total + carry if carry and math.isfinite(carry) else total
    for value in values:
        total = total + value
    return total


def bits(value):
    return struct.pack("d", value) if isinstance(value, float) else value


def running_sum(values):
    figure = RunningSum()
    for value in values:
        figure.add(value)
    return figure.result()


@given(st.lists(numbers))
@example([0.1] * 10)
@example([1e16, 1.0, -1e16, 1])
@example([2**63, 0.1, 0.2, 0.3])
@example([0.1, 2**63, 0.2, 0.3])
@example([True, 0.1, False, 0.2])
def test_it_has_the_bits_of_the_builtin(values):
    try:
        expected = builtin_sum(values)
    except OverflowError:
        with pytest.raises(OverflowError):
            running_sum(values)
        return
    assert bits(running_sum(values)) == bits(expected)
    if sys.version_info >= (3, 12):
        assert bits(sum(values)) == bits(expected)


def test_what_cannot_be_added_changes_nothing():
    figure = RunningSum()
    figure.add(0.1)
    with pytest.raises(TypeError, match="unsupported operand"):
        figure.add("a")
    figure.add(0.2)
    assert figure.result() == pytest.approx(0.3)
