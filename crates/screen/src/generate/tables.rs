//! Writes the made-up city in the layout of the national tables, a folder for each month, so that it can be ingested as real tables are.

use super::person::DAY_MS;
use super::write::{Made, Rows};
use super::{MadeLine, MadeVisit, World};
use crate::claims::Error;
use crate::national::Care;
use crate::pass::date_of;
use csv::Writer;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The tables and the columns that are written; all others of the layout would be empty.
const TABLES: [(&str, &[&str]); 4] = [
    (
        "mdtrt_d",
        &[
            "mdtrt_id",
            "psn_no",
            "gend",
            "brdy",
            "insutype",
            "fixmedins_code",
            "fixmedins_name",
            "hosp_lv",
            "fix_blng_admdvs",
            "begntime",
            "endtime",
            "med_type",
            "chfpdr_code",
            "adm_dept_name",
            "dscg_dept_name",
            "dscg_maindiag_code",
            "die_date",
            "vali_flag",
        ],
    ),
    (
        "setl_d",
        &[
            "setl_id",
            "mdtrt_id",
            "psn_no",
            "setl_time",
            "medfee_sumamt",
            "fund_pay_sumamt",
            "refd_setl_flag",
            "vali_flag",
        ],
    ),
    (
        "fee_list_d",
        &[
            "bkkp_sn",
            "mdtrt_id",
            "setl_id",
            "psn_no",
            "fixmedins_code",
            "fee_ocur_time",
            "cnt",
            "pric",
            "det_item_fee_sumamt",
            "pric_uplmt_amt",
            "inscp_amt",
            "med_list_codg",
            "bilg_dr_code",
            "prd_days",
            "vali_flag",
        ],
    ),
    (
        "setl_list_diag_d",
        &["setl_list_diag_id", "setl_id", "mdtrt_id", "psn_no", "maindiag_flag", "diag_code", "vali_flag"],
    ),
];

/// The open files of all months.
struct Tables<'a> {
    world: &'a World<'a>,
    codes: Vec<&'a str>,
    folder: PathBuf,
    open: BTreeMap<(u16, usize), Writer<File>>,
    failure: Option<Error>,
    lines: u64,
}

impl World<'_> {
    /// Writes the tables below `folder`; returns what was made.
    pub fn write_tables(&self, folder: &Path) -> Result<Made, Error> {
        let mut tables = Tables {
            world: self,
            codes: self.item_codes().collect(),
            folder: folder.to_owned(),
            open: BTreeMap::new(),
            failure: None,
            lines: 0,
        };
        let made = self.tell(&mut tables);
        if let Some(error) = tables.failure {
            return Err(error);
        }
        for ((month, table), mut writer) in tables.open {
            let path = path(folder, &self.recipe.month_name(month), table);
            writer.flush().map_err(Error::io(&path))?;
        }
        Ok(Made { lines: tables.lines, ..made })
    }
}

fn path(folder: &Path, month: &str, table: usize) -> PathBuf {
    folder.join(month).join(format!("{}.csv", TABLES[table].0))
}

impl Rows for Tables<'_> {
    fn take(&mut self, visits: Vec<MadeVisit>) {
        for visit in visits {
            if self.failure.is_none() {
                self.failure = self.visit(&visit).err();
            }
        }
    }
}

impl Tables<'_> {
    fn visit(&mut self, visit: &MadeVisit) -> Result<(), Error> {
        let end = i32::try_from(visit.end.div_euclid(DAY_MS)).expect("days of this century");
        let month = self.world.recipe.month_of(end);
        let settlement = format!("S{}", visit.id);
        self.visit_row(month, visit)?;
        let total = money(visit.lines.iter().map(MadeLine::amount).sum());
        self.row(month, 1, &[&settlement, &visit.id, &visit.person, &moment(visit.end), &total, &total, "0", "1"])?;
        for line in &visit.lines {
            self.line_row(month, visit, &settlement, line)?;
        }
        self.lines += visit.lines.len() as u64;
        for (number, code) in visit.diagnoses.iter().enumerate() {
            let main = if number == 0 { "1" } else { "0" };
            let id = format!("G{}{number}", visit.id);
            self.row(month, 3, &[&id, &settlement, &visit.id, &visit.person, main, code, "1"])?;
        }
        Ok(())
    }

    #[rustfmt::skip]
    fn visit_row(&mut self, month: u16, visit: &MadeVisit) -> Result<(), Error> {
        let place = self.world.place_code(visit.institution);
        let name = format!("演示机构{place}");
        let (sex, birth) = (visit.sex.to_string(), date_of(visit.birth).to_string());
        let death = visit.death.map_or_else(String::new, |day| date_of(day).to_string());
        let diagnosis = visit.diagnoses.first().map_or("", String::as_str);
        let doctor = visit.doctor.as_deref().unwrap_or("");
        let department = visit.doctor.as_deref().map_or("", super::place::department_of);
        let is_stay = Care::from_medical_type(visit.medical_type) == Some(Care::Inpatient);
        let discharge = if is_stay { department } else { "" };
        let fields = [
            &visit.id, &visit.person, &sex, &birth, visit.insurance, &place, &name, visit.level, &visit.city,
            &moment(visit.begin), &moment(visit.end), visit.medical_type, doctor, department, discharge,
            diagnosis, &death, "1",
        ];
        self.row(month, 0, &fields)
    }

    #[rustfmt::skip]
    fn line_row(&mut self, month: u16, visit: &MadeVisit, settlement: &str, line: &MadeLine) -> Result<(), Error> {
        let place = self.world.place_code(visit.institution);
        let at = moment(i64::from(line.day) * DAY_MS + i64::from(line.time));
        let supply = line.supply_days.map_or_else(String::new, |days| days.to_string());
        let code = self.codes[line.item as usize];
        let (quantity, price, amount) = (scaled(line.quantity, 4), scaled(line.price, 6), money(line.amount()));
        let (covered, doctor) = (money(line.covered), visit.doctor.as_deref().unwrap_or(""));
        let fields = [
            &line.id, &visit.id, settlement, &visit.person, &place, &at, &quantity, &price, &amount, &price, &covered,
            code, doctor, &supply, "1",
        ];
        self.row(month, 2, &fields)
    }

    fn row(&mut self, month: u16, table: usize, fields: &[&str]) -> Result<(), Error> {
        let path = || path(&self.folder, &self.world.recipe.month_name(month), table);
        let failed = |error: csv::Error| Error::io(&path())(error.into());
        let writer = match self.open.entry((month, table)) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => {
                let path = path();
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(Error::io(parent))?;
                }
                let mut writer = Writer::from_path(&path).map_err(failed)?;
                writer.write_record(TABLES[table].1).map_err(failed)?;
                new.insert(writer)
            }
        };
        writer.write_record(fields).map_err(failed)
    }
}

/// `2026-01-02 09:30:00`.
fn moment(millis: i64) -> String {
    let date = date_of(i32::try_from(millis.div_euclid(DAY_MS)).expect("days of this century"));
    let second = millis.rem_euclid(DAY_MS) / 1000;
    format!("{date} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

fn money(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// A scaled integer that is not negative, without trailing zeros.
fn scaled(value: i64, digits: usize) -> String {
    let unit = 10i64.pow(u32::try_from(digits).expect("a few digits"));
    let text = format!("{}.{:0digits$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_tables_have_them() {
        assert_eq!(moment(86_400_000 + 34_200_000), "1970-01-02 09:30:00");
        assert_eq!(money(1205), "12.05");
        assert_eq!(scaled(12_345_000, 6), "12.345");
        assert_eq!(scaled(20_000, 4), "2");
    }
}
