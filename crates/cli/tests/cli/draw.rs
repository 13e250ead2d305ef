//! A draw by files alone: planned, fixed, drawn, released, and checked by somebody else.

use crate::claims::{Folder, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PLAN: &str = r#"
draw = "2026-DEMO-1"
task = "2026年下半年医疗机构联合抽查"

[rules]
period = ["2026-12-01", "2026-12-20"]
crossing = true
first_line = 700000
leave_days = 2
strata = [
    { grade = "A", risk = "", rate = 120000, at_least = 0 },
    { grade = "C", risk = "", rate = 300000, at_least = 4 },
]
[rules.seats]
clinic = [{ department = "health" }, { department = "insurance", specialty = "医保" }]
[rules.items]
health = ["医疗废物"]
insurance = ["医保结算"]

[bases]
objects = "objects.csv"
inspectors = "inspectors.csv"
recusals = [{ officer = "执001", object = "演示-A-03", ground = "kin", detail = "配偶任院长" }]

[sources.ceremony]
place = "政务大厅"
at = "2026-11-23 10:00"
digits = 20

[floor]
rate = 100000
population = [{ stratum = "A/", objects = 40 }, { stratum = "C/", objects = 10 }]
draws = [{ name = "下半年", beyond_drawn = false, strata = [
    { grade = "A", risk = "", rate = 120000, at_least = 0 }, { grade = "C", risk = "", rate = 300000, at_least = 4 },
] }]
"#;

const SAID: &str = r#"
[[ceremony]]
person = "甲"
department = "health"
at = "2026-11-23 10:10"
value = "31415926535897932384"
[[ceremony]]
person = "乙"
department = "insurance"
at = "2026-11-23 10:12"
value = "31415926535897932384"
"#;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify/example.json");

fn draw(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xingjian")).arg("draw").args(arguments).output().unwrap()
}

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

struct World(Folder);

