use super::*;
use crate::institution::{self, Details};
use crate::officer::{self, NewOfficer, Recusal, Tie};
use crate::practitioner::{self, NewPractitioner, Profession};
use xingjian_kernel::Role;
use xingjian_store::{Executor, records};
use xingjian_testkit::{World, both_databases};

async fn place(world: &World, name: &str, code: Option<&str>) -> SubjectRef {
    let details = Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: code.map(|code| code.parse().unwrap()),
        insurance_code: None,
        category: None,
        level: None,
        address: None,
        telephone: None,
        beds: None,
    };
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    institution::register(&registrar, details, true).await.unwrap().subject()
}

async fn physician(world: &World, name: &str, at: SubjectRef) -> SubjectRef {
    let SubjectRef::Institution(place) = at else { panic!("not an institution") };
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    let new = NewPractitioner {
        name: name.into(),
        profession: Profession::Physician,
        certificate: None,
        citizen: None,
        scope: None,
        places: vec![place],
        division: "440402".parse().unwrap(),
        demo: true,
    };
    let mut tx = registrar.begin().await.unwrap();
    let id = practitioner::register_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    SubjectRef::Practitioner(id)
}

async fn kin_of(world: &World, subject: SubjectRef) -> Officer {
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    let new = NewOfficer {
        name: "监督员甲".into(),
        account: None,
        unit: "演示监督所".into(),
        certificate: None,
        specialties: vec![],
        recusals: vec![Recusal { subject, tie: Tie::Kin, reason: "近亲属".into() }],
        first_line: true,
        division: "4404".parse().unwrap(),
    };
    let mut tx = registrar.begin().await.unwrap();
    let officer = officer::add_in(&mut tx, &registrar, new).await.unwrap();
    tx.commit().await.unwrap();
    officer
}

both_databases! {
    /// T26: the legal person, its other institutions and the practitioners are one for recusal.
    async fn a_ground_reaches_those_behind_and_beside(world: World) {
        let code = Some("91110108551385082Q");
        let (one, two) = (place(&world, "演示第一门诊部", code).await, place(&world, "演示第二门诊部", code).await);
        let other = place(&world, "演示第三门诊部", None).await;
        let here = physician(&world, "演示医师甲", one).await;
        let colleague = physician(&world, "演示医师乙", one).await;
        let system = Ctx::system(&world.app);
        let legal = {
            let SubjectRef::Institution(id) = one else { panic!("not an institution") };
            let institution = records::must::<Institution>(&system, id).await.unwrap().value;
            SubjectRef::LegalPerson(institution.legal_person.unwrap())
        };
        let mut kept = vec![];
        for (about, subject, expected) in [
            (one, one, true),
            (one, legal, true),
            (legal, one, true),
            (one, two, true),
            (one, here, true),
            (here, one, true),
            (here, legal, true),
            (here, two, true),
            (here, here, true),
            (here, colleague, false),
            (one, other, false),
            (other, here, false),
        ] {
            let officer = kin_of(&world, about).await;
            let ties = ties(&system, subject).await.unwrap();
            let found = ground(&system, &officer, &ties).await.unwrap();
            let mut tx = system.begin().await.unwrap();
            assert_eq!(ground_in(&mut tx, &system, &officer, &ties).await.unwrap(), found);
            assert_eq!(found.is_some(), expected, "{about} {subject}");
            kept.push(found);
        }
        assert_eq!(kept.iter().flatten().count(), 9);
    }

    async fn an_institution_is_found_by_its_name_however_it_is_written(world: World) {
        let system = Ctx::system(&world.app);
        let name = "演示街（东）口腔 门诊部A";
        let one = place(&world, name, None).await;
        for n in 0..3 {
            place(&world, &format!("{name}第{n}分部"), None).await;
        }
        let named = async |name: &str| -> Vec<SubjectRef> {
            institution::named(&system, name).await.unwrap().iter().map(|found| found.subject()).collect()
        };
        for written in [name, "演示街(东)口腔门诊部a", " 演示街（ 东 ）口腔门诊部Ａ。"] {
            assert_eq!(named(written).await, [one], "{written}");
        }
        assert!(named("演示街（东）口腔").await.is_empty());
        assert!(named("").await.is_empty());
        assert!(named("演示\0").await.is_empty());
        let second = place(&world, "演示街(东)口腔门诊部A", None).await;
        assert_eq!(named(name).await, [one, second]);

        // As it was kept before keys were those of plain names.
        let tx = world.app.db.begin().await.unwrap();
        let SubjectRef::Institution(id) = one else { panic!("not an institution") };
        let values = vec![crate::sort_key(name).into(), id.to_string().into()];
        tx.run("update institution set sort_key = $1 where id = $2", values).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(named(name).await, [one, second]);
        assert_eq!(named("演示街(东)口腔门诊部A").await, [second]);
    }
}
