use crate::cast::{day, details, inspector_of, refused};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::base::{Rules, Seat, Stratum};
use xingjian_draw::bundle;
use xingjian_draw::draw::{Document, Origin, VisitResult};
use xingjian_draw::floor::Proof;
use xingjian_draw::seed::{Ceremony, Reveal};
use xingjian_draw::{Rate, Salt};
use xingjian_inspect::draw::service::{self, NewDraw, Why};
use xingjian_inspect::draw::{Draw, Entered, Entry, audit, public};
use xingjian_inspect::officer::Person;
use xingjian_inspect::plan::service::outlook;
use xingjian_inspect::plan::{Plan, PlannedTask, Range, State as PlanState, Version};
use xingjian_inspect::task::service::act;
use xingjian_inspect::task::{Action, Answer, Cause, Outcome, Party, Task};
use xingjian_kernel::id::{DrawingId, TaskId};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_registry::institution::{self, Details};
use xingjian_registry::release;
use xingjian_store::{Ctx, Event, Filter, Stored, records};
use xingjian_testkit::{World, both_databases};

const DIGITS: &str = "31415926535897932384";

struct Scene {
    world: World,
    head: Ctx,
    one: Ctx,
    insurer: Ctx,
    plan: Plan,
    officers: BTreeMap<String, Ctx>,
}

fn rate(percent: u32) -> Rate {
    Rate::from_ppm(percent * 10_000).unwrap()
}

fn task(sealed: bool) -> PlannedTask {
    let seat = |department: &str| Seat { department: DepartmentId::new(department), specialty: None };
    let seats = vec![seat("health"), seat("health"), seat("insurance")];
    let kinds = xingjian_inspect::base::KINDS.map(|kind| (kind.to_owned(), seats.clone()));
    PlannedTask {
        number: "2026-01".into(),
        name: "演示联合抽查".into(),
        range: Range { divisions: vec!["4404".parse().unwrap()], categories: vec![], levelled: false },
        rules: Rules {
            period: (day("2026-12-01"), day("2026-12-18")),
            strata: ["A", "B", "C", "D"]
                .map(|grade| Stratum { grade: grade.into(), risk: String::new(), rate: rate(50), at_least: 0 })
                .into(),
            seats: kinds.into(),
            items: [("health", "YL01"), ("insurance", "YL02")]
                .map(|(department, item)| (DepartmentId::new(department), vec![item.to_owned()]))
                .into(),
            crossing: false,
            first_line: rate(70),
            most: None,
            leave_days: 3,
        },
        beyond_drawn: false,
        sealed,
    }
}

/// The task with another rate.
fn rates(percent: u32) -> PlannedTask {
    let mut task = task(false);
    task.rules.strata.iter_mut().for_each(|stratum| stratum.rate = rate(percent));
    task
}

/// Eight institutions, four officers of each department, an approved plan.
async fn scene(world: World, sealed: bool) -> Scene {
    let registrar = world.ctx("登记员甲", &[Role::Registrar]);
    for n in 0..8 {
        let details = Details { level: Some("一级甲等".into()), ..details(&format!("演示诊所{n}")) };
        institution::register(&registrar, details, true).await.unwrap();
    }
    let mut officers = BTreeMap::new();
    for (department, names) in [("health", ["甲", "乙", "丙", "丁"]), ("insurance", ["戊", "己", "庚", "辛"])] {
        for name in names {
            officers.insert(name.to_owned(), inspector_of(&world, department, &format!("监督员{name}"), &[]).await);
        }
    }
    let head = world.ctx("负责人甲", &[Role::Head]);
    let legal = world.ctx("审核员甲", &[Role::LegalReviewer]);
    for item in ["YL01", "YL02"] {
        release::release(&legal, "inspection_item", item, "已核对原文").await.unwrap();
    }
    release::release(&legal, "clock", "rectification", "已核对原文").await.unwrap();
    let one = officers["甲"].clone();
    let plan = Plan {
        id: head.new_id(),
        year: 2026,
        title: "演示2026年度抽查计划".into(),
        division: "4404".parse().unwrap(),
        department: DepartmentId::new("health"),
        tasks: vec![task(sealed)],
        proposed_by: Person::from(&one.actor),
        hands: vec![],
        created_at: head.now(),
        versions: vec![Version {
            number: 1,
            tasks: vec![task(sealed)],
            reason: String::new(),
            proof: Proof { floor: rate(20), needed: 2, reached: 4, strata: vec![] },
            by: Person::from(&head.actor),
            at: head.now(),
        }],
        state: PlanState::Approved { by: Person::from(&head.actor), at: head.now() },
    };
    let mut tx = head.begin().await.unwrap();
    records::insert(&mut tx, &head, &plan, Event::new("plan.approved", "批准")).await.unwrap();
    tx.commit().await.unwrap();
    let insurer = world.ctx_of("insurance", "联络员甲", &[Role::Partner]);
    Scene { world, head, one, insurer, plan, officers }
}

