"""What the national rule library says, read a second time, by other code and in another language.

Reads the spreadsheets and the list of knowledge points by itself (standard library only, never the importer's output), makes
for every row that can be executed claims that just break it and claims that just keep it, judges them by the definitions in
docs/rules.md, and prints one case a line as JSON:

    {"case": ..., "kind": ..., "visits": [{...}], "lines": [[...]], "hits": [[rule, version, [lines], fen]]}

Usage: python3 national.py FOLDER POINTS [ends]

With `ends` only the first and the last code of each rule have cases.
"""

import json
import sys
from datetime import date

from books import DAY, PAUSE, facts_of

CHARGING = ("daily_quantity", "discount", "pair")  # what may be charged, whoever pays; all other kinds limit what the fund pays
CARE = {"11": "门诊", "12": "门诊", "13": "急诊", "120": "急救", "140104": "慢特病", "21": "住院", "28": "日间手术",
        "41": "药店", "71": "家庭病床"}
RANK = {"03": 3, "04": 3, "05": 2, "07": 2, "08": 1, "10": 1, "11": 0}


# Judging

def money(price_e6, quantity_e4):
    return (price_e6 * quantity_e4 + 50_000_000) // 100_000_000


def years(birth, day):
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def in_question(fact, line):
    """The amount of a line that counts; none where a limit of payment is not concerned, because the fund covers nothing."""
    if fact.kind in CHARGING or line["covered"] is None:
        return line["amount"]
    return line["covered"] or None


def reached(birth, day, age):
    return (day - birth).days >= age[0] if age[1] == "d" else years(birth, day) >= age[0]


class Case:
    """A few visits and lines of one patient."""

    def __init__(self, name, fact, sex=1, birth=date(1985, 5, 5)):
        self.name, self.kind, self.visits, self.lines = name, fact.kind, [], []
        self.sex, self.birth = sex, birth

    def visit(self, place="A", **changes):
        fields = {"type": "11", "insurance": "310", "level": "03", "place": place, **changes}
        self.visits.append({"sex": self.sex, "birth": self.birth, **fields})
        return len(self.visits) - 1

    def line(self, visit, day, item, minute=None, quantity=10_000, price=None, limit=None, covered=None):
        price = price or (len(self.lines) % 7 + 3) * 1_010_000
        amount = money(price, quantity)
        self.lines.append({"visit": visit, "day": day, "item": item, "minute": minute, "quantity": quantity, "price": price,
                           "amount": amount, "limit": limit, "covered": covered, "at": len(self.lines)})
        return self

    def place(self, line):
        return self.visits[line["visit"]]["place"]


def judge_line(fact, case, line):
    """Amount in question, or none."""
    visit, limits, money = case.visits[line["visit"]], fact.limits, in_question(fact, line)
    if fact.kind == "sex":
        return money if visit["sex"] != limits["only"] else None
    if fact.kind == "age":
        low, high = limits["between"]
        young = low and not reached(visit["birth"], line["day"], low)
        old = high and reached(visit["birth"], line["day"], high)
        return money if young or old else None
    if fact.kind == "insurance":
        return money if visit["insurance"] != limits["only"] else None
    if fact.kind == "care":
        return money if CARE[visit["type"]] not in limits["allowed"] else None
    if fact.kind == "level":
        return money if RANK[visit["level"]] < limits["least"] else None
    if fact.kind == "not_covered":
        return money if line["covered"] is not None else None
    raise ValueError(fact.kind)


def grouped(lines, key):
    groups = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return [groups[k] for k in sorted(groups)]


def total(fact, lines):
    return sum(in_question(fact, line) for line in lines)


