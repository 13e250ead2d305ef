mod correction;
mod countersign;
pub(crate) mod fixtures;
mod guards;
mod machine;
mod particulars;
mod rules;
mod service;
mod settled;
