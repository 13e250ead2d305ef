mod aftermath;
pub(crate) mod fixtures;
mod guards;
mod machine;
mod rules;
mod service;
