use super::complaint::{accepted, complaint, visitor};
use crate::complaint::overdue::{escalate, instruct};
use crate::complaint::service::{act, by_receipt, submit};
use crate::complaint::{
    Action, Complaint, NewComplaint, Receipt, ReporterClear, Satisfaction, State, aftermath, joining,
};
use crate::message::near;
use xingjian_kernel::Role;
use xingjian_kernel::time::plus_days;
use xingjian_registry::release;
use xingjian_store::{Ctx, Failure, Stored, ledger, tables};
use xingjian_testkit::{World, both_databases};

const TEXT: &str = "演示街十二号的口腔诊所没有执照，上门给人看牙打针，请尽快查处，附近居民都知道。";

async fn sent(world: &World, once: &str, text: &str) -> (Receipt, Stored<Complaint>) {
    let public = visitor(world);
    let receipt = submit(&public, NewComplaint { text: text.into(), ..complaint(once) }).await.unwrap();
    let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
    (receipt, found)
}

/// Accepts, investigates, answers and closes; what is kept at the end.
async fn settled(world: &World, found: &Stored<Complaint>, handler: &Ctx) -> Stored<Complaint> {
    let mut kept = Stored { version: found.version, value: found.value.clone() };
    if matches!(kept.state, State::Received { .. }) {
        kept = crate::complaint::service::accept(
            &world.ctx("受理员甲", &[Role::Intake]),
            found.id,
            kept.version,
            accepted("依法执业"),
        )
        .await
        .unwrap();
    }
    let answer = Action::Answer { text: "经核查属实，已立案。".into(), finding: "属实".into() };
    kept = act(handler, kept.id, kept.version, Action::Investigate).await.unwrap();
    kept = act(handler, kept.id, kept.version, answer).await.unwrap();
    act(&world.ctx("复核人甲", &[Role::Reviewer]), kept.id, kept.version, Action::Close).await.unwrap()
}

