"""What is proved about functions: exactly, for what users write; and never more than what a call really does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ir.facts_program import function_of, observed

# Each function with what can't be excluded of it: it changes its argument, shares values with it, with a constant, can
# only return None, reads the clock.
CASES = {
    "lambda d: d['a'] > limit": "",
    "lambda d: {**d, 'x': 1}": "shares",
    "lambda d: d": "shares",
    "lambda d: {'a': d['a'] / 100}": "",
    "lambda d: {'n': d['name'].lower(), 'b': f\"{d['x']}\", 'c': round(d['y'], 2), 'd': d['x'] + 1}": "",
    "lambda d: {'a': d['a'] * d['b']}": "shares",
    "lambda d: d.get('x', [])": "shares",
    "lambda d: d['a'] + d['b']": "shares",
    "lambda d: d['r'] * 2 * math.pi": "",
    "lambda d: [x for x in d['x'] if x]": "shares",
    "lambda d: {k: v for k, v in d.items() if k != 'x'}": "shares",
    "lambda d: max(d['x'], key=lambda x: x['v'])": "shares",
    "lambda d: list(map(lambda x: x * 1.5, d['x']))": "",
    "lambda d: sorted(d, key=lambda p: p.timestamp)[0].data": "shares",
    "lambda d: {'total': sum(p.data['amount'] for p in d), 'count': len(d)}": "",
    "lambda d: {'total': total(d)}": "",
    "lambda d: {'users': len({p.data['user'] for p in d}), 'max': max(p.data['x'] for p in d)}": "shares",
    "lambda d: fresh(d)": "",
    "lambda d: same(d)": "shares",
    "lambda d: shallow(d)": "shares constant",
    "lambda d: pick(d)": "shares",
    "lambda d: list(words(d['text']))": "",
    "lambda d: loop(d, 3)": "changes shares",
    "lambda d: put(d)": "changes shares",
    "lambda d: put(dict(d))": "shares",
    "lambda d: put(copy.deepcopy(d))": "",
    "lambda d: {'t': names}": "constant",
    "lambda d: table['k']": "constant",
    "lambda d: fixed": "",
    "lambda d: keep([], d)": "",
    "lambda d: json.loads(d['s'])['x']": "",
    "lambda d: json.dumps(d)": "",
    "lambda d: rx.sub('b', d['x'])": "",
    "lambda d: {'m': statistics.mean(d['x']), 't': time.time()}": "clock",
    "lambda d: clock()": "clock",
    "lambda d: datetime.datetime.now().isoformat()": "clock",
    "lambda d: datetime.datetime.fromisoformat(d['at']).hour": "",
    "lambda d: time.strptime(d['at'], '%H')": "",
    "lambda d: d.update(x=1)": "changes none",
    "lambda d: d['xs'].sort()": "changes none",
    "lambda d: print(d)": "none",
    "lambda d, packet: packet.data.update(a=1)": "changes none",
    "lambda d, packet: {**d, 'at': packet.timestamp}": "shares",
    "lambda d: (d.setdefault('a', 1), 2)[1]": "changes shares",
    "lambda d: d['xs'].pop()": "changes shares",
    "lambda d: list.append(d, 1)": "changes shares",
    "lambda d: list(map(d['xs'].append, d['ys']))": "changes shares",
    "lambda d: rx.sub(d['xs'].append, 'aa')": "changes",
    "lambda d: sorted(d['x'], key=put)": "changes shares",
    "lambda d: any(d.update(x=1) for _ in 'a')": "changes",
    "operator.itemgetter('a')": "shares",
    "operator.methodcaller('update', x=1)": "changes none",
    "float": "",
    "json.loads": "",
    "def f(d):\n    d = {**d, 'x': 1}\n    d['y'] = 2\n    return d": "shares",
    "def f(d):\n    o = dict(d)\n    o['items'].append(1)\n    return o": "changes shares",
    "def f(d):\n    d['a'] = d['a'] / 100\n    return d": "changes shares",
    "def f(d):\n    t = 0\n    for x in d['xs']:\n        t += x['v']\n    return {'t': t}": "",
    "def f(d):\n    t = d['xs']\n    t += [1]\n    return 1": "changes",
    "def f(d):\n    x = d['n']\n    x += 1\n    x *= 2.5\n    return x": "",
    "def f(d):\n    x = d['n']\n    x *= 2\n    return 1": "changes",
    "def f(d):\n    x = d['n']\n    x += 'ab'\n    return 1": "changes",
    "def f(d):\n    try:\n        x = d['a']\n    except KeyError:\n        x = d\n    x['z'] = 1\n"
    "    return 2": "changes",
    "def f(d):\n    while True:\n        x = d\n        if x:\n            break\n        x = {}\n"
    "    x['a'] = 1\n    return 1": "changes",
    "def f(d):\n    def inner(x):\n        return x['a'] * 2.0\n    return inner(d)": "",
    "def f(d):\n    def inner(x):\n        x['a'] = 1\n    inner(d)\n    return 1": "changes",
    "def f(d):\n    out = {}\n    out['self'] = d\n    return {'n': len(out)}": "",
    "def f(d):\n    match d:\n        case {'a': x}:\n            x.append(1)\n    return 1": "changes",
    "def f(d):\n    a, *b = d['xs']\n    b.append(1)\n    return a": "shares",
    "def f(d):\n    a, *b = d['xs']\n    b[0]['x'] = 1\n    return 1": "changes",
    "def f(d):\n    del d['x']\n    return 1": "changes",
    "def f(d):\n    (d['a'] if d else d['b']).append(1)\n    return 1": "changes",
    "def f(d):\n    parts = d['s'].split(',')\n    parts.append(d['o'])\n    return parts": "shares",
    "def f(d):\n    g = defaultdict(list)\n    for x in d['xs']:\n        g[x['k']].append(x['v'])\n"
    "    return {k: sum(v) for k, v in g.items()}": "shares",
    "def f(d):\n    class A:\n        pass\n    return 1": "changes shares constant",
    "def f(d):\n    return": "none",
    "def f(d):\n    if d:\n        return None\n    d['x'] = 1": "changes none",
    "def f(d):\n    raise ValueError(d)": "",
    "def f(d):\n    return d.update(x=1) or d": "changes shares",
}


@pytest.mark.parametrize("text", CASES)
def test_what_is_proved(text):
    _, function = function_of(text)
    found = {
        "changes": function.may_mutate(0),
        "shares": function.may_alias_argument,
        "constant": function.may_alias_constant,
        "none": function.returns_only_none,
        "clock": function.calls_time,
    }
    assert " ".join(name for name, holds in found.items() if holds) == CASES[text]


# Random functions over variables a, b, c, each holding anything: whatever a call does must have been foreseen.
_PLACES = st.sampled_from(["d", "a", "b", "c", "d['m']", "a['l']", "b['m']", "c['l']", "a[0]", "b[0]", "d['l']"])
_VALUES = st.one_of(
    _PLACES,
    st.sampled_from(["1", "'l'", "[]", "{}", "names", "fixed", "json.loads('{\"m\": {}}')"]),
    st.builds(
        str.format,
        st.sampled_from(
            [
                "[{0}, {1}]",
                "{{'m': {0}, 'l': {1}}}",
                "{{**{0}, 'm': {1}}}",
                "list({0})",
                "dict({0})",
                "{0} + {1}",
                "{0} * 2",
                "{0} or {1}",
                "{0} if {1} else d",
                "{0}.get('m', {1})",
                "{0}.copy()",
                "sorted({0}, key=repr)",
                "[x for x in {0}]",
                "{{k: v for k, v in {0}.items()}}",
                "list({0}.values())",
                "max({0}, {1}, key=repr)",
                "same({0})",
                "shallow({0}, {1})",
                "pick({0}, 'l')",
                "put({0})",
                "fresh({0})",
                "keep({0}, {1})",
                "copy.deepcopy({0})",
                "copy.copy({0})",
                "list(zip({0}, {1}))",
                "list(map(same, {0}))",
                "({0}, {1})[0]",
                "(lambda x: x)({0})",
                "list(map(lambda x: [x], {0}))",
                "[*{0}, {1}]",
                "{0}[:1]",
                "next(iter({0}))",
                "functools.reduce(lambda x, y: x, {0}, {1})",
                "list(itertools.chain({0}, {1}))",
                "list(reversed({0}))",
                "list(enumerate({0}))[0][1]",
                "{0}.pop()",
                "{0}.setdefault('l', {1})",
                "getattr({0}, 'x', {1})",
                "dict(enumerate([{0}, {1}]))[0]",
                "list(filter(None, [{0}, {1}]))",
                "[y for x in {0} for y in x]",
            ]
        ),
        _PLACES,
        _PLACES,
    ),
)
_STATEMENTS = st.builds(
    lambda form, name, place, value, other: form.format(name=name, place=place, value=value, other=other),
    st.sampled_from(
        [
            "{name} = {value}",
            "{name} = {value}",
            "{place} = {value}",
            "{place} += {value}",
            "{name} |= {value}",
            "{place}.append({value})",
            "{place}.update({value})",
            "{place}.extend({value})",
            "del {place}",
            "{value}",
            "for {name} in {place}: {other} = {value}",
            "for k, {name} in {place}.items(): {name}['n'] = {value}",
            "if {place}: {name} = {value}",
            "{name}, *{other} = {place}",
            "{name}: list = {value}",
            "{name} = {place}.keys()",
            "while not {place}:\n        {name} = {value}\n        break",
            "{other} = ({name} := {value})",
            "try:\n        {name} = {place}\n        {other} = {value}\n    except Exception:\n        c = {name}",
            "def g(x={value}):\n        x['q'] = {place}\n        return x\n    {name} = g({other})",
            "match {place}:\n        case [{name}, *_]:\n            {other} = {value}",
            "{name} = lambda: {value}\n    {other} = {name}()",
            "{name} = [{value} for _ in 'ab']",
            "{place}['w'] = {value}",
        ]
    ),
    st.sampled_from("abc"),
    _PLACES,
    _VALUES,
    st.sampled_from("abcd"),
)
_DATA = st.sampled_from(
    [
        {"m": {"m": {}, "l": [1]}, "l": [{"m": {"x": []}, "l": []}, [2]]},
        {"l": {"l": ["l"], "m": "l"}, "m": [[["l"], {}], {"l": [1]}]},
        [{"m": {"l": [1]}, "l": [[1]]}, [[1], {"m": []}]],
    ]
)


_STARTS = st.sampled_from(
    [
        "a = b = c = d",
        "a = {'m': {'l': []}, 'l': [{}]}; b = [a, {'m': [], 'l': []}]; c = copy.deepcopy(d)",
        "a = [d]; b = {'m': {}, 'l': d}; c = {'l': [[], {}], 'm': {}}",
        "a = {'l': [[]], 'm': {}}; b = [[], {}]; c = d['l']",
    ]
)


@settings(max_examples=400, deadline=None)
@given(_STARTS, st.lists(_STATEMENTS, min_size=1, max_size=6), _VALUES, _DATA)
def test_nothing_unforeseen_happens(start, statements, returned, data):
    body = "".join(f"    {statement}\n" for statement in (start, *statements))
    text = f"def f(d):\n{body}    return {returned}\n"
    original, function = _quietly(text)
    if function is None:
        return
    changed, shared = observed(original, _copied(data))
    assert function.may_mutate(0) or not changed, text
    assert function.may_alias_argument or not shared, text


def _quietly(text):
    """None where the function is refused, as those that change a constant are."""
    try:
        return function_of(text)
    except AssertionError:
        return None, None


def _copied(value):
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
