"""What calls of builtins, of the standard library and of well-known methods do with their arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Literal, TypeAlias

Effect: TypeAlias = Literal["number", "float", "text", "fresh", "shallow", "deep", "elements"]
"""What a call that changes nothing returns: a scalar, something that shares nothing with the arguments, a new container
of the arguments' elements, something that may hold anything reachable from them, or one of them or their elements."""

_BUILTINS: dict[Effect, str] = {
    "number": "len int bool abs round ord hash any all isinstance issubclass callable hasattr id sum pow complex",
    "float": "float",
    "text": "str repr ascii chr bin hex oct format bytes",
    "fresh": "range divmod print bytearray object type",
    "shallow": "list tuple set frozenset sorted reversed iter",
    "deep": "dict enumerate zip",
    "elements": "min max",
}
_MODULES: dict[Effect, dict[str, str]] = {
    "number": {
        "math": "ceil floor trunc comb perm factorial gcd lcm isfinite isinf isnan isclose isqrt prod",
        "statistics": "mean fmean median median_low median_high stdev pstdev variance pvariance geometric_mean",
        "zlib": "crc32 adler32",
        "time": "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns",
    },
    "float": {
        "math": "sqrt exp log log2 log10 log1p expm1 pow sin cos tan asin acos atan atan2 sinh cosh tanh hypot dist "
        "degrees radians fabs fsum fmod copysign erf erfc gamma lgamma cbrt exp2",
        "random": "random uniform gauss normalvariate expovariate triangular betavariate",
    },
    "text": {
        "json": "dumps",
        "re": "sub escape",
        "base64": "b64encode b64decode urlsafe_b64encode urlsafe_b64decode b32encode b32decode b16encode b16decode",
        "binascii": "hexlify unhexlify",
        "html": "escape unescape",
        "urllib.parse": "quote quote_plus unquote unquote_plus urlencode urljoin",
        "textwrap": "dedent fill indent shorten",
        "unicodedata": "normalize name category",
        "time": "strftime ctime asctime",
        "string": "capwords",
    },
    "fresh": {
        "json": "loads",
        "copy": "deepcopy",
        "re": "match search fullmatch findall finditer split compile",
        "datetime": "datetime date time timedelta timezone datetime.fromisoformat datetime.fromtimestamp "
        "datetime.strptime datetime.now datetime.utcnow datetime.utcfromtimestamp datetime.combine "
        "date.fromisoformat date.fromtimestamp date.today datetime.today",
        "decimal": "Decimal",
        "fractions": "Fraction",
        "zoneinfo": "ZoneInfo",
        "uuid": "UUID uuid4 uuid5 uuid3",
        "hashlib": "md5 sha1 sha224 sha256 sha384 sha512 blake2b blake2s sha3_256 sha3_512",
        "random": "randint randrange getrandbits",
        "secrets": "token_hex token_bytes token_urlsafe compare_digest",
        "hmac": "compare_digest",
        "urllib.parse": "urlparse urlsplit parse_qs parse_qsl",
        "statistics": "quantiles",
        "time": "gmtime localtime strptime mktime",
        "calendar": "timegm monthrange isleap",
        "textwrap": "wrap",
        "ipaddress": "ip_address ip_network IPv4Address IPv6Address",
        "difflib": "get_close_matches",
        "struct": "pack unpack calcsize",
    },
    "shallow": {
        "copy": "copy",
        "collections": "deque",
    },
    "deep": {
        "collections": "Counter OrderedDict ChainMap defaultdict",
        "itertools": "chain islice zip_longest pairwise combinations permutations product repeat cycle compress "
        "chain.from_iterable count tee combinations_with_replacement",
    },
    "elements": {"statistics": "mode", "random": "choice", "heapq": "nlargest nsmallest merge"},
}

READS = frozenset(["get"])
VIEWS = frozenset(["items", "keys", "values", "copy", "union", "intersection", "difference", "symmetric_difference"])
_IN_TEXT_METHODS = """
lower upper strip lstrip rstrip replace title capitalize casefold swapcase join format zfill ljust rjust center
encode decode removeprefix removesuffix expandtabs hexdigest digest isoformat strftime
"""
TEXT_METHODS = frozenset(_IN_TEXT_METHODS.split())
_IN_NUMBER_METHODS = """
startswith endswith isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal isidentifier istitle
isascii find rfind index rindex count bit_length is_integer total_seconds timestamp weekday isoweekday toordinal
isdisjoint issubset issuperset is_finite is_nan
"""
NUMBER_METHODS = frozenset(_IN_NUMBER_METHODS.split())
_IN_FRESH_METHODS = """
split rsplit splitlines partition rpartition match fullmatch search findall finditer sub subn group groups
groupdict span start end date time timetuple utctimetuple isocalendar astimezone quantize normalize
as_integer_ratio to_integral_value
"""
FRESH_METHODS = frozenset(_IN_FRESH_METHODS.split())
STORING = frozenset(["append", "add", "insert", "setdefault", "appendleft", "__setitem__"])
_IN_MERGING = """
update extend extendleft intersection_update difference_update symmetric_difference_update subtract
"""
MERGING = frozenset(_IN_MERGING.split())
_IN_REMOVING = """
pop popleft popitem remove discard clear sort reverse rotate move_to_end __delitem__
"""
REMOVING = frozenset(_IN_REMOVING.split())
NONE_METHODS = frozenset(["append", "extend", "insert", "update", "remove", "clear", "sort", "reverse"])
"""Methods of lists and dicts that return None."""

EFFECTS: dict[str, Effect] = {name: effect for effect, names in _BUILTINS.items() for name in names.split()}
EFFECTS.update(
    {
        f"{module}.{name}": effect
        for effect, modules in _MODULES.items()
        for module, names in modules.items()
        for name in names.split()
    }
)
EFFECTS.update({f"str.{name}": "text" for name in TEXT_METHODS})
EFFECTS.update({f"str.{name}": "number" for name in NUMBER_METHODS})
EFFECTS.update({f"str.{name}": "fresh" for name in ("split", "rsplit", "splitlines", "partition", "rpartition")})
EFFECTS["dict.fromkeys"] = "deep"


def dotted(node: ast.expr, imports: Mapping[str, str]) -> str | None:
    """`math.sqrt` for a chain of attributes that starts at an import; None for anything else."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in imports:
        return ".".join([imports[node.id], *reversed(path)])
    return None
