//! The visit: a checklist, two officers' signatures and the party's, a finding, its correction and the re-check.

use super::{FACTS, INSTITUTION, Told};

/// From the approved task to the corrected finding.
pub async fn told(told: &Told<'_>) {
    begin(told).await;
    checklist(told).await;
    record(told).await;
    sign(told).await;
    submit(told).await;
    told.app.pass(4).await;
    correct(told).await;
    told.app.pass(2).await;
    check_again(told).await;
}

async fn begin(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "待检查"]).await;
    let form = browser.act("开始检查");
    form.tick("执法证件", "已向当事人主动出示执法证件").await;
    form.fill("检查地点", "演示路1号").await;
    form.send().await;
    browser.see("检查已开始，请填写检查表").await;
}

async fn checklist(told: &Told<'_>) {
    let browser = told.browser;
    let form = browser.form("保存检查表");
    let leased = form.part("医疗机构资质管理");
    leased.tick("结论", "不符合").await;
    leased.fill("查见的事实，或者原因", FACTS).await;
    leased.select("案由", "YL-003").await;
    form.part("卫生技术人员管理").tick("结论", "符合").await;
    browser.look("08-checklist").await;
    form.send().await;
    browser.see("已填 2 / 2 项").await;
}

async fn record(told: &Told<'_>) {
    let form = told.browser.act("形成检查记录");
    form.tick("检查结果", "发现问题已责令改正").await;
    form.fill("检查情况", "出示证件，由医务科负责人陪同检查口腔科，查阅承包协议和收费记录。").await;
    form.send().await;
    told.browser.see("检查记录已形成").await;
}

/// Each officer with the own login, then the party.
async fn sign(told: &Told<'_>) {
    let browser = told.browser;
    browser.simply("监督员签名").await;
    browser.see("等待监督员演示监督员二以本人登录签名").await;
    told.finds("jiandu2", &[INSTITUTION, "检查任务"]).await;
    browser.see(FACTS).await;
    browser.simply("监督员签名").await;
    let form = browser.act("被检查人签名");
    form.tick("签名情况", "签名确认").await;
    form.fill("签名人", "演示负责人").await;
    form.select("签名人职务", "主要负责人").await;
    form.fill("被检查人意见", "情况属实").await;
    form.send().await;
    browser.see("签名确认：演示负责人").await;
}

async fn submit(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "检查任务"]).await;
    let form = browser.act("提交检查结果");
    browser.look("09-record").await;
    form.send().await;
    browser.see("已提交，1个问题已责令改正").await;
    browser.see("医疗机构资质管理").await;
}

/// The institution reads what was found and hands in what it did.
async fn correct(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jigou", &["责令改正：医疗机构资质管理"]).await;
    browser.see(FACTS).await;
    let form = browser.act("提交整改情况");
    form.fill("整改情况", "已终止承包协议，收回口腔科，由本院医师执业。").await;
    form.fill("佐证材料", "终止协议\n科室人员名单").await;
    browser.look("10-correction").await;
    form.send().await;
    browser.see("已提交，等待监督员复查").await;
}

async fn check_again(told: &Told<'_>) {
    let browser = told.browser;
    told.finds("jiandu1", &[INSTITUTION, "整改"]).await;
    browser.see("已终止承包协议，收回口腔科").await;
    let form = browser.act("复查通过");
    form.select("同行监督员", "演示监督员二").await;
    form.fill("复查情况", "现场复查，承包协议已终止，口腔科由本院人员执业。").await;
    form.send().await;
    browser.see("待同行监督员确认").await;
    told.finds("jiandu2", &[INSTITUTION, "待您确认复查"]).await;
    browser.see("口腔科由本院人员执业").await;
    browser.simply("确认复查").await;
    browser.see("已确认复查").await;
    browser.see("通过，问题办结").await;
    file_case(told).await;
}

/// What was corrected was a violation all the same: the officer proposes a case.
async fn file_case(told: &Told<'_>) {
    let browser = told.browser;
    let form = browser.act("提请立案");
    form.select("案由", "YL-003").await;
    form.fill("案情摘要", "将口腔科承包给院外人员经营，收取承包费。").await;
    form.tick("承办人", "演示监督员一").await;
    form.tick("承办人", "演示监督员二").await;
    browser.look("11-finding").await;
    form.send().await;
    browser.see("已提请立案，等待机关负责人批准").await;
}
