"""The rules as SQL for DuckDB, as a good analyst writes them by hand: one query a kind for all its rules, joined with a table of the rules.

Reads the store's Parquet files as they lie. Every query gives one row a rule: its number and how many hits it has. `fusion.py` says what
DataFusion is asked in other words.
"""

import json
import os

CARE = ["outpatient", "emergency", "first_aid", "chronic", "inpatient", "day_surgery", "pharmacy", "home_bed"]
CARE_OF = {"11": "outpatient", "12": "outpatient", "13": "emergency", "120": "first_aid", "28": "day_surgery", "41": "pharmacy",
           "71": "home_bed"}
AGES = {"child": (None, (18, "years")), "newborn": (None, (28, "days")), "infant": (None, (3, "years")),
        "working_age": ((16, "years"), (61, "years"))}
ROW = ("sex", "age", "insurance", "care", "level", "indication", "price_cap", "not_covered")
SEVERAL_DAYS = {"course_days", "course_span", "stay_days", "cycle", "supply_overlap", "pair", "companion"}
CHARGES = {"daily_quantity", "daily_count", "pair", "discount", "decomposed", "companion", "supply_overlap"}
OTHERS = {"pair": "contained", "companion": "any_of", "alone_not_covered": "among"}
FAR = ("0001-01-01", "9999-12-31")
PARAMETERS = ("min_days", "idle_percent", "within_days", "within_minutes", "at_least", "at_most_fen", "patients_a_day", "percent", "at_least_fen")


def care_of(name):
    if name.startswith("14"):
        return CARE.index("chronic")
    if name.startswith("21"):
        return CARE.index("inpatient")
    return CARE.index(CARE_OF[name]) if name in CARE_OF else None


def rank_of(name):
    ranks = {3: ("01", "02", "03", "04", "12"), 2: ("05", "06", "07", "13"), 1: ("08", "09", "10", "14"), 0: ("11",)}
    return next((rank for rank, names in ranks.items() if name in names), None)


def age(bound):
    """Years or days from which, and before which."""
    if "named" in bound:
        low, high = AGES[bound["named"]]
    else:
        low, high = [(end["count"], end["unit"]) if (end := bound["between"].get(which)) else None for which in ("from", "before")]
    assert "months" not in {unit for _, unit in filter(None, (low, high))}
    count = lambda end, unit: end[0] if end and end[1] == unit else None
    return [count(low, "years"), count(high, "years"), count(low, "days"), count(high, "days")]


def parameters(test):
    """What a rule about visits asks, always with the same names."""
    return {**{name: test.get(name) for name in PARAMETERS}, "except": test.get("except", [])}


