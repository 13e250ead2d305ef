use super::*;
use crate::institution::{self, Details};
use crate::officer::{NewOfficer, Tie, add_for_in};
use xingjian_kernel::{DepartmentId, Role};
use xingjian_testkit::{World, both_databases};

async fn officer(world: &World, department: &str) -> Stored<Officer> {
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    let mut tx = registrar.begin().await.unwrap();
    let new = NewOfficer {
        name: "监督员甲".into(),
        account: None,
        unit: "一科".into(),
        certificate: None,
        specialties: vec![],
        recusals: vec![],
        first_line: false,
        division: "4404".parse().unwrap(),
    };
    let officer = add_for_in(&mut tx, &registrar, DepartmentId::new(department), new).await.unwrap();
    tx.commit().await.unwrap();
    Stored { version: 1, value: officer }
}

fn leave(from: &str, until: &str) -> Leave {
    Leave { from: from.parse().unwrap(), until: until.parse().unwrap() }
}

fn refused<T>(result: Result<T, Failure>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(Failure::Invalid(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Err(Failure::Refused(refusal)) => refusal.code,
        Err(other) => other.to_string(),
    }
}

both_databases! {
    async fn leave_skills_and_grounds_are_kept_with_their_acts(world: World) {
        let registrar = world.ctx("登记员甲", &[Role::Registrar]);
        let officer = officer(&world, "health").await;
        let mut seen = 1;
        let certificate = Certificate { number: "演示1".into(), from: "2026-01-01".parse().unwrap(), until: "2027-12-31".parse().unwrap() };
        let skills = Skills { unit: "二科".into(), certificate: Some(certificate.clone()), specialties: vec!["放射卫生".into()], first_line: true };
        let details = Details {
            name: "演示医院".into(), division: "440402".parse().unwrap(), place: None, licence: None, credit_code: None,
            insurance_code: None, category: None, level: None, address: None, telephone: None, beds: None,
        };
        let subject = institution::register(&registrar, details, true).await.unwrap().subject();
        let recusal = Recusal { subject, tie: Tie::Kin, reason: "配偶任职".into() };
        let steps = [
            Change::Skills(skills),
            Change::AddLeave(leave("2026-12-01", "2026-12-05")),
            Change::AddLeave(leave("2027-01-01", "2027-01-05")),
            Change::RemoveLeave(leave("2026-12-01", "2026-12-05")),
            Change::AddRecusal(recusal.clone()),
        ];
        for step in steps {
            seen = change(&registrar, officer.id, seen, step).await.unwrap().version;
        }
        let kept = records::must::<Officer>(&registrar, officer.id).await.unwrap();
        assert_eq!((kept.unit.as_str(), kept.first_line, kept.certificate.as_ref()), ("二科", true, Some(&certificate)));
        assert_eq!((&kept.leave, &kept.recusals), (&vec![leave("2027-01-01", "2027-01-05")], &vec![recusal.clone()]));
        let none = Change::RemoveRecusal { recusal: recusal.clone(), reason: " ".into() };
        assert_eq!(refused(change(&registrar, officer.id, seen, none).await), "理由：没有填写。请写明理由");
        let gone = Change::RemoveRecusal { recusal, reason: "已离职".into() };
        assert!(change(&registrar, officer.id, seen, gone).await.unwrap().recusals.is_empty());
    }

    async fn what_cannot_be_is_refused_and_others_keep_their_own(world: World) {
        let registrar = world.ctx("登记员甲", &[Role::Registrar]);
        let officer = officer(&world, "insurance").await;
        let backward = Change::AddLeave(leave("2026-12-05", "2026-12-01"));
        assert_eq!(
            refused(change(&registrar, officer.id, 1, backward).await),
            "请假：“2026-12-05至2026-12-01”结束早于开始。请调整起止日期"
        );
        let absent = Change::RemoveLeave(leave("2026-12-01", "2026-12-05"));
        assert_eq!(refused(change(&registrar, officer.id, 1, absent).await), "没有找到该记录，或者您无权查看");
        let add = || Change::AddLeave(leave("2026-12-01", "2026-12-05"));
        let market = world.ctx_of("market", "登记员丙", &[Role::Registrar]);
        assert_eq!(refused(change(&market, officer.id, 1, add()).await), "other_department");
        let inspector = world.ctx_of("insurance", "监督员甲", &[Role::Inspector]);
        assert!(matches!(change(&inspector, officer.id, 1, add()).await, Err(Failure::Denied(_))));
        let own = world.ctx_of("insurance", "登记员乙", &[Role::Registrar]);
        assert_eq!(change(&own, officer.id, 1, add()).await.unwrap().leave.len(), 1);
        assert_eq!(refused(change(&own, officer.id, 1, add()).await), "请假：“2026-12-01至2026-12-05”已经登记。请核对起止日期");
    }
}

/// Records that were stored before officers had leave.
#[test]
fn earlier_records_still_read() {
    let stored = r#"{"id":"0199a000-0000-7000-8000-000000000001","name":"甲","account":null,"unit":"一科","certificate":null,
        "specialties":[],"recusals":[{"subject":"institution:0199a000-0000-7000-8000-000000000002","reason":"配偶"}],
        "division":"4404","department":"health","created_at":1767225600000000}"#;
    let read: Result<Officer, _> = serde_json::from_str(stored);
    let officer = read.unwrap();
    assert_eq!((officer.leave.len(), officer.first_line, officer.recusals[0].tie), (0, false, Tie::Other));
}