impl Scene {
    fn new_draw(&self, origin: Origin) -> NewDraw {
        let at = self.head.now().plus_seconds(86_400);
        NewDraw {
            plan: self.plan.id,
            task: "2026-01".into(),
            origin,
            ceremony: Some(Ceremony { place: "演示大厅".into(), at, digits: 20 }),
            lottery: None,
            drand: None,
            reveals_due: None,
        }
    }

    async fn draw(&self, id: DrawingId) -> Stored<Draw> {
        records::must::<Draw>(&self.head, id).await.unwrap()
    }

    async fn seen(&self, id: DrawingId) -> i64 {
        self.draw(id).await.version
    }

    async fn frozen(&self, origin: Origin) -> DrawingId {
        let id = service::prepare(&self.one, self.new_draw(origin)).await.unwrap();
        service::fix(&self.head, id, self.seen(id).await).await.unwrap_or_else(|e| panic!("{}", refused::<()>(Err(e))));
        id
    }

    async fn seeded(&self, id: DrawingId, digits: &str) {
        let at = self.draw(id).await.sources.first().unwrap();
        self.world.clock.set(plus_days(at.local_date(), 1));
        // Both type at the same time.
        let entry = || Entry::Ceremony(digits.into());
        let (one, other) =
            tokio::join!(service::enter(&self.one, id, entry()), service::enter(&self.insurer, id, entry()));
        let complete = |of: &Entered| matches!(of, Entered::Complete(_));
        assert!(complete(&one.unwrap()) != complete(&other.unwrap()), "whoever comes second makes the seed");
    }

    /// Draws and approves all tasks; the tasks by object.
    async fn drawn(&self, id: DrawingId) -> BTreeMap<String, TaskId> {
        service::run(&self.one, id, self.seen(id).await).await.unwrap();
        let approved = service::approve_tasks(&self.head, id).await.unwrap();
        assert_eq!(approved.left, []);
        self.draw(id).await.state.drawn().unwrap().tasks.clone()
    }

    async fn task(&self, id: TaskId) -> Stored<Task> {
        records::must::<Task>(&self.head, id).await.unwrap()
    }

    fn officer(&self, name: &str) -> &Ctx {
        &self.officers[name.trim_start_matches("监督员")]
    }

    async fn go(&self, id: TaskId, ctx: &Ctx, action: Action) {
        let seen = self.task(id).await.version;
        let name = action.name();
        act(ctx, id, seen, action).await.unwrap_or_else(|e| panic!("{name}: {}", refused::<()>(Err(e))));
    }

    /// Carries out a task with all its officers.
    async fn visit(&self, id: TaskId, outcome: Outcome, answers: BTreeMap<String, Answer>) {
        let leader = self.visited(id, outcome, answers).await;
        self.go(id, leader, Action::Submit).await;
    }

    /// The same but for the submission; who has it in hand.
    async fn visited(&self, id: TaskId, outcome: Outcome, answers: BTreeMap<String, Answer>) -> &Ctx {
        let team: Vec<&Ctx> =
            self.task(id).await.officers.iter().map(|o| self.officer(&o.name.clone())).map(|c| c as &Ctx).collect();
        let begin = Action::Begin { certificates_shown: true, place: "演示路1号".into(), device_at: None };
        self.go(id, team[0], begin).await;
        if !answers.is_empty() {
            self.go(id, team[1], Action::Answer { answers }).await;
        }
        let record = Action::Record { outcome, statement: "现场查看".into(), device_at: None };
        self.go(id, team[0], record).await;
        for officer in &team {
            self.go(id, officer, Action::Sign).await;
        }
        let party = if outcome.nobody_met() {
            Party::Absent { reason: "按登记住所多次联系".into() }
        } else {
            Party::Signed { name: "负责人".into(), post: "主要负责人".into(), opinion: String::new() }
        };
        self.go(id, team[0], Action::SignParty { party }).await;
        team[0]
    }

