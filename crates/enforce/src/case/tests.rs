mod fixtures;
mod guards;
mod machine;
mod rules;
