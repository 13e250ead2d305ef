//! How those who act in a draw are named to the public: by role and department, and by a mark that tells two of them apart in
//! this draw and nowhere else.

use super::Draw;
use xingjian_draw::draw::Person;
use xingjian_kernel::{Actor, DepartmentId, Role};
use xingjian_store::Ctx;

/// Digits of the mark.
const MARK: usize = 6;

/// Role and mark: `机关负责人#3fa91c`.
pub(super) fn public_name(ctx: &Ctx, draw: &Draw, account: &str, role: Option<Role>) -> String {
    let mark = ctx.app.keys.digest("draw.person", &format!("{}/{account}", draw.name));
    format!("{}#{}", role.map_or("工作人员", Role::label), &mark[..MARK])
}

/// The actor as the public knows the person in this draw.
pub(super) fn actor_name(ctx: &Ctx, draw: &Draw, by: &Actor) -> String {
    let account = by.account.map_or_else(|| by.name.clone(), |account| account.to_string());
    public_name(ctx, draw, &account, by.roles.first().copied())
}

/// The same with the department.
pub(super) fn public(ctx: &Ctx, draw: &Draw, by: &Actor) -> Person {
    Person { name: actor_name(ctx, draw, by), department: by.department.clone() }
}

/// The name of a department today; its id where the pack does not know it.
pub(super) fn department_name(ctx: &Ctx, id: &DepartmentId) -> String {
    ctx.policy().department(id.as_str(), ctx.today()).map_or_else(|| id.to_string(), |of| of.name.clone())
}
