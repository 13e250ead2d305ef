//! What only appears on the way through a form: receipts, previews, keys, codes. The records made here are found by links later.

use crate::app::StoryApp;
use crate::browser::Browser;
use std::path::PathBuf;
use xingjian_registry::account::totp;

/// Walks, and looks wherever something is shown that has no address of its own.
pub async fn told(app: &StoryApp, browser: &Browser, look: &mut impl AsyncFnMut(&str)) {
    complaint(browser, look).await;
    let messages = "编号,标题,内容\n演1,演示街黑诊所,演示街十二号没有执照，上门打针。\n演2,,\n";
    file(app, browser, ["shouli", "来件导入", "导入来件"], ("演示来件.csv", messages), look).await;
    let institutions = "机构名称,行政区划代码\n演示新开诊所,440402\n演示无区划诊所,999999\n";
    file(app, browser, ["dengji", "导入", "导入机构、人员"], ("演示机构.csv", institutions), look).await;
    filter(browser).await;
    plan(browser).await;
    erasure(browser).await;
    system(browser, look).await;
}

async fn complaint(browser: &Browser, look: &mut impl AsyncFnMut(&str)) {
    browser.be_visitor().await;
    browser.follow("投诉举报").await;
    let form = browser.form("提交");
    form.fill("反映的机构或地点", "演示街诊所").await;
    form.fill("情况说明", "演示街诊所收费不开票。").await;
    form.tick("您的身份", "匿名").await;
    form.send().await;
    look("receipt").await;
    let code = browser.read("//*[@id='receipt']").await;
    browser.follow("查进度").await;
    let form = browser.form("查询");
    form.fill("查询码", &code).await;
    form.send().await;
    browser.see("待受理").await;
    look("progress").await;
}

/// A file is taken in: its preview has no address.
async fn file(
    app: &StoryApp,
    browser: &Browser,
    [login, menu, begin]: [&str; 3],
    (name, text): (&str, &str),
    look: &mut impl AsyncFnMut(&str),
) {
    let path: PathBuf = app.claims().join(name);
    std::fs::write(&path, text).expect("a file is written");
    browser.sign_in(login).await;
    browser.follow(menu).await;
    browser.follow(begin).await;
    let form = browser.form("预览");
    form.put("文件", &path).await;
    form.send().await;
    browser.see("需要注意的行").await;
    look(&format!("preview-{login}")).await;
    browser.form("确认导入").send().await;
    browser.see("已导入").await;
}

async fn filter(browser: &Browser) {
    browser.sign_in("shouli").await;
    browser.follow("投诉举报").await;
    browser.follow("全部").await;
    browser.follow("保存为常用筛选").await;
    let form = browser.form("保存");
    form.fill("名称", "全部来件").await;
    form.send().await;
    browser.see("常用筛选").await;
}

async fn plan(browser: &Browser) {
    browser.sign_in("jiandu1").await;
    browser.follow("年度抽查计划").await;
    browser.follow("拟定年度计划").await;
    let form = browser.form("拟定");
    form.tick("计划年度", "2027年").await;
    form.send().await;
    browser.follow("添加抽查任务").await;
    browser.form("下一步").send().await;
    let form = browser.form("保存");
    form.fill("任务名称", "演示口腔专项抽查").await;
    form.tick("珠海市卫生健康局：检查事项", "YL01").await;
    form.send().await;
    browser.see("演示口腔专项抽查").await;
}

async fn erasure(browser: &Browser) {
    browser.sign_in("shouli").await;
    browser.follow("来件导入").await;
    browser.open_row(&["演示来件.csv"]).await;
    browser.follow("申请删除").await;
    let form = browser.form("申请删除");
    form.tick("法定事由", "违反法律").await;
    form.fill("本件情况", "导入了不属于本单位的来件").await;
    form.send().await;
    browser.see("等待另一人确认").await;
}

async fn system(browser: &Browser, look: &mut impl AsyncFnMut(&str)) {
    browser.sign_in("anquan").await;
    browser.follow("接入系统").await;
    browser.follow("登记接入系统").await;
    let form = browser.form("登记接入系统");
    form.fill("系统名称", "演示医保结算系统").await;
    form.select("代表的部门", "珠海市医疗保障局").await;
    form.fill("负责人和联系方式", "演示信息中心").await;
    form.tick("权限范围", "查询登记信息").await;
    form.send().await;
    browser.see("密钥只显示这一次").await;
    look("system-key").await;
}

/// Recovery codes, and the page that asks for a code. Last, because it changes how somebody signs in.
pub async fn second_factor(app: &StoryApp, browser: &Browser, look: &mut impl AsyncFnMut(&str)) {
    browser.sign_in("fuhe").await;
    browser.follow("我的账号").await;
    browser.follow("启用第二因素").await;
    let secret = bytes(&browser.read("//*[@id='secret']").await);
    let form = browser.form("启用第二因素");
    form.fill("验证码", &totp::code(&secret, totp::step(app.app.clock.now()))).await;
    form.fill("密码", xingjian_web::DEMO_PASSWORD).await;
    form.send().await;
    browser.see("恢复码只显示这一次").await;
    look("recovery-codes").await;
    let recovery = browser.read("//*[@id='recovery']//code").await;
    browser.be_visitor().await;
    browser.follow("登录").await;
    let form = browser.form("登录");
    form.fill("登录名", "fuhe").await;
    form.fill("密码", xingjian_web::DEMO_PASSWORD).await;
    form.send().await;
    browser.see("填写验证码").await;
    look("sign-in-code").await;
    let form = browser.form("登录");
    form.fill("验证码或者恢复码", &recovery).await;
    form.send().await;
    browser.see("退出").await;
}

/// What a secret in letters stands for.
fn bytes(letters: &str) -> Vec<u8> {
    let mut bytes = vec![];
    let (mut bits, mut kept) = (0_u32, 0_u32);
    for letter in letters.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            other => other - b'2' + 26,
        };
        bits = bits << 5 | u32::from(value);
        kept += 5;
        if kept >= 8 {
            kept -= 8;
            bytes.push(u8::try_from(bits >> kept & 0xff).expect("eight bits are a byte"));
        }
    }
    bytes
}
