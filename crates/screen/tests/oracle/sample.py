"""Draws the rows that docs/rules-sample.md lists: one row of each table in turn until there are 100, by a fixed seed.

Usage: python3 sample.py FOLDER POINTS [text]

With `text` the words of each row are printed too, for the person who checks them; they are not for keeping.
"""

import json
import random
import sys
from pathlib import Path

from books import sheet

SEED = 20260128
COUNT = 100
BATCHES = "一二三四五六七八"


def order(path):
    """By batch, then by name."""
    return [BATCHES.index(path.name[2]), path.name]


def tables(folder, points):
    for path in sorted(Path(folder).glob("*.xlsx"), key=order):
        long = "对应知识点明细"
        names = {"第七批": "重复收费", "八批-1": "限定频次", "八批-2": "限年龄", "八批-3": "限支付疗程", "八批-4": "周期超频次"}
        rule = next((f"“医疗服务项目{rule}”规则{long}" for batch, rule in names.items() if batch in path.name), None)
        drugs = "药品" in path.name
        for name in [rule] if rule else ["Sheet1", "Sheet2"] if drugs else ["Sheet1"]:
            yield path.name, name, [(row, " | ".join(cells.values())) for row, cells in sheet(folder, path.name, name)]
    lines = [(at, json.loads(line)) for at, line in enumerate(Path(points).read_text(encoding="utf-8").splitlines(), 1)]
    words = lambda row: " | ".join([row["rule_class"], row["item_name"], str(row["constraint"]), " ".join(row["med_codes"])])
    for part, batches in (("update", [None]), ("batch 11", [11]), ("other batches", [9, 10, *range(12, 18)])):
        yield Path(points).name, part, [(at, words(row)) for at, row in lines if row["batch"] in batches]


def draw(folder, points):
    drawer = random.Random(SEED)
    lists = [(file, name, drawer.sample(rows, len(rows))) for file, name, rows in tables(folder, points)]
    drawn, turn = [], 0
    while len(drawn) < COUNT:
        drawn += [(file, name, *rows[turn]) for file, name, rows in lists if turn < len(rows)]
        turn += 1
    return sorted(drawn[:COUNT], key=lambda row: ([table[:2] for table in lists].index(row[:2]), row[2]))


if __name__ == "__main__":
    for file, name, row, words in draw(*sys.argv[1:3]):
        print("\t".join([file, name, str(row)] + ([words] if sys.argv[3:] == ["text"] else [])))
