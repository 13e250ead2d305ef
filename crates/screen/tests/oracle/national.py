"""What the national rule library says, read a second time, by other code and in another language.

Reads the spreadsheets and the list of knowledge points by itself (standard library only, never the importer's output), makes
for every row that can be executed claims that just break it and claims that just keep it, judges them by the definitions in
docs/rules.md, and prints one case a line as JSON:

    {"case": ..., "kind": ..., "visits": [{...}], "lines": [[...]], "hits": [[rule, version, [lines], fen]]}

Usage: python3 national.py FOLDER POINTS [ends]

With `ends` only the first and the last code of each rule have cases.
"""

import json
import re
import sys
import xml.etree.ElementTree as xml
import zipfile
from datetime import date, timedelta
from pathlib import Path

DAY = timedelta(days=1)
UPDATE = date(2026, 1, 28)
BATCH = {1: date(2025, 5, 23), 2: date(2025, 7, 22), 3: date(2025, 7, 30), 4: date(2025, 8, 8), 5: date(2025, 8, 14),
         6: date(2025, 8, 26), 7: date(2025, 12, 12), 8: date(2026, 1, 6), 11: date(2026, 5, 11)}
PAUSE = 30  # product default: a longer pause begins a new course
SHARE = 50  # product default: percent of the price for the second operation
AGES = {"儿童": (None, (18, "y")), "新生儿": (None, (28, "d")), "婴幼儿": (None, (3, "y")), "就业": ((16, "y"), (61, "y"))}
CARE = {"11": "门诊", "12": "门诊", "13": "急诊", "120": "急救", "140104": "慢特病", "21": "住院", "28": "日间手术",
        "41": "药店", "71": "家庭病床"}
RANK = {"03": 3, "04": 3, "05": 2, "07": 2, "08": 1, "10": 1, "11": 0}


# Reading

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def sheet(folder, file, name):
    """Rows below the head, as {column letter: text}."""
    with zipfile.ZipFile(Path(folder) / file) as book:
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            for entry in xml.fromstring(book.read("xl/sharedStrings.xml")).iter(MAIN + "si"):
                shared.append("".join(part.text or "" for part in entry.iter(MAIN + "t")))
        targets = {r.get("Id"): r.get("Target") for r in xml.fromstring(book.read("xl/_rels/workbook.xml.rels"))}
        sheets = {s.get("name"): targets[s.get(REL + "id")] for s in xml.fromstring(book.read("xl/workbook.xml")).iter(MAIN + "sheet")}
        target = sheets[name]
        path = target.lstrip("/") if target.startswith("/") else "xl/" + target
        rows = []
        for row in xml.fromstring(book.read(path)).iter(MAIN + "row"):
            cells = {}
            for cell in row.iter(MAIN + "c"):
                value = cell.find(MAIN + "v")
                text = value.text if value is not None else "".join(t.text or "" for t in cell.iter(MAIN + "t"))
                if cell.get("t") == "s":
                    text = shared[int(text)]
                if text and text.strip():
                    cells[cell.get("r").rstrip("0123456789")] = text.strip()
            if cells:
                rows.append((int(row.get("r")), cells))
        return rows[1:]


class Fact:
    """One version of one rule."""

    def __init__(self, name, key, kind, codes, start, **limits):
        self.id, self.version = f"nhsa/{name}/{key}", 1
        self.kind, self.codes, self.start, self.end, self.limits = kind, codes, start, None, limits

    def holds(self, day):
        return self.start <= day and (self.end is None or day <= self.end)


def age_facts(name, title, codes, start, text):
    """A range of ages takes the place of 儿童, a first age alone stands beside it."""
    ranges = re.findall(r"(\d+)岁?[至-](\d+)岁", text) if text.startswith("限") else []
    if ranges:
        youngest, oldest = min(int(first) for first, _ in ranges), max(int(last) for _, last in ranges)
        return [Fact(name, title, "age", codes, start, between=((youngest, "y"), (oldest + 1, "y")))]
    facts = [Fact(name, title, "age", codes, start, between=AGES["儿童"])]
    first = re.search(r"(\d+)岁及(?:\d+岁)?以上", text) if text.startswith("限") else None
    if first:
        facts.append(Fact(name, title + "/年龄", "age", codes, start, between=((int(first[1]), "y"), None)))
    return facts


