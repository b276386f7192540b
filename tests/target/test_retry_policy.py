"""What is left out of the arguments of a retry policy is what they are by default."""

import inspect

import pytest

from streamflow.dsl.error_handling import RetryPolicy
from streamflow.target.retry_policy import _USUAL
from streamflow_runtime.retried_calls import RetriedCalls
from streamflow_runtime.retries import Retries


def test_the_usual_policy_is_that_of_the_language():
    assert RetryPolicy().model_dump() == _USUAL


@pytest.mark.parametrize("keeper", [Retries, RetriedCalls])
def test_the_runtime_has_the_same_defaults(keeper):
    parameters = inspect.signature(keeper).parameters
    assert {name: parameters[name].default for name in _USUAL} == _USUAL
