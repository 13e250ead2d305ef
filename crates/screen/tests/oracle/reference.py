"""Every kind of rule once more, as plain SQL on the stored tables, to be compared with the hits of a run row by row.

usage: reference.py STORE RULES.jsonl RUN_FOLDER [DOCTORS.json]     (needs the package duckdb)

Written from the definitions in docs/rules.md alone. Prints one line for each kind: hits of the run, hits of the reference, and whether the
two sets are equal (rule, person, day, visits, lines, amount); ends with 1 where one is not. DOCTORS has the registrations of each doctor:
first and last day since 1970, and the scopes.
"""

import json
import os
import sys

import duckdb

store, rules_file, run = sys.argv[1:4]
doctors_file = sys.argv[4] if len(sys.argv) > 4 else None
db = duckdb.connect()
db.execute("set preserve_insertion_order = false")
with open(os.path.join(store, "manifest.json"), encoding="utf-8") as file:
    manifest = json.load(file)
with open(rules_file, encoding="utf-8") as file:
    rules = [json.loads(line) for line in file]
rules = [rule for rule in rules if rule.get("state", "live") in ("live", "trial")]


def table(kind):
    """The files of one table in the order of months, with the number of the file and the row in it."""
    parts = []
    for bucket in range(manifest["buckets"]):
        for number, month in enumerate(sorted(manifest["months"])):
            path = os.path.join(store, manifest["months"][month]["buckets"][bucket][kind]["path"])
            columns = f"{number} as file, {bucket} as bucket, file_row_number as row, * exclude (file_row_number)"
            parts.append(f"select {columns} from read_parquet('{path}', file_row_number = true)")
    return " union all ".join(parts)


def names(kind):
    path = os.path.join(store, manifest["dictionaries"][kind]["path"])
    return f"read_parquet('{path}')"


for kind in ("patients", "visits", "lines"):
    db.execute(f"create table raw_{kind} as {table(kind)}")
for kind in manifest["dictionaries"]:
    db.execute(f"create table {kind} as select * from {names(kind)}")
db.execute("""
create table v as
select p.patient as person, v.file, v.bucket, v.row, v.visit_id, v.institution, v.doctor, v.sex, v.birth, v.death, v.begin, v."end",
       coalesce(v.total, 0) as total, v.total is null as unsettled, t.name as medical_type, i.name as insurance, c.name as city, d.name as main, v.diagnoses as codes,
       case when t.name in ('11','12') then 'outpatient' when t.name = '13' then 'emergency' when t.name = '120' then 'first_aid'
            when t.name = '28' then 'day_surgery' when t.name = '41' then 'pharmacy' when t.name = '71' then 'home_bed'
            when t.name like '14%' then 'chronic' when t.name like '21%' then 'inpatient' end as care,
       case when l.name in ('01','02','03','04','12') then 3 when l.name in ('05','06','07','13') then 2
            when l.name in ('08','09','10','14') then 1 when l.name = '11' then 0 end as rank
from raw_visits v join raw_patients p on p.file = v.file and p.bucket = v.bucket and p.row = v.patient
left join "values" t on t.code = v.medical_type left join "values" i on i.code = v.insurance
left join "values" l on l.code = v.level left join "values" c on c.code = v.city
left join diagnoses d on d.code = v.diagnosis
""")
db.execute("""
create table l as
select v.person, v.visit_id, v.institution, v.sex, v.birth, v.death, v.begin, v."end", v.insurance, v.care, v.rank, v.codes,
       v.row as visit_row, x.name as item, o.name as ordered_by, l.* exclude (visit, item, doctor, bucket)
from raw_lines l join v on v.file = l.file and v.bucket = l.bucket and v.row = l.visit join items x on x.code = l.item
left join doctors o on o.code = l.doctor
where l.state = 0
""")
db.execute("create table registered (doctor varchar, first date, last date, scopes varchar[])")
if doctors_file:
    with open(doctors_file, encoding="utf-8") as file:
        for doctor, registrations in json.load(file).items():
            for first, last, scopes in registrations:
                db.execute("insert into registered values (?, date '1970-01-01' + ?::integer, date '1970-01-01' + ?::integer, ?)", [doctor, first, last, scopes])
