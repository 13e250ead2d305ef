//! Every guard refuses with its article. Data in, refusals out.

use super::fixtures::*;
use crate::case::*;
use crate::fine::Pause;
use expect_test::{Expect, expect};
use jiff::civil::date;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{Actor, Refusal};
use xingjian_policy::PenaltyKind;

type Try = Result<Case, TransitionError>;

fn line(what: &str, tried: Try) -> String {
    match tried {
        Ok(case) => format!("{what} => {}", case.state.name()),
        Err(error) => {
            let code = error.code();
            let refusal = Refusal::from(error);
            assert!(!refusal.mend.is_empty());
            let article = refusal.article.unwrap_or_else(|| "-".into());
            format!("{what} => {code} | {article} | {}", refusal.message)
        }
    }
}

fn check<const N: usize>(tries: [(&str, Try); N], expected: &Expect) {
    let lines: Vec<String> = tries.into_iter().map(|(what, tried)| line(what, tried)).collect();
    expected.assert_eq(&lines.join("\n"));
}

fn propose(by: &Actor, change: impl FnOnce(&mut Proposed)) -> Try {
    let mut new = proposed();
    change(&mut new);
    Case::propose(id(8), new, by, facts(date(2026, 3, 2)).at)
}

fn decide(plan: Plan) -> Action {
    Action::Decide { plan, reasons: "符合裁量基准".into() }
}

fn big() -> Plan {
    plan(100_000, "特别严重", 0)
}

fn small() -> Plan {
    plan(50_000, "一般", 0)
}

