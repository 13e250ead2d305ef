//! The verifier finds what was changed, whatever it was, and says where.

use crate::bases::draw_id;
use crate::world::{Story, later, person, proposal, sources};
use expect_test::{Expect, expect};
use serde_json::Value;
use xingjian_draw::draw::{Action, Document, Origin, Proposal, VisitResult};
use xingjian_draw::file::PublicFile;
use xingjian_draw::verify::{Difference, verify};
use xingjian_draw::{Digest, Salt};
use xingjian_kernel::Timestamp;

/// A sealed draw with a replaced officer and a result.
pub fn story() -> Story {
    let release = Some("2026-12-21".parse().unwrap());
    let mut story = Story::finished(Proposal { release, ..proposal() }, None);
    let team = story.drawn().teams[1].clone();
    story
        .act(Action::ChangeOfficer {
            object: team.object.clone(),
            from: team.officers[1].clone(),
            reason: "病假".into(),
            proposed_by: person("甲", "health"),
            approved_by: person("丙", "health"),
            at: Timestamp::from_local("2026-12-22".parse().unwrap(), 9, 0),
        })
        .unwrap();
    let officers = story.drawn().teams[1].officers.clone();
    let at = Timestamp::from_local("2026-12-23".parse().unwrap(), 9, 0);
    story.act(Action::Record { object: team.object, result: VisitResult::Closed, officers, at }).unwrap();
    story
}

fn found(change: impl FnOnce(&mut PublicFile, &mut Vec<Document>), want: &Expect) {
    let story = story();
    let (mut file, mut documents) = (story.drawn().file(), story.documents);
    change(&mut file, &mut documents);
    let difference = verify(&file, &documents, None).unwrap_err();
    want.assert_eq(&difference.to_string());
}

#[test]
fn an_honest_draw_agrees_also_after_a_way_through_json() {
    let story = story();
    let text = serde_json::to_string(&story.drawn().file()).unwrap();
    let file: PublicFile = serde_json::from_str(&text).unwrap();
    let documents: Vec<Document> =
        story.documents.iter().map(|document| serde_json::from_slice(&document.canonical()).unwrap()).collect();
    assert_eq!(documents, story.documents);
    let verified = verify(&file, &documents, None).unwrap();
    assert_eq!(
        (verified.rows.clone(), verified.teams.clone()),
        (story.drawn().rows.clone(), story.drawn().teams.clone())
    );
    assert_eq!((verified.results.len(), verified.sizes.len()), (1, 3));
    assert_eq!(verify(&file, &documents, None).unwrap(), verified, "the same again (T25)");
    // Somebody else's documents do not disturb.
    let mut other = Proposal { task: "另一任务".into(), ..proposal() };
    other.draw = "2026-X".parse().unwrap();
    other.sources = sources(&other.draw);
    let documents = [Story::begin(other, None).documents, documents].concat();
    verify(&file, &documents, None).unwrap();
}

