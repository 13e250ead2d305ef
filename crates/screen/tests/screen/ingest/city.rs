//! A store in a folder that is gone when the test ends, deliveries to it, and what lies in it as text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::rows::LineState;
use xingjian_screen::claims::{Disk, Line, Store, Visit, load};
use xingjian_screen::ingest::{Coding, Delivery, Error, PatientKey, Progress, Report, ingest};
use xingjian_screen::layout::Mapping;

pub struct City {
    pub at: tempfile::TempDir,
    pub mapping: Mapping,
    pub coding: Option<Coding>,
    pub disk: Disk,
    pub threads: usize,
    pub buckets: Option<u16>,
    pub accept_faulty: bool,
    pub secret: Vec<u8>,
    /// Where the process dies.
    pub dies_at: Option<Progress>,
}

impl City {
    pub fn new() -> Self {
        Self {
            at: tempfile::tempdir().unwrap(),
            mapping: Mapping::national(),
            coding: None,
            disk: Disk::default(),
            threads: 2,
            buckets: None,
            accept_faulty: false,
            secret: vec![7; 32],
            dies_at: None,
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.at.path().join("store")
    }

    pub fn key(&self) -> PatientKey {
        PatientKey::new(&self.secret).unwrap()
    }

    pub fn store(&self) -> Store {
        Store::open(&self.folder()).unwrap()
    }

    /// Writes a file to deliver, unless it is there: a file that was written again is another one.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at.path().join(name);
        if std::fs::read(&path).ok().as_deref() != Some(bytes.as_ref()) {
            std::fs::write(&path, bytes).unwrap();
        }
        path
    }

    /// Writes files and delivers them.
    pub fn deliver(&self, month: &str, files: &[(&str, &str)]) -> Result<Report, Error> {
        let files: Vec<PathBuf> = files.iter().map(|(name, text)| self.file(name, text)).collect();
        self.bring(month, &files, false)
    }

    pub fn late(&self, month: &str, files: &[(&str, &str)]) -> Result<Report, Error> {
        let files: Vec<PathBuf> = files.iter().map(|(name, text)| self.file(name, text)).collect();
        self.bring(month, &files, true)
    }

    /// Delivers files that are written already.
    pub fn bring(&self, month: &str, files: &[PathBuf], late: bool) -> Result<Report, Error> {
        let (folder, key) = (self.folder(), self.key());
        ingest(&Delivery {
            store: &folder,
            month,
            files,
            late,
            mapping: &self.mapping,
            coding: self.coding,
            key: &key,
            threads: self.threads,
            buckets: self.buckets,
            accept_faulty: self.accept_faulty,
            disk: self.disk.clone(),
            progress: &|progress| assert_ne!(Some(progress), self.dies_at, "killed"),
        })
    }

    /// What was set aside: the rows of the file without its header.
    pub fn set_aside(&self, report: &Report) -> String {
        let Some(path) = &report.set_aside else { return String::new() };
        let text = std::fs::read_to_string(self.folder().join(path)).unwrap();
        text.split_once("\r\n").unwrap().1.replace('\r', "")
    }

    /// Visits and lines of a month as text, in the order of patients' names.
    pub fn month(&self, month: &str) -> String {
        let store = self.store();
        let mut patients: BTreeMap<String, String> = BTreeMap::new();
        for set in &store.manifest.months[month].buckets {
            let rows = load::month(&store.folder, set).unwrap();
            for (at, visit) in rows.visits.iter().enumerate() {
                let text = patients.entry(self.person(&visit.patient)).or_default();
                write_visit(text, &store, visit);
                for line in rows.lines.iter().filter(|line| line.visit as usize == at) {
                    write_line(text, &store, line);
                }
            }
        }
        patients.into_iter().map(|(person, text)| person + "\n" + &text).collect()
    }

    /// The number of a person, of those that tests use.
    fn person(&self, patient: &str) -> String {
        let key = self.key();
        let numbers = (0..100).map(|number| format!("P{number}")).chain(["11010519491231002X".to_owned()]);
        numbers.into_iter().find(|number| key.patient(number) == patient).unwrap_or_else(|| patient.to_owned())
    }

