use crate::cast::{Cast, day, details, inspector, officer_of, violates};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::Rate;
use xingjian_draw::base::{FIRST_LINE, Ground, Rules, Seat, Stratum};
use xingjian_inspect::base::{Inspecting, Objects, Pool, inspectors};
use xingjian_inspect::plan::{PlannedTask, Range};
use xingjian_inspect::task::{Answer, Outcome};
use xingjian_kernel::{DepartmentId, Role, SubjectRef};
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_registry::officer::{Recusal, Tie};
use xingjian_registry::release;
use xingjian_store::{Ctx, Reading};
use xingjian_testkit::both_databases;

/// A task over the whole city, two seats of the health department.
pub fn task() -> PlannedTask {
    let seat = || Seat { department: DepartmentId::new("health"), specialty: None };
    PlannedTask {
        number: "2026-01".into(),
        name: "医疗机构依法执业".into(),
        range: Range { divisions: vec!["4404".parse().unwrap()], categories: vec![], levelled: false },
        rules: Rules {
            period: (day("2026-12-01"), day("2026-12-31")),
            strata: vec![Stratum { grade: "A".into(), risk: String::new(), rate: Rate::ALL, at_least: 0 }],
            seats: BTreeMap::from([("基层医疗卫生机构".to_owned(), vec![seat(), seat()])]),
            items: BTreeMap::from([(DepartmentId::new("health"), vec!["YL01".to_owned()])]),
            crossing: false,
            first_line: Rate::from_ppm(FIRST_LINE).unwrap(),
            most: None,
            leave_days: 5,
        },
        beyond_drawn: false,
        sealed: false,
    }
}

async fn bases(ctx: &Ctx, task: &PlannedTask, drawn: &[&str]) -> (Objects, Vec<Inspecting>) {
    let drawn: BTreeSet<String> = drawn.iter().map(|id| (*id).to_owned()).collect();
    let mut tx = ctx.begin().await.unwrap();
    let inside = found(&mut Reading::Inside(&mut tx), ctx, task, &drawn).await;
    drop(tx);
    let outside = found(&mut Reading::Outside, ctx, task, &drawn).await;
    // What a page shows beforehand is what the draw will fix.
    assert_eq!(format!("{inside:?}"), format!("{outside:?}"));
    outside
}

async fn found(
    from: &mut Reading<'_>,
    ctx: &Ctx,
    task: &PlannedTask,
    drawn: &BTreeSet<String>,
) -> (Objects, Vec<Inspecting>) {
    let objects = Pool::read(from, ctx).await.unwrap().objects(task, drawn);
    let officers = inspectors(from, ctx, task, &objects).await.unwrap();
    (objects, officers)
}

pub async fn place(it: &Cast, details: Details, demo: bool) -> Institution {
    institution::register(&it.world.ctx("登记员甲", &[Role::Registrar]), details, demo).await.unwrap()
}

fn reasons(objects: &Objects) -> Vec<&str> {
    let mut reasons: Vec<&str> = objects.excluded.iter().map(|excluded| excluded.reason.as_str()).collect();
    reasons.sort_unstable();
    reasons
}

