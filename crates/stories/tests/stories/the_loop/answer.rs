//! The complaint is answered, a second officer closes it, and the visitor reads the answer.

use super::{INSTITUTION, Told, begin};

const ANSWER: &str = "经核查，您反映的情况属实，已责令改正并依法作出行政处罚，处罚信息已公开。";

/// From the answer to the visitor who reads it.
pub async fn told(told: &Told<'_>, receipt: &str) {
    let browser = told.browser;
    told.finds("chengban", &[INSTITUTION, "核查中"]).await;
    browser.see("已作出并送达行政处罚决定").await;
    let form = browser.act("提交答复");
    form.tick("核查结论", "属实").await;
    form.fill("答复内容（反映人可见）", ANSWER).await;
    form.send().await;
    browser.see("待复核").await;

    begin::follow(told, receipt).await;
    browser.miss(ANSWER).await;

    told.finds("fuhe", &[INSTITUTION, "待复核"]).await;
    browser.see(ANSWER).await;
    browser.simply("复核办结").await;
    browser.see("已办结").await;

    begin::follow(told, receipt).await;
    browser.see("已办结").await;
    browser.see("已对被反映单位实施现场检查").await;
    browser.see("核查结论：属实").await;
    browser.see(ANSWER).await;
    browser.look("22-answer").await;
}
