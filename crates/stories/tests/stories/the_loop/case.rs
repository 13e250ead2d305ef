//! The case up to the notice: filing, investigation, deliberation.

use super::{INSTITUTION, Told};

/// From the filing to the served notice.
pub async fn told(told: &Told<'_>) {
    approve_filing(told).await;
    told.app.pass(6).await;
    report(told).await;
    deliberate(told).await;
    told.app.pass(3).await;
    notify(told).await;
}

async fn approve_filing(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("fuze", &[INSTITUTION, "立案待审批"]).await;
    browser.see("将口腔科承包给院外人员经营，收取承包费。").await;
    let form = browser.act("批准立案");
    form.fill("审批意见", "同意立案").await;
    form.send().await;
    browser.see("案件现为“调查取证”").await;
}

async fn report(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "对外出租、承包医疗科室"]).await;
    let today = told.app.today();
    let form = browser.act("提交调查终结报告");
    form.fill("违法事实", "2026年1月起将口腔科承包给院外人员经营，收取承包费8000元。").await;
    form.fill("证据（1）书证", &format!("{today} 承包协议复印件，证明出租科室和收取承包费。")).await;
    form.fill("证据（8）勘验笔录、现场笔录", &format!("{today} 现场检查笔录，证明科室由院外人员经营。")).await;
    form.tick("查证", "以上证据均已查证属实").await;
    form.tick("违法所得", "已查明").await;
    form.fill("违法所得金额（元）", "8,000").await;
    form.send().await;
    told.countersigned("jiandu2", "提交调查终结报告", "调查终结，待合议").await;
}

/// The second handler records the deliberation, and the first signs it.
async fn deliberate(told: &Told<'_>) {
    let browser = told.browser;
    let form = browser.act("记录合议");
    form.fill("参加合议的人员", "演示监督员一\n演示监督员二\n演示监督员三").await;
    form.fill("合议意见", "事实清楚，证据确凿，一致同意承办人意见。").await;
    form.tick("合议结论", "给予行政处罚").await;
    form.tick("处罚种类", "罚款").await;
    form.tick("处罚种类", "没收违法所得").await;
    form.fill("罚款（元）", "50,000").await;
    form.tick("裁量阶次", "一般").await;
    form.fill("责令改正和说明", "责令改正").await;
    form.fill("处罚理由", "首次被查处，配合调查，按一般阶次处理。").await;
    browser.look("12-deliberation").await;
    form.send().await;
    told.countersigned("jiandu1", "记录合议", "已合议，待告知").await;
}

async fn notify(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "已合议"]).await;
    browser.see("应当没收8,000.00元").await;
    browser.see("罚款达到").await;
    let form = browser.act("送达事先告知书");
    form.tick("送达方式", "直接送达").await;
    form.fill("收件人", "演示负责人").await;
    form.send().await;
    told.countersigned("jiandu2", "送达事先告知书", "已事先告知").await;
}