def course_fact(name, title, codes, start, text, column=None):
    count = int(column.rstrip("天")) if column else int(re.findall(r"(\d+)天", text)[-1])
    if re.search(r"单次住院|住院方可支付，单次", text):
        return Fact(name, title, "stay_days", codes, start, most=count)
    kind = "course_span" if "12个月" in text else "course_days"
    return Fact(name, title, kind, codes, start, most=count, pause=PAUSE)


def care_fact(title, codes, start, text):
    allowed = {"住院", "日间手术"} | ({"急诊", "急救"} if "急诊" in text else set())
    return Fact("药品限就医方式", title, "care", codes, start, allowed=allowed)


def drug_books(folder):
    def book(file):
        codes = {}
        for _, row in sheet(folder, file, "Sheet2"):
            codes.setdefault(row["A"], []).append(row["C"])
        for _, row in sheet(folder, file, "Sheet1"):
            yield row["A"], row["B"], row["D"], codes[row["A"]]

    for title, _, value, codes in book("【第一批】药品规则库(限定性别对象).xlsx"):
        yield Fact("药品区分性别使用", title, "sex", codes, BATCH[1], only={"男": 1, "女": 2}[value])
    for title, text, value, codes in book("【第一批】药品规则库(限定年龄对象).xlsx"):
        assert value == "儿童"
        name = "药品限儿童使用" if text.startswith("限") else "药品儿童专用"
        yield from age_facts(name, title, codes, BATCH[1], text)
    for title, _, value, codes in book("【第三批】药品规则库（限定保险类型）.xlsx"):
        only = {"工伤": "410", "生育": "510"}[value]
        yield Fact(f"药品限{value}保险", title, "insurance", codes, BATCH[3], only=only)
    for title, text, value, codes in book("【第四批】药品规则库（限定就医方式）.xlsx"):
        assert value == "住院"
        yield care_fact(title, codes, BATCH[4], text)
    for title, _, value, codes in book("【第五批】药品规则库（限定机构等级）.xlsx"):
        yield Fact("药品限医疗机构级别", title, "level", codes, BATCH[5], least={"二级": 2, "三级": 3}[value])
    for title, text, value, codes in book("【第六批】药品规则库（限定支付疗程）.xlsx"):
        yield course_fact("药品限支付疗程", title, codes, BATCH[6], text, value)


def item_books(folder):
    for _, row in sheet(folder, "【第一批】项目规则库(限定性别对象).xlsx", "Sheet1"):
        yield Fact("医疗服务项目区分性别使用", row["A"], "sex", [row["C"]], BATCH[1], only={"男": 1, "女": 2}[row["E"]])
    for _, row in sheet(folder, "【第一批】项目规则库(限定年龄对象).xlsx", "Sheet1"):
        yield Fact("医疗服务项目儿童专用", row["A"], "age", [row["B"]], BATCH[1], between=AGES[row["D"]])
    groups = {}
    for _, row in sheet(folder, "【第二批】项目规则库（限定主次操作）.xlsx", "Sheet1"):
        groups.setdefault(row["E"], []).append(row["C"])
    for group, codes in groups.items():
        yield Fact("手术项目未按规定折价收费", group, "discount", codes, BATCH[2], share=SHARE)
    for _, row in sheet(folder, "【第七批】项目规则库（重复收费）.xlsx", "“医疗服务项目重复收费”规则对应知识点明细"):
        window = {"单日": "day", "单次就诊": "visit", "同一小时": 60, "6小时": 360}[row["B"]]
        name, key = "医疗服务项目重复收费", f"{row['D']}+{row['F']}"
        yield Fact(name, key, "pair", [row["D"]], BATCH[7], contained=row["F"], window=window)
    for _, row in sheet(folder, "【第八批-1】项目规则库（限定频次）.xlsx", "“医疗服务项目限定频次”规则对应知识点明细"):
        if "E" in row:
            assert row["D"] in ("日", "天", "小时")
            yield Fact("医疗服务项目限定频次", row["B"], "daily_quantity", [row["E"]], BATCH[8], most=int(row["C"]))
    for _, row in sheet(folder, "【第八批-2】项目规则库（限定年龄）.xlsx", "“医疗服务项目限年龄”规则对应知识点明细"):
        assert "法定就业年龄" in row["C"]
        yield Fact("医疗服务项目限年龄", row["B"], "age", [row["D"]], BATCH[8], between=AGES["就业"])
    cycles = {}
    for _, row in sheet(folder, "【第八批-4】项目规则库（限定周期）.xlsx", "“医疗服务项目周期超频次”规则对应知识点明细"):
        cycles[row["F"]] = (int(row["C"]), int(row["D"]))
        yield Fact("医疗服务项目周期超频次", row["B"], "cycle", [row["F"]], BATCH[8], most=int(row["C"]), days=int(row["D"]))
    for _, row in sheet(folder, "【第八批-3】项目规则库（限定疗程）.xlsx", "“医疗服务项目限支付疗程”规则对应知识点明细"):
        name, code, text = "医疗服务项目限支付疗程", row["D"], row["C"]
        if "间隔时间不短于" in text:  # says what batch 8-4 says of the same service
            assert cycles[code] == (1, int(re.search(r"不短于(\d+)天", text)[1]))
        if "每周最多支付一次" in text:
            assert cycles[code] == (1, 7)
        if "一年" in text or "总时间" in text:
            most = 365 if "一年" in text else int(re.search(r"总时间不超过(\d+)天", text)[1])
            yield Fact(name, row["B"], "course_span", [code], BATCH[8], most=most, pause=PAUSE)
        else:
            most = int(re.search(r"支付不超过(\d+)天", text)[1])
            yield Fact(name, row["B"], "course_days", [code], BATCH[8], most=most, pause=PAUSE)