/// T13, T41, and who the law addresses.
#[test]
fn a_case_is_proposed_by_a_person_with_two_certified_officers() {
    let nobody = |_: &mut Proposed| {};
    check(
        [
            ("system", propose(&Actor::system(), nobody)),
            ("public", propose(&Actor::public(), nobody)),
            ("one officer", propose(&first(), |new| new.handlers = vec![officer(1)])),
            ("the same twice", propose(&first(), |new| new.handlers = vec![officer(1), officer(1)])),
            ("no certificate", propose(&first(), |new| new.handlers[1].certificate = " ".into())),
            ("no summary", propose(&first(), |new| new.summary.clear())),
            ("found tomorrow", propose(&first(), |new| new.act.discovered = date(2026, 3, 3))),
            ("ended before it began", propose(&first(), |new| new.act.ended = Some(date(2025, 1, 1)))),
            ("a citizen", propose(&first(), |new| new.party.kind = PartyKind::Person)),
            ("sound", propose(&first(), nobody)),
        ],
        &expect![[r#"
            system => no_person | 行政处罚法第42条 | 案件的每一个环节都必须由具名的工作人员办理，系统和预警不能自动立案或者处罚
            public => no_person | 行政处罚法第42条 | 案件的每一个环节都必须由具名的工作人员办理，系统和预警不能自动立案或者处罚
            one officer => too_few_officers | 行政处罚法第42条 | 承办人只有1名，行政处罚应当由两名以上具有行政执法资格的执法人员实施
            the same twice => too_few_officers | 行政处罚法第42条 | 承办人只有1名，行政处罚应当由两名以上具有行政执法资格的执法人员实施
            no certificate => no_certificate | 行政处罚法第42条 | 监督员乙没有有效的行政执法证，不能承办案件
            no summary => missing | - | 没有填写案情摘要
            found tomorrow => future_date | - | 发现违法行为的日期2026年3月3日晚于今天
            ended before it began => too_early | - | 违法行为终了日期不能早于2026年1月5日
            a citizen => wrong_party | 基本医疗卫生与健康促进法第100条第（二）项 | 案由“对外出租、承包医疗科室”的违法主体是单位，与当事人（公民）不符
            sound => proposed"#]],
    );
}

/// Article 36.
#[test]
fn an_act_found_too_late_is_not_filed() {
    let approve = || Action::ApproveFiling { opinion: "同意".into() };
    let old = |harmed| {
        let mut new = proposed();
        new.act = Act {
            began: date(2023, 1, 5),
            ended: Some(date(2024, 2, 19)),
            discovered: date(2026, 2, 20),
            harmed_health: harmed,
        };
        Walk::of(new).attempt(&head(), approve(), |_| {})
    };
    check(
        [
            ("two years and a day", old(false)),
            ("harm to health", old(true)),
            ("by a handler", Walk::start().attempt(&first(), approve(), |_| {})),
            ("by the system", Walk::start().attempt(&Actor::system(), approve(), |_| {})),
        ],
        &expect![[r#"
            two years and a day => limitation | 行政处罚法第36条 | 违法行为在2年内未被发现（最迟应于2026年2月19日发现），不再给予行政处罚
            harm to health => filed
            by a handler => handler_approves | 行政处罚法第57条 | 您是（或者曾是）本案承办人，不能审批本案
            by the system => no_person | 行政处罚法第42条 | 案件的每一个环节都必须由具名的工作人员办理，系统和预警不能自动立案或者处罚"#]],
    );
}

/// Articles 40, 41, 42, 46.
#[test]
fn a_report_needs_facts_and_sound_evidence() {
    let walk = Walk::start().filed();
    let submit = |by: &Actor, change: &dyn Fn(&mut Report)| {
        let mut report = report(0);
        change(&mut report);
        walk.attempt(by, Action::ReportInvestigation(report), |_| {})
    };
    check(
        [
            ("no facts", submit(&first(), &|report| report.facts.clear())),
            ("no evidence", submit(&first(), &|report| report.evidence.clear())),
            ("not verified", submit(&first(), &|report| report.evidence[0].verified = false)),
            ("camera without review", submit(&first(), &|report| report.evidence[0].monitored = true)),
            ("taken tomorrow", submit(&first(), &|report| report.evidence[0].taken_on = date(2026, 3, 3))),
            ("refund above gains", submit(&first(), &|report| report.refund = yuan(1))),
            ("by somebody else", submit(&third(), &|_| {})),
            ("sound", submit(&second(), &|_| {})),
        ],
        &expect![[r#"
            no facts => missing | - | 没有填写违法事实
            no evidence => no_evidence | 行政处罚法第40条 | 没有证据，违法事实不清、证据不足的不得给予行政处罚
            not verified => evidence_not_verified | 行政处罚法第46条 | 证据“现场笔录”尚未查证属实，不能作为认定案件事实的根据
            camera without review => monitoring_not_reviewed | 行政处罚法第41条 | 电子技术监控记录“现场笔录”未经审核，不得作为行政处罚的证据
            taken tomorrow => future_date | - | 取证日期2026年3月3日晚于今天
            refund above gains => money | - | 违法所得和退赔金额不能为负，退赔不能超过违法所得
            by somebody else => not_handler | 行政处罚法第42条 | 您不是本案承办人，不能办理该环节
            sound => investigated"#]],
    );
}

/// Articles 9, 28, 32, 34 and the article that penalises.
#[test]
fn a_plan_stays_inside_the_law() {
    let walk = Walk::start().investigated(report(30_000));
    let deliberate = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan(100_000, "轻微", 30_000);
        change(&mut plan);
        walk.attempt(&first(), deliberation(plan), |_| {})
    };
    let merit = |reason: &str| Some(Mitigation { ground: MitigationGround::Merit, reason: reason.into() });
    check(
        [
            ("no kinds", deliberate(&|plan| plan.kinds.clear())),
            ("no reasons", deliberate(&|plan| plan.reasons.clear())),
            ("a kind the law does not know", deliberate(&|plan| plan.kinds.push(PenaltyKind::Criticism))),
            ("revocation without facts", deliberate(&|plan| plan.kinds.push(PenaltyKind::RevokeLicence))),
            ("revocation with facts", deliberate(&|plan| revoke(plan))),
            ("fine without amount", deliberate(&|plan| plan.fine = Fen::ZERO)),
            ("gains not confiscated", deliberate(&|plan| plan.confiscated = yuan(29_999))),
            ("above the range", deliberate(&|plan| plan.fine = yuan(300_001))),
            ("below the range", deliberate(&|plan| plan.fine = yuan(59_999))),
            (
                "below the range, no facts",
                deliberate(&|plan| (plan.fine, plan.mitigation) = (yuan(59_999), merit(" "))),
            ),
            (
                "below the range, article 32",
                deliberate(&|plan| (plan.fine, plan.mitigation) = (yuan(59_999), merit("立功"))),
            ),
            ("unknown band", deliberate(&|plan| plan.band = "从宽".into())),
            ("outside the band", deliberate(&|plan| plan.fine = yuan(132_000))),
            (
                "outside the band, reasons",
                deliberate(&|plan| (plan.fine, plan.deviation) = (yuan(132_000), Some("两次被投诉".into()))),
            ),
            ("the end of the band", deliberate(&|plan| plan.fine = Fen::new(13_199_999))),
        ],
        &expect![[r#"
            no kinds => missing | - | 没有填写处罚种类
            no reasons => missing | - | 没有填写处罚理由
            a kind the law does not know => penalty_not_in_law | 基本医疗卫生与健康促进法第100条第（二）项 | 基本医疗卫生与健康促进法第100条第（二）项没有规定“通报批评”，也没有写明适用加重情形的事实
            revocation without facts => penalty_not_in_law | 基本医疗卫生与健康促进法第100条第（二）项 | 基本医疗卫生与健康促进法第100条第（二）项没有规定“吊销许可证件”，也没有写明适用加重情形的事实
            revocation with facts => deliberated
            fine without amount => fine_and_kind_differ | 行政处罚法第9条 | 处罚种类与罚款数额不一致：选择罚款须填写数额，未选择罚款数额应为零
            gains not confiscated => gains_not_confiscated | 行政处罚法第28条 | 扣除退赔后应当没收违法所得30,000.00元，拟没收29,999.00元
            above the range => fine_outside_range | 基本医疗卫生与健康促进法第100条第（二）项 | 罚款300,001.00元不在法定幅度60,000.00元至300,000.00元之内
            below the range => fine_outside_range | 基本医疗卫生与健康促进法第100条第（二）项 | 罚款59,999.00元不在法定幅度60,000.00元至300,000.00元之内
            below the range, no facts => missing | - | 没有填写减轻处罚的事实
            below the range, article 32 => deliberated
            unknown band => unknown_band | 行政处罚法第34条 | 没有名为“从宽”的裁量阶次
            outside the band => outside_band | 行政处罚法第34条 | 罚款数额不在“轻微”阶次之内（属于“一般”），没有写明理由
            outside the band, reasons => deliberated
            the end of the band => deliberated"#]],
    );
}

#[test]
fn a_deliberation_needs_members_and_a_second_fine_is_refused() {
    let walk = Walk::start().investigated(report(0));
    let with = |members: &[&str]| {
        let Action::RecordDeliberation(mut record) = deliberation(small()) else { unreachable!() };
        record.members = members.iter().map(|name| (*name).to_owned()).collect();
        walk.attempt(&first(), Action::RecordDeliberation(record), |_| {})
    };
    let earlier = |violation: &str, finding: Option<&str>, began, case| {
        let act = Act { began, ended: None, ..proposed().act };
        let (violation, finding) = (violation.into(), finding.map(Into::into));
        EarlierFine { case: id(case), number: "演卫医罚〔2026〕1号".into(), violation, finding, act }
    };
    let fined = |earlier: EarlierFine| {
        walk.attempt(&first(), deliberation(small()), |facts| facts.earlier_fines = vec![earlier])
    };
    let inside = date(2026, 2, 1);
    check(
        [
            ("two members", with(&["甲", "乙"])),
            ("one of them twice", with(&["甲", "乙", "乙 ", ""])),
            ("the same violation on the same days", fined(earlier("YL-003", None, inside, 20))),
            ("another name for the same finding", fined(earlier("YL-004", Some("finding-1"), date(2020, 1, 1), 20))),
            ("the same violation later", fined(earlier("YL-003", Some("finding-2"), date(2026, 2, 21), 20))),
            ("another violation", fined(earlier("YL-004", None, inside, 20))),
            ("this very case", fined(earlier("YL-003", None, inside, 8))),
        ],
        &expect![[r#"
            two members => too_few_members | - | 参加合议的人员只有2名，至少需要3名
            one of them twice => too_few_members | - | 参加合议的人员只有2名，至少需要3名
            the same violation on the same days => second_fine | 行政处罚法第29条 | 同一违法行为已由演卫医罚〔2026〕1号决定罚款，不得再次罚款
            another name for the same finding => second_fine | 行政处罚法第29条 | 同一违法行为已由演卫医罚〔2026〕1号决定罚款，不得再次罚款
            the same violation later => deliberated
            another violation => deliberated
            this very case => deliberated"#]],
    );
}

/// T12; articles 44, 45, 62, 63, 64.
#[test]
fn nobody_is_decided_unheard() {
    let deliberated = Walk::start().investigated(report(0)).act(&first(), deliberation(big()));
    let noticed = Walk::start().noticed(big());
    let pending = noticed.clone().act(&unit(), Action::RequestHearing { on: noticed.day, note: "要求听证".into() });
    let late = noticed.clone().days(8);
    let serve = |change: &dyn Fn(&mut ServiceRecord)| {
        let mut receipt = receipt(deliberated.day);
        change(&mut receipt);
        deliberated.attempt(&first(), Action::ServeNotice(receipt), |_| {})
    };
    let none = || hear(StatementOutcome::NoneGiven);
    let waived = noticed.clone().act(&unit(), Action::WaiveStatement { note: "书面放弃".into() });
    check(
        [
            ("decide after filing", Walk::start().filed().attempt(&head(), decide(big()), |_| {})),
            ("decide after deliberation", deliberated.attempt(&head(), decide(big()), |_| {})),
            ("decide after notice", noticed.attempt(&head(), decide(big()), |_| {})),
            ("served tomorrow", serve(&|receipt| receipt.on = receipt.on.tomorrow().unwrap())),
            ("served before it was written", serve(&|receipt| receipt.on = date(2026, 3, 1))),
            ("left without witness", serve(&|receipt| receipt.method = ServiceMethod::Left)),
            ("electronic without consent", serve(&|receipt| receipt.method = ServiceMethod::Electronic)),
            ("go on at once", noticed.attempt(&first(), none(), |_| {})),
            ("statement given up, hearing open", waived.attempt(&first(), hear(StatementOutcome::Waived), |_| {})),
            ("waived but told as none", waived.clone().days(8).attempt(&first(), none(), |_| {})),
            ("both terms over", late.attempt(&first(), none(), |_| {})),
            (
                "hearing asked for too late",
                late.attempt(&unit(), Action::RequestHearing { on: late.day, note: "要求".into() }, |_| {}),
            ),
            (
                "paper of the last day entered later",
                late.attempt(&first(), Action::RequestHearing { on: date(2026, 3, 20), note: "来信".into() }, |_| {}),
            ),
            (
                "no right to a hearing",
                Walk::start().noticed(small()).attempt(&unit(), Action::WaiveHearing { note: "放弃".into() }, |_| {}),
            ),
            ("decide while a hearing is asked for", pending.attempt(&head(), decide(big()), |_| {})),
            (
                "dismiss while a hearing is asked for",
                pending.attempt(&head(), Action::Dismiss { reason: "x".into() }, |_| {}),
            ),
            ("withdrawn", pending.attempt(&unit(), Action::WithdrawHearing { note: "自愿撤回".into() }, |_| {})),
        ],
        &expect![[r#"
            decide after filing => notice_missing | 行政处罚法第44条 | 尚未向当事人送达行政处罚事先告知书，不得作出行政处罚决定
            decide after deliberation => notice_missing | 行政处罚法第44条 | 尚未向当事人送达行政处罚事先告知书，不得作出行政处罚决定
            decide after notice => statement_not_heard | 行政处罚法第45条 | 尚未复核当事人的陈述、申辩，不得作出行政处罚决定
            served tomorrow => future_date | - | 送达日期2026年3月13日晚于今天
            served before it was written => too_early | - | 送达日期不能早于2026年3月12日
            left without witness => missing | - | 没有填写见证人姓名，或者拍照、录像情况
            electronic without consent => missing | - | 没有填写当事人签订的送达确认书和到达系统的时间
            go on at once => statement_open | 行政处罚法第62条 | 当事人可以陈述、申辩至2026年3月20日，期限未满且当事人没有明确放弃
            statement given up, hearing open => hearing_open | 行政处罚法第64条 | 当事人可以要求听证至2026年3月20日，期限未满且当事人没有明确放弃
            waived but told as none => statement_outcome | 行政处罚法第45条 | 复核结论与当事人陈述、申辩的情况不符
            both terms over => heard
            hearing asked for too late => hearing_too_late | 行政处罚法第64条 | 要求听证的期限已于2026年3月20日届满
            paper of the last day entered later => hearing_pending
            no right to a hearing => no_hearing_right | 行政处罚法第63条 | 本案没有待当事人决定的听证权利
            decide while a hearing is asked for => hearing_pending | 行政处罚法第63条 | 当事人已要求听证，听证结束或者当事人撤回申请前，案件不能继续办理
            dismiss while a hearing is asked for => dismissed
            withdrawn => noticed"#]],
    );
}

/// Article 45: speaking up costs nothing.
#[test]
fn a_statement_never_makes_it_worse() {
    let spoken = Walk::start()
        .noticed(small())
        .act(&unit(), Action::SubmitStatement(Statement { text: "已经改正".into(), oral: false }))
        .days(1);
    let review = |outcome, revised| {
        let review = StatementReview { outcome, findings: "已复核".into(), revised };
        spoken.attempt(&first(), Action::HearStatements(review), |_| {})
    };
    let unread = StatementReview { outcome: StatementOutcome::NotAccepted, findings: String::new(), revised: None };
    let heard = spoken.clone().act(&first(), hear(StatementOutcome::NotAccepted));
    let silent = Walk::start().heard(small());
    let again = |new_facts: Option<&str>| {
        let mut report = report(0);
        report.new_facts = new_facts.map(Into::into);
        let walk = heard.clone().act(&head(), Action::SendBack { reason: "补充调查".into() });
        let walk = walk.act(&first(), Action::ReportInvestigation(report));
        walk.attempt(&first(), deliberation(plan(60_000, "一般", 0)), |_| {})
    };
    check(
        [
            ("a second statement", spoken.attempt(&unit(), Action::WaiveStatement { note: "放弃".into() }, |_| {})),
            ("not reviewed", spoken.attempt(&first(), Action::HearStatements(unread), |_| {})),
            ("told as none", review(StatementOutcome::NoneGiven, None)),
            ("rejected but revised", review(StatementOutcome::NotAccepted, Some(plan(40_000, "一般", 0)))),
            ("accepted and heavier", review(StatementOutcome::Accepted, Some(plan(60_000, "一般", 0)))),
            (
                "accepted and lighter",
                review(
                    StatementOutcome::Accepted,
                    Some(plan(40_000, "轻微", 0)).map(|p| Plan { band: "轻微".into(), ..p }),
                ),
            ),
            ("heavier decision", heard.attempt(&head(), decide(plan(60_000, "一般", 0)), |_| {})),
            ("heavier decision, nothing said", silent.attempt(&head(), decide(plan(60_000, "一般", 0)), |_| {})),
            ("second round, heavier", again(None)),
            ("second round, new facts", again(Some("另查明出租眼科"))),
        ],
        &expect![[r#"
            a second statement => statement_settled | 行政处罚法第45条 | 当事人已经提交或者放弃陈述、申辩
            not reviewed => missing | - | 没有填写复核意见
            told as none => statement_outcome | 行政处罚法第45条 | 复核结论与当事人陈述、申辩的情况不符
            rejected but revised => statement_outcome | 行政处罚法第45条 | 复核结论与当事人陈述、申辩的情况不符
            accepted and heavier => heavier_after_statement | 行政处罚法第45条 | 拟作处罚重于听取当事人陈述、申辩前告知的处罚，又没有新的事实，不得因陈述、申辩给予更重的处罚
            accepted and lighter => heard
            heavier decision => heavier_after_statement | 行政处罚法第45条 | 拟作处罚重于听取当事人陈述、申辩前告知的处罚，又没有新的事实，不得因陈述、申辩给予更重的处罚
            heavier decision, nothing said => heavier_than_noticed | 行政处罚法第44条 | 拟作处罚重于已告知当事人的处罚，重的部分没有经过告知
            second round, heavier => heavier_after_statement | 行政处罚法第45条 | 拟作处罚重于听取当事人陈述、申辩前告知的处罚，又没有新的事实，不得因陈述、申辩给予更重的处罚
            second round, new facts => deliberated"#]],
    );
}

/// T14 to T16; articles 29, 37, 57, 58.
#[test]
fn four_eyes_and_legal_review_before_a_decision() {
    let heard = Walk::start().heard(big());
    let pass = || Action::PassReview { opinion: "事实清楚".into() };
    let reviewed = heard.clone().act(&reviewer(), pass());
    let discuss = |names: &[&str]| {
        let members = names.iter().map(|name| (*name).to_owned()).collect();
        Action::Discuss { plan: big(), members, minutes: "一致同意".into() }
    };
    let discussed = reviewed.clone().act(&head(), discuss(&["甲", "乙"]));
    let mut both = reviewer();
    both.account = first().account;
    let mut deviating = big();
    (deviating.fine, deviating.band, deviating.deviation) = (yuan(90_000), "一般".into(), Some("已经整改".into()));
    let earlier = EarlierFine {
        case: id(20),
        number: "演卫医罚〔2026〕1号".into(),
        violation: "YL-003".into(),
        finding: None,
        act: proposed().act,
    };
    let simple = Walk::start().heard(small());
    check(
        [
            ("a handler reviews", heard.attempt(&both, pass(), |_| {})),
            ("discussed before review", heard.attempt(&head(), discuss(&["甲", "乙"]), |_| {})),
            ("decided without review", heard.attempt(&head(), decide(big()), |_| {})),
            ("decided without discussion", reviewed.attempt(&head(), decide(big()), |_| {})),
            ("one head discusses", reviewed.attempt(&head(), discuss(&["甲"]), |_| {})),
            ("a handler decides", discussed.attempt(&first(), decide(big()), |_| {})),
            ("the reviewer decides", discussed.attempt(&reviewer(), decide(big()), |_| {})),
            ("changed after the review", discussed.attempt(&head(), decide(deviating), |_| {})),
            ("fined meanwhile", discussed.attempt(&head(), decide(big()), |facts| facts.earlier_fines = vec![earlier])),
            ("law repealed", discussed.attempt(&head(), decide(big()), |facts| facts.law_today = None)),
            ("sound", discussed.attempt(&other_head(), decide(big()), |_| {})),
            ("small case", simple.attempt(&head(), decide(small()), |_| {})),
            ("no reasons", simple.attempt(&head(), Action::Decide { plan: small(), reasons: " ".into() }, |_| {})),
            (
                "threshold lowered since the notice",
                simple.attempt(&head(), decide(small()), |facts| facts.thresholds.hearing_fine = yuan(50_000)),
            ),
        ],
        &expect![[r#"
            a handler reviews => handler_reviews | 行政处罚法第58条 | 您是（或者曾是）本案承办人，不能对本案进行法制审核
            discussed before review => review_missing | 行政处罚法第58条 | 本案应当进行法制审核（直接关系当事人重大权益：较大数额罚款），未经审核不得作出决定
            decided without review => review_missing | 行政处罚法第58条 | 本案应当进行法制审核（直接关系当事人重大权益：较大数额罚款），未经审核不得作出决定
            decided without discussion => discussion_missing | 行政处罚法第57条 | 本案应当由负责人集体讨论决定（较大数额罚款）
            one head discusses => too_few_members | - | 参加集体讨论的人员只有1名，至少需要2名
            a handler decides => handler_decides | 行政处罚法第57条 | 您是（或者曾是）本案承办人，不能对本案作出决定
            the reviewer decides => reviewer_decides | 行政处罚法第58条 | 您对本案进行了法制审核，不能再对本案作出决定
            changed after the review => not_as_discussed | 行政处罚法第57条 | 拟作出的决定与负责人集体讨论的处罚不一致：讨论决定的是“罚款100,000.00元”
            fined meanwhile => second_fine | 行政处罚法第29条 | 同一违法行为已由演卫医罚〔2026〕1号决定罚款，不得再次罚款
            law repealed => no_longer_unlawful | 行政处罚法第37条 | 作出决定时该行为已不在现行案由库中，适用较轻的新规定，不能给予处罚
            sound => decided
            small case => decided
            no reasons => missing | - | 没有填写决定的理由
            threshold lowered since the notice => hearing_not_told | 行政处罚法第63条 | 该处罚应当告知听证权利，但事先告知书没有告知"#]],
    );
}

/// T15: revocation is not decided without legal review.
#[test]
fn revocation_needs_review_and_discussion() {
    let mut plan = small();
    revoke(&mut plan);
    let heard = Walk::start().heard(plan.clone());
    let reviewed = heard.clone().act(&reviewer(), Action::PassReview { opinion: "同意".into() });
    check(
        [
            ("no review", heard.attempt(&head(), decide(plan.clone()), |_| {})),
            ("no discussion", reviewed.attempt(&head(), decide(plan), |_| {})),
        ],
        &expect![[r#"
            no review => review_missing | 行政处罚法第58条 | 本案应当进行法制审核（适用加重情形；直接关系当事人重大权益：吊销许可证件），未经审核不得作出决定
            no discussion => discussion_missing | 行政处罚法第57条 | 本案应当由负责人集体讨论决定（吊销许可证件）"#]],
    );
}

/// Article 43.
#[test]
fn handlers_are_replaced_by_the_head_and_recusal_is_final() {
    let swap = |leaving, joining: Option<u8>, ground| Action::ReplaceHandler {
        leaving: id(leaving),
        joining: joining.map(officer),
        ground,
        reason: "与当事人有亲属关系".into(),
    };
    let recused = Walk::start().filed().act(&head(), swap(1, Some(3), LeavingGround::Recusal));
    let heard = Walk::start().heard(big()).act(&reviewer(), Action::PassReview { opinion: "同意".into() });
    check(
        [
            ("by a handler", Walk::start().attempt(&first(), swap(1, Some(3), LeavingGround::Recusal), |_| {})),
            ("nobody comes", Walk::start().attempt(&head(), swap(1, None, LeavingGround::Recusal), |_| {})),
            ("not on the case", Walk::start().attempt(&head(), swap(3, Some(1), LeavingGround::Reassignment), |_| {})),
            ("already on it", Walk::start().attempt(&head(), swap(1, Some(2), LeavingGround::Reassignment), |_| {})),
            ("the head joins", Walk::start().attempt(&head(), swap(1, Some(4), LeavingGround::Reassignment), |_| {})),
            ("the reviewer joins", heard.attempt(&head(), swap(1, Some(6), LeavingGround::Reassignment), |_| {})),
            ("comes back", recused.attempt(&head(), swap(3, Some(1), LeavingGround::Reassignment), |_| {})),
            ("the one who left reports", recused.attempt(&first(), Action::ReportInvestigation(report(0)), |_| {})),
            ("the one who left ends it", recused.attempt(&first(), Action::Dismiss { reason: "撤销".into() }, |_| {})),
        ],
        &expect![[r#"
            by a handler => handler_approves | 行政处罚法第57条 | 您是（或者曾是）本案承办人，不能审批本案
            nobody comes => too_few_officers | 行政处罚法第42条 | 承办人只有1名，行政处罚应当由两名以上具有行政执法资格的执法人员实施
            not on the case => no_such_handler | 行政处罚法第43条 | 要更换的人员不是本案承办人
            already on it => cannot_join | 行政处罚法第43条 | 监督员乙不能接办本案：已是本案承办人、已经回避，或者参加过本案审核
            the head joins => cannot_join | 行政处罚法第43条 | 负责人不能接办本案：已是本案承办人、已经回避，或者参加过本案审核
            the reviewer joins => cannot_join | 行政处罚法第43条 | 负责人不能接办本案：已是本案承办人、已经回避，或者参加过本案审核
            comes back => cannot_join | 行政处罚法第43条 | 监督员甲不能接办本案：已是本案承办人、已经回避，或者参加过本案审核
            the one who left reports => not_handler | 行政处罚法第42条 | 您不是本案承办人，不能办理该环节
            the one who left ends it => handler_decides | 行政处罚法第57条 | 您是（或者曾是）本案承办人，不能对本案作出决定"#]],
    );
}

/// Articles 66, 67, 72, 73.
#[test]
fn a_case_closes_when_everything_is_done() {
    let served = Walk::start().served(small());
    let paid = served.clone().days(3);
    let paid = paid.clone().act(&first(), payment(paid.day, 50_000));
    let late = served.clone().days(19);
    let late = late.clone().act(&first(), payment(late.day, 50_000));
    let waived = ClosingReport {
        text: "确有困难".into(),
        late_fine_waiver: Some("行政强制法第42条".into()),
        uncollectable: None,
    };
    let open = Remedy { kind: RemedyKind::Lawsuit, time: Pause { from: paid.day, until: None } };
    let sued = paid.clone().act(&first(), Action::RecordRemedy(open));
    let ended = Remedy { time: Pause { from: paid.day, until: Some(paid.day) }, ..open };
    let judged = sued.clone().act(&head(), verdict(sued.day, RemedyOutcome::Upheld, None));
    check(
        [
            ("nothing paid", served.attempt(&first(), closing(), |_| {})),
            ("too much paid", served.attempt(&first(), payment(served.day, 50_001), |_| {})),
            ("paid nothing", served.attempt(&first(), payment(served.day, 0), |_| {})),
            ("paid before the decision", served.attempt(&first(), payment(date(2026, 3, 2), 1), |_| {})),
            ("late by two days", late.attempt(&first(), closing(), |_| {})),
            ("late, remitted", late.attempt(&first(), Action::ProposeClosing(waived), |_| {})),
            ("ended without an outcome", paid.attempt(&first(), Action::RecordRemedy(ended), |_| {})),
            ("lawsuit open", sued.attempt(&first(), closing(), |_| {})),
            ("lawsuit over", judged.attempt(&first(), closing(), |_| {})),
            ("paid", paid.attempt(&first(), closing(), |_| {})),
            (
                "closed by the handler",
                paid.act(&first(), closing()).attempt(&second(), Action::Close { opinion: "同意".into() }, |_| {}),
            ),
        ],
        &expect![[r#"
            nothing paid => not_paid | 行政处罚法第66条 | 尚有50,000.00元没有缴清，不能结案
            too much paid => overpaid | - | 缴款后合计超过应缴金额，尚欠50,000.00元，本次登记50,001.00元
            paid nothing => money | - | 缴款金额应当大于零
            paid before the decision => too_early | - | 缴款日期不能早于2026年3月27日
            late by two days => not_paid | 行政处罚法第66条 | 尚有3,000.00元没有缴清，不能结案
            late, remitted => closing
            ended without an outcome => remedy_without_outcome | - | 登记受理时不填写审结日期，审结情况另行登记
            lawsuit open => remedy_open | 行政处罚法第73条 | 行政诉讼尚未结束，不能结案
            lawsuit over => closing
            paid => closing
            closed by the handler => handler_approves | 行政处罚法第57条 | 您是（或者曾是）本案承办人，不能审批本案"#]],
    );
}

#[test]
fn ends_without_a_penalty_need_reasons() {
    let walk = Walk::start().investigated(report(0));
    let end = |ground, education: &str| {
        let action = Action::NotPenalise { ground, reason: "已改正".into(), education: education.into() };
        walk.attempt(&head(), action, |_| {})
    };
    check(
        [
            ("minor, nobody taught", end(NotPenalisedGround::Minor, "")),
            ("minor", end(NotPenalisedGround::Minor, "已约谈")),
            ("not established", end(NotPenalisedGround::FactsNotEstablished, "")),
            (
                "transferred nowhere",
                walk.attempt(&head(), Action::Transfer { to: " ".into(), reason: "涉嫌犯罪".into() }, |_| {}),
            ),
            ("closed is closed", {
                let closed = walk.clone().act(&head(), Action::Dismiss { reason: "撤销".into() });
                closed.attempt(&head(), Action::Dismiss { reason: "撤销".into() }, |_| {})
            }),
        ],
        &expect![[r#"
            minor, nobody taught => missing | - | 没有填写对当事人进行教育的情况
            minor => not_penalised
            not established => not_penalised
            transferred nowhere => missing | - | 没有填写接受移送的机关
            closed is closed => wrong_state | - | 案件处于“已撤销案件”状态，不能办理“撤销案件”"#]],
    );
}
