use super::*;
use crate::case::tests::fixtures::*;
use expect_test::{Expect, expect};
use xingjian_kernel::calendar::Unit;

fn terms() -> Terms {
    let term = |count, unit| Term { count, unit };
    Terms {
        authority: "演示市卫生健康局".into(),
        government: "演示市人民政府".into(),
        statement: term(5, Unit::WorkingDays),
        hearing: term(5, Unit::WorkingDays),
        pay: term(15, Unit::NaturalDays),
        reconsider: term(60, Unit::NaturalDays),
        sue: term(6, Unit::Months),
    }
}

fn check(page: &Page, expected: &Expect) {
    let sections = page.sections.iter().map(|(heading, text)| format!("【{heading}】{text}"));
    let text: Vec<String> = std::iter::once(format!("{} {}", page.title, page.number)).chain(sections).collect();
    expected.assert_eq(&text.join("\n"));
}

#[test]
fn a_notice_says_what_article_44_wants() {
    let walk = Walk::start().investigated(report(30_000));
    let walk = walk.act(&first(), deliberation(plan(100_000, "轻微", 30_000)));
    let page = notice(&walk.case, &terms(), &thresholds()).unwrap();
    check(
        &page,
        &expect![[r#"
        行政处罚事先告知书 演示〔2026〕1号
        【当事人】演示第一门诊部；地址：演示路1号
        【违法事实】出租口腔科，收取承包费。
        违法行为：对外出租、承包医疗科室。
        【证据】1．勘验笔录、现场笔录：现场笔录
        【理由】违法事实清楚。
        【依据】基本医疗卫生与健康促进法第39条；基本医疗卫生与健康促进法第100条第（二）项。
        【拟作出的行政处罚】拟给予：罚款100,000.00元；没收违法所得30,000.00元。责令改正。
        【你（单位）的权利】你（单位）有权进行陈述和申辩。可自收到本告知书之日起5个工作日内向本机关提出；逾期未提出的，视为放弃。本机关不因陈述、申辩加重处罚。
        你（单位）有权要求听证。要求听证的，应当自收到本告知书之日起5个工作日内向本机关提出；逾期未提出的，视为放弃。不承担组织听证的费用。"#]],
    );
    let small = Walk::start().investigated(report(0)).act(&first(), deliberation(plan(50_000, "一般", 0)));
    assert!(!notice(&small.case, &terms(), &thresholds()).unwrap().html().contains("听证"));
    assert_eq!(notice(&Walk::start().filed().case, &terms(), &thresholds()), None);
}

#[test]
fn the_notice_reads_the_same_after_service() {
    let deliberated = Walk::start().investigated(report(0)).act(&first(), deliberation(plan(100_000, "特别严重", 0)));
    let day = deliberated.day;
    let noticed = deliberated.clone().act(&second(), crate::case::Action::ServeNotice(receipt(day)));
    let html = |walk: &Walk| notice(&walk.case, &terms(), &thresholds()).unwrap().html();
    assert_eq!(html(&deliberated), html(&noticed));
}

#[test]
fn a_decision_has_the_six_items_of_article_59() {
    let walk = Walk::start().decided(plan(50_000, "一般", 0));
    let page = decision(&walk.case, &terms()).unwrap();
    for number in ["一、", "二、", "三、", "四、", "五、", "六、"] {
        assert!(page.sections.iter().any(|(heading, _)| heading.starts_with(number)));
    }
    check(
        &page,
        &expect![[r#"
        行政处罚决定书 演示〔2026〕1号
        【一、当事人】演示第一门诊部；地址：演示路1号
        【二、违反法律、法规、规章的事实和证据】出租口腔科，收取承包费。
        违法行为：对外出租、承包医疗科室。
        证据：1．勘验笔录、现场笔录：现场笔录。
        【当事人的陈述、申辩和采纳情况】当事人逾期未陈述申辩。已复核。
        【三、行政处罚的种类和依据】你（单位）的行为违反了基本医疗卫生与健康促进法第39条的规定，依据基本医疗卫生与健康促进法第100条第（二）项，决定给予：罚款50,000.00元。责令改正。
        法定幅度：违法所得0.00元，不足10,000.00元，按10,000.00元计算，2倍至10倍，即20,000.00元至100,000.00元。裁量阶次：一般。
        理由：违法事实清楚。符合裁量基准。
        【四、行政处罚的履行方式和期限】自收到本决定书之日起15日内，到指定的银行或者通过电子支付系统缴纳50,000.00元。到期不缴纳罚款的，每日按罚款数额的3%加处罚款，加处罚款的数额不超出罚款的数额。
        【五、申请行政复议、提起行政诉讼的途径和期限】不服本决定的，可自知道本决定之日起60日内向演示市人民政府申请行政复议，也可自知道本决定之日起6个月内依法向有管辖权的人民法院提起行政诉讼。复议和诉讼期间不停止执行，法律另有规定的除外。
        【六、作出行政处罚决定的行政机关和日期】演示市卫生健康局，2026年3月27日。本决定书须加盖印章。"#]],
    );
    assert_eq!(decision(&Walk::start().heard(plan(50_000, "一般", 0)).case, &terms()), None);
}

#[test]
fn a_page_is_complete_in_itself_and_says_what_was_written() {
    let mut new = proposed();
    new.party.name = "<script>alert(1)</script>&\"演示'𠮷".into();
    let case = Walk::of(new).decided(plan(50_000, "一般", 0)).case;
    let html = decision(&case, &terms()).unwrap().html();
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;演示&#39;𠮷"));
    for outside in ["<script", "http", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
}
