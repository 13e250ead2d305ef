//! From what the party says to the paid fine: review, discussion, decision, service, payment, closing.

use super::{INSTITUTION, Told};

/// From the served notice to the closed case.
pub async fn told(told: &Told<'_>) {
    told.app.pass(2).await;
    speak(told).await;
    told.app.pass(3).await;
    weigh(told).await;
    review(told).await;
    discuss(told).await;
    decide(told).await;
    told.app.pass(3).await;
    serve(told).await;
    told.app.pass(5).await;
    pay(told).await;
    close(told).await;
}

/// The institution says what it has to say, and wants no hearing.
async fn speak(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jigou", &["陈述和申辩"]).await;
    browser.see("50,000.00").await;
    let form = browser.act("提交陈述申辩意见");
    form.fill("陈述、申辩意见", "已主动终止承包，请求从轻处理。").await;
    browser.look("13-party").await;
    form.send().await;
    browser.see("已经提出：已主动终止承包").await;
    let form = browser.act("放弃听证");
    form.tick("确认", "我单位明确放弃听证").await;
    form.send().await;
    browser.see("当事人放弃听证").await;
}

async fn weigh(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "已事先告知"]).await;
    browser.see("已主动终止承包，请求从轻处理。").await;
    let form = browser.act("复核陈述申辩");
    form.tick("复核结论", "不予采纳").await;
    form.fill("复核意见", "已在裁量阶次中考虑配合调查情节，不再另行从轻。").await;
    form.send().await;
    browser.see("案件现为“已听取陈述申辩”").await;
}

async fn review(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("fazhi", &[INSTITUTION, "已听取陈述申辩"]).await;
    browser.see("不再另行从轻").await;
    let form = browser.act("法制审核通过");
    form.fill("法制审核意见", "事实清楚，程序合法，裁量适当，同意。").await;
    form.send().await;
    browser.see("案件现为“法制审核通过”").await;
}

async fn discuss(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("fuze", &[INSTITUTION, "法制审核通过"]).await;
    browser.see("事实清楚，程序合法，裁量适当，同意。").await;
    let form = browser.act("记录集体讨论");
    assert_eq!(form.value("罚款（元）").await, "50,000.00", "the heads start from what was reviewed");
    form.fill("参加集体讨论的负责人", "演示机关负责人\n演示机关副职").await;
    form.fill("集体讨论记录", "同意承办部门意见。").await;
    form.send().await;
    browser.see("案件现为“已集体讨论”").await;
}

async fn decide(told: &Told<'_>) {
    let browser = told.browser;
    let form = browser.act("作出处罚决定");
    form.open().await;
    browser.see("与审核、集体讨论的处罚一致").await;
    form.fill("决定的理由", "符合裁量基准一般阶次。").await;
    browser.look("14-decision").await;
    form.send().await;
    browser.see("案件现为“已决定，待送达”").await;
}

async fn serve(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "已决定，待送达"]).await;
    let form = browser.act("送达决定书");
    form.tick("送达方式", "直接送达").await;
    form.fill("收件人", "演示负责人").await;
    form.send().await;
    told.countersigned("jiandu2", "送达决定书", "已送达").await;
    told.finds("jigou", &["缴款"]).await;
    browser.see("58,000.00元").await;
}

async fn pay(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "已送达"]).await;
    let form = browser.act("登记缴款");
    assert_eq!(form.value("缴款金额（元）").await, "58,000.00", "what is owed is offered");
    form.fill("缴款凭证号", "演示票据0001").await;
    form.send().await;
    browser.see("案件现为“执行中”").await;
    let form = browser.act("提交结案报告");
    form.fill("结案报告", "处罚决定已履行完毕。").await;
    form.send().await;
    browser.see("案件现为“结案待审批”").await;
}

async fn close(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("fuze", &[INSTITUTION, "结案待审批"]).await;
    browser.see("处罚决定已履行完毕。").await;
    let form = browser.act("批准结案");
    form.fill("审批意见", "同意结案").await;
    form.send().await;
    browser.see("案件现为“已结案”").await;
    browser.look("15-case").await;
}
