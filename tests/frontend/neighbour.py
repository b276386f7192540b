"""A module beside a program: what functions use of it is captured."""

import math

RATES = {"EUR": 1.0, "USD": 1.25}
limit = 7


def convert(amount, currency):
    return rounded(amount / RATES[currency])


def rounded(value, digits=2):
    return math.floor(value * 10**digits) / 10**digits


async def later(value):
    return value + 1
