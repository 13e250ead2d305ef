//! `xingjian account key`: connects another system, by the operator at the machine.

use crate::Where;
use crate::keep::{instance, operator, told};
use std::process::ExitCode;
use xingjian_exchange::quota::Quota;
use xingjian_exchange::system::{self, ApiScope, NewSystem, Terms};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, LocalDate};

#[derive(clap::Args)]
pub struct Key {
    #[command(flatten)]
    place: Where,
    /// Name as shown in every act
    #[arg(long)]
    name: String,
    /// Department of the policy pack that it acts for; the leading one by default
    #[arg(long)]
    department: Option<String>,
    /// What it may ask for, such as `linkages_read`; may be given several times
    #[arg(long = "scope", required = true)]
    scopes: Vec<String>,
    /// Who answers for it
    #[arg(long)]
    contact: String,
    /// Requests a minute
    #[arg(long, default_value_t = 120)]
    per_minute: u32,
    /// Requests a day
    #[arg(long, default_value_t = 20_000)]
    per_day: u32,
    /// Last day on which the key is taken; a year from now by default
    #[arg(long)]
    until: Option<LocalDate>,
    /// Print the key alone, for a program that reads it
    #[arg(long)]
    quiet: bool,
}

/// Connects the system and prints its key.
pub async fn key(wanted: &Key) -> Result<ExitCode, String> {
    let app = instance(&wanted.place.places()).await?;
    let ctx = operator(&app);
    let known: Vec<&str> = ApiScope::ALL.iter().map(|scope| scope.code()).collect();
    let scope = |code: &String| {
        ApiScope::from_code(code).ok_or_else(|| format!("没有权限范围“{code}”；可用：{}", known.join("、")))
    };
    let department = wanted.department.clone().unwrap_or_else(|| ctx.actor.department.to_string());
    let new = NewSystem {
        name: wanted.name.clone(),
        department: DepartmentId::new(department),
        division: app.policy.city.division.clone(),
        terms: Terms {
            contact: wanted.contact.clone(),
            scopes: wanted.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            quota: Quota { per_minute: wanted.per_minute, per_day: wanted.per_day },
            valid_until: wanted.until.unwrap_or_else(|| plus_days(ctx.today(), 365)),
        },
    };
    let issued = system::add(&ctx, new).await.map_err(|failure| told(&failure))?;
    if wanted.quiet {
        println!("{}", issued.key);
    } else {
        println!("已登记接入系统 {}，有效期至{}", issued.system.name, issued.system.valid_until);
        println!("密钥 {}（只显示这一次）", issued.key);
    }
    Ok(ExitCode::SUCCESS)
}