db.execute("create table ri (rule varchar, item varchar, role integer, since date, until date, p json)")
db.execute("create table r (rule varchar, since date, until date, p json)")


def matching(codes):
    found = []
    for code in codes:
        if code.endswith("*"):
            found += [row[0] for row in db.execute("select name from items where starts_with(name, ?)", [code[:-1]]).fetchall()]
        else:
            found.append(code)
    return sorted(set(found))


# Limits of payment look at what the fund covers; the rest of the kinds at what is charged, whoever pays.
PAYMENT = {"sex", "age", "insurance", "care", "level", "indication", "not_covered", "course_days", "course_span", "stay_days", "cycle",
           "alone_not_covered"}
# Several days weigh together, also those of other versions of a rule.
SEVERAL_DAYS = {"course_days", "course_span", "stay_days", "cycle", "supply_overlap", "pair", "companion"}
OTHERS = {"pair": "contained", "companion": "any_of", "alone_not_covered": "among", "empty_bed": "passive"}
AGES = {"child": [None, [18, "years"]], "newborn": [None, [28, "days"]], "infant": [None, [3, "years"]],
        "working_age": [[16, "years"], [61, "years"]]}
kinds = {}
for rule in rules:
    test = dict(rule["test"])
    kind = test["kind"]
    name = f"{rule['id']}@{rule.get('version', 1)}"
    kinds.setdefault(kind, []).append(name)
    if kind == "age":
        bound = test["allowed"]
        if "named" in bound:
            low, high = AGES[bound["named"]]
        else:
            low, high = [[age["count"], age["unit"]] if age else None for age in (bound["between"].get("from"), bound["between"].get("before"))]
        test.update(low=low, high=high)
    dates = [rule["from"], rule.get("until") or "9999-12-31"]
    parameters = json.dumps(test, ensure_ascii=False)
    db.execute("insert into r values (?, ?, ?, ?)", [name, *dates, parameters])
    own = matching(rule.get("items", []))
    rows = [[name, item, 0, *dates, parameters] for item in own]
    other = matching(test.get(OTHERS.get(kind, ""), []))
    if kind == "alone_not_covered":
        other = [item for item in other if item not in own]
    rows += [[name, item, 1, *dates, parameters] for item in other]
    if rows:
        db.executemany("insert into ri values (?, ?, ?, ?, ?, ?)", rows)

# On which days a line of an item weighs for a version: also on those of other versions of the rule that have the item in the same part.
db.execute("""create table weighs as
select distinct mine.rule, mine.item, mine.role, other.since as weighs_since, other.until as weighs_until
from ri mine join ri other on split_part(mine.rule, '@', 1) = split_part(other.rule, '@', 1) and mine.item = other.item
     and mine.role = other.role""")

# Everything below gives: rule, person, day, visits (sorted list), lines (sorted list), amount.
DATES = "day between since and until"


def on_lines(kind, condition):
    return f"""select rule, person, day, [visit_id] as visits, [line_id] as lines, coalesce(covered, amount) as amount
               from l join ri using (item) where role = 0 and (p->>'kind') = '{kind}' and {DATES} and quantity > 0
               and covered is distinct from 0 and ({condition})"""


def touched(kind):
    """Lines of the items of a rule, with their role."""
    columns, where = "l.*", f"(p->>'kind') = '{kind}'"
    if kind in PAYMENT:
        columns = "l.* replace (case when role = 0 then coalesce(covered, amount) else amount end as amount)"
        where += " and (role = 1 or covered is distinct from 0)"
    if kind in SEVERAL_DAYS:
        in_time = f"""case when (p->>'window') = 'day' then {DATES} when '{kind}' = 'companion' and role = 1 then true
                      else exists (from weighs w where w.rule = ri.rule and w.item = ri.item and w.role = ri.role
                                   and day between weighs_since and weighs_until) end"""
        if kind == "companion":
            in_time = in_time.replace("then " + DATES, f"then role = 1 or {DATES}")
    else:
        in_time = DATES
    return f"(select ri.rule, ri.role, ri.p, {DATES} as own, {columns} from l join ri using (item) where {where} and {in_time})"


