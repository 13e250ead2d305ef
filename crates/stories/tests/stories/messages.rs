//! A clerk takes a file of twenty messages in and clears it with the keyboard alone; a reporter reads the answer, rates it, and has it looked at
//! again.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_sense::complaint::Complaint;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::Backend;

/// Made-up messages: what they say, and the key that decides them as a clerk would.
const MESSAGES: [(&str, &str, &str); 20] = [
    ("举报演示街黑诊所", "演示街十二号没有执照，上门打针，请查处。", "Enter"),
    ("小区停车难", "物业乱收停车费，业主没有地方停车。", "Enter"),
    ("演示医院挂号费太高", "演示医院挂号费翻了一倍，窗口不给发票。", "Enter"),
    ("演示街路灯不亮", "路灯坏了两个月，晚上看不见路。", "Enter"),
    ("请问独生子女证怎么办理", "我家孩子十岁，请问独生子女证怎么办理。", "Enter"),
    ("工地噪音扰民", "工地夜间施工，噪音太大，睡不着。", "Enter"),
    ("演示卫生院医生态度恶劣", "演示卫生院医生推诿病人，态度恶劣。", "Enter"),
    ("拖欠工资", "公司拖欠工资半年，请帮忙仲裁。", "Enter"),
    ("演示药店卖过期药", "演示药店卖过期药，没有处方就卖处方药。", "Enter"),
    ("学校招生不公", "学校招生要交赞助费，教师私自补课。", "Enter"),
    ("演示医院出租科室", "演示医院把皮肤科承包给外人，医托拉人。", "Enter"),
    ("社保卡不能用", "社保卡丢了补办了三个月还没有拿到。", "Enter"),
    ("医疗垃圾乱扔", "演示诊所门口扔着医疗垃圾和输液袋。", "Enter"),
    ("房屋拆迁补偿", "拆迁补偿没有到位，开发商不管。", "Enter"),
    ("演示医院误诊", "演示医院误诊，延误治疗，留下后遗症。", "Enter"),
    ("按摩店的艾灸", "街上的店用艾条烫伤了我，没有人管。", "topic"),
    ("卫生间漏水", "楼上卫生间漏水，物业不修。", "Enter"),
    ("食堂食物中毒", "食堂吃饭后多人食物中毒，正在医院抢救。", "Enter"),
    ("公交车不停站", "公交车到站不停，司机骂人。", "Enter"),
    ("举报演示街黑诊所", "演示街十二号没有执照，上门打针，请快查处。", "m"),
];

/// Enter, as the keyboard sends it.
const ENTER: &str = "\u{e007}";

async fn take_in(app: &StoryApp) {
    let rows: Vec<String> =
        MESSAGES.iter().enumerate().map(|(n, (title, text, _))| format!("演示{n:02},{title},{text}")).collect();
    let file = format!("编号,标题,内容\n{}\n", rows.join("\n"));
    let mut clerk = Ctx::system(&app.app);
    clerk.actor.roles = vec![Role::Intake];
    clerk.actor.department = DepartmentId::new("health");
    let taken = xingjian_sense::message::import::run(&clerk, "演示来件.csv", "common", file.as_bytes()).await;
    let (import, _) = taken.expect("the file is taken in");
    assert_eq!(import.expect("its rows are new").done.counts, [20, 0, 0, 0]);
}

async fn clear(browser: &Browser) {
    browser.sign_in("shouli").await;
    browser.follow("来件导入").await;
    browser.see("演示来件.csv").await;
    browser.look("30-messages").await;
    browser.follow("来件分拣").await;
    browser.see("待分拣 20 件").await;
    browser.look("31-triage").await;
    browser.reload().await;
    browser.see("待分拣 20 件").await;
    // Down and up again: the first is looked at as before.
    browser.keys("jjk").await;
    let current = browser.read("//li[@aria-current]//h2").await;
    assert_eq!(current, MESSAGES[1].0, "two down, one up");
    browser.keys("k").await;
    let mut strokes = 4;
    for left in (0..MESSAGES.len()).rev() {
        let title = browser.read("//li[@aria-current]//h2").await;
        let text = browser.read("//li[@aria-current]//p[@class='text']").await;
        let message = MESSAGES.iter().find(|(t, body, _)| *t == title && text.contains(body));
        let Some((_, _, key)) = message else { browser.fail(&format!("“{title}” is none of the file")).await };
        match *key {
            "Enter" => browser.leave_by_keys(ENTER).await,
            "topic" => {
                // Taken although it was not suggested: the topic is chosen by typing, Enter sends it.
                browser.keys("t").await;
                browser.keys("其他").await;
                browser.leave_by_keys(ENTER).await;
                strokes += 3;
            }
            key => browser.leave_by_keys(key).await,
        }
        strokes += 1;
        if left > 0 {
            browser.see(&format!("待分拣 {left} 件")).await;
        }
    }
    browser.see("没有等待分拣的来件").await;
    println!("20 messages, {strokes} strokes of the keyboard");
    assert!(strokes <= 30, "{strokes}");
}

async fn counted(browser: &Browser) {
    browser.follow("来件统计").await;
    browser.see("近期").await;
    browser.look("33-topics").await;
    browser.follow("分拣准确率").await;
    browser.see("查准").await;
    browser.look("32-precision").await;
    browser.follow("答复时限").await;
    browser.see("没有可以计算的答复").await;
    browser.look("34-clocks").await;
}

#[test]
fn twenty_messages_are_cleared_with_the_keyboard_alone() {
    story(Backend::Sqlite, Start::Ground, "messages", async |app, browser| {
        take_in(app).await;
        clear(browser).await;
        counted(browser).await;
        let all = records::all::<Complaint>(&Ctx::system(&app.app), &Filter::default()).await.expect("they are there");
        let states = |state: &str| all.iter().filter(|c| c.state.name() == state).count();
        assert_eq!((states("accepted"), states("joined"), states("declined"), all.len()), (10, 1, 9, 20));
    });
}