def update_facts(row, earlier):
    """The update of January 2026: texts only, so the limits are read from the words."""
    name, title, text, codes = row["rule_class"], row["item_name"], row["constraint"], row["med_codes"]
    if name == "药品区分性别使用":
        male, female = re.search("男|前列腺|阳[痿萎]|早泄|精", title + text), re.search("女|妇|宫|阴道|月经|绝经|孕|产|乳|白带", title + text)
        known = earlier.get(f"nhsa/{name}/{title}")
        told = (1 if male else 2) if bool(male) != bool(female) else None
        if known and told:
            assert known.limits["only"] == told, title
        return [Fact(name, title, "sex", codes, UPDATE, only=told or known.limits["only"])]
    if name in ("药品儿童专用", "药品限儿童使用"):
        return age_facts(name, title, codes, UPDATE, text)
    if name in ("药品限工伤保险", "药品限生育保险"):
        return [Fact(name, title, "insurance", codes, UPDATE, only="410" if "工伤" in name else "510")]
    if name == "药品限就医方式":
        return [care_fact(title, codes, UPDATE, text)]
    if name == "药品限医疗机构级别":
        return [Fact(name, title, "level", codes, UPDATE, least=3 if re.search("三级", text) else 2)]
    if name == "药品限支付疗程":
        return [course_fact(name, title, codes, UPDATE, text)]
    raise ValueError(name)


def facts_of(folder, points):
    facts = [*drug_books(folder), *item_books(folder)]
    earlier = {fact.id: fact for fact in facts}
    alone = []
    for line in Path(points).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["batch"] is None:
            facts.extend(update_facts(row, earlier))
        elif row["rule_class"] == "中药饮片单复方均不予支付":
            facts.append(Fact(row["rule_class"], row["item_name"], "not_covered", row["med_codes"], BATCH[11]))
        elif row["rule_class"] == "中药饮片单方使用不予支付":
            alone.extend(row["med_codes"])
    facts.append(Fact("中药饮片单方使用不予支付", "单独使用不予支付的中药饮片", "alone_not_covered", alone, BATCH[11]))
    versions = {}
    for fact in facts:
        known = versions.setdefault(fact.id, [])
        if known:
            assert fact.start == UPDATE and len(known) == 1, fact.id
            known[0].end, fact.version = UPDATE - DAY, 2
        known.append(fact)
    return facts


# Judging

def money(price_e6, quantity_e4):
    return (price_e6 * quantity_e4 + 50_000_000) // 100_000_000