    /// Every file that is in force, with its content.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let store = self.store();
        let sets = store.manifest.months.values().flat_map(|month| &month.buckets);
        let tables = sets.flat_map(|set| [&set.patients, &set.visits, &set.lines]);
        let read = |path: &str| std::fs::read(store.folder.join(path)).unwrap();
        let plain = |path: &str| path.rsplit_once("-v").map_or(path, |(stem, _)| stem).to_owned();
        let kind = |path: &str| path.split('.').nth(1).unwrap_or_default().to_owned();
        let mut files: BTreeMap<String, Vec<u8>> =
            tables.map(|file| (format!("{}.{}", plain(&file.path), kind(&file.path)), read(&file.path))).collect();
        files.extend(store.manifest.dictionaries.iter().map(|(list, file)| (list.name().to_owned(), read(&file.path))));
        files
    }
}

fn date(days: i32) -> String {
    let (year, month, day) = xingjian_screen::layout::date_of(days).unwrap();
    format!("{year:04}-{month:02}-{day:02}")
}

fn clock(millis: i64) -> String {
    format!("{:02}:{:02}", millis / 3_600_000, millis / 60_000 % 60)
}

fn moment(millis: i64) -> String {
    let day = i32::try_from(millis.div_euclid(86_400_000)).unwrap();
    format!("{}T{}", date(day), clock(millis.rem_euclid(86_400_000)))
}

fn name(store: &Store, list: ListName, code: i32) -> String {
    store.dictionaries.list(list).name(code).unwrap_or("?").to_owned()
}

fn write_visit(text: &mut String, store: &Store, visit: &Visit) {
    write!(text, "  {} {}", visit.visit, name(store, ListName::Institutions, visit.institution)).unwrap();
    let code = |text: &mut String, label: &str, list, code: Option<i32>| {
        if let Some(code) = code {
            write!(text, " {label}={}", name(store, list, code)).unwrap();
        }
    };
    code(text, "type", ListName::Values, visit.medical_type);
    code(text, "insurance", ListName::Values, visit.insurance);
    code(text, "level", ListName::Values, visit.level);
    code(text, "city", ListName::Values, visit.city);
    code(text, "doctor", ListName::Doctors, visit.doctor);
    code(text, "dept", ListName::Departments, visit.department);
    let mut value = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, " {label}={value}").unwrap();
        }
    };
    value("sex", visit.sex.map(|sex| sex.to_string()));
    value("birth", visit.birth.map(date));
    value("death", visit.death.map(date));
    value("begin", visit.begin.map(moment));
    value("end", visit.end.map(moment));
    value("days", visit.days.map(|days| days.to_string()));
    value("main", visit.diagnosis.map(|code| name(store, ListName::Diagnoses, code)));
    let names = |list, codes: &[i32]| {
        let names: Vec<String> = codes.iter().map(|code| name(store, list, *code)).collect();
        (!names.is_empty()).then(|| names.join("+"))
    };
    value("diagnoses", names(ListName::Diagnoses, &visit.diagnoses));
    value("operations", names(ListName::Operations, &visit.operations));
    value("total", visit.total.map(|fen| fen.to_string()));
    value("fund", visit.fund.map(|fen| fen.to_string()));
    text.push('\n');
}

fn write_line(text: &mut String, store: &Store, line: &Line) {
    let time = line.time.map(|time| format!("T{}", clock(i64::from(time)))).unwrap_or_default();
    let item = name(store, ListName::Items, line.item);
    write!(text, "    {} {}{time} {item} {}x{}={}", line.line, date(line.day), line.quantity, line.price, line.amount)
        .unwrap();
    let mut value = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, " {label}={value}").unwrap();
        }
    };
    value("covered", line.covered.map(|fen| fen.to_string()));
    value("limit", line.price_limit.map(|price| price.to_string()));
    value("doctor", line.doctor.map(|code| name(store, ListName::Doctors, code)));
    value("supply", line.supply_days.map(|days| days.to_string()));
    value("refunds", line.refunds.clone());
    value("state", (line.state != LineState::InForce).then(|| format!("{:?}", line.state)));
    text.push('\n');
}

