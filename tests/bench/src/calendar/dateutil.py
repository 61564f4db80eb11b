"""Instances per second of python-dateutil for each rule of the standard input, one JSON list."""

import datetime
import itertools
import json
import sys
import time

from dateutil import tz
from dateutil.rrule import rrulestr

ZONE = tz.gettz("America/New_York")
MOST = 1000
SECONDS = float(sys.argv[1])

rates = []
for line in sys.stdin:
    start, rule = line.strip().split("|")
    begin = datetime.datetime.strptime(start, "%Y%m%dT%H%M%S").replace(tzinfo=ZONE)
    made, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        made += sum(1 for _ in itertools.islice(rrulestr(rule, dtstart=begin), MOST))
    rates.append(made / (time.perf_counter() - started))
json.dump(rates, sys.stdout)
