"""The rules that the spreadsheets of the national library and the list of knowledge points state, read with the standard library only."""

import json
import re
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
        self.versions = [self]  # of the same rule, this one among them

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
        fact.versions = known
    return facts
