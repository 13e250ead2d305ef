"""The rules of mappings/provider_claims.rules.toml once more, over the files as they were published.

usage: provider_claims.py INPATIENT.csv OUTPATIENT.csv BENEFICIARY.csv     (needs the package duckdb)

Written from docs/rules.md ("A public data set") alone; no store is read. Prints one JSON object: rule -> sorted list of findings, each the sorted
claims and the amount in question in fen.
"""

import json
import sys

import duckdb

db = duckdb.connect()
for name, path in zip(("inpatient", "outpatient", "beneficiary"), sys.argv[1:4]):
    db.execute(f"create table {name} as select * from read_csv(?, all_varchar = true, nullstr = ['NA', ''])", [path])
db.execute("""
create table stay as
select ClaimID as claim, BeneID as person, Provider as provider, AttendingPhysician as physician, left(ClmDiagnosisCode_1, 3) as disease,
       cast(AdmissionDt as date) as first, cast(DischargeDt as date) as last, cast(InscClaimAmtReimbursed as bigint) * 100 as fen,
       cast(ClaimStartDt as date) as billed_from, cast(ClaimEndDt as date) as billed_to
from inpatient
""")
db.execute("""
create table visit as
select ClaimID as claim, BeneID as person, Provider as provider, cast(ClaimStartDt as date) as day,
       cast(InscClaimAmtReimbursed as bigint) * 100 as fen
from outpatient
""")
EARLIER = "(a.first, a.last, a.claim) < (b.first, b.last, b.claim)"


def again(within, same):
    return f"""
        with before as (select b.claim, b.fen, b.first, b.disease, a.claim as earlier, a.last, a.disease as earlier_disease,
                               row_number() over (partition by b.claim order by a.last desc, a.claim desc) as place
                        from stay b join stay a on a.person = b.person and {EARLIER} {same})
        select [claim, earlier], fen from before
        where place = 1 and first - last between 0 and {within} and disease = earlier_disease"""


FINDINGS = {
    "pc/重叠住院": f"""select [a.claim, b.claim], least(a.fen, b.fen) from stay a join stay b
        on a.person = b.person and {EARLIER} and a.first < b.last and b.first < a.last""",
    "pc/住院期间门诊": """
        with within as (select v.claim, v.fen, s.claim as stay, row_number() over (partition by v.claim order by s.first, s.last, s.claim) as place
                        from visit v join stay s on s.person = v.person and s.first < v.day and v.day < s.last)
        select [claim, stay], fen from within where place = 1""",
    "pc/再入院/30日": again(30, ""),
    "pc/分解住院/15日": again(15, "and a.provider = b.provider"),
    "pc/往返转院/3日": """
        with row as (select *, lead(claim) over w as claim2, lead(provider) over w as provider2, lead(first) over w as first2, lead(last) over w as last2,
                            lead(claim, 2) over w as claim3, lead(provider, 2) over w as provider3, lead(first, 2) over w as first3,
                            lead(fen, 2) over w as fen3
                     from stay window w as (partition by person order by first, last, claim))
        select [claim, claim2, claim3], fen3 from row
        where provider = provider3 and provider <> provider2 and first2 - last between 0 and 3 and first3 - last2 between 0 and 3""",
    "pc/缺主诊医师": "select [claim], fen from stay where physician is null",
    "pc/计费日期与住院时间不符": """
        select [claim], fen from stay where billed_from < first or billed_from > last
        union all select [claim], 0 from stay where billed_to < first or billed_to > last""",
    "pc/死亡后收费": """
        with dead as (select BeneID as person, cast(DOD as date) as died from beneficiary where DOD is not null)
        select [claim], fen from stay join dead using (person) where billed_from > died
        union all select [claim], 0 from stay join dead using (person) where billed_to > died
        union all select [claim], fen from visit join dead using (person) where day > died""",
    "pc/一日多机构就诊/3家": """select list(claim), sum(fen) from visit group by person, day having count(distinct provider) >= 3""",
}
found = {rule: sorted([sorted(claims), int(fen)] for claims, fen in db.execute(sql).fetchall()) for rule, sql in FINDINGS.items()}
found["stays"] = sorted(row[0] for row in db.execute("select claim from stay").fetchall())
print(json.dumps(found, ensure_ascii=False))