class Claims:
    """A store and the rules of a catalogue as tables of DuckDB."""

    # What tells the lines of a file apart, in their order; when a line happened.
    line, moment = "l.file_row_number", "day + time"

    def __init__(self, db, store, months):
        self.db, self.store = db, store
        with open(os.path.join(store, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        self.lists = {kind: self.names(self.path(file)) for kind, file in manifest["dictionaries"].items()}
        self.number = {name: at for at, name in enumerate(self.lists["items"])}
        self.sorted = sorted(self.lists["items"])
        names = sorted(manifest["months"])[:months]
        self.open([bucket for month in names for bucket in manifest["months"][month]["buckets"]])

    def path(self, file):
        return os.path.join(self.store, file["path"])

    def names(self, path):
        return [name for (name,) in self.db.execute(f"select name from read_parquet('{path}') order by code").fetchall()]

    def open(self, sets):
        """The lines as they lie, and what belongs to visits as table `v`: joined once and kept, as anybody would do who has many queries before him."""
        scan = lambda table: f"read_parquet({[self.path(bucket[table]) for bucket in sets]}, file_row_number = true)"
        self.lines = f"(select *, file_index as f from {scan('lines')} where state = 0)"
        self.db.execute(f"""create temp table v as
            with p as (select file_index as f, file_row_number as r, hash(patient) as person from {scan('patients')})
            select person, v.file_index as f, v.file_row_number as r, {self.visit_columns()}
            from {scan('visits')} v join p on p.f = v.file_index and p.r = v.patient""")

    def visit_columns(self):
        values = lambda of: [of(name) for name in self.lists["values"]]
        literal = lambda values: "[" + ", ".join("null" if value is None else str(value) for value in values) + "]::tinyint[]"
        return f"""institution, doctor, city, insurance, sex, birth, death, begin, "end", diagnosis, diagnoses, total,
            ({literal(values(care_of))})[medical_type + 1] as care, ({literal(values(rank_of))})[level + 1] as rank"""

    def ask(self, query):
        return self.db.execute(query).fetchall()

    def millis(self, column):
        """Milliseconds since the epoch."""
        return f"epoch_ms({column})"

    def items(self, codes):
        found = set()
        for code in codes:
            if code.endswith("*"):
                found |= {self.number[name] for name in self.sorted if name.startswith(code[:-1])}
            elif code in self.number:
                found.add(self.number[code])
        return sorted(found)

    def diagnoses(self, prefixes):
        return [at for at, name in enumerate(self.lists["diagnoses"]) if name.startswith(tuple(prefixes))]

    def load(self, rules):
        """Makes the tables of rules; returns kind -> numbers of its rules."""
        kinds, row, group, visit = {}, [], [], []
        chains = {}
        for rule in rules:
            chains.setdefault(rule["id"], []).append(rule)
        for number, rule in enumerate(rules):
            test = rule["test"]
            kind = test["kind"]
            kinds.setdefault(kind, []).append(number)
            days = (rule["from"], rule.get("until") or FAR[1])
            if kind in ROW:
                row += self.row_rule(number, kind, test, rule, days)
            elif kind in ("same_prescription", "empty_bed"):
                items = self.items(rule.get("items", []) + test.get("passive", []))
                group += [self.group_row(number, kind, test, item, 0, days, days) for item in items]
                visit.append((number, kind, *days, parameters(test)))
            elif kind in SEVERAL_DAYS or kind in CHARGES or kind == "alone_not_covered":
                group += self.group_rule(number, kind, test, rule, days, chains[rule["id"]])
            else:
                except_of = self.diagnoses(test["except"]) if test.get("except") else []
                visit.append((number, kind, *days, parameters({**test, "except": except_of})))
        self.table("rr", row, "item int, rule int, kind varchar, since date, until date, sex tinyint, low int, high int, low_days int, "
                   "high_days int, codes int[], rank tinyint, caps bigint[]")
        self.table("gg", group, "item int, rule int, kind varchar, role tinyint, since date, until date, w_since date, w_until date, "
                   "most bigint, second int, near varchar")
        self.table("vr", visit, "rule int, kind varchar, since date, until date, p parameters")
        return kinds

    def table(self, name, rows, columns):
        import pyarrow as pa

        struct = f"struct({', '.join(f'{number} bigint' for number in PARAMETERS)}, \"except\" int[])"
        self.db.execute(f"create or replace temp table {name} ({columns.replace('parameters', struct)})")
        if rows:
            names = [column.split()[0] for column in columns.split(", ")]
            values = {column: [row[at] for row in rows] for at, column in enumerate(names)}
            given = pa.table(values)
            self.db.execute(f"insert into {name} select * from given")

    def row_rule(self, number, kind, test, rule, days):
        sex, ages, codes, rank, caps = None, [None] * 4, None, None, None
        if kind == "sex":
            sex = 1 if test["only"] == "male" else 2
        elif kind == "age":
            ages = age(test["allowed"])
        elif kind == "insurance":
            codes = [at for at, name in enumerate(self.lists["values"]) if name in test["only"]]
        elif kind == "care":
            codes = [CARE.index(care) for care in test["only"]]
        elif kind == "level":
            rank = test["at_least"]
        elif kind == "indication":
            codes = self.diagnoses(test["diagnoses"])
        elif kind == "price_cap":
            caps = [next((cap["price_e6"] for cap in test["caps"] if cap.get("level") == level), None) for level in (0, 1, 2, 3, None)]
        return [(item, number, kind, *days, sex, *ages, codes, rank, caps) for item in self.items(rule.get("items", []))]

    @staticmethod
    def group_row(number, kind, test, item, role, days, weighs):
        first = {"daily_quantity": "at_most_e4", "discount": "percent", "decomposed": "at_least", "supply_overlap": "at_most_days",
                 "same_prescription": "at_least_items"}
        most = test.get(first.get(kind, "at_most"))
        second = test.get("gap_days", test.get("days"))
        return (item, number, kind, role, *days, *weighs, most, second, test.get("window"))

    def group_rule(self, number, kind, test, rule, days, chain):
        own = self.items(rule.get("items", []))
        other = self.items(test.get(OTHERS.get(kind, ""), []))
        if kind == "alone_not_covered":
            other = [item for item in other if item not in own]
        together = kind in SEVERAL_DAYS and test.get("window") != "day"
        rows = []
        for role, items in ((0, own), (1, other)):
            part = lambda rule: self.items(rule["test"].get(OTHERS.get(kind, ""), []) if role else rule.get("items", []))
            listed = [((r["from"], r.get("until") or FAR[1]), set(part(r))) for r in chain] if together and len(chain) > 1 else None
            for item in items:
                weighs = [span for span, has in listed if item in has] if listed else [days]
                if kind == "companion" and role:
                    weighs = [FAR]
                rows += [self.group_row(number, kind, test, item, role, days, span) for span in weighs]
        return rows

    def touched(self, kind, columns, where="true", visits=True):
        """Lines that weigh for the rules of a kind, with the columns of their visits where those are asked for."""
        join = "join v on v.f = l.f and v.r = l.visit" if visits else ""
        paid = "true" if kind in CHARGES else "(g.role = 1 or covered is distinct from 0)"
        return f"""select rule, role, most, second, near, day between since and until as own, l.f, l.visit, day, quantity, {columns}
                   from {self.lines} l join gg g on g.item = l.item and day between w_since and w_until
                   {join} where g.kind = '{kind}' and {paid} and {where}"""

    def queries(self):
        """Kind -> SQL; kinds that look at single lines are one."""
        return {**self.of_lines(), **self.of_days(), **self.of_courses(), **self.of_visits()}

    def of_lines(self):
        years = """(date_part('year', day) - date_part('year', birth) - case when date_part('month', day) * 100 + date_part('day', day)
                       < date_part('month', birth) * 100 + date_part('day', birth) then 1 else 0 end)"""
        cap = "coalesce(caps[rr_rank + 1], caps[5])"
        return {"+".join(ROW): f"""
            with x as (select rule, kind, v.*, rr.sex as rr_sex, rr.rank as least, v.rank as rr_rank, low, high, low_days, high_days, codes, caps,
                              day, covered, price
                       from {self.lines} l join rr on rr.item = l.item and day between since and until
                       join v on v.f = l.f and v.r = l.visit where quantity > 0)
            select rule, count(*) from x where case kind
                when 'sex' then sex in (1, 2) and sex <> rr_sex
                when 'age' then coalesce({years} < low, false) or coalesce({years} >= high, false)
                                or coalesce(day - birth < low_days, false) or coalesce(day - birth >= high_days, false)
                when 'insurance' then insurance is not null and not list_contains(codes, insurance)
                when 'care' then care is not null and not list_contains(codes, care::int)
                when 'level' then rr_rank < least
                when 'indication' then array_length(diagnoses) > 0 and not list_has_any(codes, diagnoses)
                when 'price_cap' then price > {cap} / 1000000.0
                else covered > 0 end
              and (kind = 'price_cap' or covered is distinct from 0) group by rule""",
            "after_death+outside_stay": f"""
            select rule, count(*) from {self.lines} l join (select * from v where care = 4 or death is not null) v
                on v.f = l.f and v.r = l.visit, vr
            where quantity > 0 and day between since and until and kind in ('after_death', 'outside_stay')
              and case kind when 'after_death' then day > death
                  else care = 4 and (day < begin::date or day > "end"::date) end group by rule"""}

    def of_days(self):
        counted = "select rule, count(*) from ({}) group by rule"
        place = "case when near = 'day' then (day - date '1970-01-01')::bigint else l.f::bigint * 4294967296 + l.visit end as place"
        return {
            "daily_quantity": counted.format(f"""select rule from ({self.touched('daily_quantity', 'person, institution')})
                group by rule, most, person, institution, day having sum(quantity) * 10000 > most"""),
            "daily_count": counted.format(f"""select rule from ({self.touched('daily_count', 'person, institution', 'quantity > 0')})
                group by rule, most, person, institution, day having count(*) > most"""),
            "decomposed": counted.format(f"""select rule from ({self.touched('decomposed', 'person, institution, l.item', 'quantity > 0')})
                group by rule, most, person, institution, day having count(distinct item) >= most"""),
            "alone_not_covered": counted.format(f"""select rule from ({self.touched('alone_not_covered', 'l.item', 'quantity > 0', False)})
                group by rule, f, visit, day having bool_and(role = 0)"""),
            "discount": f"""
                with x as (select *, row_number() over (partition by rule, f, visit, day, item order by price desc, line) as of_item
                           from ({self.touched('discount', f'l.item, price, price_limit, {self.line} as line', 'quantity > 0', False)})),
                y as (select *, row_number() over (partition by rule, f, visit, day order by price desc, item, line) as n from x
                      where of_item = 1)
                select rule, count(*) from y where n > 1 and price_limit > 0 and price * 100 > price_limit * most group by rule""",
            "companion": counted.format(f"""select rule from ({self.touched('companion', f'person, institution, care, {place}', 'quantity > 0')})
                where near <> 'stay' or care = 4 group by rule, person, institution, place having bool_and(role = 0) and bool_or(own)"""),
            "pair": f"""
                with x as ({self.touched('pair', f'person, institution, care, {place}, {self.moment} as moment, {self.line} as line', 'quantity > 0')}),
                places as (select rule from x where (role = 0 or own) and (near in ('day', 'visit') or (near = 'stay' and care = 4))
                           group by rule, person, institution, place having bool_or(role = 0) and bool_or(role = 1)),
                moments as (select *, case near when 'one_hour' then 3600000 else 21600000 end as span, {self.millis('moment')} as ms from x
                            where near in ('one_hour', 'six_hours') and moment is not null),
                hours as ({self.within_hours()})
                select rule, count(*) from (select rule from places union all select rule from hours) group by rule""",
        }

    def within_hours(self):
        return """select distinct b.rule, b.f, b.line from moments b join moments a on a.rule = b.rule and a.person = b.person
                  and a.institution = b.institution and a.role = 0 and b.role = 1 and b.own and (a.f, a.line) <> (b.f, b.line)
                  and a.ms < b.ms + b.span and b.ms < a.ms + b.span"""

    def course(self, kind, late):
        return f"""
            with d as (select rule, most, second, person, day, own from ({self.touched(kind, 'person')})
                       group by all having sum(quantity) > 0),
            m as (select *, case when day - lag(day) over (partition by rule, person order by day) <= second then 0 else 1 end as begins from d),
            c as (select *, sum(begins) over (partition by rule, person order by day) as course from m),
            n as (select *, row_number() over w as n, first_value(day) over w as first_day from c
                  window w as (partition by rule, person, course order by day))
            select rule, count(*) from (select distinct rule, person, course from n where own and {late}) group by rule"""

    def of_courses(self):
        return {
            "course_days": self.course("course_days", "n > most"),
            "course_span": self.course("course_span", "day - first_day >= most"),
            "stay_days": f"""
                with d as (select rule, most, f, visit, day, own from ({self.touched('stay_days', 'care')}) where care = 4
                           group by all having sum(quantity) > 0),
                n as (select *, row_number() over (partition by rule, f, visit order by day) as n from d)
                select rule, count(*) from (select distinct rule, f, visit from n where own and n > most) group by rule""",
            "cycle": f"""
                with d as (select rule, most, second, person, day, own, sum(quantity) as used from ({self.touched('cycle', 'person')})
                           group by all having sum(quantity) > 0),
                w as (select *, day - date '1970-01-01' as dn from d),
                s as (select *, {self.used_lately()} as n from w)
                select rule, count(*) from s where own and n > most group by rule""",
            "supply_overlap": f"""
                with d as (select rule, most, person, day, own, sum(case when quantity > 0 then greatest(coalesce(supply_days, 0), 0) else 0 end) as n
                           from ({self.touched('supply_overlap', 'person, supply_days')}) group by all having sum(quantity) > 0),
                s as (select *, sum(n) over w as until_now, day - date '1970-01-01' as dn from d where n > 0
                      window w as (partition by rule, person order by day)),
                c as (select *, max(dn - (until_now - n)) over (partition by rule, person order by day rows between unbounded preceding
                             and 1 preceding) + (until_now - n) as covered_until from s)
                select rule, count(*) from c where own and covered_until - dn > most group by rule""",
        }

    def used_lately(self):
        return "sum(used) over (partition by rule, person order by dn range between second - 1 preceding and current row)"

    def of_visits(self):
        stays, out = "(select * from v where care = 4)", "(select * from v where care in (0, 1, 3, 6))"
        order = 'begin, "end", f, r'
        days = "begin::date between since and until"
        number = lambda name: f"p['{name}']"
        categories, seen = [], {}
        for at, name in enumerate(self.lists["diagnoses"]):
            categories.append(seen.setdefault(name[:3], at))
        category = lambda column: f"({categories or [0]}::int[])[{column} + 1]"

        def again(kind, same):
            return f"""
                with x as (select rule, p, since, until, b.*, a.diagnosis as first_diagnosis, b.begin::date - a."end"::date as apart,
                           row_number() over (partition by rule, b.f, b.r order by a."end" desc, a.f desc, a.r desc) as n
                           from {stays} b join {stays} a on a.person = b.person and (a.begin, a."end", a.f, a.r) < (b.begin, b."end", b.f, b.r)
                           and a.begin is not null and a."end" is not null {same}, vr
                           where kind = '{kind}' and b.begin is not null and b.diagnosis is not null)
                select rule, count(*) from x where n = 1 and apart between 0 and {number('within_days')} and {days}
                  and {category('diagnosis')} = {category('first_diagnosis')} and not list_contains(p['except'], diagnosis) group by rule"""

        def pairs(kind, source, condition):
            return f"""select rule, count(*) from {source} a join {source} b on a.person = b.person
                and (a.begin, a."end", a.f, a.r) < (b.begin, b."end", b.f, b.r) and {condition}, vr
                where kind = '{kind}' and b.begin::date between since and until group by rule"""

        active = f"""select l.f, l.visit, rule, count(distinct day) as active from {self.lines} l join {stays} s on s.f = l.f and s.r = l.visit,
                     vr where vr.kind = 'empty_bed' and (rule, l.item) not in (select (rule, item) from gg where kind = 'empty_bed') group by all"""
        timed = f"""(select *, case when care = 4 and "end" is not null then "end" else begin + interval 1 hour end as until_then from v
                     where begin is not null and city is not null
                     and person in (select person from v group by person having min(city) <> max(city)))"""
        return {
            "missing_physician": f"select rule, count(*) from {stays}, vr where kind = 'missing_physician' and doctor is null and {days} group by rule",
            "overlapping_stays": pairs("overlapping_stays", stays, 'a.begin < b."end" and b.begin < a."end"'),
            "two_cities": pairs("two_cities", timed, "a.city <> b.city and a.until_then > b.begin"),
            "split_stay": again("split_stay", "and a.institution = b.institution"),
            "readmission": again("readmission", ""),
            "outpatient_during_stay": f"""select rule, count(distinct (o.f, o.r)) from {out} o join {stays} s on s.person = o.person
                and s.begin < o.begin and o.begin < s."end", vr where kind = 'outpatient_during_stay' and o.begin::date between since and until
                group by rule""",
            "ping_pong": f"""
                with s as (select *, lead(institution) over w as i2, lead(begin) over w as b2, lead("end") over w as e2,
                                  lead(institution, 2) over w as i3, lead(begin, 2) over w as b3
                           from {stays} where begin is not null and "end" is not null window w as (partition by person order by {order}))
                select rule, count(*) from s, vr where kind = 'ping_pong' and institution = i3 and institution <> i2
                  and b2::date - "end"::date between 0 and {number('within_days')} and b3::date - e2::date between 0 and {number('within_days')}
                  and b3::date between since and until group by rule""",
            "empty_bed": f"""
                with a as ({active}),
                s as (select *, greatest("end"::date - begin::date, 1) as n from {stays} where begin is not null and "end" is not null)
                select vr.rule, count(*) from s cross join vr left join a on a.rule = vr.rule and a.f = s.f and a.visit = s.r
                where kind = 'empty_bed' and {days} and n >= {number('min_days')}
                  and greatest(n - coalesce(active, 0), 0) * 100 >= n * {number('idle_percent')} group by vr.rule""",
            "same_prescription": f"""
                with d as (select rule, since, until, person, begin, l.f, l.visit, list_sort(array_agg(l.item)) as drugs
                           from {self.lines} l join gg on gg.item = l.item and gg.kind = 'same_prescription'
                           join v on v.f = l.f and v.r = l.visit where care in (0, 1, 3, 6) and begin is not null
                           group by all having count(*) >= any_value(most)),
                n as (select *, row_number() over (partition by rule, person, begin::date, drugs order by begin) as n from d)
                select rule, count(*) from n where n > 1 and {days} group by rule""",
            # The last visit before in another institution is the one before the run of visits in this one.
            "borrowed": f"""
                with x as (select *, lag(begin) over w as b1, lag(institution) over w as i1 from {out} where begin is not null
                           window w as (partition by person order by {order})),
                y as (select *, last_value(case when i1 <> institution then b1 end ignore nulls) over (partition by person order by {order}
                      rows between unbounded preceding and current row) as elsewhere from x)
                select rule, count(*) from y, vr where kind = 'borrowed' and {self.millis('begin')} - {self.millis('elsewhere')} < {number('within_minutes')} * 60000
                  and {days} group by rule""",
            "many_institutions": f"""select rule, count(*) from (select rule from {out}, vr where kind = 'many_institutions' and {days}
                group by rule, p, person, begin::date having count(distinct institution) >= {number('at_least')}) group by rule""",
            "monthly_total": f"""select rule, count(*) from (
                select rule from {out}, vr where kind = 'monthly_total' and begin is not null group by rule, p, since, until, person,
                date_trunc('month', begin) having sum(total) * 100 > {number('at_most_fen')} and max(begin)::date between since and until) group by rule""",
            "doctor_load": f"""select rule, count(*) from (select rule from {out}, vr where kind = 'doctor_load' and doctor is not null and {days}
                group by rule, p, doctor, begin::date having count(distinct person) > {number('patients_a_day')}) group by rule""",
            "doctor_two_places": f"""
                with x as (select *, lag(begin) over w as b1, lag(institution) over w as i1 from {out} where doctor is not null and begin is not null
                           window w as (partition by doctor order by begin, institution))
                select rule, count(*) from x, vr where kind = 'doctor_two_places' and i1 <> institution
                  and {self.millis('begin')} - {self.millis('b1')} < {number('within_minutes')} * 60000 and {days} group by rule""",
            "growth": f"""
                with m as (select institution, date_trunc('month', begin) as month, sum(total) as total from v where begin is not null group by all)
                select rule, count(*) from m a join m b on a.institution = b.institution and b.month + interval 1 month = a.month, vr
                where kind = 'growth' and b.total > 0 and a.total * 100 >= {number('at_least_fen')} and a.total * 100 >= b.total * {number('percent')}
                  and a.month::date between since and until group by rule""",
        }
