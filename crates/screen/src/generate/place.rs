//! Institutions of the made-up city, and who works in them.

use super::Recipe;
use super::dice::Dice;

/// The institution that planted growth happens in.
pub(super) const OWN: &str = "DEMOGROWTH";

/// Departments, in the order of how many work there.
pub(super) const DEPARTMENTS: [&str; 8] =
    ["内科", "外科", "中医科", "妇产科", "儿科", "骨科", "急诊医学科", "康复医学科"];

/// The department that a doctor works in: always the same.
pub(super) fn department_of(doctor: &str) -> &'static str {
    let sum: usize = doctor.bytes().map(usize::from).sum();
    DEPARTMENTS[(sum % 36) / 5]
}

/// One institution.
pub(super) struct Place {
    pub code: String,
    pub level: &'static str,
    pub doctors: u32,
    pub city: String,
}

impl Place {
    /// The code of one of its doctors.
    pub(super) fn doctor(&self, number: u32) -> String {
        format!("{}D{:04}", self.code, number % self.doctors)
    }
}

/// One institution for 4,000 people, one in twelve of them a large hospital.
pub(super) fn places(recipe: &Recipe, dice: &mut Dice) -> Vec<Place> {
    let count = (recipe.patients / 4000).max(12);
    (0..count)
        .map(|number| {
            let level = match number % 12 {
                0 => ["01", "02", "03"][dice.below(3) as usize],
                1..=3 => ["05", "06"][dice.below(2) as usize],
                4 => "13",
                5..=8 => ["08", "09"][dice.below(2) as usize],
                _ => "11",
            };
            let doctors = if level < "04" { 300 } else { 60 };
            Place { code: format!("DEMO{number:05}"), level, doctors, city: recipe.city.clone() }
        })
        .collect()
}