/// A small month in the national layout.
pub const VISITS: &str = "\
mdtrt_id,psn_no,psn_cert_type,certno,psn_name,gend,brdy,die_date,insutype,fixmedins_code,hosp_lv,fix_blng_admdvs,begntime,endtime,med_type,ipt_days,dscg_dept_name,adm_dept_name,dscg_maindiag_code,chfpdr_code,chfpdr_name,vali_flag
v1,P1,01,11010519491231002X,甲,2,,,310,H1,02,110101,2026-01-02 08:00:00,2026-01-10 10:00:00,21,8,心内科,急诊科,I10,D1,张三,1
v2,P1,,,甲,2,1949-12-31,,310,H2,05,110101,2026-01-20,2026-01-20,11,,,全科,J06,,李四,1
v3,P2,,,乙,1,1980-02-29,2026-01-25,390,H1,02,110101,2026-01-24 23:00:00,2026-01-25 03:00:00,13,,,,,,,1
v4,P3,,,丙,9,2001-01-01,,390,H1,02,110101,2026-01-05,,41,,,,,,,
v5,P3,,,丙,1,2001-01-01,,390,H1,02,110101,2026-01-06,,41,,,,,,,0
";

pub const SETTLEMENTS: &str = "\
setl_id,mdtrt_id,psn_no,begndate,enddate,setl_time,medfee_sumamt,fund_pay_sumamt,refd_setl_flag,vali_flag
s1,v1,P1,2026-01-02,2026-01-05,2026-01-05 09:00:00,1000.00,800.00,0,1
s2,v1,P1,2026-01-05,2026-01-10,2026-01-10 09:00:00,234.56,100,0,1
s3,v2,P1,2026-01-20,2026-01-20,2026-01-20 09:00:00,99.00,0.00,1,1
s4,v2,P1,2026-01-20,2026-01-20,2026-01-20 09:30:00,12.50,10.00,0,1
s5,v3,P2,,,2026-01-25 04:00:00,88.00,,0,1
";

pub const FEES: &str = "\
bkkp_sn,mdtrt_id,psn_no,fixmedins_code,fee_ocur_time,med_list_codg,hilist_code,cnt,pric,det_item_fee_sumamt,inscp_amt,pric_uplmt_amt,bilg_dr_code,bilg_dr_name,prd_days,init_feedetl_sn,vali_flag
f1,v1,P1,H1,2026-01-02 09:00:00,001101000010000,,1,100,100.00,100.00,,D1,张三,,,1
f2,v1,P1,H1,2026-01-03 09:00:00,XA01AAA001A001010100001,X9,2.5,10.002,25.01,20.00,12,,李四,7,,1
f3,v1,P1,H1,2026-01-04 09:00:00,,X9,3,1.5,4.50,0,,,,,,1
f4,v1,P1,H1,2026-01-05 09:00:00,,X9,-3,1.5,-4.50,0,,,,,f3,1
f5,v2,P1,H2,2026-01-20,001101000010000,,1,12.5,12.50,,,,李四,,,1
f6,v3,P2,H1,2026-01-24 23:30:00,001101000010000,,0,100,0.00,0,,,,,,1
f7,v3,P2,H1,2026-01-25 00:10:00,A-17,,1,88,88,88,,,,,,0
f8,v4,P3,H1,20260105,ZA01AAA0001010100001,,1,9.99,9.99,9.99,,,,30,,
";

pub const DIAGNOSES: &str = "\
setl_list_diag_id,setl_id,mdtrt_id,psn_no,diag_type,maindiag_flag,diag_code,vali_flag
d1,s1,v1,P1,1,0,E11.900,1
d2,s1,v1,P1,1,1,I10.x00,1
d3,s1,v1,P1,1,0,E11.900,1
d4,s4,v2,P1,1,0,J06.900,1
d5,s4,v2,P1,1,0,J20.900,0
d6,s5,v3,P2,1,1,S06.000,1
";

pub const OPERATIONS: &str = "\
setl_list_oprn_id,setl_id,mdtrt_id,psn_no,main_oprn_flag,oprn_oprt_code,oprn_oprt_date,oprn_oprt_begntime,oprn_oprt_endtime,vali_flag
o1,s1,v1,P1,0,36.0600,2026-01-04,2026-01-04 11:00:00,2026-01-04 12:00:00,1
o2,s1,v1,P1,1,37.2200,2026-01-04,2026-01-04 11:00:00,2026-01-04 12:00:00,1
o3,s1,v1,P1,0,36.0600,2026-01-05,,,1
";

/// The files of the small month.
pub const MONTH: [(&str, &str); 5] = [
    ("mdtrt_d.csv", VISITS),
    ("setl_d.csv", SETTLEMENTS),
    ("fee_list_d.csv", FEES),
    ("setl_list_diag_d.csv", DIAGNOSES),
    ("setl_list_oprn_d.csv", OPERATIONS),
];