both_databases! {
    async fn complaints_about_one_matter_are_joined_and_each_reporter_gets_the_answer(world: World) {
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let (_, lead) = sent(&world, "a", TEXT).await;
        let (second, other) = sent(&world, "b", &TEXT.replace("请尽快", "希望尽快")).await;
        let (_, far) = sent(&world, "c", "医院挂号费收费太高，窗口不给发票，请核查收费标准。").await;
        let near = near::to(&intake, &other).await.unwrap();
        assert_eq!(near.iter().map(|n| (n.complaint.id, n.same_reporter)).collect::<Vec<_>>(), [(lead.id, false)]);
        assert!((50..100).contains(&near[0].percent) && near[0].leads(), "{}", near[0].percent);
        assert!(near::to(&intake, &far).await.unwrap().is_empty());
        let public_sees = near::to(&visitor(&world), &other).await.unwrap();
        assert!(public_sees.is_empty(), "what somebody may not see is not told");
        let joined = joining::join(&intake, other.id, other.version, lead.id).await.unwrap();
        assert!(matches!(&joined.state, State::Joined { lead_number, .. } if *lead_number == lead.number));
        // Neither a joined one, nor itself, nor one that leads others.
        for (id, version, to) in [(far.id, far.version, other.id), (far.id, far.version, far.id), (lead.id, lead.version + 1, far.id)] {
            assert!(joining::join(&intake, id, version, to).await.is_err());
        }
        let lead = xingjian_store::records::must::<Complaint>(&intake, lead.id).await.unwrap();
        assert_eq!(lead.joined, [other.id]);
        settled(&world, &lead, &world.ctx("承办人甲", &[Role::Handler])).await;
        let told = by_receipt(&visitor(&world), &second.code).await.unwrap().unwrap();
        assert!(matches!(&told.state, State::Closed { answer, .. } if answer.text == "经核查属实，已立案。"));
        let acts = ledger::of_resource(&intake, tables::COMPLAINT, other.id).await.unwrap();
        assert_eq!(acts.iter().map(|a| a.kind.as_str()).collect::<Vec<_>>(), ["complaint.received", "complaint.joined", "complaint.closed"]);
        let ended = joining::join(&intake, far.id, far.version, lead.id).await.unwrap_err();
        assert!(matches!(ended, Failure::Refused(r) if r.code == "no_lead"));
    }

    async fn the_one_that_leads_is_found_behind_many_that_are_joined_to_it(world: World) {
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let (_, lead) = sent(&world, "lead", &TEXT.replace("请尽快", "希望尽快")).await;
        for n in 0..25 {
            let (_, copy) = sent(&world, &format!("copy {n}"), TEXT).await;
            joining::join(&intake, copy.id, copy.version, lead.id).await.unwrap();
        }
        let (_, last) = sent(&world, "last", TEXT).await;
        let near = near::to(&intake, &last).await.unwrap();
        assert!(near.len() > 1 && near[0].percent < near[1].percent, "the copies are more alike");
        assert!(near[0].complaint.id == lead.id && near[0].leads() && !near[1].leads());
        joining::join(&intake, last.id, last.version, lead.id).await.unwrap();
    }

    async fn what_was_joined_can_be_separated_and_is_declined_with_its_lead_otherwise(world: World) {
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let (_, lead) = sent(&world, "a", TEXT).await;
        let (_, one) = sent(&world, "b", TEXT).await;
        let (_, two) = sent(&world, "c", TEXT).await;
        let first = joining::join(&intake, one.id, one.version, lead.id).await.unwrap();
        joining::join(&intake, two.id, two.version, lead.id).await.unwrap();
        let back = joining::separate(&intake, one.id, first.version).await.unwrap();
        assert_eq!(back.state, one.state, "it waits again by its own clock");
        assert!(joining::separate(&intake, one.id, back.version).await.is_err());
        let lead = xingjian_store::records::must::<Complaint>(&intake, lead.id).await.unwrap();
        assert_eq!(lead.joined, [two.id]);
        act(&intake, lead.id, lead.version, Action::Decline { reason: "不属于本部门职责".into() }).await.unwrap();
        let two = xingjian_store::records::must::<Complaint>(&intake, two.id).await.unwrap();
        assert!(matches!(&two.state, State::Declined { reason, .. } if reason == "不属于本部门职责"));
        let one = xingjian_store::records::must::<Complaint>(&intake, one.id).await.unwrap();
        assert_eq!(one.state.name(), "received");
        let handler = world.ctx("承办人甲", &[Role::Handler]);
        assert!(matches!(joining::join(&handler, one.id, one.version, lead.id).await, Err(Failure::Denied(_))));
    }

    async fn the_same_reporter_is_known_without_opening_anything(world: World) {
        let public = visitor(&world);
        let named = |name: &str, contact: &str| Some(ReporterClear { name: name.into(), contact: contact.into() });
        let texts = ["挂号费太高，请核查收费。", "病房没有热水，护士态度差。", "停车场收费混乱，没有人管。"];
        let who = [named("甲", "138 0000 0000"), named("某甲", "13800000000"), named("乙", "13900000000")];
        let mut kept = vec![];
        for (n, (text, reporter)) in texts.iter().zip(who).enumerate() {
            let new = NewComplaint { text: (*text).into(), about: format!("地点{n}号"), reporter, ..complaint(&n.to_string()) };
            let receipt = submit(&public, new).await.unwrap();
            kept.push(by_receipt(&public, &receipt.code).await.unwrap().unwrap());
        }
        let near = near::to(&world.ctx("受理员甲", &[Role::Intake]), &kept[0]).await.unwrap();
        assert_eq!(near.iter().map(|n| (n.complaint.id, n.same_reporter)).collect::<Vec<_>>(), [(kept[1].id, true)]);
    }

    async fn an_answer_is_rated_and_once_looked_at_again_by_somebody_else(world: World) {
        let public = visitor(&world);
        let (receipt, found) = sent(&world, "a", TEXT).await;
        let [one, other] = [world.ctx("承办人甲", &[Role::Handler]), world.ctx("承办人乙", &[Role::Handler])];
        assert!(aftermath::rate(&public, &receipt.code, Satisfaction::Satisfied, "").await.is_err(), "there is no answer yet");
        let closed = settled(&world, &found, &one).await;
        assert!(aftermath::rate(&public, &receipt.code, Satisfaction::Unsatisfied, " ").await.is_err(), "says what is wrong");
        aftermath::rate(&public, &receipt.code, Satisfaction::Unsatisfied, "没有到现场").await.unwrap();
        assert!(aftermath::rate(&public, &receipt.code, Satisfaction::Satisfied, "").await.is_err(), "once an answer");
        let reason = "答复说已到现场，其实没有人来过";
        assert_eq!(aftermath::open(&public, &closed).await.unwrap().reopen_until, None, "not released");
        assert!(aftermath::reopen(&public, &receipt.code, reason).await.is_err());
        let legal = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        release::release(&legal, "clock", "complaint_reopen", "已核对本级办法").await.unwrap();
        assert!(matches!(aftermath::reopen(&public, &receipt.code, "不服").await, Err(Failure::Invalid(_))));
        assert!(matches!(aftermath::reopen(&public, "AAAA-AAAA-AAAA-AAAA", reason).await, Err(Failure::NotFound)));
        let again = aftermath::reopen(&public, &receipt.code, reason).await.unwrap();
        assert_eq!((again.state.name(), again.reopened.as_ref().unwrap().earlier.finding.as_str()), ("reopened", "属实"));
        let refused = act(&one, again.id, again.version, Action::Investigate).await.unwrap_err();
        assert!(matches!(refused, Failure::Refused(r) if r.code == "same_handler"));
        let second = settled(&world, &again, &other).await;
        assert!(aftermath::reopen(&public, &receipt.code, reason).await.is_err(), "once");
        let rated = aftermath::rate(&public, &receipt.code, Satisfaction::Mostly, "").await.unwrap();
        assert_eq!((rated.ratings.len(), second.state.name()), (2, "closed"));
    }

    async fn after_the_days_of_the_pack_nothing_is_opened_again(world: World) {
        let public = visitor(&world);
        let (receipt, found) = sent(&world, "a", TEXT).await;
        let closed = settled(&world, &found, &world.ctx("承办人甲", &[Role::Handler])).await;
        let legal = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        release::release(&legal, "clock", "complaint_reopen", "已核对本级办法").await.unwrap();
        let until = aftermath::open(&public, &closed).await.unwrap().reopen_until.unwrap();
        world.clock.set(plus_days(until, 1));
        assert!(aftermath::reopen(&public, &receipt.code, "答复说已到现场，其实没有人来过").await.is_err());
        world.clock.set(until);
        aftermath::reopen(&public, &receipt.code, "答复说已到现场，其实没有人来过").await.unwrap();
    }

    async fn the_heads_are_told_of_what_is_late_once_a_level(world: World) {
        let (_, found) = sent(&world, "a", TEXT).await;
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let kept = crate::complaint::service::accept(&intake, found.id, found.version, accepted("医疗收费")).await.unwrap();
        let due = kept.state.due().unwrap().due;
        let read = async || xingjian_store::records::must::<Complaint>(&intake, found.id).await.unwrap();
        let told = |complaint: &Complaint| -> Vec<(u8, String)> {
            complaint.escalations.iter().map(|e| (e.level, e.to.to_string())).collect()
        };
        world.clock.set(due);
        assert_eq!(escalate(&world.app).await.unwrap(), 0, "its last day is in time");
        world.clock.set(plus_days(due, 1));
        assert_eq!((escalate(&world.app).await.unwrap(), escalate(&world.app).await.unwrap()), (1, 0));
        let [market, health] = [world.ctx_of("market", "市场局局长甲", &[Role::Head]), world.ctx("负责人甲", &[Role::Head])];
        let late = read().await;
        assert_eq!(told(&late), [(1, "market".to_owned())]);
        assert!(late.asks(&market.actor) && !late.asks(&health.actor) && !late.asks(&intake.actor));
        assert!(instruct(&health, late.id, late.version, "请督促").await.is_err(), "it was not told");
        assert!(instruct(&market, late.id, late.version, " ").await.is_err());
        let said = instruct(&market, late.id, late.version, "三日内答复").await.unwrap();
        assert!(!said.asks(&market.actor));
        world.clock.set(plus_days(due, 6));
        assert_eq!((escalate(&world.app).await.unwrap(), escalate(&world.app).await.unwrap()), (1, 0));
        let late = read().await;
        assert_eq!(told(&late), [(1, "market".to_owned()), (2, "health".to_owned())]);
        assert!(late.asks(&health.actor));
    }
}
