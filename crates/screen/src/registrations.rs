//! Registrations of doctors, in the file a registration authority gives out: who was registered from when to when, with which scopes.

use crate::claims::disk::Disk;
use crate::claims::{Error, write};
use crate::pass::date_of;
use crate::plan::Registrations;
use crate::plan::compile::day_number;
use jiff::civil::Date;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_kernel::Fault;

#[derive(Deserialize, Serialize)]
struct Row {
    #[serde(rename = "医师代码", alias = "doctor")]
    doctor: String,
    #[serde(rename = "注册起始日期", alias = "from")]
    from: String,
    #[serde(rename = "注册终止日期", alias = "until", default)]
    until: String,
    #[serde(rename = "执业范围", alias = "scopes", default)]
    scopes: String,
}

/// What the file is called in the folder of the claims, where every run reads it.
pub const FILE: &str = "registrations.csv";

/// Reads the file: one registration a line, several for a doctor who has several; scopes are separated by ；or 、. All faults at once.
pub fn read(path: &Path) -> Result<BTreeMap<String, Registrations>, Vec<Fault>> {
    let mut reader = csv::Reader::from_path(path)
        .map_err(|e| vec![Fault::new(path.display().to_string(), &e.to_string(), "无法读取", "核对路径和权限")])?;
    let mut doctors: BTreeMap<String, Registrations> = BTreeMap::new();
    let mut faults = vec![];
    for (line, row) in (2usize..).zip(reader.deserialize::<Row>()) {
        let place = |column: &str| format!("{}，第{line}行“{column}”", path.display());
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let mend = "列名为：医师代码、注册起始日期、注册终止日期、执业范围；文件用UTF-8保存";
                faults.push(Fault::new(place("全行"), &error.to_string(), "不是注册信息的行", mend));
                continue;
            }
        };
        let doctor = row.doctor.trim();
        if doctor.is_empty() {
            faults.push(Fault::new(place("医师代码"), "", "没有填写", "填写医保医师代码，与费用明细中的一致"));
        }
        let from = day(row.from.trim());
        if from.is_none() {
            faults.push(Fault::new(place("注册起始日期"), &row.from, "不是日期", "写作 2026-01-31"));
        }
        let until = if row.until.trim().is_empty() { Some(i32::MAX) } else { day(row.until.trim()) };
        if until.is_none() {
            faults.push(Fault::new(place("注册终止日期"), &row.until, "不是日期", "写作 2026-01-31；没有终止的留空"));
        }
        if let (Some(from), Some(until)) = (from, until) {
            if until < from {
                faults.push(Fault::new(place("注册终止日期"), &row.until, "早于起始日期", "核对两个日期"));
            }
            let scopes = row.scopes.split(['；', ';', '、']).map(str::trim).filter(|scope| !scope.is_empty());
            doctors.entry(doctor.to_owned()).or_default().push((from, until, scopes.map(str::to_owned).collect()));
        }
    }
    if faults.is_empty() && doctors.is_empty() {
        let mend = "没有注册信息时不要给出 --registrations，否则所有医师都被当作未注册";
        faults.push(Fault::new(path.display().to_string(), "", "没有一行注册信息", mend));
    }
    if faults.is_empty() { Ok(doctors) } else { Err(faults) }
}

/// Writes the file as [`read`] reads it.
pub fn write(path: &Path, doctors: &BTreeMap<String, Registrations>) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (doctor, all) in doctors {
        for (from, until, scopes) in all {
            let until = if *until == i32::MAX { String::new() } else { date_of(*until).to_string() };
            let (doctor, from) = (doctor.clone(), date_of(*from).to_string());
            writer.serialize(Row { doctor, from, until, scopes: scopes.join("；") }).expect("rows of text");
        }
    }
    let text = writer.into_inner().expect("memory has room");
    write::durably(&Disk::default(), path, &text)
}

/// Days since the epoch.
fn day(text: &str) -> Option<i32> {
    text.parse::<Date>().ok().map(day_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<BTreeMap<String, Registrations>, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("zhuce.csv");
        std::fs::write(&path, text).expect("it is written");
        read(&path).map_err(|faults| {
            let place = format!("{}/", folder.path().display());
            faults.iter().map(|fault| fault.to_string().replace(&place, "")).collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn a_doctor_may_have_several_registrations() {
        let text = "医师代码,注册起始日期,注册终止日期,执业范围\nD1,1970-01-02,1970-01-11,内科专业；全科医学专业\n\
                    D1,1970-02-01,,外科专业\n";
        let read = read_text(text).expect("it reads");
        let both = [(1, 10, vec!["内科专业".into(), "全科医学专业".into()]), (31, i32::MAX, vec!["外科专业".into()])];
        assert_eq!(read, BTreeMap::from([("D1".to_owned(), both.to_vec())]));
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("zhuce.csv");
        let one = vec![(1, 10, vec!["内科专业".to_owned(), "全科医学专业".to_owned()]), (31, i32::MAX, vec![])];
        let doctors = BTreeMap::from([("D1".to_owned(), one), ("D2".to_owned(), vec![(-5, 0, vec![])])]);
        write(&path, &doctors).expect("it is written");
        assert_eq!(read(&path).expect("it reads"), doctors);
    }

    #[test]
    fn every_fault_is_told_with_its_mend() {
        let text = "医师代码,注册起始日期,注册终止日期,执业范围\n,2026-13-01,昨天,\nD1,2026-01-02,2026-01-01,内科\n";
        let faults = read_text(text).expect_err("it has faults");
        assert_eq!(
            faults,
            "zhuce.csv，第2行“医师代码”：没有填写。填写医保医师代码，与费用明细中的一致\n\
             zhuce.csv，第2行“注册起始日期”：“2026-13-01”不是日期。写作 2026-01-31\n\
             zhuce.csv，第2行“注册终止日期”：“昨天”不是日期。写作 2026-01-31；没有终止的留空\n\
             zhuce.csv，第3行“注册终止日期”：“2026-01-01”早于起始日期。核对两个日期"
        );
        assert!(read_text("医师代码,注册起始日期\n").expect_err("it is empty").contains("没有一行注册信息"));
        assert!(read_text("代码,起\nD1,2026-01-01\n").expect_err("columns are missing").contains("列名为"));
    }
}
