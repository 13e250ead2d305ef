//! A signal from screening at the desk and in the institution's portal.

use crate::found::{PAIR, PATIENT, STAY, first_hits, hospital, rule_of, signals, taken};
use crate::people::{get, post, send, signed_in_of};
use axum::http::StatusCode;
use xingjian_kernel::Role;
use xingjian_testkit::both_databases;

both_databases! {
    async fn the_institution_is_asked_answers_and_reads_what_was_found(world: World) {
        let own = hospital(&world, "演示第一医院", Some("DEMO1")).await.subject();
        let other = hospital(&world, "演示第二医院", Some("DEMO2")).await.subject();
        let insurer = signed_in_of(&world, "医保甲", Role::Partner, "insurance", None).await;
        let unit = signed_in_of(&world, "jigou", Role::Unit, "unit", Some(own)).await;
        let stranger = signed_in_of(&world, "jigou2", Role::Unit, "unit", Some(other)).await;
        taken(&world, "a", &first_hits()).await;
        let signal = signals(&world).await.remove(0);
        let (desk, portal) = (format!("/desk/signals/{}", signal.id), format!("/unit/signals/{}", signal.id));
        for path in [portal.clone(), format!("{portal}/hits")] {
            assert_eq!(send(&world, get(&path, Some(&unit))).await.status, StatusCode::NOT_FOUND, "not asked, so not told");
        }
        let reply = |who, rule, text| post(&format!("{portal}/reply"), Some(who), &[("version", "2"), ("rule", rule), ("text", text)]);
        assert_eq!(send(&world, reply(&unit, "", "说明")).await.status, StatusCode::NOT_FOUND);

        let page = send(&world, get(&desk, Some(&insurer))).await;
        for text in ["重复收费", "3处", "140.00元", "演示监护", "尚未复核", "请机构说明以前，只能认定全部不属实", "贵单位2026年1月发生的医保费用"] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        let asked = send(&world, post(&format!("{desk}/ask"), Some(&insurer), &[("version", "1"), ("text", "请逐条说明")])).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);

        for path in [portal.clone(), format!("{portal}/hits")] {
            assert_eq!(send(&world, get(&path, Some(&stranger))).await.status, StatusCode::NOT_FOUND, "nor is another told");
        }
        let home = send(&world, get("/unit", Some(&unit))).await;
        assert!(home.body.contains("请就2026年1月的规则命中说明情况") && home.body.contains(&portal), "{}", home.body);
        assert!(!home.body.contains("2026年2月"), "the other month was not asked about");
        let today = send(&world, get("/desk", Some(&unit))).await;
        assert!(today.body.contains(&portal), "whoever comes to the desk is told as well: {}", today.body);
        let list = send(&world, get("/unit/signals", Some(&unit))).await;
        assert!(list.body.contains(&portal) && list.body.contains("共 1 条"));
        let page = send(&world, get(&portal, Some(&unit))).await;
        assert!(page.body.contains("请逐条说明") && !page.body.contains("医保甲"), "staff appear as their department: {}", page.body);
        let empty = send(&world, reply(&unit, PAIR, " ")).await;
        assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("href=\"#reply-text\""), "{}", empty.body);
        assert!(empty.body.contains(&format!("value=\"{PAIR}\" selected")), "the choice is kept: {}", empty.body);
        assert_eq!(send(&world, reply(&unit, PAIR, "两次监护在不同病区。")).await.status, StatusCode::SEE_OTHER);

        let page = send(&world, get(&desk, Some(&insurer))).await;
        assert!(page.body.contains("两次监护在不同病区。") && page.body.contains("关于“重复收费”"), "{}", page.body);
        let judge = |rule, version, confirmed, amount, reason, text| {
            let fields = [("version", version), ("rule", rule), ("confirmed", confirmed), ("amount", amount), ("reason", reason), ("text", text)];
            post(&format!("{desk}/judge"), Some(&insurer), &fields)
        };
        let wrong = send(&world, judge(PAIR, "3", "两处", "八十", "", "核对了<b>病历")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("有 3 处需要修改"), "{}", wrong.body);
        for kept in ["两处", "八十", "核对了&#60;b&#62;病历"] {
            assert!(wrong.body.contains(kept), "{kept}: {}", wrong.body);
        }
        let done = send(&world, judge(PAIR, "3", "1", "50", "explained", "其中一处有医嘱")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let rule = send(&world, get(&format!("/desk/claims-rules/{}", rule_of(&world, PAIR).await.id), Some(&insurer))).await;
        assert!(rule.body.contains("50.00%") && rule.body.contains("属实1处 / 已复核2处"), "{}", rule.body);
        assert_eq!(send(&world, judge(STAY, "4", "0", "0", "data", "入院时间登记有误")).await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&portal, Some(&unit))).await;
        assert!(page.body.contains("2处中1处属实，50.00元") && page.body.contains("其中一处有医嘱"), "{}", page.body);
        assert!(page.body.contains("已复核，处理中") && !page.body.contains("医保甲"), "{}", page.body);
        let settled = post(&format!("{desk}/settle"), Some(&insurer), &[("version", "5"), ("result", "退回基金50元")]);
        assert_eq!(send(&world, settled).await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&portal, Some(&unit))).await;
        assert!(page.body.contains("已办结") && page.body.contains("退回基金50元") && !page.body.contains("/reply\""), "{}", page.body);
    }

    async fn lines_of_another_institution_stay_hidden_from_this_one(world: World) {
        let own = hospital(&world, "演示第一医院", Some("DEMO1")).await.subject();
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let unit = signed_in_of(&world, "jigou", Role::Unit, "unit", Some(own)).await;
        taken(&world, "a", &first_hits()).await;
        let id = signals(&world).await[0].id;
        send(&world, post(&format!("/desk/signals/{id}/ask"), Some(&insurer), &[("version", "1"), ("text", "请说明")])).await;
        let page = send(&world, get(&format!("/unit/signals/{id}/hits"), Some(&unit))).await;
        for text in ["L-D1-60", "V-own", "其他机构的明细不显示", "重叠（分钟） <b>90</b>", "同一小时", &PATIENT[..8]] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        for text in ["L-elsewhere", "V-elsewhere", "D-elsewhere", "DEMO2", "7,777", &PATIENT[..9], "/desk/"] {
            assert!(!page.body.contains(text), "{text}: {}", page.body);
        }
        let desk = send(&world, get(&format!("/desk/signals/{id}/hits"), Some(&insurer))).await;
        assert!(desk.body.contains("L-elsewhere") && desk.body.contains("7,777"), "the department compares both");
    }

    async fn what_a_correction_withdrew_can_still_be_read(world: World) {
        let own = hospital(&world, "演示第一医院", Some("DEMO1")).await.subject();
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let unit = signed_in_of(&world, "jigou", Role::Unit, "unit", Some(own)).await;
        taken(&world, "a", &first_hits()).await;
        let id = signals(&world).await[0].id;
        send(&world, post(&format!("/desk/signals/{id}/ask"), Some(&insurer), &[("version", "1"), ("text", "请说明")])).await;
        let mut corrected = first_hits();
        corrected[0].1.remove(1);
        // A later run has a later id.
        world.clock.move_to(xingjian_store::Ctx::system(&world.app).now().plus_seconds(60));
        taken(&world, "b", &corrected).await;
        for (door, who) in [("desk", &insurer), ("unit", &unit)] {
            let page = send(&world, get(&format!("/{door}/signals/{id}"), Some(who))).await;
            assert!(page.body.contains("数据更正") && page.body.contains(&format!("/{door}/signals/{id}/hits?change=0")), "{}", page.body);
            assert!(page.body.contains("系统</b>") && !page.body.contains("system"), "{}", page.body);
            let gone = send(&world, get(&format!("/{door}/signals/{id}/hits?change=0"), Some(who))).await;
            assert!(gone.body.contains("L-D2-50") && !gone.body.contains("L-D1-30"), "{}", gone.body);
            let stands = send(&world, get(&format!("/{door}/signals/{id}/hits"), Some(who))).await;
            assert!(!stands.body.contains("L-D2-50") && stands.body.contains("L-D1-30"), "{}", stands.body);
            let none = send(&world, get(&format!("/{door}/signals/{id}/hits?change=9"), Some(who))).await;
            assert_eq!(none.status, StatusCode::NOT_FOUND);
        }
        let city = send(&world, get("/desk/screening", Some(&insurer))).await;
        assert!(city.body.contains("撤回命中1处") && city.body.contains("上次筛查（2026-11-23）：5"), "{}", city.body);
    }

    async fn a_case_is_proposed_on_what_stands(world: World) {
        let own = hospital(&world, "演示第一医院", Some("DEMO1")).await.subject();
        let insurer = signed_in_of(&world, "zhifa", Role::Inspector, "insurance", None).await;
        let unit = signed_in_of(&world, "jigou", Role::Unit, "unit", Some(own)).await;
        taken(&world, "a", &first_hits()).await;
        let id = signals(&world).await[1].id;
        let (desk, portal) = (format!("/desk/signals/{id}"), format!("/unit/signals/{id}"));
        let ask = post(&format!("{desk}/ask"), Some(&insurer), &[("version", "1"), ("text", "请说明")]);
        assert_eq!(send(&world, ask).await.status, StatusCode::SEE_OTHER);
        let reply = post(&format!("{portal}/reply"), Some(&unit), &[("version", "2"), ("text", "确属重复收费")]);
        assert_eq!(send(&world, reply).await.status, StatusCode::SEE_OTHER);
        let fields = [("version", "3"), ("rule", PAIR), ("confirmed", "1"), ("amount", "10"), ("reason", "stands"), ("text", "属实")];
        assert_eq!(send(&world, post(&format!("{desk}/judge"), Some(&insurer), &fields)).await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&desk, Some(&insurer))).await;
        for text in ["提请立案", "协议处理办结", "转现场检查", "属实1处，涉及10.00元：重复收费（演示监护）1处、10.00元。", "value=\"2026-02-28\""] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        let fields = [("version", "4"), ("began", "2026-02-09"), ("ended", "2026-02-01"), ("summary", "改写过的摘要")];
        let wrong = send(&world, post(&format!("{desk}/file"), Some(&insurer), &fields)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("href=\"#file-violation\"") && wrong.body.contains("href=\"#file-ended\""), "{}", wrong.body);
        assert!(wrong.body.contains("改写过的摘要") && wrong.body.contains("value=\"2026-02-09\""), "{}", wrong.body);
        let status = send(&world, get(&portal, Some(&unit))).await;
        assert!(!status.body.contains("立案") && !status.body.contains("检查"), "{}", status.body);
    }
}