def last_part(fact, lines, excess):
    """The amount of the last so many units."""
    amount = 0
    for line in reversed(lines):
        if excess >= line["quantity"]:
            amount, excess = amount + in_question(fact, line), excess - line["quantity"]
        else:
            return amount + (in_question(fact, line) * excess + line["quantity"] // 2) // line["quantity"]
    return amount


def beyond(fact, lines, most, pause, span):
    """Lines of a course on days of use beyond the limit, as far as they lie in the time of the version."""
    courses = []
    for day in grouped(lines, lambda line: line["day"]):
        if courses and (day[0]["day"] - courses[-1][-1][0]["day"]).days <= pause:
            courses[-1].append(day)
        else:
            courses.append([day])
    for course in courses:
        first = course[0][0]["day"]
        kept = sum((day[0]["day"] - first).days < most for day in course) if span else most
        late = [line for day in course[kept:] for line in day if fact.holds(line["day"])]
        if late:
            yield late, total(fact, late)


def judge_group(fact, case, lines):
    """Pairs of lines and amount."""
    limits, kind = fact.limits, fact.kind
    if kind in ("course_days", "course_span"):
        yield from beyond(fact, lines, limits["most"], limits["pause"], kind == "course_span")
    elif kind == "stay_days":
        stays = [line for line in lines if CARE[case.visits[line["visit"]]["type"]] == "住院"]
        for stay in grouped(stays, lambda line: line["visit"]):
            yield from beyond(fact, stay, limits["most"], 10_000, False)
    elif kind == "daily_quantity":
        for day in grouped(lines, lambda line: (case.place(line), line["day"])):
            excess = sum(line["quantity"] for line in day) - limits["most"] * 10_000
            if excess > 0:
                yield day, last_part(fact, day, excess)
    elif kind == "cycle":
        for day in grouped(lines, lambda line: line["day"]):
            near = [line for line in lines if 0 <= (day[0]["day"] - line["day"]).days < limits["days"]]
            excess = sum(line["quantity"] for line in near) - limits["most"] * 10_000
            if excess > 0 and fact.holds(day[0]["day"]):
                yield near, last_part(fact, day, min(excess, sum(line["quantity"] for line in day)))
    elif kind == "discount":
        for day in grouped(lines, lambda line: (line["visit"], line["day"])):
            day = sorted(day, key=lambda line: -line["price"])
            seen = {day[0]["item"]}
            for line in day[1:]:
                if line["item"] not in seen and line["limit"]:
                    seen.add(line["item"])
                    if line["price"] * 100 > line["limit"] * limits["share"]:
                        yield [line], money(line["price"] - line["limit"] * limits["share"] // 100, line["quantity"])
    elif kind == "alone_not_covered":
        for day in grouped(lines, lambda line: (line["visit"], line["day"])):
            if all(line["item"] in fact.codes for line in day):
                yield day, total(fact, day)
    elif kind == "pair":
        yield from judge_pair(fact, case, lines)
    else:
        raise ValueError(kind)


def judge_pair(fact, case, lines):
    window, contained = fact.limits["window"], fact.limits["contained"]
    if window in ("day", "visit"):
        key = "day" if window == "day" else "visit"
        for place in grouped(lines, lambda line: (case.place(line), line[key])):
            parts = [line for line in place if line["item"] == contained]
            if parts and len(parts) < len(place):
                yield place, total(fact, parts)
        return
    moment = lambda line: line["day"].toordinal() * 1440 + line["minute"]
    for part in lines:
        if part["item"] == contained:
            mains = [line for line in lines if line["item"] != contained and case.place(line) == case.place(part)]
            near = [(abs(moment(main) - moment(part)), moment(main), main["at"], main) for main in mains]
            near = [found for found in near if found[0] < window]
            if near:
                yield [min(near)[3], part], part["amount"]


ROW_KINDS = ("sex", "age", "insurance", "care", "level", "not_covered")


def index(facts):
    by_item = {}
    for fact in facts:
        for code in [*fact.codes, *([fact.limits["contained"]] if fact.kind == "pair" else [])]:
            by_item.setdefault(code, set()).add(fact)
    return by_item


def counts(fact, line, own):
    """Whether a line weighs: of an item of the version, covered by the fund where that matters, on a day of the version, or where days
    add up on a day of another version that has the item too."""
    if line["item"] not in own or in_question(fact, line) is None:
        return False
    if fact.kind in ("course_days", "course_span", "stay_days", "cycle"):
        return any(version.holds(line["day"]) and line["item"] in version.codes for version in fact.versions)
    return fact.holds(line["day"])


def hits_of(case, by_item, herbs):
    """What every rule says about a case."""
    facts = set().union(*(by_item.get(line["item"], ()) for line in case.lines))
    hits = []
    for fact in facts:
        own = {*fact.codes, fact.limits.get("contained")}
        herbal = fact is herbs
        lines = [line for line in case.lines if counts(fact, line, own) or herbal and fact.holds(line["day"])
                 and line["item"].startswith("T") and line["item"] not in own]
        if fact.kind in ROW_KINDS:
            found = [([line], amount) for line in lines if (amount := judge_line(fact, case, line)) is not None]
        else:
            lines.sort(key=lambda line: (line["day"], line["minute"] or -1, line["visit"], line["at"]))
            found = judge_group(fact, case, lines)
        hits += [[fact.id, fact.version, sorted(line["at"] for line in part), amount] for part, amount in found]
    return sorted(hits)


# Making

def back(day, age):
    """The birth of somebody who reaches an age on a day."""
    if age[1] == "d":
        return day - age[0] * DAY
    return day.replace(year=day.year - age[0])


def edges(fact):
    """The first day, the day before, and where a version ends its last day and the day after."""
    return [fact.start - DAY, fact.start] + ([fact.end, fact.end + DAY] if fact.end else [])


def row_cases(fact, code):
    limits = fact.limits
    bad, good = {
        "sex": lambda: ([{"sex": 3 - limits["only"]}], [{"sex": limits["only"]}]),
        "insurance": lambda: ([{"insurance": "310"}], [{"insurance": limits["only"]}]),
        "care": lambda: ([{"type": t} for t in CARE if CARE[t] not in limits["allowed"]],
                         [{"type": t} for t in CARE if CARE[t] in limits["allowed"]]),
        "level": lambda: ([{"level": {2: "08", 3: "05"}[limits["least"]]}], [{"level": {2: "07", 3: "04"}[limits["least"]]}]),
        "not_covered": lambda: ([{}], [{}]),
    }[fact.kind]()
    for sign, visits in (("+", bad), ("-", good)):
        case = Case(sign, fact, sex=visits[0].pop("sex", 1))
        for changes in visits:
            visit = case.visit(**changes)
            for day in edges(fact):
                case.line(visit, day, code, covered=int(sign == "+") if fact.kind == "not_covered" else None)
        yield case


def age_cases(fact, code):
    low, high = fact.limits["between"]
    births, first = [], [fact.start]
    if high:
        births += [("+", back(fact.start, high), first), ("-", back(fact.start, high) + DAY, first)]
        births += [("+", back(fact.start - DAY, high), edges(fact))]
    if low:
        births += [("+", back(fact.start, low) + DAY, first), ("-", back(fact.start, low), first)]
    if low and not high:
        births += [("+", fact.end or fact.start, edges(fact))]
    for sign, birth, days in births:
        case = Case(sign, fact, birth=birth)
        yield run(case, case.visit(), code, days)
    if high and high[1] == "y":  # born on 29 February: the age is reached on 1 March
        year = next(year for year in range(2026, 2031) if (year - high[0]) % 4 == 0)
        leap = year % 4 == 0
        if fact.holds(date(year, 3, 1)):
            for sign, day in (("-", date(year, 2, 28)), ("+", date(year, 2, 29) if leap else date(year, 3, 1))):
                case = Case(sign, fact, birth=date(year - high[0], 2, 29))
                yield case.line(case.visit(), day, code)


def run(case, visit, code, days):
    for day in days:
        case.line(visit, day, code)
    return case


def span_of(start, count):
    return [start + at * DAY for at in range(count)]


def course_cases(fact, code):
    """A course of just the days, one day at the end of the longest pause, or one day after it."""
    most, start = fact.limits["most"], fact.start
    goes_on = any(code in version.codes and version.holds(start - DAY) for version in fact.versions)
    first = [] if goes_on else [start - DAY]
    if fact.end:  # one day too many on the last day of a version, and its successor's first
        case = Case("+", fact)
        yield run(case, case.visit(type="21"), code, span_of(fact.end - most * DAY, most + 2))
    if fact.kind == "stay_days":
        case = Case("+", fact)
        yield run(case, case.visit(type="21"), code, span_of(start - DAY, most + 1) + [start + (most + 3) * DAY])
        case = Case("-", fact)
        run(case, case.visit(type="21"), code, span_of(start, most))
        run(case, case.visit(type="21"), code, span_of(start + most * DAY, most))
        yield run(case, case.visit(type="11"), code, span_of(start + 2 * most * DAY, most + 2))
        return
    if fact.kind == "course_days":
        last = start + (most - 1) * DAY
        for sign, day in (("+", last + PAUSE * DAY), ("-", last + (PAUSE + 1) * DAY)):
            case = Case(sign, fact)
            yield run(case, case.visit(), code, first + span_of(start, most) + [day])
        return
    steps = [start + at * PAUSE * DAY for at in range((most - 1) // PAUSE + 1)]
    for sign, days in (("+", steps + [start + most * DAY]), ("-", steps + [start + (most - 1) * DAY]),
                       ("-", steps[:-1] + [steps[-1] + DAY, start + most * DAY])):
        case = Case(sign, fact)
        yield run(case, case.visit(), code, first + days)


def daily_cases(fact, code):
    most = fact.limits["most"] * 10_000
    for sign, more in (("+", 1), ("-", 0)):
        case = Case(sign, fact)
        visit, other, elsewhere = case.visit(), case.visit(), case.visit(place="B")
        case.line(visit, fact.start, code, quantity=most // 2).line(other, fact.start, code, quantity=most - most // 2)
        if more:
            case.line(other, fact.start, code, quantity=more)
        case.line(elsewhere, fact.start, code, quantity=most)
        yield case.line(visit, fact.start - DAY, code, quantity=most + 1)


def cycle_cases(fact, code):
    days = fact.limits["days"]
    for sign, apart in (("+", days - 1), ("-", days)):
        case = Case(sign, fact)
        yield run(case, case.visit(), code, [fact.start - DAY, fact.start, fact.start + apart * DAY])


def discount_cases(fact, code):
    other = next(other for other in fact.codes if other != code)
    for sign, price in (("+", 100_010_000), ("-", 100_000_000)):
        case = Case(sign, fact)
        visit = case.visit(type="21")
        case.line(visit, fact.start, other, price=200_000_000, limit=200_000_000)
        case.line(visit, fact.start, code, price=price, limit=200_000_000)
        case.line(visit, fact.start + DAY, code, price=200_000_000, limit=200_000_000)
        for item in (code, other):
            case.line(visit, fact.start - DAY, item, price=200_000_000, limit=200_000_000)
        yield case


def pair_cases(fact, code):
    window, part, day = fact.limits["window"], fact.limits["contained"], fact.start
    for sign in "+-":
        bad, case = sign == "+", Case(sign, fact)
        first, second, other = case.visit(), case.visit(), case.visit(place="B")
        if window == "day":
            case.line(first, day, code).line(second if bad else first, day if bad else day + DAY, part)
            case.line(other, day, part)
        elif window == "visit":
            case.line(first, day, code).line(first if bad else second, day + DAY if bad else day, part)
        else:
            at = 23 * 60 + 30 + window - (1 if bad else 0)
            case.line(first, day, code, minute=23 * 60 + 30).line(first, day + at // 1440 * DAY, part, minute=at % 1440)
            case.line(other, day, part, minute=23 * 60 + 30)
        yield case.line(first, day - DAY, code, minute=0).line(first, day - DAY, part, minute=0)


def alone_cases(fact, code):
    other = next(other for other in fact.codes if other != code)
    for sign, beside in (("+", other), ("-", "T999999999")):
        case = Case(sign, fact)
        visit = case.visit()
        yield case.line(visit, fact.start, code).line(visit, fact.start, beside).line(visit, fact.start - DAY, code)


MAKERS = {"age": age_cases, "course_days": course_cases, "course_span": course_cases, "stay_days": course_cases,
          "daily_quantity": daily_cases, "cycle": cycle_cases, "discount": discount_cases, "pair": pair_cases, "alone_not_covered": alone_cases}


def ran_on(fact, code):
    """A course that began in the time of the version before, with the last day allowed and the first one beyond it in this one."""
    most = fact.limits["most"]
    before = min(most - 1, 5)
    for sign in "+-":
        case = Case(sign, fact)
        yield run(case, case.visit(type="21"), code, span_of(fact.start - before * DAY, most + (sign == "+")))


def paid_otherwise(case, sign, share):
    """The same case with so much of each amount covered by the fund."""
    case.name = sign
    for line in case.lines:
        line["covered"] = int(line["amount"] * share)
    return case


def moved_codes(facts):
    """Codes of drugs with limits of days that a new version drops or adds, in the time of the version that lacks them."""
    versions = {}
    for fact in facts:
        versions.setdefault(fact.id, []).append(fact)
    for old, new in (pair for pair in versions.values() if len(pair) == 2):
        if old.kind in ("course_days", "stay_days"):
            for has, lacks, codes in ((old, new, {*old.codes} - {*new.codes}), (new, old, {*new.codes} - {*old.codes})):
                for code in sorted(codes):
                    case = Case("-", has)
                    days = span_of(lacks.start, has.limits["most"] + 1)
                    yield has, run(case, case.visit(type="21"), code, days)
                    # days on both sides of the change, so many in the version that has the code as it allows
                    case = Case("-", has)
                    many = has.limits["most"]
                    days = span_of(new.start - many * DAY, 2 * many)
                    yield has, run(case, case.visit(type="21"), code, days)


def cases_of(facts, ends):
    for fact in facts:
        maker = MAKERS.get(fact.kind, row_cases)
        for code in dict.fromkeys([fact.codes[0], fact.codes[-1]] if ends else fact.codes):
            for case in maker(fact, code):
                yield fact, code, case
            if fact.kind in ("course_days", "course_span", "stay_days") and fact.version > 1:
                if code in fact.versions[0].codes:
                    for case in ran_on(fact, code):
                        yield fact, code, case
        if fact.kind not in CHARGING:
            for code in {fact.codes[0]: 0, fact.codes[-1]: 0}:
                for sign, share in (("-", 0), ("+", 0.5)):
                    for case in maker(fact, code):
                        if case.name == "+":
                            yield fact, code, paid_otherwise(case, sign, share)
    for fact, case in moved_codes(facts):
        yield fact, case.lines[0]["item"], case


def main(folder, points, which="all"):
    facts = facts_of(folder, points)
    by_item, herbs, epoch = index(facts), facts_of_alone(facts), date(1970, 1, 1)
    number = lambda day: (day - epoch).days
    for at, (fact, code, case) in enumerate(cases_of(facts, which == "ends")):
        hits = hits_of(case, by_item, herbs)
        broken = any(hit[:2] == [fact.id, fact.version] for hit in hits)
        assert broken == (case.name == "+"), (fact.id, fact.version, code, case.name, hits)
        visits = [{**visit, "birth": number(visit["birth"])} for visit in case.visits]
        lines = [[line["visit"], number(line["day"]), None if line["minute"] is None else line["minute"] * 60_000, line["item"],
                  line["quantity"], line["price"], line["amount"], line["covered"], line["limit"]] for line in case.lines]
        name = f"{at}{case.name}{fact.id}@{fact.version}#{code}"
        print(json.dumps({"case": name, "kind": fact.kind, "visits": visits, "lines": lines, "hits": hits}, ensure_ascii=False))


def facts_of_alone(facts):
    return next(fact for fact in facts if fact.kind == "alone_not_covered")


if __name__ == "__main__":
    main(*sys.argv[1:])
