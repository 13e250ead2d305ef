//! The registry of the demonstration city.

use super::Size;
use super::people::{People, loader};
use std::sync::Arc;
use xingjian_kernel::DivisionCode;
use xingjian_kernel::id::InstitutionId;
use xingjian_registry::institution::{self, Details};
use xingjian_registry::practitioner::{self, NewPractitioner, Profession};
use xingjian_store::{App, Failure};

/// Invented institutions that the stories are about; those of a full city beyond them have a year of their own.
pub const STORIES: usize = 60;

/// The invented institutions, in order.
pub struct Institutions(pub Vec<(InstitutionId, String)>);

const KINDS: &[(&str, &str, &str)] = &[
    ("综合医院", "A100", "二级甲等"),
    ("口腔门诊部", "D110", "未定级"),
    ("社区卫生服务中心", "B100", "一级甲等"),
    ("中医诊所", "D212", "未定级"),
    ("康复医院", "A520", "二级乙等"),
    ("医疗美容门诊部", "D150", "未定级"),
];

/// Registers the real institutions of the pack (name, level, category only) and the invented ones.
pub async fn institutions(app: &Arc<App>, people: &People, size: &Size) -> Result<Institutions, Failure> {
    let ctx = people.ctx("dengji").await?;
    let today = ctx.today();
    let mut tx = ctx.begin().await?;
    let real = app.policy.seed_institutions(today).into_iter().map(|seed| Details {
        level: Some(seed.level.clone()),
        category: Some(seed.category.clone()),
        ..blank(&seed.name, seed.division.clone())
    });
    institution::register_all_in(&mut tx, &ctx, real.collect(), false).await?;
    let districts: Vec<DivisionCode> = app
        .policy
        .divisions
        .children(&app.policy.city.division, today)
        .into_iter()
        .map(|(code, _)| code.clone())
        .collect();
    let invented = |number: usize| {
        let (kind, category, level) = KINDS[number % KINDS.len()];
        let name = format!("演示{}{kind}", ordinal(number / KINDS.len() + 1));
        Details {
            level: Some(level.to_owned()),
            category: Some(category.to_owned()),
            address: Some(format!("演示路{}号", number + 1)),
            beds: number.is_multiple_of(KINDS.len()).then_some(300),
            insurance_code: Some(format!("DEMO{number:05}")),
            ..blank(&name, districts[number % districts.len()].clone())
        }
    };
    let invented: Vec<Details> = (0..size.institutions).map(invented).collect();
    let made = institution::register_all_in(&mut tx, &ctx, invented, true).await?;
    let made: Vec<_> = made.into_iter().map(|it| (it.id, it.details.name)).collect();
    tx.commit().await?;
    practitioners(app, &made, size.practitioners).await?;
    Ok(Institutions(made))
}

fn blank(name: &str, division: DivisionCode) -> Details {
    Details {
        name: name.to_owned(),
        division,
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: None,
        level: None,
        address: None,
        telephone: None,
        beds: None,
    }
}

/// `第十二`, up to 9,999.
fn ordinal(number: usize) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let mut text = String::from("第");
    // A zero is said once between digits, and not at the end.
    let mut skipped = false;
    for (worth, unit) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = number / worth % 10;
        if digit == 0 {
            skipped = number >= worth;
            continue;
        }
        if skipped {
            text += DIGITS[0];
            skipped = false;
        }
        if digit > 1 || worth != 10 || number >= 100 {
            text += DIGITS[digit];
        }
        text += unit;
    }
    text
}

/// Practitioners that are registered at once.
const TOGETHER: usize = 1_000;

/// Practitioners without citizen numbers.
async fn practitioners(app: &Arc<App>, institutions: &[(InstitutionId, String)], count: usize) -> Result<(), Failure> {
    let ctx = loader(app);
    let mut tx = ctx.begin().await?;
    let new = |number: usize| {
        let (institution, _) = institutions[number % institutions.len()];
        let profession = if number % 5 < 3 { Profession::Physician } else { Profession::Nurse };
        NewPractitioner {
            name: format!("演示{}{:03}", profession.label(), number + 1),
            profession,
            certificate: None,
            citizen: None,
            scope: (profession == Profession::Physician).then(|| "内科专业".to_owned()),
            places: vec![institution],
            division: app.policy.city.division.clone(),
            demo: true,
        }
    };
    for from in (0..count).step_by(TOGETHER) {
        practitioner::register_all_in(&mut tx, &ctx, (from..count.min(from + TOGETHER)).map(new)).await?;
    }
    tx.commit().await.map_err(Failure::from)
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let told =
            [1, 10, 11, 20, 21, 99, 100, 101, 110, 111, 120, 200, 1_000, 1_001, 1_010, 2_300, 4_056].map(ordinal);
        let want = [
            "一",
            "十",
            "十一",
            "二十",
            "二十一",
            "九十九",
            "一百",
            "一百零一",
            "一百一十",
            "一百一十一",
            "一百二十",
            "二百",
            "一千",
            "一千零一",
            "一千零一十",
            "二千三百",
            "四千零五十六",
        ];
        assert_eq!(told, want.map(|number| format!("第{number}")));
    }
}
