//! What goes wrong for people, and that nothing they typed is lost.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use crate::plain::Plain;
use xingjian_sense::complaint::Complaint;
use xingjian_store::{Ctx, Executor, Filter, Stored, records};
use xingjian_testkit::Backend;

const ABOUT: &str = "演示第二综合医院";
const TEXT: &str = "该院夜间急诊没有医师在岗，由护士开药。<b>“两次”</b>\n第二段。";

async fn complaints(app: &StoryApp) -> Vec<Stored<Complaint>> {
    let found = records::list::<Complaint>(&Ctx::system(&app.app), &Filter { limit: 50, ..Filter::default() }).await;
    found.expect("complaints are read").rows
}

/// A complaint sent by somebody without a browser; the receipt code.
fn complain(plain: &mut Plain) -> String {
    let once = plain.get("/complain").hidden("once");
    let fields = [("about", ABOUT), ("text", TEXT), ("who", "named"), ("name", "演示甲"), ("contact", "演示电话")];
    let sent = plain.post("/complain", &[&fields[..], &[("once", &once)]].concat());
    assert_eq!(sent.status, 200, "{}", sent.body);
    sent.between("id=\"receipt\">", "<").to_owned()
}

#[test]
fn a_login_that_expires_half_way_keeps_what_was_typed() {
    story(Backend::Sqlite, Start::Ground, "expired", async |app, browser| {
        browser.sign_in("shouli").await;
        browser.follow("投诉举报").await;
        browser.follow("登记投诉举报").await;
        let form = browser.form("提交");
        form.select("渠道", "来访").await;
        form.fill("反映的机构或地点", ABOUT).await;
        form.fill("情况说明", TEXT).await;
        let tx = app.app.db.begin().await.unwrap();
        tx.run("delete from session", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        form.send().await;
        browser.see("您的登录已过期。请重新登录，刚才填写的内容不会丢失。").await;
        let again = browser.form("登录");
        again.fill("登录名", "shouli").await;
        again.fill("密码", xingjian_web::DEMO_PASSWORD).await;
        again.send().await;
        browser.see("已重新登录，内容还没有提交").await;
        browser.see(TEXT).await;
        browser.form("继续提交").send().await;
        browser.see("已收到您反映的情况").await;
        let kept = complaints(app).await;
        assert_eq!(kept.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), [TEXT]);
    });
}

#[test]
fn a_faulty_form_says_where_and_keeps_everything() {
    story(Backend::Sqlite, Start::Ground, "faulty", async |app, browser| {
        without_scripts(app);
        browser.be_visitor().await;
        browser.follow("投诉举报").await;
        let form = browser.form("提交");
        form.fill("情况说明", "太短").await;
        form.tick("您的身份", "实名").await;
        form.fill("联系电话", "演示电话").await;
        form.send().await;
        browser.see("有 3 处需要修改，已填写的内容都保留着").await;
        browser.fits().await;
        // The summary leads to the field, and the keyboard with it.
        browser.jump("反映的机构或地点").await;
        assert_eq!(browser.here().await, "complain-about");
        let form = browser.form("提交");
        assert_eq!(form.value("情况说明").await, "太短");
        assert_eq!(form.value("联系电话").await, "演示电话");
        assert!(form.ticked("您的身份", "实名").await);
        form.fill("反映的机构或地点", ABOUT).await;
        form.fill("情况说明", TEXT).await;
        form.fill("姓名", "演示甲").await;
        form.send().await;
        browser.see("已收到您反映的情况").await;
        assert_eq!(complaints(app).await.len(), 2);
    });
}

/// The same without scripts: the page as the server sends it.
fn without_scripts(app: &StoryApp) {
    let mut plain = Plain::new(app.port);
    let once = plain.get("/complain").hidden("once");
    let fields = [("about", ""), ("text", TEXT), ("who", "anonymous"), ("once", once.as_str())];
    let faulty = plain.post("/complain", &fields);
    assert_eq!(faulty.status, 422);
    assert!(faulty.body.contains("<a href=\"#complain-about\">") && faulty.body.contains("id=\"complain-about\""));
    assert!(faulty.body.contains("由护士开药。") && !faulty.body.contains("<b>“两次”"), "shown as text");
    assert_eq!(faulty.hidden("once"), once, "the same form");
    let code = complain(&mut plain);
    let followed = plain.post("/follow", &[("code", &code)]);
    assert!(followed.status == 200 && followed.body.contains(ABOUT));
}

#[test]
fn the_same_form_sent_twice_is_one_complaint() {
    story(Backend::Sqlite, Start::Ground, "twice", async |app, browser| {
        browser.be_visitor().await;
        browser.follow("投诉举报").await;
        let form = browser.form("提交");
        form.fill("反映的机构或地点", ABOUT).await;
        form.fill("情况说明", TEXT).await;
        form.send().await;
        browser.see("已收到您反映的情况").await;
        let code = browser.read("//*[@id='receipt']").await;
        browser.reload().await;
        browser.see("已经收到过，没有重复登记").await;
        assert_eq!(browser.read("//*[@id='receipt']").await, code);
        assert_eq!(complaints(app).await.len(), 1);
    });
}

/// Opens the complaint that waits for the intake, and begins to accept it.
async fn begin(browser: &Browser) {
    browser.sign_in("shouli").await;
    browser.see_in_time(ABOUT).await;
    browser.open_row(&[ABOUT, "待受理"]).await;
    let form = browser.act("受理并分派");
    form.tick("类别", "举报").await;
    form.fill("认定为该类别的理由", "由我写下的理由").await;
    form.select("事项", "依法执业").await;
}

#[test]
fn somebody_overtaken_is_told_and_loses_nothing() {
    story(Backend::Sqlite, Start::Ground, "overtaken", async |app, browser| {
        let mut plain = Plain::new(app.port);
        complain(&mut plain);
        let id = complaints(app).await[0].id;
        begin(browser).await;
        // Somebody else looks up who complained: the record moves on, its state does not.
        plain.sign_in("chengban");
        let path = format!("/desk/complaints/{id}");
        let seen = plain.get(&path);
        let fields =
            [("csrf", seen.hidden("csrf")), ("version", seen.hidden("version")), ("reason", "核实身份".into())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(plain.post(&format!("{path}/reveal"), &fields).status, 200);
        browser.act("受理并分派").send().await;
        browser.see("他人").await;
        let form = browser.act("受理并分派");
        assert_eq!(form.value("认定为该类别的理由").await, "由我写下的理由");
        assert!(form.ticked("类别", "举报").await);

        // Another clerk of the same desk is faster: the act is no longer possible, the text is still there.
        plain.sign_in("shouli");
        let seen = plain.get(&path);
        let fields =
            [("csrf", seen.hidden("csrf")), ("version", seen.hidden("version")), ("reason", "不属于本市".into())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(plain.post(&format!("{path}/decline"), &fields).status, 303);
        form.send().await;
        browser.see("不予受理").await;
        browser.see("您刚才填写的内容没有提交").await;
        browser.see("由我写下的理由").await;
    });
}
