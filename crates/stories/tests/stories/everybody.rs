//! The demonstration as a new user finds it: each account's start page has something due, and one act on it succeeds.
//! On the way every page of every menu is looked at on a phone.

use crate::app::{Start, StoryApp, story};
use crate::browser::Browser;
use xingjian_testkit::Backend;

/// Somebody, what is due, the act, and the sentence that says it was done.
struct Turn {
    login: &'static str,
    row: &'static [&'static str],
    act: &'static str,
    fill: &'static [Entry],
    done: &'static str,
}

/// One field of the act.
enum Entry {
    Text(&'static str, &'static str),
    Tick(&'static str, &'static str),
    Select(&'static str, &'static str),
}

use Entry::{Select, Text, Tick};

/// A visit that was drawn by lot.
const BEGIN: &[&str] = &["随机抽查", "待检查"];
const SHOWN: &[Entry] = &[Tick("执法证件", "已向当事人主动出示执法证件")];

/// In an order in which nobody takes another's work away.
const TURNS: &[Turn] = &[
    Turn {
        login: "shouli",
        row: &["投诉举报", "待受理"],
        act: "受理并分派",
        fill: &[Tick("类别", "举报"), Text("认定为该类别的理由", "涉嫌违法，属举报"), Select("事项", "依法执业")],
        done: "已受理并按职责清单分派",
    },
    Turn { login: "chengban", row: &["投诉举报", "待核查"], act: "开始核查", fill: &[], done: "核查中" },
    Turn { login: "fuhe", row: &["投诉举报", "待复核"], act: "复核办结", fill: &[], done: "已办结" },
    Turn {
        login: "fuze", row: &["检查任务", "待批准"], act: "批准检查", fill: &[], done: "已批准，检查通知书"
    },
    Turn {
        login: "jiandu1",
        row: &["检查任务", "待检查"],
        act: "开始检查",
        fill: &[Tick("执法证件", "已向当事人主动出示执法证件")],
        done: "检查已开始，请填写检查表",
    },
    Turn {
        login: "jiandu2",
        row: &["待您会签", "提交调查终结报告"],
        act: "会签",
        fill: &[],
        done: "案件现为“调查终结，待合议”",
    },
    Turn {
        login: "jiandu3",
        row: &["线索", "服务态度"],
        act: "不作检查，说明理由",
        fill: &[Text("不作检查的理由", "已由承办人答复，不涉及违法行为。")],
        done: "已说明理由办结",
    },
    Turn {
        login: "yijian1",
        row: &["演示医疗美容专项抽查", "名录已封存"],
        act: "录入公开仪式数字",
        fill: &[Text("数字", "27182 81828 45904 52353")],
        done: "已录入，等待其余录入",
    },
    Turn {
        login: "jiandu4",
        row: &["演示医疗美容专项抽查", "名录已封存"],
        act: "录入公开仪式数字",
        fill: &[Text("数字", "27182818284590452353")],
        done: "种子已产生，可以抽取",
    },
    Turn { login: "shijian2", row: BEGIN, act: "开始检查", fill: SHOWN, done: "检查已开始" },
    Turn { login: "shijian1", row: BEGIN, act: "开始检查", fill: SHOWN, done: "检查已开始" },
    Turn { login: "yijian2", row: BEGIN, act: "开始检查", fill: SHOWN, done: "检查已开始" },
    Turn {
        login: "fazhi",
        row: &["已听取陈述申辩"],
        act: "法制审核通过",
        fill: &[Text("法制审核意见", "事实清楚，程序合法，同意。")],
        done: "案件现为“法制审核通过”",
    },
    Turn { login: "xinyong", row: &["JG-11"], act: "送达记分通知书", fill: &[], done: "当事人可在" },
    Turn {
        login: "gongkai",
        row: &["待决定"],
        act: "决定公开",
        fill: &[Text("公开理由", "属应当公开的行政执法信息")],
        done: "已公开，公示至",
    },
    Turn { login: "yibao", row: &["投诉举报", "待核查"], act: "开始核查", fill: &[], done: "核查中" },
    Turn {
        login: "jigou",
        row: &["责令改正"],
        act: "提交整改情况",
        fill: &[Text("整改情况", "已在门诊大厅公示诊疗科目和收费标准。")],
        done: "已提交，等待监督员复查",
    },
    Turn {
        login: "dengji",
        row: &["未登记对象", "待核对登记"],
        act: "关联到登记机构",
        fill: &[Text("登记机构", "演示第二口腔门诊部"), Text("核对情况", "地址一致，系该门诊部擅自设立的诊疗点。")],
        done: "已关联，原有记录保留",
    },
];

impl Turn {
    async fn take(&self, browser: &Browser) {
        browser.open_row(self.row).await;
        let act = browser.act(self.act);
        for entry in self.fill {
            match entry {
                Text(field, text) => act.fill(field, text).await,
                Tick(legend, option) => act.tick(legend, option).await,
                Select(field, option) => act.select(field, option).await,
            };
        }
        act.send().await;
        browser.see(self.done).await;
    }
}

/// The administrator's work is a page of its own, not an act on a file.
async fn open_account(browser: &Browser) {
    browser.sign_in("guanli").await;
    phone(browser).await;
    browser.open_row(&["演示监督员五", "待建立账号"]).await;
    let form = browser.form("建立账号");
    assert_eq!(form.value("姓名").await, "演示监督员五");
    assert!(form.ticked("岗位", "监督员").await, "the record says what the account is for");
    form.fill("登录名", "jiandu5").await;
    form.send().await;
    browser.see("账号已建立").await;
    browser.follow("查看账号").await;
    browser.see("已关联执法证件").await;
}

/// The security administrator grants what the administrator asked for; the audit administrator reads both acts.
async fn grant(browser: &Browser) {
    browser.sign_in("anquan").await;
    phone(browser).await;
    browser.open_row(&["演示监督员五", "待授予岗位"]).await;
    browser.simply("授予岗位").await;
    browser.see("已授予岗位").await;
    browser.sign_in("shenji").await;
    phone(browser).await;
    browser.follow("安全事件").await;
    browser.see("申请岗位：监督员").await;
    browser.see("授予账号“jiandu5”岗位：监督员").await;
}

/// Every page of the menu fits a phone; ends at the start page.
async fn phone(browser: &Browser) {
    for page in browser.menu().await {
        browser.follow(&page).await;
        browser.fits().await;
    }
    browser.go_home().await;
}

async fn tell(app: &StoryApp, browser: &Browser) {
    app.roles_are_kept_apart().await;
    let mut told: Vec<&str> = vec!["guanli", "anquan", "shenji"];
    for turn in TURNS {
        browser.sign_in(turn.login).await;
        phone(browser).await;
        turn.take(browser).await;
        told.push(turn.login);
    }
    open_account(browser).await;
    grant(browser).await;
    told.sort_unstable();
    let mut accounts: Vec<String> = app.accounts().await.into_iter().map(|account| account.login).collect();
    accounts.retain(|login| login != "jiandu5");
    accounts.sort();
    assert_eq!(told, accounts, "everybody had something to do");
}

#[test]
fn everybody_has_something_due_and_does_it() {
    story(Backend::Sqlite, Start::Demo, "everybody", tell);
}
