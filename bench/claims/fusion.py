"""The same queries for DataFusion, which is asked in other words where it lacks those of `merged.py`.

It reads the same files: links to them lie in folders by number, because it tells the files of a table apart by their folder only. It cannot tell the
number of a row, so visits and patients are numbered by pyarrow, which reads them.
"""

import datetime
import os
import shutil
import tempfile

from merged import PARAMETERS, Claims


class Fusion(Claims):
    """A store and the rules of a catalogue as tables of a DataFusion session."""

    # Of lines with the same price the earlier one: so they are sorted.
    line, moment = "l.time", "(day::int::bigint * 86400000 + time::int)"

    def names(self, path):
        import pyarrow.parquet as pq

        return pq.read_table(path).sort_by("code")["name"].to_pylist()

    def open(self, sets):
        import pyarrow as pa
        import pyarrow.parquet as pq

        # Beside the store: a hard link stays within its disk.
        self.folder = tempfile.mkdtemp(prefix="lines-", dir=os.path.dirname(os.path.abspath(self.store)))
        visits, patients = [], []
        columns = ["patient", "institution", "doctor", "city", "insurance", "level", "medical_type", "sex", "birth", "death", "begin", "end", "diagnosis",
                   "diagnoses", "total"]
        for number, bucket in enumerate(sets):
            folder = os.path.join(self.folder, f"f={number}")
            os.mkdir(folder)
            os.link(self.path(bucket["lines"]), os.path.join(folder, "lines.parquet"))
            for tables, table, wanted in ((visits, "visits", columns), (patients, "patients", ["patient"])):
                read = pq.read_table(self.path(bucket[table]), columns=wanted)
                read = read.append_column("f", pa.repeat(pa.scalar(number, pa.int32()), len(read)))
                tables.append(read.append_column("r", pa.array(range(len(read)), pa.int32())))
        patients = pa.concat_tables(patients)
        person = patients["patient"].combine_chunks().dictionary_encode().indices
        self.give("patients", patients.select(["f", "r"]).append_column("person", person))
        self.give("visits", pa.concat_tables(visits))
        self.db.register_parquet("every_line", self.folder, table_partition_cols=[("f", pa.int32())])
        self.lines = "(select * from every_line where state = 0)"
        self.ask(f"""create table v as select p.person, v.f, v.r, {self.visit_columns()}
                     from visits v join patients p on p.f = v.f and p.r = v.patient""")
        self.db.deregister_table("visits")
        self.db.deregister_table("patients")

    def close(self):
        shutil.rmtree(self.folder)

    def give(self, name, table):
        if self.db.table_exist(name):
            self.db.deregister_table(name)
        self.db.register_record_batches(name, [table.to_batches(max_chunksize=8192)])

    def ask(self, query):
        import pyarrow as pa

        batches = [batch for batch in self.db.sql(query).collect() if batch.num_rows]
        rows = pa.Table.from_batches(batches).columns if batches else []
        return list(zip(*(column.to_pylist() for column in rows)))

    def table(self, name, rows, columns):
        import pyarrow as pa

        types = {"int": pa.int32(), "bigint": pa.int64(), "tinyint": pa.int8(), "varchar": pa.string(), "date": pa.date32(),
                 "int[]": pa.list_(pa.int32()), "bigint[]": pa.list_(pa.int64()),
                 "parameters": pa.struct([(number, pa.int64()) for number in PARAMETERS] + [("except", pa.list_(pa.int32()))])}
        arrays = {}
        for at, (column, kind) in enumerate(column.split() for column in columns.split(", ")):
            read = datetime.date.fromisoformat if kind == "date" else lambda value: value
            arrays[column] = pa.array([read(row[at]) for row in rows], types[kind])
        self.give(name, pa.table(arrays))
        if name == "gg":
            is_pair = lambda row: row[2] == "pair" and row[-1] in ("one_hour", "six_hours")
            roles = [{(row[1], row[0]) for row in rows if is_pair(row) and row[3] == role} for role in (0, 1)]
            assert not roles[0] & roles[1], "a line that may be charged with itself needs a number of its own"
            self.spans = sorted({row[9] for row in rows if row[2] == "cycle"})

    def millis(self, column):
        return f"{column}::bigint"

    def within_hours(self):
        return """select b.rule from moments b where b.role = 1 and b.own and exists (select 1 from moments a
                  where a.rule = b.rule and a.person = b.person and a.institution = b.institution and a.role = 0
                  and a.ms < b.ms + b.span and b.ms < a.ms + b.span)"""

    def used_lately(self):
        """A frame must be a number here, so there is one for each length of a cycle."""
        frame = "sum(used) over (partition by rule, person order by dn range between {} preceding and current row)"
        cases = " ".join(f"when {span} then {frame.format(span - 1)}" for span in self.spans)
        return f"case second {cases} end" if cases else "null"
