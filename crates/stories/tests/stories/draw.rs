//! A draw with a sealed list: two departments at a ceremony, the list kept until its day, and what the public sees when.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use xingjian_inspect::draw::{Draw, service};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Actor, DepartmentId, Role};
use xingjian_store::{Ctx, Filter, Stored, records};
use xingjian_testkit::Backend;

const TASK: &str = "演示医疗美容专项抽查";

async fn draw(app: &StoryApp) -> Stored<Draw> {
    let all = records::list::<Draw>(&Ctx::system(&app.app), &Filter::default()).await.expect("draws are read").rows;
    all.into_iter().find(|draw| draw.task.name == TASK).expect("the demonstration has a second draw")
}

async fn enter(browser: &Browser, login: &str, digits: &str, done: &str) {
    browser.sign_in(login).await;
    browser.open_row(&[TASK, "名录已封存"]).await;
    let act = browser.act("录入公开仪式数字");
    act.fill("数字", digits).await;
    act.send().await;
    browser.see(done).await;
}

/// The drawn institutions, as only the head may open the list.
async fn drawn(app: &StoryApp) -> Vec<String> {
    let draw = draw(app).await;
    let mut head = Ctx::system(&app.app);
    let department = DepartmentId::new("health");
    head.actor = Actor { roles: vec![Role::Head], department, ..head.actor };
    let listed = service::listed(&head, &draw).await.expect("the list opens").expect("to the head");
    listed.rows.into_iter().map(|row| row.object).collect()
}

async fn tell(app: &StoryApp, browser: &Browser) {
    enter(browser, "jiandu1", "27182818284590452354", "已录入，等待其余录入").await;
    enter(browser, "yibao", "27182818284590452353", "两次录入不一致").await;
    enter(browser, "yibao", "27182818284590452353", "已录入，等待其余录入").await;
    enter(browser, "jiandu2", "27182 81828 45904 52353", "种子已产生").await;
    browser.simply("抽取").await;
    browser.see("结果的哈希值已经公布").await;

    let objects = drawn(app).await;
    assert!(!objects.is_empty());
    browser.be_visitor().await;
    browser.follow("双随机抽查事项、计划、抽了谁和结果，人人可以复核").await;
    browser.follow("查看随机抽查").await;
    browser.open_row(&[TASK]).await;
    browser.see("已抽取").await;
    for object in &objects {
        browser.miss(object).await;
    }
    browser.fits().await;
    browser.follow("投屏页面").await;
    browser.see("名单封存").await;
    browser.fits().await;

    browser.sign_in("fuze").await;
    browser.follow("随机抽查").await;
    browser.open_row(&[TASK]).await;
    browser.act("批准全部检查任务").send().await;
    browser.see("已批准").await;

    let release = draw(app).await.release.expect("the list is sealed");
    app.go_to(plus_days(release, -1)).await;
    browser.be_visitor().await;
    browser.follow("双随机抽查事项、计划、抽了谁和结果，人人可以复核").await;
    browser.follow("查看随机抽查").await;
    browser.open_row(&[TASK]).await;
    browser.miss("名单已公开").await;
    app.go_to(release).await;
    browser.reload().await;
    browser.see("名单已公开").await;
    for object in &objects {
        browser.see(object).await;
    }
}

#[test]
fn a_sealed_list_is_drawn_in_public_and_shown_on_its_day() {
    story(Backend::Sqlite, Start::Demo, "draw", tell);
}
