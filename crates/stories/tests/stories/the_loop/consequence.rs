//! What follows from the decision: points, grade, sampling rate, another department, publication.

use super::{INSTITUTION, Told};

/// From the proposed points to what the public reads.
pub async fn told(told: &Told<'_>) {
    look_up(told, &["A级", "抽查比例5%"]).await;
    notify(told).await;
    waive(told).await;
    take_effect(told).await;
    look_up(told, &["B级", "信用等级B，抽查比例10%"]).await;
    own_record(told).await;
    acknowledge(told).await;
    publish(told).await;
    read(told).await;
    told.app.pass(2).await;
    report_effect(told).await;
}

/// Anybody looks the institution up.
async fn look_up(told: &Told<'_>, says: &[&str]) {
    let browser = told.browser;
    browser.be_visitor().await;
    browser.follow("查机构").await;
    let form = browser.form("查询");
    form.search(INSTITUTION).await;
    form.send().await;
    browser.open_row(&[INSTITUTION]).await;
    for text in says {
        browser.see(text).await;
    }
}

async fn notify(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("xinyong", &[INSTITUTION, "JG-11"]).await;
    let form = browser.act("送达记分通知书");
    browser.look("16-points").await;
    form.send().await;
    browser.see("当事人可在").await;
}

async fn waive(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jigou", &["不良执业行为记分"]).await;
    browser.see("拟记分值12 分").await;
    browser.simply("放弃陈述申辩").await;
    browser.see("已表示不再陈述申辩").await;
}

async fn take_effect(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("xinyong", &[INSTITUTION, "可以生效"]).await;
    let form = browser.act("记分生效");
    assert_eq!(form.value("生效分值").await, "12");
    form.send().await;
    browser.see("已生效，记12分，信用等级已重新评定").await;
}

/// The institution reads its own grade, item by item.
async fn own_record(told: &Told<'_>) {
    let browser = told.browser;
    browser.sign_in("jigou").await;
    browser.see("B级").await;
    browser.see("800分").await;
    browser.see("抽查比例10%").await;
    browser.look("17-unit").await;
}

async fn acknowledge(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("yibao", &[INSTITUTION, "医保定点协议管理"]).await;
    browser.see("信用等级").await;
    browser.simply("签收").await;
    browser.see("已签收，请于").await;
}

async fn report_effect(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("yibao", &[INSTITUTION, "已签收"]).await;
    let form = browser.act("反馈落实情况");
    form.fill("落实情况", "已计入本年度定点协议考核，扣减考核分。").await;
    browser.look("18-linkage").await;
    form.send().await;
    browser.see("已反馈落实情况").await;
}

/// Inspection and decision each wait for a decision on their publication.
async fn publish(told: &Told<'_>) {
    let browser = told.browser;
    for class in ["检查", "处罚"] {
        told.finds("gongkai", &[INSTITUTION, class]).await;
        browser.see("公众将看到").await;
        let form = browser.act("决定公开");
        form.fill("公开理由", "属应当公开的行政执法信息").await;
        if class == "处罚" {
            browser.look("19-publication").await;
        }
        form.send().await;
        browser.see("已公开，公示至").await;
    }
}

/// Anybody reads the decision, and finds it from the institution too.
async fn read(told: &Told<'_>) {
    let browser = told.browser;
    browser.be_visitor().await;
    browser.follow("公示").await;
    browser.open_row(&[INSTITUTION, "对外出租、承包医疗科室"]).await;
    browser.see("50,000").await;
    browser.miss("演示监督员").await;
    browser.miss("已主动终止承包").await;
    browser.look("20-published").await;
    browser.follow("查看这家机构").await;
    browser.see("B级").await;
    browser.see("对外出租、承包医疗科室").await;
    browser.look("21-institution").await;
}