def reached(which):
    count, unit = f"cast(json_extract_string(p, '$.{which}[0]') as integer)", f"json_extract_string(p, '$.{which}[1]')"
    clipped = f"""case {unit} when 'days' then birth + {count} when 'months' then cast(birth + to_months({count}) as date)
                  else cast(birth + to_years({count}) as date) end"""
    return f"(case when {unit} <> 'days' and day({clipped}) < day(birth) then {clipped} + 1 else {clipped} end)"


ORDER = "time nulls first, file, row"
SORTED = "list_sort(list(distinct visit_id)) as visits, list_sort(list(line_id)) as lines"
STAYS = "(select * from v where care = 'inpatient')"
OUTPATIENTS = "(select * from v where care in ('outpatient','emergency','chronic','pharmacy'))"


def of_last(source, group, limit):
    """Sum of the amounts of the last lines of each group whose quantities go beyond the limit; a share of the first of them."""
    return f"""
    with lines_of as (select * from {source}),
    sums as (select {group}, sum(quantity) as total, any_value(p) as p, list_sort(list(distinct visit_id)) as visits,
                    list_sort(list(line_id)) as lines from lines_of group by {group}),
    over as (select *, {limit} as bound from sums where total > {limit}),
    back as (select x.* exclude (p), o.total - o.bound as excess,
                    coalesce(sum(x.quantity) over (partition by {', '.join('x.' + name for name in group.split(', '))}
                        order by x.time desc nulls last, x.file desc, x.row desc rows between unbounded preceding and 1 preceding), 0) as later
             from lines_of x join over o using ({group}) where x.quantity > 0),
    parts as (select *, greatest(least(excess - later, quantity), 0) as part from back),
    money as (select {group}, sum(case when part = quantity then amount else
                    cast(floor(cast(amount * 100 as hugeint) * cast(part * 10000 as hugeint) * 1.0 / cast(quantity * 10000 as hugeint) + 0.5) as bigint) / 100.0
                end) as amount from parts group by {group})
    """