#[test]
fn a_changed_list_is_not_the_one_that_was_fixed() {
    found(
        |file, _| file.bases.objects[7].unit = "科室9".into(),
        &expect![[
            r#"检查对象名录的哈希：公布的是“02167a861517d4efa6d5af51d52f4fb26a45c2b425a884cbf1145dbe6e4586aa”，重新计算得到“69fe647f8d96f7670fd4b856b68371848c5b2f42f7029c65c21e53f9ce1acc4d”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, _| drop(file.bases.officers.remove(0)),
        &expect![[
            r#"检查人员名录的哈希：公布的是“7025a6eb8c931d19e3f6caeb79d13899798525a066cbdfd6bd73664fc2535edd”，重新计算得到“e13c2e5309826273aebd48756d4dd321de8b008c759757d3a535dfcc67181e01”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, _| drop(file.bases.exceptions.pop()),
        &expect![[
            r#"回避名单的哈希：公布的是“dec3c328d2a98c8d4fc187658b8ac2968b8bc638cba69eeb0c672e9cd9175549”，重新计算得到“5c7a737a2d98a186b21b0859bbc86438c16706431e274e4de856a63e3324d25e”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, _| file.bases.objects.swap(0, 1),
        &expect![[
            r#"检查对象名录的哈希：公布的是“02167a861517d4efa6d5af51d52f4fb26a45c2b425a884cbf1145dbe6e4586aa”，重新计算得到“0435d38ee164458361d72ea6c4112c9d440fbf193269bbf3d9cfdc244b7350ef”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, documents| {
            // Whoever changes the list and its hash changes the announcement.
            file.bases.objects[7].unit = "科室9".into();
            file.freeze.bases = file.bases.commitments(&file.salt);
            assert!(matches!(&documents[0], Document::Frozen(freeze) if *freeze != file.freeze));
        },
        &expect![[
            r#"封存公告.bases.objects：公布的是“69fe647f8d96f7670fd4b856b68371848c5b2f42f7029c65c21e53f9ce1acc4d”，重新计算得到“02167a861517d4efa6d5af51d52f4fb26a45c2b425a884cbf1145dbe6e4586aa”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
}

#[test]
fn a_changed_seed_does_not_hold() {
    found(
        |file, _| file.nonce = Some(Salt([13; 32])),
        &expect![[
            r#"公开的封存随机数：公布的是“0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d”，重新计算得到“0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, documents| {
            let Document::Seeded(seeding) = &mut documents[1] else { panic!("seeded") };
            seeding.public = seeding.public.replace("3141", "3142");
            file.seeding = seeding.clone();
        },
        &expect![[
            r#"种子的公开部分：公布的是“ceremony:31425926535897932384|lottery:03,11,19,22,28,05|reveal:health=0101010101010101010101010101010101010101010101010101010101010101|reveal:insurance=0303030303030303030303030303030303030303030303030303030303030303”，重新计算得到“ceremony:31415926535897932384|lottery:03,11,19,22,28,05|reveal:health=0101010101010101010101010101010101010101010101010101010101010101|reveal:insurance=0303030303030303030303030303030303030303030303030303030303030303”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, documents| {
            let Document::Seeded(seeding) = &mut documents[1] else { panic!("seeded") };
            seeding.said.reveals.pop_first();
            file.seeding = seeding.clone();
        },
        &expect![[
            r#"种子不成立：部门“health”未在2026-11-22 12:30:00前公开其承诺的随机数。请公布这一情况并终止本次抽查，另行组织"#
        ]],
    );
}

#[test]
fn other_winners_or_officers_are_named_with_their_row() {
    found(
        |file, _| file.drawn[2].object = file.bases.objects.iter().map(|o| o.id.clone()).max().unwrap(),
        &expect![[
            r#"抽中对象第3行：公布的是“演示-D-00002”，重新计算得到“演示-A-00012”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, _| drop(file.drawn.pop()),
        &expect![[r#"抽中对象第15行：公布的是“无”，重新计算得到“演示-D-00001”。公开文件或者日志被改动过，不能采信"#]],
    );
    found(
        |file, _| file.drawn[3].officers.swap(0, 1),
        &expect![[
            r#"抽查结果第4行.officers[0]：公布的是“P-health-0004”，重新计算得到“P-health-0008”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |file, _| file.drawn[0].ticket.push('1'),
        &expect![[
            r#"抽查结果第1行.ticket：公布的是“0.012654930421949763273118903976078685959350985767176424430338230756515664888681”，重新计算得到“0.01265493042194976327311890397607868595935098576717642443033823075651566488868”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
    found(
        |_, documents| {
            let Document::Drawn(drawing) = &mut documents[2] else { panic!("drawn") };
            drawing.sizes[0].drawn += 1;
        },
        &expect![[r#"分层“A/”.drawn：公布的是“6”，重新计算得到“5”。公开文件或者日志被改动过，不能采信"#]],
    );
    found(
        |_, documents| {
            let Document::Drawn(drawing) = &mut documents[2] else { panic!("drawn") };
            drawing.result = Digest([0; 32]);
        },
        &expect![[
            r#"抽取公告.result：公布的是“0000000000000000000000000000000000000000000000000000000000000000”，重新计算得到“0fab29a1dfa919cca5a7b9e5be5ad4e262ec6c314826e9cbef037c591f13ac2d”。公开文件或者日志被改动过，不能采信"#
        ]],
    );
}

#[test]
fn a_log_that_lacks_repeats_or_reorders_steps_is_noticed() {
    found(
        |_, documents| drop(documents.remove(2)),
        &expect![[r#"日志中没有抽查“2026-SSJ-1”的抽取。请取得完整的日志；确实没有的，这次抽查没有按程序进行"#]],
    );
    found(
        |_, documents| documents.push(documents[2].clone()),
        &expect![[r#"日志中抽查“2026-SSJ-1”的抽取不止一次。同一次抽查不得重做，不能采信"#]],
    );
    found(
        |_, documents| documents.swap(0, 1),
        &expect![[r#"抽查“2026-SSJ-1”的种子没有在前一步之后。抽查没有按程序进行，不能采信"#]],
    );
    found(
        |_, documents| {
            let Document::Released(release) = &mut documents[3] else { panic!("released") };
            release.at = later(150);
        },
        &expect![[r#"名单的公开早于封存日期。请核对日志"#]],
    );
}

#[test]
fn a_second_draw_of_the_task_has_to_name_the_first() {
    let mut quiet = proposal();
    quiet.draw = "2026-SSJ-9".parse().unwrap();
    quiet.sources = sources(&quiet.draw);
    let first = story();
    let again = Story::finished(quiet.clone(), None);
    let documents = [first.documents.clone(), again.documents.clone()].concat();
    let told: Vec<_> =
        [&first, &again].map(|story| verify(&story.drawn().file(), &documents, None).unwrap_err().to_string()).into();
    assert_eq!(told[0], told[1]);
    expect![[r#"任务“2026年下半年医疗机构联合抽查”先后有抽查“2026-SSJ-1”和“2026-SSJ-9”，后者没有说明与前者的关系。可能是重复抽取、挑选结果"#]].assert_eq(&told[0]);
    let reason = "名录漏列一类对象".to_owned();
    let open = Story::finished(
        Proposal { origin: Origin::Redraw { of: draw_id(), reason }, ..quiet },
        Some(&first.drawn().file()),
    );
    let documents = [first.documents.clone(), open.documents.clone()].concat();
    verify(&first.drawn().file(), &documents, None).unwrap();
    verify(&open.drawn().file(), &documents, Some(&first.drawn().file())).unwrap();
    let alone = verify(&open.drawn().file(), &open.documents, None).unwrap_err();
    assert_eq!(alone, Difference::Missing { draw: draw_id(), step: "封存" });
}

#[test]
fn what_came_later_is_checked_too() {
    let other = |documents: &mut Vec<Document>, name: &str| {
        let Document::OfficerChanged(change) = &mut documents[4] else { panic!("changed") };
        change.to = name.into();
    };
    found(
        |_, documents| other(documents, "P-health-0000"),
        &expect![[
            r#"对象“演示-A-00024”第2席位的人员更换：公布的接替人是“P-health-0000”，重新计算得到“P-insurance-0002”"#
        ]],
    );
    found(
        |_, documents| drop(documents.remove(4)),
        &expect![[r#"对象“演示-A-00024”的检查结果：对象未被抽中，或者到场的检查组人员少于两人"#]],
    );
    found(
        |_, documents| documents.push(documents[5].clone()),
        &expect![[r#"对象“演示-A-00024”的检查结果：登记了不止一次"#]],
    );
    found(
        |_, documents| {
            let Document::OfficerChanged(change) = &mut documents[4] else { panic!("changed") };
            change.approved_by = change.proposed_by.clone();
        },
        &expect![[r#"对象“演示-A-00024”第2席位的人员更换：没有理由，或者没有另一人批准"#]],
    );
    found(
        |_, documents| {
            let Document::Recorded(recorded) = &mut documents[5] else { panic!("recorded") };
            recorded.officers.truncate(1);
        },
        &expect![[r#"对象“演示-A-00024”的检查结果：对象未被抽中，或者到场的检查组人员少于两人"#]],
    );
    found(
        |_, documents| {
            let change = documents.remove(4);
            documents.insert(2, change);
        },
        &expect![[r#"抽查“2026-SSJ-1”的抽取后的登记没有在前一步之后。抽查没有按程序进行，不能采信"#]],
    );
}

/// Every leaf of a JSON document, by its path.
fn leaves(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                leaves(&format!("{path}/{name}"), inner, found);
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                leaves(&format!("{path}/{at}"), inner, found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// The value at a path, changed as little as its kind allows and to something of the same kind.
fn altered(document: &Value, path: &str) -> Value {
    let mut document = document.clone();
    let leaf = document.pointer_mut(path).unwrap();
    *leaf = match leaf.clone() {
        Value::Bool(is) => Value::from(!is),
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::String(text) if text.ends_with('1') => Value::from(format!("{}2", &text[..text.len() - 1])),
        Value::String(text) if text.ends_with(|c: char| c.is_ascii_hexdigit()) => {
            Value::from(format!("{}1", &text[..text.len() - 1]))
        }
        Value::String(text) => Value::from(format!("{text}1")),
        other => other,
    };
    document
}

#[test]
fn every_single_value_of_the_file_counts() {
    let story = story();
    let file = serde_json::to_value(story.drawn().file()).unwrap();
    let mut paths = vec![];
    leaves("", &file, &mut paths);
    assert!(paths.len() > 600, "{}", paths.len());
    for path in paths {
        if let Ok(file) = serde_json::from_value::<PublicFile>(altered(&file, &path)) {
            assert!(verify(&file, &story.documents, None).is_err(), "{path}");
        }
    }
}

#[test]
fn what_only_the_log_can_vouch_for_is_little() {
    let story = story();
    let file = story.drawn().file();
    let mut unnoticed = vec![];
    for (at, document) in story.documents.iter().enumerate() {
        let value = serde_json::to_value(document).unwrap();
        let mut paths = vec![];
        leaves("", &value, &mut paths);
        for path in paths {
            let mut documents = story.documents.clone();
            let Ok(other) = serde_json::from_value(altered(&value, &path)) else { continue };
            documents[at] = other;
            if verify(&file, &documents, None).is_ok() {
                unnoticed.push(format!("{}{path}", value["step"].as_str().unwrap()));
            }
        }
    }
    expect![[r#"
        drawn/at
        released/at
        officer_changed/approved_by/department
        officer_changed/approved_by/name
        officer_changed/at
        officer_changed/proposed_by/department
        officer_changed/proposed_by/name
        officer_changed/reason
        recorded/at
        recorded/draw"#]]
    .assert_eq(&unnoticed.join("\n"));
}