    async fn checked(&self, id: DrawingId) -> bundle::Agreed {
        let name = self.draw(id).await.name.to_string();
        let shown = public::public_get(&self.world.app, &name).await.unwrap();
        let bundle = public::bundle(&self.world.app, shown).await.unwrap();
        // What is given out is what is read back.
        let bundle = serde_json::from_slice(&serde_json::to_vec(&bundle).unwrap()).unwrap();
        bundle::verify(&bundle, None, None).outcome.unwrap_or_else(|e| panic!("{e}"))
    }
}

both_databases! {
    async fn a_joint_draw_from_the_plan_to_public_results(world: World) {
        let it = scene(world, false).await;
        let id = service::prepare(&it.one, it.new_draw(Origin::Plan)).await.unwrap();
        assert!(refused(service::fix(&it.one, id, it.seen(id).await).await).contains("批准"), "the preparer is no head");
        service::fix(&it.head, id, it.seen(id).await).await.unwrap();

        let early = service::enter(&it.one, id, Entry::Ceremony(DIGITS.into())).await;
        assert!(refused(early).contains("早于"), "nothing is entered before the ceremony");
        it.world.clock.set(day("2026-11-25"));
        assert!(refused(service::run(&it.one, id, it.seen(id).await).await).contains("不能抽取"), "no seed, no draw");
        let entry = || Entry::Ceremony(DIGITS.into());
        assert_eq!(service::enter(&it.one, id, entry()).await.unwrap(), Entered::Waiting);
        let again = service::enter(&it.officers["乙"], id, entry()).await;
        assert!(refused(again).contains("另一部门"), "two people of one department are one hand");
        let other = Entry::Ceremony("31415926535897932385".into());
        let differed = service::enter(&it.insurer, id, other).await.unwrap();
        assert!(matches!(differed, Entered::Differed(_)), "{differed:?}");
        it.seeded(id, DIGITS).await;

        let tasks = it.drawn(id).await;
        assert_eq!(tasks.len(), 4, "half of eight of grade A");
        let lower = Plan { tasks: vec![PlannedTask { number: "2026-02".into(), ..rates(5) }], ..it.plan.clone() };
        let floor = outlook(&it.one, &lower).await.unwrap().0.floor.unwrap();
        assert_eq!((floor.needed, floor.reached), (2, 4), "a plan that is revised afterwards has the four already");
        let task = &outlook(&it.one, &it.plan).await.unwrap().0.tasks[0];
        assert_eq!((task.drawn, task.least()), (Some(4), 4), "not what a draw of today would come to");
        let first = it.task(*tasks.values().next().unwrap()).await;
        assert_eq!((first.officers.len(), first.items.len()), (3, 2), "one team and one visit for both departments");
        assert!(matches!(first.cause, Cause::Draw { .. }));
        let departments: BTreeSet<_> = first.officers.iter().map(|o| o.department.clone().unwrap()).collect();
        assert_eq!(departments.len(), 2);
        let insurer = first.officers.iter().find(|o| o.department == Some(DepartmentId::new("insurance"))).unwrap();
        let seen = records::get::<Task>(it.officer(&insurer.name), first.id).await.unwrap();
        assert!(seen.is_some(), "an officer of the other department sees the task");

        assert!(matches!(it.checked(id).await, bundle::Agreed::Computed(_)));
        let ids: Vec<TaskId> = tasks.values().copied().collect();
        it.visit(ids[0], Outcome::NotReachable, BTreeMap::new()).await;
        let facts = "进销存记录与结算数量不符".to_owned();
        let violates = Answer::Violates { facts, violation: None, correct_by: Some(day("2026-12-30")) };
        let answers = [("YL01".to_owned(), Answer::Conforms), ("YL02".to_owned(), violates)].into();
        it.visit(ids[1], Outcome::OrderedCorrection, answers).await;
        let finding = it.task(ids[1]).await.state.findings()[0];
        let found = records::must::<xingjian_inspect::finding::Finding>(&Ctx::system(&it.world.app), finding).await.unwrap();
        assert_eq!(found.department, DepartmentId::new("insurance"), "who looks at the item handles what it finds");
        assert_eq!(found.officers[0].department, Some(DepartmentId::new("insurance")));

        assert_eq!(audit::strayed(&it.world.app).await.unwrap(), (1, vec![]));
        // Somebody with the database in hand gives a visit to somebody else.
        let (task, other) = (it.task(ids[2]).await, it.task(ids[3]).await);
        let swapped = Task { officers: vec![other.officers[0].clone(); 3], ..task.value.clone() };
        let mut tx = it.head.begin().await.unwrap();
        let event = Event::new("task.changed", "改动");
        records::save(&mut tx, &Ctx::system(&it.world.app), &swapped, task.version, event).await.unwrap();
        tx.commit().await.unwrap();
        let (_, wrong) = audit::strayed(&it.world.app).await.unwrap();
        assert!(wrong.len() == 1 && wrong[0].why.contains("人员"), "{wrong:?}");

        let tally = it.draw(id).await.tally().unwrap();
        assert_eq!((tally.drawn, tally.outstanding), (4, 2));
        assert_eq!(tally.results[&VisitResult::NotFound], 1, "not found counts, and is not swapped");
        let shown = public::public_get(&it.world.app, it.draw(id).await.name.as_str()).await.unwrap();
        let recorded = shown.steps.iter().filter(|step| matches!(step.document, Document::Recorded(_))).count();
        assert_eq!(recorded, 2);
        assert!(!shown.is_overdue(day("2027-01-15")) && shown.is_overdue(day("2027-02-20")), "{}", shown.results_due);
        assert!(matches!(it.checked(id).await, bundle::Agreed::Computed(_)));
    }

    async fn nobody_chooses_who_steps_in_and_nothing_is_swapped(world: World) {
        let it = scene(world, true).await;
        let id = it.frozen(Origin::Plan).await;
        it.seeded(id, DIGITS).await;
        let tasks = it.drawn(id).await;
        let task = *tasks.values().next().unwrap();
        let before = it.task(task).await;
        let who = it.officer(&before.officers[0].name).clone();
        let (officer, free) = (before.officers[0].officer, it.officers.values().find_map(|c| {
            let id = c.actor.officer.unwrap();
            (before.officer(id).is_none()).then_some(id)
        }).unwrap());
        for action in [
            Action::Cancel { reason: "换一家".into() },
            Action::ReplaceOfficer { officer, replacement: free, reason: "换人".into() },
        ] {
            let refusal = refused(act(&it.head, task, before.version, action).await);
            assert!(refusal.contains("随机抽查产生"), "{refusal}");
        }
        it.go(task, &who, Action::DeclareRecusal { officer, ground: "近亲属在该机构任职".into(), by_party: false }).await;
        let decide = Action::DecideRecusal { officer, granted: true, reason: "属实".into(), replacement: None };
        it.go(task, &it.head, decide).await;
        let after = it.task(task).await;
        assert_eq!(after.officers.len(), 3);
        assert!(after.officer(officer).is_none());
        let draw = it.draw(id).await;
        let changes = &draw.state.drawn().unwrap().changes;
        assert_eq!(changes.len(), 1);
        assert_ne!(changes[0].proposed_by, changes[0].approved_by);
        let listed = service::listed(&it.head, &draw).await.unwrap().unwrap();
        let to = listed.vault.officers[&changes[0].to].officer;
        assert!(after.officer(to).is_some(), "the tickets' choice is in the team");
        assert_eq!(service::listed(&it.one, &draw).await.unwrap(), None, "only the head opens the sealed list");

        // Reasons are opened to an auditor who says what for, and to nobody else.
        let legal = it.world.ctx("审核员乙", &[Role::LegalReviewer]);
        assert_eq!(service::reasons(&legal, &draw).await.unwrap(), None);
        assert!(refused(service::open_reasons(&legal, id, draw.version, " ").await).contains("查阅事由"));
        service::open_reasons(&legal, id, draw.version, "核查反映").await.unwrap();
        let opened = it.draw(id).await;
        assert!(service::reasons(&legal, &opened).await.unwrap().is_some());
        assert_eq!(service::reasons(&it.head, &opened).await.unwrap(), None);

        // Sealed: neither list nor change nor result is shown, and everything is at the release.
        it.visit(task, Outcome::ClosedDown, BTreeMap::new()).await;
        let name = draw.name.to_string();
        let shown = public::public_get(&it.world.app, &name).await.unwrap();
        let kinds = |shown: &public::PublicDraw| shown.steps.iter().map(|s| s.document.step()).collect::<Vec<_>>();
        assert_eq!(kinds(&shown), ["封存", "种子", "抽取"]);
        assert!(shown.file.is_none());
        assert!(matches!(it.checked(id).await, bundle::Agreed::Steps(_)));
        let refusal = refused(service::release(&it.one, id, it.seen(id).await).await);
        assert!(refusal.contains("封存至2026-12-19"), "{refusal}");
        assert_eq!(service::release_due(&it.world.app).await.unwrap(), 0);
        it.world.clock.set(day("2026-12-19"));
        assert_eq!(service::release_due(&it.world.app).await.unwrap(), 1, "whoever is at work that day");
        let shown = public::public_get(&it.world.app, &name).await.unwrap();
        assert_eq!(kinds(&shown), ["封存", "种子", "抽取", "公开", "更换检查人员", "检查结果"]);
        assert!(matches!(it.checked(id).await, bundle::Agreed::Computed(_)));
    }

    async fn two_teams_hand_in_their_records_in_the_same_moment(world: World) {
        let it = scene(world, false).await;
        let id = it.frozen(Origin::Plan).await;
        it.seeded(id, DIGITS).await;
        let tasks: Vec<TaskId> = it.drawn(id).await.into_values().take(2).collect();
        let (one, other) = (tasks[0], tasks[1]);
        let first = it.visited(one, Outcome::NotReachable, BTreeMap::new()).await;
        let second = it.visited(other, Outcome::ClosedDown, BTreeMap::new()).await;
        let (seen, seen_other) = (it.task(one).await.version, it.task(other).await.version);
        let (a, b) = tokio::join!(act(first, one, seen, Action::Submit), act(second, other, seen_other, Action::Submit));
        for done in [a, b] {
            done.unwrap_or_else(|e| panic!("{}", refused::<()>(Err(e))));
        }
        assert_eq!(it.draw(id).await.tally().unwrap().outstanding, 2);
    }

    async fn a_second_draw_names_the_first(world: World) {
        let it = scene(world, false).await;
        let id = it.frozen(Origin::Plan).await;
        let refusal = refused(service::prepare(&it.one, it.new_draw(Origin::Plan)).await);
        assert!(refusal.contains("不得悄悄重抽"), "{refusal}");
        it.seeded(id, DIGITS).await;
        let before: BTreeSet<String> = it.drawn(id).await.into_keys().collect();
        let name = it.draw(id).await.name.clone();
        let more = it.frozen(Origin::Extension { of: name.clone(), because_of: vec![] }).await;
        it.seeded(more, "27182818284590452353").await;
        service::run(&it.one, more, it.seen(more).await).await.unwrap();
        let further: BTreeSet<String> = it.draw(more).await.state.drawn().unwrap().tasks.keys().cloned().collect();
        assert!(before.is_disjoint(&further) && further.len() == 2, "half of the four that were left: {further:?}");
        let name = public::public_get(&it.world.app, name.as_str()).await.unwrap();
        assert!(matches!(it.checked(id).await, bundle::Agreed::Computed(_)), "{:?}", name.draw.name);
        let all = records::all::<Draw>(&it.head, &Filter::default()).await.unwrap();
        assert_eq!(all.len(), 2);
    }

    async fn a_broken_promise_stops_the_draw_before_any_source_speaks(world: World) {
        let it = scene(world, false).await;
        let due = it.head.now().plus_seconds(43_200);
        let new = NewDraw { reveals_due: Some(due), ..it.new_draw(Origin::Plan) };
        let id = service::prepare(&it.one, new).await.unwrap();
        let name = it.draw(id).await.name.clone();
        let (value, salt) = (Salt([7; 32]), Salt([8; 32]));
        let mut promised = BTreeMap::new();
        for ctx in [&it.one, &it.insurer] {
            let commitment = Reveal::commitment(&name, &ctx.actor.department, &value, &salt);
            service::commit(ctx, id, commitment).await.unwrap();
            promised.insert(ctx.actor.department.clone(), commitment);
        }
        service::fix(&it.head, id, it.seen(id).await).await.unwrap();
        assert_eq!(it.draw(id).await.commitments(), promised);
        let wrong = Entry::Reveal(Box::new(Reveal { value: salt, salt, at: it.one.now() }));
        let refusal = refused(service::enter(&it.one, id, wrong).await);
        assert!(refusal.contains("不符"), "{refusal}");
        let right = Entry::Reveal(Box::new(Reveal { value, salt, at: it.one.now() }));
        service::enter(&it.one, id, right).await.unwrap();
        let refusal = refused(service::stop(&it.head, id, it.seen(id).await, Why::Reveal).await);
        assert!(refusal.contains("没有缺漏"), "the other department still has time: {refusal}");
        it.world.clock.set(day("2026-11-25"));
        service::stop(&it.head, id, it.seen(id).await, Why::Reveal).await.unwrap();
        let shown = public::public_get(&it.world.app, name.as_str()).await.unwrap();
        let Some(Document::Stopped(stop)) = shown.steps.last().map(|step| step.document.clone()) else { panic!() };
        assert!(format!("{:?}", stop.reason).contains("insurance"), "{stop:?}");
    }
}