SQL = {
    "sex": lambda: on_lines("sex", "sex in (1, 2) and sex <> case (p->>'only') when 'male' then 1 else 2 end"),
    "age": lambda: on_lines(
        "age",
        f"birth is not null and (((p->>'low') is not null and day < {reached('low')}) or ((p->>'high') is not null and day >= {reached('high')}))",
    ),
    "insurance": lambda: on_lines("insurance", "insurance is not null and not list_contains(cast((p->'only') as varchar[]), insurance)"),
    "care": lambda: on_lines("care", "care is not null and not list_contains(cast((p->'only') as varchar[]), care)"),
    "level": lambda: on_lines("level", "rank is not null and rank < cast((p->>'at_least') as integer)"),
    "indication": lambda: on_lines(
        "indication",
        """len(codes) > 0 and not exists (select 1 from diagnoses d, (select unnest(cast((p->'diagnoses') as varchar[])) as prefix)
           where list_contains(codes, d.code) and starts_with(d.name, prefix))""",
    ),
    "price_cap": lambda: f"""
        with caps as (select rule, cast((cap->>'level') as integer) as of_rank, cast((cap->>'price_e6') as bigint) / 1000000.0 as cap
                      from (select rule, unnest(cast((p->'caps') as json[])) as cap from r where (p->>'kind') = 'price_cap')),
        x as (select rule, person, day, visit_id, line_id, price, quantity,
                     coalesce((select cap from caps where caps.rule = ri.rule and of_rank = rank),
                              (select cap from caps where caps.rule = ri.rule and of_rank is null)) as cap
              from l join ri using (item) where role = 0 and (p->>'kind') = 'price_cap' and {DATES} and quantity > 0)
        select rule, person, day, [visit_id] as visits, [line_id] as lines, round((price - cap) * quantity, 2) as amount from x where price > cap""",
    "not_covered": lambda: on_lines("not_covered", "covered > 0"),
    "after_death": lambda: f"""select r.rule, person, day, [visit_id] as visits, [line_id] as lines, amount
        from l, r where (p->>'kind') = 'after_death' and {DATES} and quantity > 0 and day > death""",
    "outside_stay": lambda: f"""select r.rule, person, day, [visit_id] as visits, [line_id] as lines, amount
        from l, r where (p->>'kind') = 'outside_stay' and {DATES} and quantity > 0 and care = 'inpatient'
        and (day < cast(begin as date) or day > cast("end" as date))""",
    "unlicensed": lambda: f"""select r.rule, person, day, [visit_id] as visits, [line_id] as lines, amount
        from l anti join registered g on g.doctor = l.ordered_by and l.day between g.first and g.last, r
        where (p->>'kind') = 'unlicensed' and {DATES} and quantity > 0 and ordered_by is not null""",
    "beyond_scope": lambda: f"""
        select rule, person, day, [visit_id] as visits, [line_id] as lines, amount
        from l join ri using (item) join registered g on g.doctor = l.ordered_by and l.day between g.first and g.last
        where role = 0 and (p->>'kind') = 'beyond_scope' and {DATES} and quantity > 0
        group by all having not bool_or(list_has_any(g.scopes, cast((p->'scopes') as varchar[])))""",
    "missing_physician": lambda: f"""select r.rule, person, cast(begin as date) as day, [visit_id] as visits, [] as lines, coalesce(total, 0) as amount
        from {STAYS} s, r where (p->>'kind') = 'missing_physician' and doctor is null and begin is not null and cast(begin as date) between since and until""",
    "daily_quantity": lambda: of_last(touched("daily_quantity"), "rule, person, institution, day", "cast((p->>'at_most_e4') as bigint) / 10000.0")
    + " select rule, person, day, visits, lines, money.amount from over join money using (rule, person, institution, day)",
    "daily_count": lambda: f"""
        with x as (select *, row_number() over (partition by rule, person, institution, day order by {ORDER}) as n
                   from {touched("daily_count")} where quantity > 0)
        select rule, person, day, {SORTED}, sum(case when n > cast((p->>'at_most') as integer) then amount else 0 end) as amount
        from x group by rule, person, institution, day, p having count(*) > cast((p->>'at_most') as integer)""",
    "pair": lambda: f"""
        with x as (select *, (p->>'window') as w, case (p->>'window') when 'day' then cast(day as varchar)
                       else concat(file, '/', visit_row) end as place from {touched("pair")} where quantity > 0),
        places as (select rule, person, min(case when role = 1 then day end) as day, {SORTED},
                          sum(case when role = 1 then amount else 0 end) as amount
                   from x where (role = 0 or own) and (w in ('day', 'visit') or (w = 'stay' and care = 'inpatient'))
                   group by rule, person, institution, place having bool_or(role = 0) and bool_or(role = 1)),
        moments as (select *, day + time as at, case w when 'one_hour' then interval 1 hour else interval 6 hour end as span
                    from x where w in ('one_hour', 'six_hours') and time is not null),
        near as (select b.rule, b.person, b.day, b.line_id, b.amount, b.visit_id, a.line_id as other, a.visit_id as other_visit,
                        row_number() over (partition by b.rule, b.person, b.file, b.row
                            order by abs(epoch_ms(a.at) - epoch_ms(b.at)), a.at, a.file, a.row) as n
                 from moments b join moments a on a.rule = b.rule and a.person = b.person and a.institution = b.institution
                      and a.role = 0 and b.role = 1 and b.own and (a.file, a.row) <> (b.file, b.row) and a.at < b.at + b.span and b.at < a.at + a.span)
        select rule, person, day, visits, lines, amount from places union all
        select rule, person, day, list_sort(list_distinct([visit_id, other_visit])), list_sort([line_id, other]), amount from near where n = 1""",
    "discount": lambda: f"""
        with x as (select *, row_number() over (partition by rule, person, file, visit_row, day, item order by price desc, row) as of_item
                   from {touched("discount")} where quantity > 0),
        y as (select *, row_number() over (partition by rule, person, file, visit_row, day order by price desc, item_code, row) as n
              from (select x.*, items.code as item_code from x join items on items.name = x.item where of_item = 1))
        select rule, person, day, [visit_id] as visits, [line_id] as lines,
               round((price - price_limit * cast((p->>'percent') as integer) / 100) * quantity, 2) as amount
        from y where n > 1 and price_limit > 0 and price * 100 > price_limit * cast((p->>'percent') as integer)""",
    "decomposed": lambda: f"""
        select rule, person, day, {SORTED}, sum(amount) - max(amount) as amount from {touched("decomposed")} where quantity > 0
        group by rule, person, institution, day, p having count(distinct item) >= cast((p->>'at_least') as integer)""",
    "companion": lambda: f"""
        with x as (select *, case (p->>'window') when 'day' then cast(day as varchar) else concat(file, '/', visit_row) end as place
                   from {touched("companion")} where quantity > 0 and ((p->>'window') <> 'stay' or care = 'inpatient'))
        select rule, person, min(day) filter (own) as day, list_sort(list(distinct visit_id) filter (own)) as visits,
               list_sort(list(line_id) filter (own)) as lines, sum(amount) filter (own) as amount from x
        group by rule, person, institution, place having bool_and(role = 0) and bool_or(own)""",
    "alone_not_covered": lambda: f"""
        select rule, person, day, {SORTED}, sum(amount) as amount from {touched("alone_not_covered")} where quantity > 0
        group by rule, person, file, visit_row, day having bool_and(role = 0)""",
    "course_days": lambda: course("course_days", "n > cast((p->>'at_most') as integer)"),
    "course_span": lambda: course("course_span", "day - first_day >= cast((p->>'at_most') as integer)"),
    "stay_days": lambda: f"""
        with x as (select *, dense_rank() over (partition by rule, person, file, visit_row order by day) as n from {touched("stay_days")} y
                   where care = 'inpatient' and (rule, person, file, visit_row, day) in
                         (select (rule, person, file, visit_row, day) from {touched("stay_days")} group by rule, person, file, visit_row, day
                          having sum(quantity) > 0)),
        late as (select * from x where n > cast((p->>'at_most') as integer) and own)
        select rule, person, min(day) as day, {SORTED}, sum(amount) as amount from late group by rule, person, file, visit_row""",
    "cycle": lambda: f"""
        with x as (select * from {touched("cycle")}),
        days as (select rule, person, day, p, own as in_time, sum(quantity) as own from x group by rule, person, day, p, in_time
                 having sum(quantity) > 0),
        windows as (select a.rule, a.person, a.day, a.p, any_value(a.own) as own, sum(b.own) as total from days a join days b
                    on a.rule = b.rule and a.person = b.person and b.day <= a.day and a.day - b.day < cast((a.p->>'days') as integer)
                    where a.in_time group by a.rule, a.person, a.day, a.p having sum(b.own) > cast((a.p->>'at_most') as integer)),
        back as (select w.rule, w.person, w.day, least(w.total - cast((w.p->>'at_most') as integer), w.own) as excess, x.quantity, x.amount,
                        coalesce(sum(x.quantity) over (partition by w.rule, w.person, w.day
                            order by x.time desc nulls last, x.file desc, x.row desc rows between unbounded preceding and 1 preceding), 0) as later
                 from windows w join x using (rule, person, day) where x.quantity > 0),
        money as (select rule, person, day, sum(case when least(greatest(excess - later, 0), quantity) = quantity then amount else
                     cast(floor(cast(amount * 100 as hugeint) * cast(least(greatest(excess - later, 0), quantity) * 10000 as hugeint) * 1.0
                          / cast(quantity * 10000 as hugeint) + 0.5) as bigint) / 100.0 end) as amount from back group by rule, person, day),
        evidence as (select w.rule, w.person, w.day, list_sort(list(distinct x.visit_id)) as visits, list_sort(list(x.line_id)) as lines
                     from windows w join x on x.rule = w.rule and x.person = w.person and x.day <= w.day
                          and w.day - x.day < cast((w.p->>'days') as integer)
                          and (x.rule, x.person, x.day) in (select (rule, person, day) from days) group by w.rule, w.person, w.day)
        select rule, person, day, visits, lines, amount from evidence join money using (rule, person, day)""",
    "supply_overlap": lambda: f"""
        with x as (select * from {touched("supply_overlap")}),
        used as (select rule, person, day from x group by rule, person, day having sum(quantity) > 0),
        days as (select rule, person, day, p, own, {SORTED}, sum(amount) as amount,
                        sum(case when quantity > 0 then greatest(coalesce(supply_days, 0), 0) else 0 end) as supplied
                 from x semi join used using (rule, person, day) group by rule, person, day, p, own),
        sums as (select *, sum(supplied) over w as until_now, day - date '1970-01-01' as d from days where supplied > 0
                 window w as (partition by rule, person order by day)),
        covers as (select *, max(d - (until_now - supplied)) over (partition by rule, person order by day
                       rows between unbounded preceding and 1 preceding) + (until_now - supplied) as covered_until from sums)
        select rule, person, day, visits, lines, amount from covers where own and covered_until - d > cast((p->>'at_most_days') as integer)""",
    "same_prescription": lambda: f"""
        with drugs as (select rule, p, since, until, person, file, visit_row, visit_id, list_sort(list(item)) as drugs
                       from l join ri using (item) where (p->>'kind') = 'same_prescription' and role = 0
                       and care in ('outpatient','emergency','chronic','pharmacy') group by all),
        x as (select d.*, v.begin, v."end" as ended, v.row, cast(v.begin as date) as day, v.total from drugs d
              join v on v.person = d.person and v.file = d.file and v.row = d.visit_row
              where v.begin is not null and len(d.drugs) >= cast((d.p->>'at_least_items') as integer)),
        y as (select *, lag(visit_id) over (partition by rule, person, day, drugs order by begin, ended, file, row) as before from x)
        select rule, person, day, list_sort([before, visit_id]) as visits, [] as lines, total as amount from y
        where before is not null and day between since and until""",
    "overlapping_stays": lambda: pairs(
        "overlapping_stays", STAYS, "a.begin < b.\"end\" and b.begin < a.\"end\"", amount="least(a.total, b.total)"
    ),
    "outpatient_during_stay": lambda: f"""
        with s as (select * from {STAYS} where begin is not null and "end" is not null),
        x as (select r.rule, o.person, cast(o.begin as date) as day, o.visit_id, s.visit_id as stay, o.total, since, until,
                     row_number() over (partition by r.rule, o.person, o.file, o.row order by s.begin, s."end", s.file, s.row) as n
              from {OUTPATIENTS} o join s on s.person = o.person and s.begin < o.begin and o.begin < s."end", r
              where (p->>'kind') = 'outpatient_during_stay')
        select rule, person, day, list_sort([visit_id, stay]) as visits, [] as lines, total as amount from x where n = 1 and {DATES}""",
    "split_stay": lambda: again("split_stay", "and a.institution = b.institution"),
    "readmission": lambda: again("readmission", ""),
    "ping_pong": lambda: f"""
        with s as (select *, lead(visit_id) over w as id2, lead(institution) over w as i2, lead(begin) over w as b2, lead("end") over w as e2,
                          lead(visit_id, 2) over w as id3, lead(institution, 2) over w as i3, lead(begin, 2) over w as b3,
                          lead(total, 2) over w as t3
                   from {STAYS} where begin is not null and "end" is not null
                   window w as (partition by person order by begin, "end", file, row))
        select rule, person, cast(b3 as date) as day, list_sort([visit_id, id2, id3]) as visits, [] as lines, t3 as amount from s, r
        where (p->>'kind') = 'ping_pong' and institution = i3 and institution <> i2
          and cast(b2 as date) - cast("end" as date) between 0 and cast((p->>'within_days') as integer)
          and cast(b3 as date) - cast(e2 as date) between 0 and cast((p->>'within_days') as integer) and cast(b3 as date) between since and until""",
    "empty_bed": lambda: f"""
        with s as (select *, greatest(cast("end" as date) - cast(begin as date), 1) as days from {STAYS} where begin is not null and "end" is not null),
        active as (select rule, person, file, visit_row, count(distinct day) as active from l, r where (p->>'kind') = 'empty_bed'
                   and (rule, item) not in (select (rule, item) from ri) group by all),
        x as (select r.*, s.*, greatest(days - coalesce(active, 0), 0) as idle from s cross join r
              left join active on active.rule = r.rule and active.person = s.person and active.file = s.file and active.visit_row = s.row
              where (p->>'kind') = 'empty_bed')
        select rule, person, cast(begin as date) as day, [visit_id] as visits, [] as lines, total as amount from x
        where days >= cast((p->>'min_days') as integer) and idle * 100 >= days * cast((p->>'idle_percent') as integer)
          and cast(begin as date) between since and until""",
    "two_cities": lambda: pairs(
        "two_cities",
        """(select *, case when care = 'inpatient' and "end" is not null then "end" else begin + interval 1 hour end as until_then
            from v where begin is not null and city is not null)""",
        "a.city <> b.city and a.until_then > b.begin",
        amount="b.total",
    ),
    "borrowed": lambda: f"""
        with x as (select r.rule, b.person, cast(b.begin as date) as day, b.visit_id, a.visit_id as before, b.total, since, until,
                     row_number() over (partition by r.rule, b.person, b.file, b.row order by a.begin desc, a."end" desc, a.file desc, a.row desc) as n
              from {OUTPATIENTS} b join {OUTPATIENTS} a on a.person = b.person and (a.begin, a."end", a.file, a.row) < (b.begin, b."end", b.file, b.row)
                   and a.institution <> b.institution, r
              where (p->>'kind') = 'borrowed' and b.begin - a.begin < to_minutes(cast((p->>'within_minutes') as integer)))
        select rule, person, day, list_sort([visit_id, before]) as visits, [] as lines, total as amount from x where n = 1 and {DATES}""",
    "many_institutions": lambda: f"""
        select rule, person, cast(begin as date) as day, list_sort(list(visit_id)) as visits, [] as lines, sum(total) as amount
        from {OUTPATIENTS} o, r where (p->>'kind') = 'many_institutions' and begin is not null and cast(begin as date) between since and until
        group by rule, p, person, cast(begin as date) having count(distinct institution) >= cast((p->>'at_least') as integer)""",
    "monthly_total": lambda: f"""
        select rule, person, max(cast(begin as date)) as day, list_sort(list(visit_id)) as visits, [] as lines,
               sum(total) - cast((p->>'at_most_fen') as bigint) / 100.0 as amount
        from {OUTPATIENTS} o, r where (p->>'kind') = 'monthly_total' and begin is not null
        group by rule, p, since, until, person, date_trunc('month', begin)
        having sum(total) > cast((p->>'at_most_fen') as bigint) / 100.0 and max(cast(begin as date)) between since and until""",
    "doctor_load": lambda: f"""
        select rule, null as person, cast(begin as date) as day, [] as visits, [] as lines, 0 as amount from {OUTPATIENTS} o, r
        where (p->>'kind') = 'doctor_load' and doctor is not null and begin is not null and cast(begin as date) between since and until
        group by rule, p, doctor, cast(begin as date) having count(distinct person) > cast((p->>'patients_a_day') as integer)""",
    "doctor_two_places": lambda: f"""
        with x as (select *, lag(begin) over w as b1, lag(institution) over w as i1 from {OUTPATIENTS}
                   where doctor is not null and begin is not null window w as (partition by doctor order by begin, institution))
        select rule, null as person, cast(begin as date) as day, [] as visits, [] as lines, 0 as amount from x, r
        where (p->>'kind') = 'doctor_two_places' and i1 <> institution and begin - b1 < to_minutes(cast((p->>'within_minutes') as integer))
          and cast(begin as date) between since and until""",
    "growth": lambda: """
        with m as (select institution, date_trunc('month', begin) as month, sum(total) as total, bool_or(unsettled) as unsettled
                   from v where begin is not null group by all)
        select rule, null as person, cast(a.month as date) as day, [] as visits, [] as lines, 0 as amount
        from m a join m b on a.institution = b.institution and b.month + interval 1 month = a.month, r
        where (p->>'kind') = 'growth' and b.total > 0 and not b.unsettled and a.total >= cast((p->>'at_least_fen') as bigint) / 100.0
          and a.total * 100 >= b.total * cast((p->>'percent') as integer) and cast(a.month as date) between since and until""",
}