both_databases! {
    async fn every_institution_is_an_object_or_left_out_with_a_reason(world: World) {
        let it = Cast::new(world).await;
        let clinic = Details {
            licence: Some("PDY12345-644040211A1001".parse().unwrap()),
            category: Some("D215".into()),
            division: "440402001".parse().unwrap(),
            ..details("演示口腔诊所")
        };
        place(&it, clinic, true).await;
        let far = Details { division: "440403".parse().unwrap(), category: Some("A100".into()), level: Some("二级甲等".into()), ..details("演示医院") };
        place(&it, far, true).await;
        let (all, _) = bases(&it.one, &task(), &[]).await;
        assert_eq!((all.objects.len(), all.excluded.len(), all.subjects.len()), (3, 0, 3));
        let clinic = all.objects.iter().find(|object| object.id == "PDY12345-644040211A1001").unwrap();
        assert_eq!(
            (clinic.grade.as_str(), clinic.risk.as_str(), clinic.kind.as_str(), clinic.unit.as_str()),
            ("A", "", "基层医疗卫生机构", "440402")
        );
        let SubjectRef::Institution(first) = it.subject else { panic!("not an institution") };
        let first = format!("record:{first}");
        assert_eq!(all.subjects[&first], it.subject);

        let narrow = Range { divisions: vec!["440402".parse().unwrap()], categories: vec!["D".into()], levelled: false };
        let (some, _) = bases(&it.one, &PlannedTask { range: narrow, ..task() }, &[]).await;
        assert_eq!(some.objects.len(), 1);
        assert_eq!(reasons(&some), ["不在抽查范围：区划440403", "不在抽查范围：没有登记类别"]);
        let levelled = Range { levelled: true, ..task().range };
        let (some, _) = bases(&it.one, &PlannedTask { range: levelled, ..task() }, &[]).await;
        assert_eq!(some.objects.iter().map(|object| object.kind.as_str()).collect::<Vec<_>>(), ["医院"]);

        let before = ["PDY12345-644040211A1001"];
        assert_eq!(bases(&it.one, &task(), &before).await.0.excluded.len(), 0, "the task does not go beyond them");
        let beyond = PlannedTask { beyond_drawn: true, ..task() };
        assert_eq!(reasons(&bases(&it.one, &beyond, &before).await.0), ["本年度已经抽中"]);

        place(&it, details("真实医院"), false).await;
        assert_eq!(reasons(&bases(&it.one, &task(), &[]).await.0), ["演示环境不抽取真实机构"]);
    }

    async fn bases_do_not_depend_on_who_looks(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        it.inspected(id, Answer::Conforms, Outcome::NoProblem).await;
        let other = it.world.ctx_of("insurance", "联络员甲", &[Role::Inspector]);
        for looks in [&it.one, &it.unit, &other] {
            let (objects, officers) = bases(looks, &task(), &[]).await;
            assert_eq!((objects.objects.len(), objects.excluded.len(), officers.len()), (0, 1, 3));
        }
    }

    async fn the_yearly_cap_of_the_grade_leaves_out_and_a_worse_grade_has_a_higher_one(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        // A finding stays open: who inspected last is known all the same.
        it.inspected(id, violates(None), Outcome::Refused).await;
        let (objects, officers) = bases(&it.one, &task(), &[]).await;
        assert_eq!(reasons(&objects), ["本年度检查已达信用等级A级的频次上限1次（国办发〔2024〕54号）"]);
        assert!(officers.iter().all(|officer| officer.grounds.is_empty()), "there is no object to be kept from");

        // The model is released: refusing makes it D, which may be inspected twelve times.
        for model in it.world.app.policy.grade_models(day("2026-11-23")) {
            release::release(&it.legal, "grade_model", &model.id, "已核对原文").await.unwrap();
        }
        let (objects, officers) = bases(&it.one, &task(), &[]).await;
        assert_eq!(objects.objects.iter().map(|object| object.grade.as_str()).collect::<Vec<_>>(), ["D"]);
        let kept: Vec<_> = officers.iter().filter(|officer| !officer.grounds.is_empty()).collect();
        assert_eq!(
            kept.iter().map(|officer| officer.officer).collect::<BTreeSet<_>>(),
            BTreeSet::from([officer_of(&it.one.actor), officer_of(&it.two.actor)])
        );
        let (_, ground, detail) = &kept[0].grounds[0];
        assert_eq!((ground, detail.as_str()), (&Ground::SameObjectLastTime, "上一次检查：珠卫检通〔2026〕1号"));
    }

    async fn a_ground_against_a_legal_person_reaches_its_institutions_once_each(world: World) {
        let it = Cast::new(world).await;
        let branch = |name: &str| Details { credit_code: Some("91110108551385082Q".parse().unwrap()), ..details(name) };
        let one = place(&it, branch("演示第一门诊部"), true).await;
        let two = place(&it, branch("演示第二门诊部"), true).await;
        let legal = SubjectRef::LegalPerson(one.legal_person.unwrap());
        let grounds = [
            Recusal { subject: legal, tie: Tie::Investment, reason: "持有股份".into() },
            Recusal { subject: two.subject(), tie: Tie::Kin, reason: "配偶任护士".into() },
        ];
        let four = inspector(&it.world, "监督员丁", &grounds).await;
        let (objects, officers) = bases(&it.one, &task(), &[]).await;
        let kept = officers.iter().find(|officer| officer.officer == officer_of(&four.actor)).unwrap();
        let subjects: BTreeSet<SubjectRef> = kept.grounds.iter().map(|(id, ..)| objects.subjects[id]).collect();
        assert_eq!(subjects, BTreeSet::from([one.subject(), two.subject()]));
        assert!(kept.grounds.iter().all(|(_, ground, _)| *ground == Ground::Investment), "the one registered first");
        assert_eq!(kept.inspector.certificate, Some((day("2025-01-01"), day("2026-12-31"))));
        assert_eq!((kept.inspector.unit.as_str(), kept.inspector.first_line), ("演示卫生监督所", true));
    }
}
