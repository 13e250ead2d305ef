//! A complaint comes in and becomes an approved inspection.

use super::{COMPLAINT, INSTITUTION, Told};

/// From the complaint to the approved task; the receipt code of the visitor.
pub async fn told(told: &Told<'_>) -> String {
    let receipt = complain(told).await;
    accept(told).await;
    take_up(told).await;
    plan(told).await;
    approve(told).await;
    receipt
}

/// A visitor complains without a name and keeps the receipt.
async fn complain(told: &Told<'_>) -> String {
    let browser = told.browser;
    browser.be_visitor().await;
    browser.look("01-home").await;
    browser.follow("投诉举报").await;
    let form = browser.form("提交");
    form.fill("反映的机构或地点", INSTITUTION).await;
    form.fill("情况说明", COMPLAINT).await;
    form.tick("您的身份", "匿名").await;
    browser.look("02-complain").await;
    form.send().await;
    browser.see("已收到您反映的情况").await;
    browser.look("03-receipt").await;
    let code = browser.read("//*[@id='receipt']").await;
    follow(told, &code).await;
    browser.see("待受理").await;
    code
}

/// Anybody with the code sees where the complaint stands.
pub async fn follow(told: &Told<'_>, code: &str) {
    let browser = told.browser;
    browser.be_visitor().await;
    browser.follow("查进度").await;
    let form = browser.form("查询");
    form.fill("查询码", code).await;
    form.send().await;
    browser.see(INSTITUTION).await;
}

/// The intake accepts it as a report; the duty list names the department.
async fn accept(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("shouli", &[INSTITUTION, "待受理"]).await;
    browser.see(COMPLAINT).await;
    browser.see("匿名").await;
    let form = browser.act("受理并分派");
    form.tick("类别", "举报").await;
    form.fill("认定为该类别的理由", "反映涉嫌违法行为，属举报").await;
    form.select("事项", "依法执业").await;
    form.tick("线索", "同时转为监管线索").await;
    browser.look("04-accept").await;
    form.send().await;
    browser.see("已受理并按职责清单分派").await;
    browser.see("已受理，待核查").await;
}

/// The handler takes it up.
async fn take_up(told: &Told<'_>) {
    told.finds("chengban", &[INSTITUTION, "已受理"]).await;
    told.browser.simply("开始核查").await;
    told.browser.see("核查中").await;
}

/// An inspector turns the signal into a task with two officers.
async fn plan(told: &Told<'_>) {
    let browser = told.browser;
    browser.sign_in("jiandu1").await;
    browser.see(INSTITUTION).await;
    browser.look("05-today").await;
    browser.open_row(&[INSTITUTION, "线索"]).await;
    browser.see(COMPLAINT).await;
    let form = browser.act("转现场检查");
    form.date("检查日期", &told.app.today().to_string()).await;
    form.tick("检查人员", "演示监督员一").await;
    form.tick("检查人员", "演示监督员二").await;
    form.tick("检查事项", "医疗机构资质管理").await;
    form.tick("检查事项", "卫生技术人员管理").await;
    browser.look("06-signal").await;
    form.send().await;
    browser.see("已拟定检查任务，等待批准").await;
}

/// The head approves; the notice has a number.
async fn approve(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("fuze", &[INSTITUTION, "检查任务"]).await;
    browser.see("演示监督员一").await;
    let form = browser.act("批准检查");
    form.open().await;
    browser.see("没有登记的回避情形").await;
    browser.see("本次由投诉举报、转办交办或者监测线索引起，不受上限限制").await;
    browser.look("07-approve").await;
    form.send().await;
    browser.see("已批准，检查通知书").await;
}