def course(kind, beyond):
    return f"""
        with x as (select * from {touched(kind)}),
        days as (select rule, person, day, p from x group by rule, person, day, p having sum(quantity) > 0),
        marked as (select *, case when day - lag(day) over (partition by rule, person order by day) <= cast((p->>'gap_days') as integer)
                                  then 0 else 1 end as begins from days),
        courses as (select *, sum(begins) over (partition by rule, person order by day) as course from marked),
        counted as (select *, row_number() over w as n, first_value(day) over w as first_day from courses
                    window w as (partition by rule, person, course order by day)),
        late as (select * from counted where {beyond})
        select rule, person, min(day) as day, {SORTED}, sum(amount) as amount from x join late using (rule, person, day) where own
        group by rule, person, course"""


def pairs(kind, source, condition, amount):
    return f"""select rule, b.person, cast(b.begin as date) as day, list_sort([a.visit_id, b.visit_id]) as visits, [] as lines, {amount} as amount
        from {source} a join {source} b on a.person = b.person and (a.begin, a."end", a.file, a.row) < (b.begin, b."end", b.file, b.row)
             and {condition}, r where (p->>'kind') = '{kind}' and cast(b.begin as date) between since and until
             and a.begin is not null and b.begin is not null"""


def again(kind, same):
    return f"""
        with x as (select r.rule, r.p, since, until, b.person, cast(b.begin as date) as day, b.main, a.main as before_main, b.total, b.visit_id,
                          a.visit_id as before, cast(b.begin as date) - cast(a."end" as date) as days,
                          row_number() over (partition by r.rule, b.person, b.file, b.row order by a."end" desc, a.file desc, a.row desc) as n
                   from {STAYS} b join {STAYS} a on a.person = b.person and (a.begin, a."end", a.file, a.row) < (b.begin, b."end", b.file, b.row)
                        and a.begin is not null and a."end" is not null {same}, r
                   where (p->>'kind') = '{kind}' and b.begin is not null and b.main is not null)
        select rule, person, day, list_sort([visit_id, before]) as visits, [] as lines, total as amount from x
        where n = 1 and days between 0 and cast((p->>'within_days') as integer) and left(main, 3) = left(before_main, 3)
          and not exists (select 1 from (select unnest(cast((p->'except') as varchar[])) as prefix) where starts_with(main, prefix)) and {DATES}"""