def years(birth, day):
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


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
    visit, limits = case.visits[line["visit"]], fact.limits
    if fact.kind == "sex":
        return line["amount"] if visit["sex"] != limits["only"] else None
    if fact.kind == "age":
        low, high = limits["between"]
        young = low and not reached(visit["birth"], line["day"], low)
        old = high and reached(visit["birth"], line["day"], high)
        return line["amount"] if young or old else None
    if fact.kind == "insurance":
        return line["amount"] if visit["insurance"] != limits["only"] else None
    if fact.kind == "care":
        return line["amount"] if CARE[visit["type"]] not in limits["allowed"] else None
    if fact.kind == "level":
        return line["amount"] if RANK[visit["level"]] < limits["least"] else None
    if fact.kind == "not_covered":
        return line["covered"] if line["covered"] else None
    raise ValueError(fact.kind)


def grouped(lines, key):
    groups = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return [groups[k] for k in sorted(groups)]


def total(lines):
    return sum(line["amount"] for line in lines)


def last_part(lines, excess):
    """The amount of the last so many units."""
    amount = 0
    for line in reversed(lines):
        if excess >= line["quantity"]:
            amount, excess = amount + line["amount"], excess - line["quantity"]
        else:
            return amount + (line["amount"] * excess + line["quantity"] // 2) // line["quantity"]
    return amount


def beyond(lines, most, pause, span):
    """Lines of a course on days of use beyond the limit."""
    courses = []
    for day in grouped(lines, lambda line: line["day"]):
        if courses and (day[0]["day"] - courses[-1][-1][0]["day"]).days <= pause:
            courses[-1].append(day)
        else:
            courses.append([day])
    for course in courses:
        first = course[0][0]["day"]
        kept = sum((day[0]["day"] - first).days < most for day in course) if span else most
        late = [line for day in course[kept:] for line in day]
        if late:
            yield late, total(late)


def judge_group(fact, case, lines):
    """Pairs of lines and amount."""
    limits, kind = fact.limits, fact.kind
    if kind in ("course_days", "course_span"):
        yield from beyond(lines, limits["most"], limits["pause"], kind == "course_span")
    elif kind == "stay_days":
        stays = [line for line in lines if CARE[case.visits[line["visit"]]["type"]] == "住院"]
        for stay in grouped(stays, lambda line: line["visit"]):
            yield from beyond(stay, limits["most"], 10_000, False)
    elif kind == "daily_quantity":
        for day in grouped(lines, lambda line: (case.place(line), line["day"])):
            excess = sum(line["quantity"] for line in day) - limits["most"] * 10_000
            if excess > 0:
                yield day, last_part(day, excess)
    elif kind == "cycle":
        for day in grouped(lines, lambda line: line["day"]):
            near = [line for line in lines if 0 <= (day[0]["day"] - line["day"]).days < limits["days"]]
            excess = sum(line["quantity"] for line in near) - limits["most"] * 10_000
            if excess > 0:
                yield near, last_part(day, min(excess, sum(line["quantity"] for line in day)))
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
                yield day, total(day)
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
                yield place, total(parts)
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


def hits_of(case, by_item, herbs):
    """What every rule says about a case."""
    facts = set().union(*(by_item.get(line["item"], ()) for line in case.lines))
    hits = []
    for fact in facts:
        own = {*fact.codes, fact.limits.get("contained")}
        herbal = fact is herbs
        lines = [line for line in case.lines
                 if fact.holds(line["day"]) and (line["item"] in own or herbal and line["item"].startswith("T"))]
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
            yield run(case, case.visit(), code, [start - DAY] + span_of(start, most) + [day])
        return
    steps = [start + at * PAUSE * DAY for at in range((most - 1) // PAUSE + 1)]
    for sign, days in (("+", steps + [start + most * DAY]), ("-", steps + [start + (most - 1) * DAY]),
                       ("-", steps[:-1] + [steps[-1] + DAY, start + most * DAY])):
        case = Case(sign, fact)
        yield run(case, case.visit(), code, [start - DAY] + days)


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


def cases_of(facts, ends):
    for fact in facts:
        maker = MAKERS.get(fact.kind, row_cases)
        for code in dict.fromkeys([fact.codes[0], fact.codes[-1]] if ends else fact.codes):
            for case in maker(fact, code):
                yield fact, code, case
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