impl World {
    fn new(name: &str) -> Self {
        let world = Self(Folder::new(&format!("draw-{name}")));
        let rows = |from: &str, grade: &str, count: usize| -> String {
            let row = |at: usize| format!("演示-{from}-{at:02},{grade},,clinic,科室{}\n", at % 3);
            (0..count).map(row).collect()
        };
        world.write("objects.csv", &format!("id,grade,risk,kind,unit\n{}{}", rows("A", "A", 40), rows("C", "C", 10)));
        let officer = |at: usize| {
            let (department, specialty) =
                if at.is_multiple_of(2) { ("insurance", "医保;药品") } else { ("health", "") };
            let leave = if at == 4 { "2026-12-02/2026-12-03" } else { "" };
            format!("执{at:03},{department},科室{},{specialty},2025-01-01/2027-01-01,{leave},是\n", at % 3)
        };
        let officers: String = (0..12).map(officer).collect();
        let head = "officer,department,unit,specialties,certificate,leave,first_line\n";
        world.write("inspectors.csv", &format!("{head}{officers}"));
        world.write("plan.toml", PLAN);
        world.write("said.toml", SAID);
        world
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    fn path(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.at(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }

    fn commit(&self, plan: &str) -> Output {
        draw(&["commit", &self.path(plan), "--out", &self.path("out"), "--at", "2026-11-22 10:00"])
    }

    fn run(&self, at: &str, said: bool) -> Output {
        let (out, file) = (self.path("out"), self.path("said.toml"));
        let said: &[&str] = if said { &["--said", &file] } else { &[] };
        draw(&[&["run", &out, "--at", at], said].concat())
    }
}

#[test]
fn tickets_are_those_of_the_reference() {
    let world = World::new("tickets");
    world.write("ids", "ab-1\nab-2\ncd-1\nef-3\n");
    // The example in the reference's own description.
    let four =
        "ticket,id,generation\n0.317685817,cd-1,1\n0.832984519,ef-3,1\n0.9098039269,ab-1,1\n0.9231549043,ab-2,1\n";
    let ids = world.path("ids");
    let drawn = draw(&["tickets", "--seed", "314159", "--ids", &ids, "--digits", "9", "--take", "4"]);
    assert_eq!(text(&drawn.stdout), four);
    world.write("ids", "A#2\nB#7\nC#1\nD#4\n");
    let again = ["tickets", "--seed", "314159", "--ids", &ids, "--digits", "9", "--take", "8", "--with-replacement"];
    let again = text(&draw(&again).stdout);
    let order: Vec<&str> = again.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(order, ["D#4", "C#1", "C#1", "B#7", "A#2", "C#1", "D#4", "B#7"]);
    world.write("ids", "甲\n乙\n甲\n");
    let (code, message) = told(&draw(&["tickets", "--seed", "1", "--ids", &ids]));
    assert_eq!(code, Some(1));
    assert!(message.contains("名单中“甲”出现了不止一次"), "{message}");
    world.write("ids", "甲\n 乙\n");
    let (_, message) = told(&draw(&["tickets", "--seed", "1", "--ids", &ids]));
    assert!(message.contains("第2行“ 乙”"), "{message}");
}

#[test]
fn a_plan_says_its_numbers_or_all_its_faults() {
    let world = World::new("plan");
    let late = PLAN.replace("2026-11-23 10:00", "2126-11-23 10:00");
    world.write("plan.toml", &late);
    let (code, message) = told(&draw(&["plan", &world.path("plan.toml")]));
    assert_eq!(code, Some(0), "{message}");
    for line in [
        "对象50家，排除0家，检查人员12名，回避1条",
        "分层“A/”：40家，抽4或5家，每家被抽中的概率 3/25",
        "分层“C/”：10家，抽4家，每家被抽中的概率 2/5",
        "年度下限10%：至少抽到8家不同对象，需要5家，能够达到",
    ] {
        assert!(message.contains(line), "{line} in {message}");
    }
    let bad = late.replace("digits = 20", "digits = 5").replace("first_line = 700000", "first_line = 100000");
    let bad = bad.replace("rate = 100000\npop", "rate = 500000\npop");
    world.write("plan.toml", &bad);
    let (code, message) = told(&draw(&["plan", &world.path("plan.toml")]));
    assert_eq!(code, Some(1));
    for fault in ["方案不能实施，共3处", "一线监督员占比", "公开仪式数字位数：“5”", "还差17家"]
    {
        assert!(message.contains(fault), "{fault} in {message}");
    }
    world.write("plan.toml", &late.replace("task =", "tasks ="));
    let (_, message) = told(&draw(&["plan", &world.path("plan.toml")]));
    assert!(message.contains("plan.toml") && message.contains("tasks"), "{message}");
    world.write("plan.toml", &late);
    world.write("inspectors.csv", "officer,department\n执001,health\n");
    let (_, message) = told(&draw(&["plan", &world.path("plan.toml")]));
    assert!(message.contains("inspectors.csv第2行"), "{message}");
}

#[test]
fn a_draw_by_files_is_checked_by_somebody_else() {
    let world = World::new("run");
    assert_eq!(told(&world.commit("plan.toml")).0, Some(0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.at("out/secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let announced = world.read("out/freeze.json");
    assert!(!announced.contains("演示-A-") && !announced.contains("执0"), "{announced}");
    let (code, message) = told(&world.commit("plan.toml"));
    assert!(code == Some(1) && message.contains("同一次抽查不得重做"), "{message}");

    let (_, early) = told(&world.run("2026-11-23 10:05", true));
    assert!(early.contains("还没有到"), "{early}");
    assert_eq!(told(&world.run("2026-11-23 11:00", true)).0, Some(0));
    let (_, again) = told(&world.run("2026-11-23 11:30", true));
    assert!(again.contains("不得重做"), "{again}");
    let bundle = world.read("out/bundle.json");
    assert!(!bundle.contains("执0") && !bundle.contains("配偶"), "names stay with the authority");
    let (code, message) = told(&draw(&["verify", &world.path("out/bundle.json")]));
    assert!(code == Some(0) && message.contains("重新计算逐项相同"), "{message}");
    assert!(message.contains("未证明  1 日志证明"), "{message}");

    world.write("spoilt.json", &bundle.replacen("\"unit\":\"科室1\"", "\"unit\":\"科室2\"", 1));
    let (code, message) = told(&draw(&["verify", &world.path("spoilt.json")]));
    assert!(code == Some(1) && message.contains("未通过：检查对象名录的哈希"), "{message}");
}

#[test]
fn a_sealed_list_comes_out_on_its_day() {
    let world = World::new("sealed");
    world.write("plan.toml", &format!("release = \"2026-12-21\"\n{PLAN}"));
    assert_eq!(told(&world.commit("plan.toml")).0, Some(0));
    let (code, message) = told(&world.run("2026-11-23 11:00", true));
    assert!(code == Some(0) && message.contains("名单封存至2026-12-21"), "{message}");
    assert!(!world.at("out/bundle.json").exists());
    let steps = world.read("out/steps.json");
    assert!(!steps.contains("演示-A-") && !steps.contains("nonce:"), "{steps}");
    let (code, message) = told(&draw(&["verify", &world.path("out/steps.json")]));
    assert!(code == Some(0) && message.contains("名单尚未公开"), "{message}");
    let (code, message) = told(&world.run("2026-12-20 11:00", false));
    assert!(code == Some(1) && message.contains("名单封存至2026-12-21"), "{message}");
    assert_eq!(told(&world.run("2026-12-21 09:00", false)).0, Some(0));
    let (code, _) = told(&draw(&["verify", &world.path("out/bundle.json")]));
    assert_eq!(code, Some(0));
}

#[test]
fn a_draw_without_enough_officers_is_stopped_and_shown() {
    let world = World::new("short");
    world.write("plan.toml", &PLAN.replace("leave_days = 2", "leave_days = 2\nmost = 1"));
    assert_eq!(told(&world.commit("plan.toml")).0, Some(0));
    let (code, message) = told(&world.run("2026-11-23 11:00", true));
    assert!(code == Some(1) && message.contains("抽查已经终止：检查组无法组成"), "{message}");
    let (code, message) = told(&draw(&["verify", &world.path("out/bundle.json")]));
    assert!(code == Some(0) && message.contains("检查组确实无法组成"), "{message}");
}

#[test]
fn what_a_department_commits_to_is_made_and_fits() {
    let made = draw(&["commit", "--reveal", "--draw", "2026-1", "--department", "health"]);
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let salt = |name: &str| made[name].as_str().unwrap().parse::<xingjian_draw::Salt>().unwrap();
    let draw_id = "2026-1".parse().unwrap();
    let department = xingjian_kernel::DepartmentId::new("health");
    let commitment = xingjian_draw::seed::Reveal::commitment(&draw_id, &department, &salt("value"), &salt("salt"));
    assert_eq!(made["commitment"], commitment.to_string());
    let (code, message) = told(&draw(&["commit", "--reveal", "--draw", "a|b", "--department", "health"]));
    assert!(code == Some(2) && message.contains("抽查编号“a|b”"), "{message}");
}

#[test]
fn a_bundle_is_judged_by_the_policy_that_is_given() {
    let world = World::new("policy");
    let example = std::fs::read_to_string(Path::new(EXAMPLE)).unwrap();
    let bundle: serde_json::Value = serde_json::from_str(&example).unwrap();
    world.write("policy", bundle["policy"].as_str().unwrap());
    let (code, message) = told(&draw(&["verify", EXAMPLE, "--policy", &world.path("policy")]));
    assert!(code == Some(0) && message.contains("通过　  1 日志证明：6/6"), "{message}");
    world.write("policy", &bundle["policy"].as_str().unwrap().replace("quorum none", "group all all\nquorum none"));
    assert_eq!(told(&draw(&["verify", EXAMPLE, "--policy", &world.path("policy")])).0, Some(1));
    let json = draw(&["verify", EXAMPLE, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["agrees"], &json["told"][0]["held"]), (&true.into(), &false.into()));
    world.write("cut.json", &example[..example.len() / 2]);
    let (code, message) = told(&draw(&["verify", &world.path("cut.json")]));
    assert!(code == Some(1) && message.contains("cut.json第"), "{message}");
    world.write("page.json", "<!doctype html><p>抽查</p>");
    let (code, message) = told(&draw(&["verify", &world.path("page.json")]));
    assert!(code == Some(1) && message.contains("是网页") && message.contains("/bundle"), "{message}");
}