db.execute(f"create table hits as select * replace (rule || '@' || version as rule) from read_parquet('{run}/hits.parquet')")
SAME = """select rule, coalesce(person, '-') as person, day, list_aggregate(visits, 'string_agg', '+') as visits,
          list_aggregate(lines, 'string_agg', '+') as lines, cast(amount as decimal(18, 2)) as amount from {source}"""
bad = 0
for kind in sorted(kinds):
    if kind in ("unlicensed", "beyond_scope") and not doctors_file:
        print(f"{kind}: needs the registrations of doctors")
        continue
    db.execute(f"create or replace table theirs as {SAME.format(source='(' + SQL[kind]() + ')')}")
    ids = kinds[kind]
    db.execute(
        "create or replace table ours as "
        + SAME.format(source="(select rule, patient as person, day, visits, lines, amount from hits where list_contains(?, rule))"),
        [ids],
    )
    ours, theirs = (db.execute(f"select count(*) from {name}").fetchone()[0] for name in ("ours", "theirs"))
    only_ours = db.execute("select * from ours except all select * from theirs order by all limit 5").fetchall()
    only_theirs = db.execute("select * from theirs except all select * from ours order by all limit 5").fetchall()
    equal = not only_ours and not only_theirs
    print(f"{kind}: run {ours}, reference {theirs}, {'equal' if equal else 'DIFFERENT'}")
    for row in only_ours:
        print("  only in the run:", *row)
    for row in only_theirs:
        print("  only in the reference:", *row)
    bad += not equal
sys.exit(1 if bad else 0)
